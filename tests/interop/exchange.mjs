// Reads {seal: [{to, text}], open: [{identity, passphrase, file}]} from standard input, bytes in
// base64, and answers with {sealed: [...], opened: [...], identity, recipient}. Where it is given
// {passkey: {secret, text, file}}, it wraps the text and unwraps the file by a passkey whose PRF is
// HMAC-SHA256 under the secret, as an authenticator's is: {wrapped, unwrapped}.
import { Decrypter, Encrypter, generateHybridIdentity, identityToRecipient, webauthn } from "age-encryption";
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const text = (data) => Buffer.from(data).toString("base64");
const asked = JSON.parse(readFileSync(0, "utf8"));

const sealed = [];
for (const { to, text: plain } of asked.seal) {
  const encrypter = new Encrypter();
  to.forEach((recipient) => encrypter.addRecipient(recipient));
  sealed.push(text(await encrypter.encrypt(bytes(plain))));
}

const opened = [];
for (const { identity, passphrase, file } of asked.open) {
  const decrypter = new Decrypter();
  if (identity) decrypter.addIdentity(identity);
  if (passphrase) decrypter.addPassphrase(passphrase);
  try {
    opened.push(text(await decrypter.decrypt(bytes(file))));
  } catch {
    opened.push(null);
  }
}

let wrapped = null;
let unwrapped = null;
if (asked.passkey) {
  const secret = bytes(asked.passkey.secret);
  const prf = (input) => {
    const salt = createHash("sha256").update("WebAuthn PRF\0").update(input).digest();
    return Uint8Array.from(createHmac("sha256", secret).update(salt).digest());
  };
  const get = async ({ publicKey }) => {
    const { first, second } = publicKey.extensions.prf.eval;
    return { getClientExtensionResults: () => ({ prf: { results: { first: prf(first), second: prf(second) } } }) };
  };
  Object.defineProperty(globalThis, "navigator", { value: { credentials: { get } }, configurable: true });
  const encrypter = new Encrypter();
  encrypter.addRecipient(new webauthn.WebAuthnRecipient({ rpId: "localhost" }));
  wrapped = text(await encrypter.encrypt(bytes(asked.passkey.text)));
  const decrypter = new Decrypter();
  decrypter.addIdentity(new webauthn.WebAuthnIdentity({ rpId: "localhost" }));
  unwrapped = text(await decrypter.decrypt(bytes(asked.passkey.file)));
}

const identity = await generateHybridIdentity();
const recipient = await identityToRecipient(identity);
process.stdout.write(JSON.stringify({ sealed, opened, wrapped, unwrapped, identity, recipient }));
