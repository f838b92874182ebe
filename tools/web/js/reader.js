// The reader's key, held by the bundle that opens copies; fetched when it is first needed.
import { fromBase64, toBase64url } from "./bytes.js";
import { ask, Refused } from "./office.js";
import { touch } from "./touch.js";

let bundle;

/** The module that wraps, opens and checks. */
export function sealed() {
  bundle ??= import(new URL(document.body.dataset.sealed, location.href)).catch((error) => {
    bundle = undefined;
    throw new Refused("A part of this page could not be loaded.", `Try again. The browser says: ${error.name}.`);
  });
  return bundle;
}

let held = false;
export const holdsKey = () => held;

/** Take the reader's key from the file that the touched passkey wraps, if the touch gave it. */
export async function unlockBy(done, wrapped) {
  const file = wrapped?.[done.id];
  if (!file || !done.prf?.second) return false;
  const { unwrap } = await sealed();
  await unwrap(fromBase64(file), done.prf);
  held = true;
  return true;
}

/** Unlock by a touch that signs nothing the office sees. */
export async function unlock() {
  const wrapped = await ask("/keys/wrapped");
  const ids = Object.keys(wrapped);
  if (!ids.length) throw new Refused("You have no key to unlock at this office.", "Enrol a passkey first.");
  const challenge = toBase64url(crypto.getRandomValues(new Uint8Array(32)));
  const allowCredentials = ids.map((id) => ({ type: "public-key", id }));
  const done = await touch({ challenge, allowCredentials, userVerification: "required" }, wrapped);
  if (!(await unlockBy(done, wrapped))) throw new Refused("This passkey unlocked nothing.", "Use one that you read with here.");
}

/** Let the key go. Whatever was made with it in this page goes too. */
export async function forget() {
  held = false;
  if (bundle) (await bundle).forget();
}

// A page that nobody touches for so long lets the key go, and what it had opened.
const IDLE = 15 * 60 * 1000;
let last = Date.now();

async function look() {
  if (!held || Date.now() - last < IDLE) return;
  await forget();
  if (document.querySelector("[data-shown]")) location.reload();
}

export function startReader() {
  for (const name of ["pointerdown", "keydown", "wheel"])
    document.addEventListener(name, () => (last = Date.now()), { capture: true, passive: true });
  setInterval(look, 30000);
  // A page without the rail is one for nobody: signed out, or the session has ended.
  document.addEventListener("htmx:after:swap", () => {
    if (held && !document.querySelector(".rail")) forget();
  });
}
