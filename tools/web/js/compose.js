// Compose: the sheet, the form beside it and the preview follow each other while somebody types.
// htmx sends what changed after a pause; here is what it cannot know: which answer is the newest,
// where the caret stands, and what was typed since.
import { wrongNote } from "./dom.js";

const PAUSE = 700;
const AGAIN = 5000;
const typed = { sheet: 0, form: 0 };
let turn = 0;
let answered = 0;
let afterwards = null;
let lastTouched = null;
let drawing = 0;

const page = () => document.querySelector("form[data-compose]");
const sheet = () => document.getElementById("sheet");
const field = (name) => document.querySelector(`#compose-state [name="${name}"]`);
const isLive = (event) => event.detail?.ctx?.request?.action === "/compose/live";
const inAll = () => typed.sheet + typed.form;
const isBehind = () => inAll() > answered;
const sideOf = (element) => (element?.closest?.("#compose-form") ? "form" : "sheet");

/** Each request bears a number higher than any before, so that a late one never counts. */
function number(event) {
  if (!isLive(event)) return;
  const { ctx } = event.detail;
  turn = Math.max(turn, Number(document.getElementById("turn")?.value ?? 0));
  ctx.request.body.set("turn", String(turn));
  turn += 1;
  ctx.typed = { ...typed };
  ctx.were = { drawn: field("drawn")?.value, form_was: field("form_was")?.value };
}

/**
 * What was typed on the other side while the answer was on its way is not written over. Then sheet and
 * form count as drawn before, so that the next answer sees that both were changed, and keeps both.
 */
function guard(event) {
  if (!isLive(event)) return;
  const { ctx, tasks } = event.detail;
  ctx.late = { sheet: typed.sheet > ctx.typed.sheet, form: typed.form > ctx.typed.form };
  for (let at = tasks.length - 1; at >= 0; at -= 1) {
    const id = tasks[at].target?.id;
    if ((id === "compose-form" && ctx.late.form) || (id === "sheet-now" && ctx.late.sheet)) {
      tasks.splice(at, 1);
      ctx.dropped = true;
    }
  }
}

/** The sheet that the form made, into the sheet; the caret stays where it was. */
function takeSheet() {
  const now = document.querySelector("#sheet-now pre");
  const area = sheet();
  if (!now || !area) return;
  const text = now.textContent;
  now.remove();
  if (!text || area.value.trimEnd() === text.trimEnd()) return;
  const { scrollTop, selectionStart, selectionEnd } = area;
  area.value = text;
  area.scrollTop = scrollTop;
  if (document.activeElement === area) area.setSelectionRange(selectionStart, selectionEnd);
}

function isShown(name) {
  return Boolean(document.querySelector(`.sideways [value="${name}"]:checked`));
}

function drawSoon(pause) {
  clearTimeout(drawing);
  drawing = setTimeout(() => {
    const preview = document.getElementById("preview");
    if (preview && isShown("print") && document.getElementById("paper")?.value) preview.dispatchEvent(new CustomEvent("preview"));
  }, pause);
}

/** A page of compose was loaded; what came with it and is kept nowhere yet is kept now. */
function arrived() {
  [turn, typed.sheet, typed.form, answered, afterwards, lastTouched] = [0, 0, 0, 0, null, null];
  if (!page() || document.getElementById("paper")?.value || !sheet()?.value.trim()) return;
  typed.sheet = 1;
  settle(null);
}

function swapped(event) {
  if (!page()) return;
  if (!isLive(event)) {
    if (event.detail?.ctx?.target === document.body) arrived();
    return;
  }
  const { ctx } = event.detail;
  takeSheet();
  if (ctx.dropped) for (const [name, value] of Object.entries(ctx.were)) if (field(name)) field(name).value = value;
  const fault = document.querySelector('#fault [data-in="sheet"]');
  sheet()?.setAttribute("aria-invalid", String(Boolean(fault)));
  answered = Math.max(answered, ctx.typed ? ctx.typed.sheet + ctx.typed.form : 0);
  if (isBehind()) return;
  drawSoon(PAUSE);
  const next = afterwards;
  afterwards = null;
  next?.();
}

