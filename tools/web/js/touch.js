// Asking a passkey. An assertion is copied out field by field, so that what the PRF extension gave,
// which unwraps the reader's key, is never among what is sent.
import { fromBase64, join, toBase64url, utf8 } from "./bytes.js";
import { Refused } from "./office.js";

const STANZA = "age-encryption.org/fido2prf";

/** What the PRF is asked for: two inputs for a stanza's nonce of 16 bytes. */
export function prfInputs(nonce) {
  const [first, second] = [1, 2].map((number) => join(utf8(STANZA), Uint8Array.of(number), nonce));
  return { first, second };
}

/** The nonce in a wrapped key's only stanza. */
export function stanzaNonce(file) {
  const head = String.fromCharCode(...file.subarray(0, 512));
  const found = /^age-encryption\.org\/v1\n-> age-encryption\.org\/fido2prf ([A-Za-z0-9+/]{22})\n/.exec(head);
  if (!found) throw new Refused("The office gave a wrapped key that is none.");
  return fromBase64(found[1]);
}

function credentialList(list = []) {
  return list.map((one) => ({ ...one, id: fromBase64(one.id) }));
}

function prfExtension(wrapped, allowed) {
  const named = new Set((allowed ?? []).map((one) => one.id));
  const by = {};
  for (const [id, file] of Object.entries(wrapped ?? {}))
    if (named.has(id)) by[id] = prfInputs(stanzaNonce(fromBase64(file)));
  return Object.keys(by).length ? { prf: { evalByCredential: by } } : undefined;
}

function worded(error) {
  if (error instanceof Refused) return error;
  const words = {
    NotAllowedError: ["The passkey was not used.", "Try again, and touch it when the browser asks."],
    InvalidStateError: ["This passkey is enrolled already.", "Take another one."],
    SecurityError: ["This address cannot use passkeys.", "Open the office by its name over HTTPS."],
    AbortError: ["The passkey was not used.", "Try again."],
  };
  return new Refused(...(words[error.name] ?? ["The passkey could not be used.", `The browser says: ${error.name}.`]));
}

/**
 * One touch. `publicKey` are request options as JSON; `wrapped` the wrapped keys by credential,
 * when one of them is to be unlocked by the same touch.
 */
export async function touch(publicKey, wrapped) {
  const { allowCredentials, challenge, rpId, timeout, userVerification } = publicKey;
  const options = {
    challenge: fromBase64(challenge),
    rpId,
    timeout,
    userVerification: userVerification ?? "required",
    allowCredentials: credentialList(allowCredentials),
  };
  const extensions = prfExtension(wrapped, allowCredentials);
  if (extensions) options.extensions = extensions;
  try {
    const made = await navigator.credentials.get({ publicKey: options });
    const { clientDataJSON, authenticatorData, signature, userHandle } = made.response;
    const response = {
      clientDataJSON: toBase64url(clientDataJSON),
      authenticatorData: toBase64url(authenticatorData),
      signature: toBase64url(signature),
    };
    if (userHandle) response.userHandle = toBase64url(userHandle);
    const assertion = {
      id: made.id,
      rawId: toBase64url(made.rawId),
      type: made.type,
      response,
      clientExtensionResults: {},
    };
    return { assertion, id: made.id, prf: made.getClientExtensionResults().prf?.results };
  } catch (error) {
    throw worded(error);
  }
}

/** A new passkey; `nonce` is that of the wrapped key to come. Its PRF may answer at once, or not yet. */
export async function createPasskey(publicKey, nonce) {
  const options = {
    ...publicKey,
    challenge: fromBase64(publicKey.challenge),
    user: { ...publicKey.user, id: fromBase64(publicKey.user.id) },
    excludeCredentials: credentialList(publicKey.excludeCredentials),
    extensions: { prf: { eval: prfInputs(nonce) } },
  };
  try {
    const made = await navigator.credentials.create({ publicKey: options });
    const prf = made.getClientExtensionResults().prf;
    if (!prf?.enabled && !prf?.results)
      throw new Refused("This passkey cannot keep a reader's key: it has no PRF.", "Take a security key or device that has it.");
    const registration = {
      id: made.id,
      rawId: toBase64url(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: toBase64url(made.response.clientDataJSON),
        attestationObject: toBase64url(made.response.attestationObject),
        transports: made.response.getTransports?.() ?? [],
      },
      clientExtensionResults: {},
    };
    return { registration, id: made.id, prf: prf.results?.second ? prf.results : undefined };
  } catch (error) {
    throw worded(error);
  }
}

/** A touch whose signature goes nowhere: only what the PRF gives for `nonce` is wanted. */
export async function prfOf(id, rpId, nonce) {
  const challenge = crypto.getRandomValues(new Uint8Array(32));
  try {
    const made = await navigator.credentials.get({
      publicKey: {
        challenge,
        rpId,
        userVerification: "required",
        allowCredentials: [{ type: "public-key", id: fromBase64(id) }],
        extensions: { prf: { evalByCredential: { [id]: prfInputs(nonce) } } },
      },
    });
    const results = made.getClientExtensionResults().prf?.results;
    if (!results?.second) throw new Refused("This passkey gave no key.", "Take a security key or device that has PRF.");
    return results;
  } catch (error) {
    throw worded(error);
  }
}
