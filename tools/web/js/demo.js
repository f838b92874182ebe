// The demonstration only: passkeys in software, whose secrets the demonstration's server hands out.
// It answers in the place of the browser's own passkeys, so that everything else runs as it always does.
import { fromBase64, join, sha256, toBase64url, utf8 } from "./bytes.js";

const PRESENT_AND_VERIFIED = 0x05;
const keys = fetch("/demo/keys").then((answer) => answer.json());

/** A DER INTEGER of an unsigned number. */
function integer(bytes) {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at += 1;
  const number = bytes[at] & 0x80 ? join(Uint8Array.of(0), bytes.slice(at)) : bytes.slice(at);
  return join(Uint8Array.of(0x02, number.length), number);
}

async function sign(key, message) {
  const usage = { name: "ECDSA", namedCurve: "P-256" };
  const secret = await crypto.subtle.importKey("pkcs8", fromBase64(key.private), usage, false, ["sign"]);
  const made = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, secret, message));
  const both = join(integer(made.slice(0, 32)), integer(made.slice(32)));
  return join(Uint8Array.of(0x30, both.length), both);
}

async function prf(key, input) {
  const usage = { name: "HMAC", hash: "SHA-256" };
  const secret = await crypto.subtle.importKey("raw", fromBase64(key.secret), usage, false, ["sign"]);
  const salt = await sha256(join(utf8("WebAuthn PRF\0"), input));
  return crypto.subtle.sign("HMAC", secret, salt);
}

async function get({ publicKey }) {
  const allowed = new Set(publicKey.allowCredentials.map((one) => toBase64url(one.id)));
  const key = Object.values(await keys).find((one) => allowed.has(one.credential));
  if (!key) throw new DOMException("no such key in this demonstration", "NotAllowedError");
  const challenge = toBase64url(publicKey.challenge);
  const client = utf8(JSON.stringify({ type: "webauthn.get", challenge, origin: location.origin, crossOrigin: false }));
  const data = join(await sha256(utf8(publicKey.rpId)), Uint8Array.of(PRESENT_AND_VERIFIED, 0, 0, 0, 0));
  const signature = await sign(key, join(data, await sha256(client)));
  const inputs = publicKey.extensions?.prf?.evalByCredential?.[key.credential];
  const results = inputs && { first: await prf(key, inputs.first), second: await prf(key, inputs.second) };
  return {
    id: key.credential,
    rawId: fromBase64(key.credential),
    type: "public-key",
    response: { clientDataJSON: client, authenticatorData: data, signature, userHandle: null },
    getClientExtensionResults: () => (results ? { prf: { results } } : {}),
  };
}

async function create() {
  throw new DOMException("nobody enrols in the demonstration", "NotAllowedError");
}

Object.defineProperty(navigator, "credentials", { value: { get, create } });
