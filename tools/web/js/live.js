// News from the office: the stream says that something was entered, and the pieces of the page that
// live are fetched anew and morphed in place.
import { el } from "./dom.js";

const SPREAD = 400; // milliseconds over which pages of one post ask again

const away = el("p", { class: "toast", role: "status" }, "The office does not answer: this page may be out of date. It is looked for again.");

let pending = false;
let again = false;

async function refresh() {
  const pieces = [...document.querySelectorAll("[data-live]")].filter((piece) => piece.id);
  for (const piece of pieces) {
    await globalThis.htmx.ajax("GET", piece.dataset.live, { target: `#${CSS.escape(piece.id)}`, swap: "outerMorph", source: document.body }).catch(() => undefined);
  }
}

function news() {
  if (pending) {
    again = true;
    return;
  }
  pending = true;
  setTimeout(async () => {
    await refresh();
    pending = false;
    if (!again) return;
    again = false;
    news();
  }, Math.random() * SPREAD);
}

// The stream comes back by itself once it was there; this is for one that never began.
const LOOK = 20000;

function begin() {
  const stream = document.getElementById("live");
  if (!stream || stream._htmx?.sse || document.hidden) return;
  globalThis.htmx.ajax("GET", stream.getAttribute("hx-sse:connect"), { source: stream }).catch(() => undefined);
}

export function startLive() {
  setInterval(begin, LOOK);
  document.addEventListener("tray", news);
  document.addEventListener("reload", news); // away for too long to be told what of: everything is looked at anew
  document.addEventListener("htmx:sse:error", () => document.getElementById("notices")?.replaceChildren(away));
  document.addEventListener("htmx:sse:after:connection", () => away.remove());
}
