// Reads {seal: [{to, text}], open: [{identity, passphrase, file}]} from standard input, bytes in
// base64, and answers with {sealed: [...], opened: [...], identity, recipient}.
import { Decrypter, Encrypter, generateHybridIdentity, identityToRecipient } from "age-encryption";
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

const identity = await generateHybridIdentity();
const recipient = await identityToRecipient(identity);
process.stdout.write(JSON.stringify({ sealed, opened, identity, recipient }));
