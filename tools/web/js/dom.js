// Elements by DOM calls only: nothing here parses HTML, and whatever others wrote is text.
const SVG = "http://www.w3.org/2000/svg";

/** An element: `el("p", { class: "note" }, "text", child, ...)`; what is null is left out. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value != null && value !== false) made.setAttribute(key, value === true ? "" : value);
  made.append(...children.flat(Infinity).filter((child) => child != null && child !== "" && child !== false));
  return made;
}

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// What is not seen, or steers the line: shown as its code point (cable/characters.py has the reasons).
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u115f\u1160\u2028\u2029\u3164\uffa0]/u;
const STEADY = new Set(["\n", "\t"]);

/** Text that others wrote: isolated, its hidden characters visible. */
export function shown(text) {
  const whole = String(text ?? "");
  const held = el("bdi");
  if (!HIDDEN.test(whole)) {
    held.textContent = whole;
    return held;
  }
  let run = "";
  for (const character of whole) {
    if (STEADY.has(character) || !HIDDEN.test(character)) {
      run += character;
      continue;
    }
    const code = character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    held.append(run, el("span", { class: "odd" }, `U+${code}`));
    run = "";
  }
  held.append(run);
  return held;
}

/** A mend, in which what is to be typed stands between backquotes. */
export function mendWords(text) {
  return ended(text).split("`").map((part, at) => (at % 2 ? el("code", { class: "ref" }, shown(part)) : shown(part)));
}

/** A note of what went wrong: the office's sentence and its mend. */
export function wrongNote(error) {
  const note = el("div", { class: "note wrong", role: "alert", tabindex: "-1" }, el("strong", {}, shown(ended(error.sentence ?? error.message))));
  if (error.mend) note.append(el("p", { class: "mend" }, mendWords(error.mend)));
  return note;
}

export function ended(sentence) {
  const text = sentence.charAt(0).toUpperCase() + sentence.slice(1);
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

export const isSeen = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