/** Sends what was typed at once, then goes on. */
function settle(next) {
  afterwards = next;
  const side = sideOf(lastTouched) === "form" ? document.getElementById("compose-form") : sheet();
  side?.dispatchEvent(new Event("settle"));
}

function failed(sentence, mend) {
  const says = document.getElementById("says");
  says?.querySelector(":scope > .unsent")?.remove();
  const note = wrongNote({ sentence, mend });
  note.classList.add("unsent");
  says?.prepend(note);
  setTimeout(() => isBehind() && page() && settle(null), AGAIN);
}

function refused(event) {
  if (!isLive(event)) return;
  const status = event.detail.ctx.response?.status ?? 0;
  if (status < 400) return;
  event.preventDefault();
  if (status === 401) failed("You are signed out, and what you typed last is not kept yet", "Sign in again in another window of this browser, then go on typing here.");
  else if (status === 413) failed("The sheet is too long to be kept", "Take a part of it out, or enclose it as a file.");
  else failed("What you typed last is not kept yet", "Load the page in another window to see why; what stands here stays.");
}

function goThere(button) {
  const area = document.getElementById(button.dataset.in);
  if (!area) return;
  const lines = area.value.split("\n");
  const at = lines.slice(0, Number(button.dataset.line) - 1).reduce((sum, line) => sum + line.length + 1, 0);
  // A column counts characters; a place in a text area counts UTF-16 units.
  const before = Array.from(lines[Number(button.dataset.line) - 1] ?? "").slice(0, Number(button.dataset.column) - 1).join("");
  const start = at + before.length;
  area.focus();
  area.setSelectionRange(start, Math.min(start + 1, area.value.length));
}

/** What was typed within the last moment, as the page is left. */
function leave() {
  const form = page();
  if (!form || !isBehind() || document.visibilityState !== "hidden") return;
  const body = new URLSearchParams(new FormData(form));
  turn += 1;
  body.set("turn", String(turn));
  body.set("live", "1");
  body.set("do", sideOf(lastTouched));
  fetch("/compose/live", { method: "POST", body, keepalive: true, credentials: "same-origin" }).catch(() => {});
}

export function startCompose() {
  document.addEventListener("input", (event) => {
    if (!event.target.closest?.("form[data-compose]") || event.target.name === "beside") return;
    typed[sideOf(event.target)] += 1;
    lastTouched = event.target;
  });
  // Whoever goes over to the other side finds it as it should be.
  document.addEventListener("focusin", (event) => {
    if (event.target.closest?.("form[data-compose]") && isBehind() && sideOf(event.target) !== sideOf(lastTouched)) settle(afterwards);
  });
  document.addEventListener("change", (event) => {
    if (event.target.name === "beside" && event.target.value === "print") drawSoon(0);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-line]");
    if (button) goThere(button);
  });
  // Before the acts' own listener: what is entered is what stands in the sheet.
  window.addEventListener(
    "submit",
    (event) => {
      const door = event.target.dataset?.door;
      if (!page() || (door !== "draft paper" && door !== "edit paper") || !isBehind()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      settle(() => document.querySelector("#enter form[data-door]")?.requestSubmit());
    },
    { capture: true },
  );
  document.addEventListener("htmx:config:request", number);
  document.addEventListener("htmx:before:swap", guard);
  document.addEventListener("htmx:after:swap", swapped);
  document.addEventListener("htmx:before:response", refused);
  document.addEventListener("htmx:error", (event) => {
    if (isLive(event)) failed("The office cannot be reached, and what you typed last is not kept yet", "It is sent again by itself.");
  });
  document.addEventListener("visibilitychange", leave);
  document.addEventListener("htmx:after:process", function once() {
    document.removeEventListener("htmx:after:process", once);
    arrived();
  });
}
