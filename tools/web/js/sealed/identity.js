// The reader's hybrid age identity: made, wrapped, unwrapped, and kept in this module's memory alone.
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64nopad } from "@scure/base";
import { Decrypter, Encrypter, Stanza, generateHybridIdentity, identityToRecipient } from "age-encryption";
import { join, utf8 } from "../bytes.js";

const KIND = "age-encryption.org/fido2prf";
const WORK_FACTOR = 16;
const ONE_KEY = new Uint8Array(12);
// Crockford's base32: no letter is taken for a digit. Six groups of four hold 120 random bits.
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const GROUPS = 6;
const GROUP = 4;

let identity = "";

function buffer(result) {
  return result instanceof ArrayBuffer ? new Uint8Array(result) : new Uint8Array(result.buffer, result.byteOffset, result.byteLength);
}

const wrappingKey = (prf) => extract(sha256, join(buffer(prf.first), buffer(prf.second)), utf8(KIND));

/** An age recipient: the passkey whose PRF gave `prf` for `nonce`. */
export function passkeyRecipient(nonce, prf) {
  const wrapFileKey = (fileKey) => [
    new Stanza([KIND, base64nopad.encode(nonce)], chacha20poly1305(wrappingKey(prf), ONE_KEY).encrypt(fileKey)),
  ];
  return { wrapFileKey };
}

/** An age identity: the same passkey. */
export function passkeyIdentity(prf) {
  const key = wrappingKey(prf);
  const unwrapFileKey = (stanzas) => {
    for (const stanza of stanzas) {
      if (stanza.args[0] !== KIND) continue;
      try {
        return chacha20poly1305(key, ONE_KEY).decrypt(stanza.body);
      } catch {
        continue;
      }
    }
    return null;
  };
  return { unwrapFileKey };
}

/** Make a new identity and hold it; the recipient to which the office seals. */
export async function makeIdentity() {
  identity = await generateHybridIdentity();
  return identityToRecipient(identity);
}

export const recipient = () => identityToRecipient(identity);

export function forget() {
  identity = "";
}

function hold(text) {
  if (!/^AGE-SECRET-KEY-PQ-1[A-Z0-9]+$/.test(text)) throw new Error("not a reader's key");
  identity = text;
}

/** The held identity, wrapped by a passkey. */
export async function wrap(nonce, prf) {
  const sealing = new Encrypter();
  sealing.addRecipient(passkeyRecipient(nonce, prf));
  return sealing.encrypt(identity);
}

/** Hold the identity in `file`, which the passkey wraps. */
export async function unwrap(file, prf) {
  const opening = new Decrypter();
  opening.addIdentity(passkeyIdentity(prf));
  hold(await opening.decrypt(file, "text"));
}

/** A phrase nobody chose. */
export function newPhrase() {
  const drawn = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP));
  const letters = Array.from(drawn, (byte) => LETTERS[byte & 31]).join("");
  return letters.match(/.{4}/g).join("-");
}

/** The phrase as it was made, from what a person typed: case, blanks and look-alikes put right. */
export function readPhrase(typed) {
  const letters = typed.toLowerCase().replace(/[\s\-–—]/g, "").replaceAll("o", "0").replace(/[il]/g, "1");
  return letters.match(/.{1,4}/g)?.join("-") ?? "";
}

/** The held identity under a phrase. */
export async function wrapByPhrase(phrase) {
  const sealing = new Encrypter();
  sealing.setScryptWorkFactor(WORK_FACTOR);
  sealing.setPassphrase(phrase);
  return sealing.encrypt(identity);
}

/** Hold the identity in a recovery file. */
export async function restore(file, typed) {
  const opening = new Decrypter();
  opening.addPassphrase(readPhrase(typed));
  hold(await opening.decrypt(file, "text"));
  return identityToRecipient(identity);
}

/** The plaintext of a copy sealed to the held identity. */
export async function open(file) {
  const opening = new Decrypter();
  opening.addIdentity(identity);
  return opening.decrypt(file, "uint8array");
}
