// The keyboard: every shortcut presses what is on the page; nothing works by key alone.
import { showDialog } from "./dialog.js";
import { el, isSeen } from "./dom.js";

const HELP = [
  ["j, k", "Next and previous in the list"],
  ["Enter", "Open what is chosen"],
  ["n", "Next unread"],
  ["/", "Find"],
  ["a", "Acknowledge"],
  ["r", "Draft an answer"],
  ["m", "Say what selected words are"],
  ["u", "Back to the list"],
  ["?", "This list"],
];

const rows = () => [...document.querySelectorAll(".row > a, [data-row]")].filter(isSeen);

function move(by) {
  const all = rows();
  if (!all.length) return false;
  const at = all.findIndex((row) => row === document.activeElement);
  const chosen = all.findIndex((row) => row.getAttribute("aria-current") === "true");
  const from = at >= 0 ? at : chosen;
  const next = from < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, from + by));
  all[next].focus();
  all[next].scrollIntoView({ block: "nearest" });
  return true;
}

function nextUnread() {
  const all = rows();
  const at = all.findIndex((row) => row === document.activeElement || row.getAttribute("aria-current") === "true");
  const order = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  const found = order.find((row) => row.parentElement.classList.contains("unread") && row.getAttribute("aria-current") !== "true");
  found?.click();
  return Boolean(found);
}

function press(selector) {
  const found = [...document.querySelectorAll(selector)].find((element) => isSeen(element) && !element.disabled);
  if (!found) return false;
  if (found.matches("input, textarea")) found.focus();
  else found.click();
  return true;
}

function help() {
  const lines = HELP.map(([keys, text]) => el("tr", {}, el("td", {}, keys.split(", ").map((key, at) => [at ? " " : "", el("kbd", {}, key)])), el("td", {}, text)));
  const table = el("table", { class: "list" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Key"), el("th", { scope: "col" }, "What it does"))), el("tbody", {}, lines));
  showDialog({ title: "By keyboard", body: [table], buttons: [["close", "Close", "primary"]] });
  return true;
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  n: nextUnread,
  u: () => press(".back, .rail a[aria-current]"),
  "/": () => press("[data-find]"),
  "?": help,
};

const TYPING = "input, textarea, select, [contenteditable]";

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    const done = KEYS[event.key]?.() || (/^[a-z]$/.test(event.key) && press(`[data-key="${event.key}"]`));
    if (done) event.preventDefault();
  });
}
