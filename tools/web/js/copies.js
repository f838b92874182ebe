// A numbered copy sealed to this reader: fetched, opened, checked and drawn in this page alone.
// `<section data-copy="/copies/7/2/sealed">` stands where the sheet goes; `data-links` may say where
// the cables are that it refers to.
import { el, wrongNote } from "./dom.js";
import { fetchBytes, Refused } from "./office.js";
import { holdsKey, sealed, unlock } from "./reader.js";

const MOST_SHOWN = 200000;

function exactBytes(text) {
  const whole = new TextDecoder().decode(text.subarray(0, MOST_SHOWN));
  const readable = text.length > MOST_SHOWN ? `${whole}\n\n… ${text.length - MOST_SHOWN} more bytes: save them to see all.` : whole;
  return el("details", { class: "no-print" }, el("summary", {}, `The exact ${text.length} bytes`), el("pre", { class: "exact", tabindex: "0" }, readable));
}

function saveLink(text, name) {
  const link = el("button", { type: "button", class: "btn" }, "Save the exact bytes");
  link.addEventListener("click", () => {
    const href = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
    const anchor = el("a", { href, download: name, "hx-boost": "false" });
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  });
  return link;
}

function printButton() {
  const button = el("button", { type: "button", class: "btn" }, "Print this copy");
  button.addEventListener("click", () => print());
  return button;
}

function linksOf(section) {
  try {
    return JSON.parse(section.dataset.links ?? "{}");
  } catch {
    return {};
  }
}

// What the office itself says of the copy stays: its number here, the stamp, when it came, by whose hands.
const OFFICE_FIELDS = new Set(["Received", "Entered", "Answer", "Marking"]);

function keepFromOffice(section, sheet) {
  const old = section.querySelector(".sheet");
  const head = old?.querySelector(".lh");
  if (head) sheet.querySelector(".lh").replaceWith(head);
  const colophon = old?.querySelector(".colophon");
  if (colophon) {
    sheet.querySelector(".colophon")?.remove();
    sheet.append(colophon);
  }
  const slip = sheet.querySelector(".slip");
  for (const field of old?.querySelectorAll(".slip > div") ?? [])
    if (OFFICE_FIELDS.has(field.querySelector("dt")?.textContent)) slip.append(field);
}

async function show(section) {
  const file = await fetchBytes(section.dataset.copy);
  const { open, checkCopy, drawSeal, drawSheet } = await sealed();
  let opened;
  try {
    opened = await open(file);
  } catch {
    throw new Refused("Your key does not open this copy.", "It may have been sealed to a key that you had before. Ask the registry for another copy.");
  }
  const found = await checkCopy(opened, open);
  // Copies sealed to one reader could be laid under each other's numbers; each says which it is.
  if (section.dataset.copy !== `/copies/${found.copy.cable}/${found.copy.seq}/sealed`)
    throw new Refused("What came is the sealed copy of another cable.", "Do not read it as this one. Tell the registry.");
  if (!section.isConnected) return;
  const name = `cable-${found.copy.cable}-copy-${found.copy.number}.eml`;
  const tools = el("div", { class: "go no-print" }, printButton(), saveLink(found.text, name));
  const seal = drawSeal(found);
  const badge = document.querySelector("[data-seal]");
  const sheet = drawSheet(found.plain, found.copy, linksOf(section));
  keepFromOffice(section, sheet);
  section.replaceChildren(...(badge ? [] : [seal]), sheet, tools, exactBytes(found.text));
  badge?.replaceWith(seal);
  section.dataset.shown = found.standing;
  globalThis.htmx?.process(section);
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (target) target.scrollIntoView();
}

async function run(section, how) {
  if (section.getAttribute("aria-busy") === "true") return;
  section.setAttribute("aria-busy", "true");
  const said = section.querySelector("[data-said]") ?? section.appendChild(el("div", { "data-said": true, "aria-live": "polite" }));
  said.replaceChildren(el("p", { class: "busy" }, "Opening your copy."));
  try {
    await how();
    await show(section);
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error);
    said.replaceChildren(wrongNote(error instanceof Refused ? error : new Refused("Your copy could not be shown.", "Load the page again.")));
  } finally {
    section.removeAttribute("aria-busy");
  }
}

function look() {
  if (!holdsKey()) return;
  for (const section of document.querySelectorAll("[data-copy]:not([data-shown])")) run(section, async () => {});
}

export function startCopies() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-unlock]");
    const section = button?.closest("[data-copy]");
    if (section) run(section, unlock);
  });
  document.addEventListener("htmx:after:swap", look);
  look();
}
