// The marking of the page at the head and foot of every printed sheet. A style sheet made here is no
// inline style: the policy lets it through, and nothing of the text can be read as anything but text.
const FONT = 'font: 600 9pt "Source Sans 3 Variable", sans-serif; letter-spacing: .06em';

let sheet;

function quoted(text) {
  const safe = Array.from(text, (character) => (/[A-Za-z0-9 /,.-]/.test(character) ? character : `\\${character.codePointAt(0).toString(16)} `));
  return `"${safe.join("")}"`;
}

function mark() {
  const band = document.getElementById("marking");
  const parts = band && !band.classList.contains("none") ? [...band.querySelectorAll("span")].map((part) => part.textContent) : [];
  const content = quoted(parts.join(" \u00b7 ").toUpperCase());
  sheet.replaceSync(parts.length ? `@page { @top-center { content: ${content}; ${FONT} } @bottom-center { content: ${content}; ${FONT} } }` : "");
  document.documentElement.classList.toggle("marked", parts.length > 0);
}

export function startMarking() {
  sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  document.addEventListener("htmx:after:swap", mark);
  mark();
}
