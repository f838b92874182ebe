// Words of a sheet that somebody selects: what are they? And suggestions that somebody refused.
// The office takes the words out of the cable itself: all that this names is their place in a paragraph.
import { el, isSeen } from "./dom.js";
import { go } from "./office.js";

const KINDS = ["question", "answer", "instruction", "text", "assessment", "withheld"];
const PAUSE = 200;
const KEPT = "reftel-refused";
const MOST_KEPT = 500;
let bar = null;
let soon = 0;
let held = false;

const base = () => document.querySelector("[data-docket]")?.dataset.docket;

/** How many characters a piece of a paragraph holds; a character that is shown as its code point is one. */
function lengthOf(fragment) {
  let length = 0;
  for (const node of fragment.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) length += Array.from(node.data).length;
    else length += node.classList?.contains("odd") ? 1 : lengthOf(node);
  }
  return length;
}

/** Where the selected words stand: paragraph, from, to. Of several paragraphs the first counts. */
function chosen() {
  const selection = getSelection();
  if (!base() || !selection?.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const texts = [...document.querySelectorAll('#cable .body p[id^="p-"] > bdi')];
  const text = texts.find((one) => range.intersectsNode(one));
  if (!text) return null;
  const whole = document.createRange();
  whole.selectNodeContents(text);
  const words = whole.cloneRange();
  if (range.compareBoundaryPoints(Range.START_TO_START, whole) > 0) words.setStart(range.startContainer, range.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, whole) < 0) words.setEnd(range.endContainer, range.endOffset);
  const before = whole.cloneRange();
  before.setEnd(words.startContainer, words.startOffset);
  const said = words.toString();
  const lead = said.length - said.trimStart().length;
  const from = lengthOf(before.cloneContents()) + lead;
  const to = lengthOf(before.cloneContents()) + lengthOf(words.cloneContents()) - (said.length - said.trimEnd().length);
  if (to <= from) return null;
  return { paragraph: text.parentElement.id.slice(2), from, to, words };
}

function addressOf({ paragraph, from, to }, kind) {
  const query = new URLSearchParams({ paragraph, from, to });
  if (kind) query.set("kind", kind);
  return `${base()}?${query}`;
}

function hide() {
  bar?.remove();
  bar = null;
}

function offer() {
  hide();
  const found = chosen();
  if (!found || held) return;
  const links = KINDS.map((kind) => [kind, kind]).concat([["", "something else"]]);
  bar = el(
    "div",
    { class: "chosen-words no-print", role: "toolbar", "aria-label": "What are these words?" },
    el("span", { class: "soft", "aria-hidden": "true" }, "These words are"),
    links.map(([kind, text]) => el("button", { type: "button", class: "linklike", "data-kind": kind, "data-key": kind ? null : "m", "aria-keyshortcuts": kind ? null : "m" }, text)),
  );
  bar.addEventListener("pointerdown", (event) => event.preventDefault());
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const place = addressOf(found, button.dataset.kind);
    hide();
    go(place);
  });
  document.body.append(bar);
  const box = found.words.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = bar;
  const under = box.bottom + height + 12 < innerHeight;
  bar.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
  bar.style.top = `${Math.max(8, under ? box.bottom + 8 : box.top - height - 8)}px`;
}

function look() {
  clearTimeout(soon);
  soon = setTimeout(offer, PAUSE);
}

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function keep(keys) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(keys.slice(-MOST_KEPT)));
  } catch {
    // A browser that keeps nothing shows them again.
  }
}

/** Suggestions that this browser has refused are not shown, and not ticked. */
function hideRefused() {
  const refused = new Set(kept());
  let hidden = 0;
  for (const one of document.querySelectorAll("[data-suggestion]")) {
    one.hidden = refused.has(one.dataset.suggestion);
    if (!one.hidden) continue;
    hidden += 1;
    const box = one.querySelector("input[type=checkbox]");
    if (box) box.checked = false;
  }
  const note = document.querySelector(".suggested .refused");
  if (!note) return;
  note.hidden = hidden === 0;
  note.querySelector("[data-refused]").textContent = hidden;
}

function pressed(event) {
  const refuse = event.target.closest?.("[data-refuse]");
  if (refuse) {
    const one = refuse.closest("[data-suggestion]");
    keep([...kept(), one.dataset.suggestion]);
    const rest = [...document.querySelectorAll("[data-suggestion]")];
    hideRefused();
    const next = rest.slice(rest.indexOf(one)).concat(rest).find((other) => !other.hidden && isSeen(other));
    (next?.querySelector("input, a") ?? document.querySelector(".suggested > summary"))?.focus();
  }
  if (event.target.closest?.("[data-unrefuse]")) {
    const here = new Set([...document.querySelectorAll("[data-suggestion]")].map((one) => one.dataset.suggestion));
    keep(kept().filter((one) => !here.has(one)));
    hideRefused();
  }
}

export function startDocket() {
  document.addEventListener("selectionchange", look);
  document.addEventListener("pointerdown", (event) => {
    held = !event.target.closest?.(".chosen-words");
  }, { capture: true });
  for (const name of ["pointerup", "pointercancel"])
    document.addEventListener(name, () => {
      held = false;
      look();
    }, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  document.addEventListener("click", pressed);
  document.addEventListener("htmx:after:swap", () => {
    hide();
    hideRefused();
  });
  hideRefused();
}
