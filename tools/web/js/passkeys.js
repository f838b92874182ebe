// Getting in and keeping keys: sign-in, enrolment, a second passkey, the recovery phrase.
import { fromBase64, join, same, sha256, toBase64url, utf8 } from "./bytes.js";
import { showDialog, tellDialog } from "./dialog.js";
import { el, shown, wrongNote } from "./dom.js";
import { go, Refused, tell } from "./office.js";
import { forget, holdsKey, sealed, unlock, unlockBy } from "./reader.js";
import { throughDoor } from "./acts.js";
import { createPasskey, prfOf, touch } from "./touch.js";

const SIGN_IN = utf8("reftel/sign-in/v1\0");
const NONCE = 16;

/** The challenge by which a person gets in here: never the hash of an act. */
export async function signInChallenge(nonce, origin) {
  return sha256(join(SIGN_IN, nonce, utf8(origin)));
}

async function checkedOptions(asked) {
  const wanted = await signInChallenge(fromBase64(asked.nonce), location.origin);
  if (!same(wanted, fromBase64(asked.publicKey.challenge)))
    throw new Refused("The office asked for another signature than one to get in.", "Do not go on. Tell whoever looks after the office.");
  return asked;
}

async function signIn(data) {
  const asked = await checkedOptions(await tell("/sign-in/options", { name: data.get("name").trim() }));
  const done = await touch(asked.publicKey, asked.wrapped);
  const answer = await tell("/sign-in/verify", { assertion: done.assertion });
  await unlockBy(done, asked.wrapped).catch(() => false);
  await go(answer.next);
}

/** A new passkey and the held identity wrapped by it. */
async function madePasskey(publicKey, say) {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  say("Touch the new passkey when the browser asks.");
  const made = await createPasskey(publicKey, nonce);
  if (!made.prf) say("Touch it once more: this time it wraps your reader's key.");
  const prf = made.prf ?? (await prfOf(made.id, publicKey.rp.id, nonce));
  const { wrap } = await sealed();
  return { registration: made.registration, wrapped: toBase64url(await wrap(nonce, prf)) };
}

async function enrol(data, say) {
  const who = { name: data.get("name").trim(), code: data.get("code").trim() };
  const phrase = (data.get("phrase") ?? "").trim();
  const { makeIdentity, restore } = await sealed();
  let recipient;
  if (phrase) {
    say("Opening your recovery file. This takes a few seconds.");
    const { file } = await tell("/enrol/recovery", who);
    try {
      recipient = await restore(fromBase64(file), phrase);
    } catch {
      throw new Refused("The recovery phrase does not open your key.", "Look at it again, letter by letter; or leave it out and get a new key.");
    }
  } else {
    recipient = await makeIdentity();
  }
  const asked = await checkedOptions(await tell("/enrol/options", who));
  const made = await madePasskey(asked.publicKey, say);
  const answer = await tell("/enrol/verify", { ...made, recipient, label: data.get("label")?.trim() || "First passkey" });
  await forget();
  await tellDialog("Enrolled", [
    el("p", {}, "Your passkey and your reader's key wait for two officers. Read them this number, and let them compare it with what their page shows:"),
    el("p", { class: "phrase" }, shown(answer.fingerprint)),
    el("p", { class: "fine" }, "When they have admitted you, sign in. Then add a second passkey, or a recovery phrase: whoever loses the only passkey loses every copy sealed to it."),
  ], "Go on");
  await go(answer.next);
}

async function needKey(say) {
  if (holdsKey()) return;
  say("Unlock your key first: touch a passkey that you have here.");
  await unlock();
}

async function addPasskey(data, say) {
  await needKey(say);
  const asked = await checkedOptions(await tell("/account/passkeys/options", {}));
  const made = await madePasskey(asked.publicKey, say);
  const label = data.get("label")?.trim() || "Second passkey";
  const checked = await tell("/account/passkeys/verify", { ...made, label });
  say("The new passkey is ready. Sign for it with the one you have.");
  const answer = await throughDoor(checked.door, checked.arguments);
  if (answer) await go(answer.next ?? "/account");
}

async function keepRecovery(_data, say) {
  await needKey(say);
  const { newPhrase, wrapByPhrase } = await sealed();
  const phrase = newPhrase();
  const kept = await showDialog({
    title: "Your recovery phrase",
    body: [
      el("p", {}, "Write this on paper and keep the paper where you keep keys. It is shown once and kept nowhere."),
      el("p", { class: "phrase" }, phrase),
      el("p", { class: "fine" }, "With it and a new invitation you get back your reader's key when every passkey is lost. It was drawn at random: nobody could guess it, even with the office's database in hand, and so it is never one that a person chose."),
    ],
    buttons: [["cancel", "Do not keep one"], ["kept", "I have written it down", "primary"]],
  });
  if (kept !== "kept") return;
  say("Wrapping your key. This takes a few seconds.");
  const wrapped = toBase64url(await wrapByPhrase(phrase));
  const answer = await throughDoor("keep recovery", { wrapped });
  if (answer) await go(answer.next ?? "/account");
}

/** A role that is off until it is asked for: on for a while, by a fresh touch. */
async function switchOn(data) {
  const asked = await checkedOptions(await tell("/account/roles/options", { role: data.get("role") }));
  const done = await touch(asked.publicKey, holdsKey() ? undefined : asked.wrapped);
  const answer = await tell("/account/roles/verify", { assertion: done.assertion });
  await go(answer.next);
}

const WORK = { role: switchOn, "sign-in": signIn, enrol, add: addPasskey, recovery: keepRecovery, unlock: (_data, say) => needKey(say) };

async function run(form) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const said = form.querySelector("[data-said]") ?? form.appendChild(el("div", { "data-said": true, "aria-live": "polite" }));
  said.replaceChildren();
  const say = (text) => said.replaceChildren(el("p", { class: "busy" }, text));
  try {
    await WORK[form.dataset.passkey](new FormData(form), say);
    said.replaceChildren();
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error);
    const note = wrongNote(error instanceof Refused ? error : new Refused("That could not be done.", "Load the page again and try once more."));
    said.replaceChildren(note);
    note.focus();
  } finally {
    form.removeAttribute("aria-busy");
  }
}

export function startPasskeys() {
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (new URL(form.action, location.href).pathname === "/sign-out") forget();
      if (!Object.hasOwn(WORK, form.dataset.passkey ?? "")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!globalThis.PublicKeyCredential) {
        tellDialog("No passkeys here", [el("p", {}, "This browser cannot use passkeys on this page. Open the office over HTTPS, in a browser of these years.")]);
        return;
      }
      run(form);
    },
    { capture: true },
  );
}
