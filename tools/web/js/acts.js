// Acts signed by passkey: the office says in words what there is to sign, this page recomputes the
// challenge from the exact acts and signs no other, and the office enters it.
import { fromBase64, join, same, sha256, toBase64url, utf8 } from "./bytes.js";
import { showDialog, tellDialog, toast } from "./dialog.js";
import { el, ended, mendWords, shown, wrongNote } from "./dom.js";
import { ask, go, Refused, tell } from "./office.js";
import { holdsKey, unlockBy } from "./reader.js";
import { touch } from "./touch.js";

const ACT = utf8("reftel/act/v1\0");
const TOUCH = utf8("reftel/touch/v1\0");
// Said where the office says nothing of its own.
const PROOF =
  "Your passkey signs the hash of exactly these acts. That proves them against whoever takes or alters the office's " +
  "database; it does not prove what this screen showed you, since a false server could show other words.";

/** The challenge of a touch over acts, from their exact texts. */
export async function challengeOf(acts) {
  const digests = await Promise.all(acts.map((act) => sha256(join(ACT, utf8(act)))));
  return digests.length === 1 ? digests[0] : sha256(join(TOUCH, ...digests));
}

/** A chosen file's bytes as base64url, "" for none. */
async function fileOf(control) {
  const [file] = control.files;
  return file ? toBase64url(await file.arrayBuffer()) : "";
}

function typed(control) {
  if (control.type === "checkbox" && !control.hasAttribute("value")) return control.checked;
  if (control.type === "number") return control.value === "" ? "" : Number(control.value);
  return control.value;
}

function place(into, path, value, asList) {
  const [last, ...before] = path.split(".").reverse();
  let at = into;
  const steps = before.reverse();
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1] ?? last;
    at[step] ??= /^\d+$/.test(next) ? [] : {};
    at = at[step];
  }
  if (asList) (at[last] ??= []).push(value);
  else if (Object.hasOwn(at, last)) at[last] = [at[last], value].flat();
  else at[last] = value;
}

/** The groups `copies.2.` of rows that were not chosen: an unticked box in a row leaves out the whole row. */
function unchosen(form) {
  const boxes = [...form.querySelectorAll('input[type="checkbox"][value][name*="."]')].filter((box) => !box.checked);
  return boxes.map((box) => box.name.match(/^.+\.\d+\./)?.[0]).filter(Boolean);
}

function dense(value) {
  if (Array.isArray(value)) return value.filter((one) => one !== undefined).map(dense);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, dense(inner)]));
  return value;
}

/** A form's fields as arguments: dotted names nest; a name that stands twice, a multiple choice and `data-list` give lists. */
export async function argumentsOf(form, submitter) {
  const found = {};
  const left = unchosen(form);
  for (const control of form.elements) {
    const { name } = control;
    if (!name || control.disabled || name === "token" || name === "door" || left.some((group) => name.startsWith(group))) continue;
    if (control.type === "file") {
      place(found, name, await fileOf(control), control.hasAttribute("data-list"));
      continue;
    }
    if (control.tagName === "BUTTON" || control.type === "submit") {
      if (control === submitter) place(found, name, control.value, false);
      continue;
    }
    const asList = control.multiple || control.hasAttribute("data-list");
    if (control.tagName === "SELECT" && control.multiple) {
      found[name] ??= [];
      for (const option of control.selectedOptions) place(found, name, option.value, true);
      continue;
    }
    if (control.type === "radio" && !control.checked) continue;
    if (control.type === "checkbox" && control.hasAttribute("value") && !control.checked) {
      if (asList) found[name] ??= [];
      continue;
    }
    if (control.hasAttribute("data-leave-out-empty") && control.value === "") continue;
    place(found, name, typed(control), asList);
  }
  return dense(found);
}

function pretty(act) {
  try {
    return JSON.stringify(JSON.parse(act), null, 1);
  } catch {
    return act;
  }
}

