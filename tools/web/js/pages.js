// What a browser does by itself when it loads a page, done again when htmx swaps one in.
import { el } from "./dom.js";

function arrived(event) {
  const { ctx } = event.detail ?? {};
  if (ctx?.target !== document.body || ctx.request?.method !== "GET") return;
  if (ctx.request.anchor) setTimeout(targeted);
  else scrollTo(0, 0);
  const heading = document.querySelector("main h1") ?? document.getElementById("main");
  if (!heading) return;
  if (!heading.hasAttribute("tabindex")) heading.setAttribute("tabindex", "-1");
  if (!document.activeElement || document.activeElement === document.body) heading.focus({ preventScroll: true });
}

/** A page that was swapped in has no :target before its address is gone to again. */
function targeted() {
  if (location.hash) location.replace(location.hash);
}

/** Times as the reader's clock has them, beside those of the office: in the slip as text, elsewhere as a title. */
function localTimes() {
  for (const time of document.querySelectorAll("time[datetime]:not([data-local])")) {
    const at = new Date(time.dateTime);
    time.dataset.local = "";
    if (Number.isNaN(at.getTime()) || !time.dateTime.includes("T")) continue;
    const local = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    if (at.getTimezoneOffset() && time.closest(".slip")) time.after(" ", el("span", { class: "soft" }, `${local}, your clock`));
    else time.title = `${local}, your clock`;
  }
}

/** A link to a folded piece of the page unfolds it and goes to its first field. */
function unfold(event) {
  const href = event.target.closest?.('a[href^="#"]')?.getAttribute("href");
  const piece = href?.length > 1 ? document.getElementById(decodeURIComponent(href.slice(1))) : null;
  if (piece?.tagName !== "DETAILS") return;
  event.preventDefault();
  piece.open = true;
  piece.scrollIntoView({ block: "center" });
  (piece.querySelector("input:not([type=hidden]), select, textarea, button") ?? piece.querySelector("summary")).focus({ preventScroll: true });
}

/** Menus close when something else is pressed, and by Escape. */
function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.type === "keydown" ? event.key !== "Escape" : menu.contains(event.target) && !event.target.closest("a, button")) continue;
    menu.open = false;
    if (event.type === "keydown") menu.querySelector("summary").focus();
  }
}

export function startPages() {
  document.addEventListener("click", unfold);
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", closeMenus);
  document.addEventListener("htmx:after:swap", (event) => {
    arrived(event);
    localTimes();
  });
  localTimes();
}