async function sign(asked) {
  const challenge = await challengeOf(asked.acts);
  if (!same(challenge, fromBase64(asked.publicKey.challenge)))
    throw new Refused("The office asked for another signature than that of the acts it showed.", "Do not go on. Tell whoever looks after the office.");
  const wrapped = holdsKey() ? undefined : asked.wrapped;
  const done = await touch(asked.publicKey, wrapped);
  if (wrapped) await unlockBy(done, wrapped).catch(() => false);
  return tell(`/acts/${encodeURIComponent(asked.id)}/signature`, { assertion: done.assertion });
}

function actBody(asked) {
  const acts = asked.acts.map((act) => el("pre", { tabindex: "0" }, pretty(act)));
  return [
    el("ul", { class: "words" }, asked.words.map((words) => el("li", {}, shown(words)))),
    el("details", {}, el("summary", {}, asked.acts.length === 1 ? "The exact act" : `The exact ${asked.acts.length} acts`), acts),
    el("p", { class: "fine" }, shown(asked.proof ?? PROOF)),
  ];
}

/** Shows what an act says, and signs it if the person will; the office's answer, or null. */
async function putToSign(asked, before = []) {
  let answer = null;
  let fresh = null;
  await showDialog({
    title: asked.acts.length === 1 ? "Sign this act" : `Sign these ${asked.acts.length} acts`,
    body: [before, actBody(asked)],
    buttons: [["cancel", "Do not sign"], ["sign", "Sign with the passkey", "primary"]],
    work: {
      sign: async (said) => {
        said.replaceChildren(el("p", { class: "busy" }, "Touch your passkey when the browser asks."));
        try {
          answer = await sign(asked);
          return true;
        } catch (error) {
          fresh = error.more?.again ? error : null;
          if (fresh) return true;
          said.replaceChildren(wrongNote(error));
          return false;
        }
      },
    },
  });
  return fresh ? putToSign(fresh.more.again, [wrongNote(fresh)]) : answer;
}

function answerBody(answer) {
  if (typeof answer === "string") return el("p", { class: "phrase" }, shown(answer));
  return el("dl", { class: "facts" }, Object.entries(answer).map(([name, value]) => [el("dt", {}, shown(name.replaceAll("_", " "))), el("dd", {}, el("span", { class: "finger" }, shown(Array.isArray(value) ? value.join(", ") : value)))]));
}

async function afterwards(answer, next) {
  if (answer.state === "waiting") {
    const names = (answer.waiting_for ?? []).map((name, at) => [at ? ", " : "", shown(name)]);
    await tellDialog("Signed, not entered yet", [el("p", {}, "It is entered when these have signed too: ", names, ".")]);
  } else if (answer.show) {
    await tellDialog("Entered", [answerBody(answer.show), el("p", { class: "fine" }, "This is shown once.")], "I have it");
  }
  await go(answer.next ?? next ?? location.pathname + location.search);
  if (answer.state !== "waiting" && answer.entry != null) toast(`Entered in the register as ${answer.entry}.`);
}

function refuse(form, error) {
  if (form?.classList.contains("stack")) {
    form.querySelector(":scope > .note.wrong")?.remove();
    const note = wrongNote(error);
    form.prepend(note);
    note.focus();
    return;
  }
  tellDialog(ended(error.sentence ?? "That could not be done"), [error.mend ? el("p", {}, mendWords(error.mend)) : "", error.code ? el("p", { class: "code" }, error.code) : ""]);
}

/** An act through a door, from question to entry; the office's answer, or null when it was not signed. */
export async function throughDoor(door, given) {
  return putToSign(await tell("/acts", { door, arguments: given }));
}

async function run(form, submitter, begin) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await putToSign(await begin(submitter));
    if (answer) await afterwards(answer, form.dataset.next);
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error);
    refuse(form, error);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

export function startActs() {
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      const { door, sign: waiting } = form.dataset;
      if (!door && !waiting) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const begin = door
        ? async (submitter) => tell("/acts", { door, arguments: await argumentsOf(form, submitter) })
        : () => ask(`/acts/${encodeURIComponent(waiting)}/options`);
      run(form, event.submitter, begin);
    },
    { capture: true },
  );
}
