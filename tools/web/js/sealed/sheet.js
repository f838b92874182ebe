// Draws a cable in the plain form as a sheet: the same as templates/macros/sheet.html makes.
import { el, shown, svg } from "../dom.js";

const LETTERS = { override: "Y", flash: "Z", immediate: "O", priority: "P", routine: "R", deferred: "D" };
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

function partyName(party) {
  const parts = ["place", "office", "person"].map((part) => party[part]).filter(Boolean);
  return parts.join(", ") || party.post || party.place_inferred || "";
}

function party(one) {
  const name = partyName(one);
  return [shown(name), one.post && one.post !== name ? [" ", el("span", { class: "soft" }, shown(one.post))] : null];
}

const parties = (list) => list.map((one, at) => [party(one), at + 1 < list.length ? "; " : ""]);

const field = (label, value, width) => el("div", width ? { class: width } : {}, el("dt", {}, label), el("dd", {}, value));

function badge(word) {
  const letter = LETTERS[word] ?? "";
  return [el("span", { class: `prec ${letter.toLowerCase()}`, "aria-hidden": "true" }, letter), " ", capital(word)];
}

function reference(one, href) {
  const words = `${one.letter ? `${one.letter}. ` : ""}${one.literal}`;
  if (href) return el("a", { class: "tel", href }, shown(words));
  return el("span", { class: "tel absent" }, shown(words), el("span", { class: "vh" }, " (not held here)"));
}

const linkOf = (links, one) => (Object.hasOwn(links, one.literal) ? links[one.literal] : null);

function slip(text, copy, links) {
  const precedence = text.precedence ? badge(text.precedence) : text.precedence_literal ? shown(text.precedence_literal) : "Not stated";
  const info = text.info_precedence ? [" ", el("span", { class: "soft" }, `info ${capital(text.info_precedence)}`)] : null;
  const fields = [
    field("From", party(text.sender)),
    field("For action", text.to?.length ? parties(text.to) : "Nobody named"),
    field("For information", text.info?.length ? parties(text.info) : "Nobody"),
    field("Precedence", [precedence, info]),
    field("Sent", text.moment ? el("span", { class: "tn" }, shown(text.moment.literal)) : "Not stated"),
    text.registered ? field("Registered", el("span", { class: "tn" }, `${text.registered.slice(0, 16).replace("T", " ")}Z`)) : null,
    text.onward ? field("Onward", [party(text.onward.to), " ", el("span", { class: "soft" }, shown(text.onward.how))], "two") : null,
    text.references?.length ? field("Refers to", text.references.map((one) => reference(one, linkOf(links, one))), "two") : null,
    text.numbers?.length ? field("Numbers", text.numbers.map((one, at) => [el("span", { class: "soft" }, shown(one.scheme)), " ", shown(one.value), at + 1 < text.numbers.length ? "; " : ""])) : null,
    copy?.holder ? field("This copy", [shown(copy.holder), copy.purpose ? [" ", el("span", { class: "soft" }, `for ${copy.purpose}`)] : null]) : null,
    text.enclosures?.length ? field("Enclosures", text.enclosures.map((one, at) => [shown(one.title), at + 1 < text.enclosures.length ? "; " : ""]), "all") : null,
  ];
  return el("dl", { class: "slip" }, fields);
}

function signature(one) {
  const beside = [one.rank, one.identity ? `that is ${one.identity}` : ""].filter(Boolean).join(", ");
  return el("p", { class: "sig" }, shown(one.literal), beside ? [" ", el("span", { class: "soft" }, shown(beside))] : null);
}

/** Names paragraphs as cable/paragraphs.py does: 1, further-1, u3, q1.2, c1.u1; a second one gets ~2. */
class Names {
  used = new Set();

  unique(name) {
    let given = name;
    for (let again = 2; this.used.has(given); again += 1) given = `${name}~${again}`;
    this.used.add(given);
    return given;
  }
}

function paragraph(block, name) {
  const id = `p-${name}`;
  const number = block.number
    ? el("a", { class: block.number.length > 3 ? "pn long" : "pn", href: `#${id}`, "aria-label": `Paragraph ${block.number}` }, shown(block.number))
    : null;
  const portion = block.portion ? el("span", { class: "portion" }, "(", shown(block.portion), ")") : null;
  return el("p", { id }, number, portion, bounded(block.text));
}

// So much of one paragraph is drawn; the whole stands in the exact bytes.
const MOST_OF_PARAGRAPH = 200000;

function bounded(text) {
  if (text.length <= MOST_OF_PARAGRAPH) return shown(text);
  const left = text.length - MOST_OF_PARAGRAPH;
  return [shown(text.slice(0, MOST_OF_PARAGRAPH)), el("span", { class: "odd" }, `${left} more characters stand in the exact bytes`)];
}

const rule = (end, ...words) => el("p", { class: end ? "enc end" : "enc" }, el("span", {}, words));

function quotation(block, before, names, links) {
  return [
    rule(false, "Quoted text", block.dated ? [", ", shown(block.dated.literal)] : null),
    el("blockquote", { class: "quoted" }, blocks(block.blocks, before, names, links), block.signature ? signature(block.signature) : null),
    rule(true, "Quoted text ends"),
  ];
}

function carried(block, before, names, links) {
  const { cable } = block;
  const from = partyName(cable.sender);
  return [
    rule(false, "Text of telegram", from ? [" from ", shown(from)] : null, cable.moment ? [", ", shown(cable.moment.literal)] : null, block.proof ? " · carried with proof" : " · as told by the forwarder"),
    el(
      "blockquote",
      { class: "carried", "aria-label": "Carried telegram" },
      cable.to?.length ? el("p", { class: "soft" }, "For ", parties(cable.to), cable.subject ? [": ", shown(cable.subject)] : null) : null,
      cable.references?.length ? el("p", { class: "soft" }, "Refers to ", cable.references.map((one) => reference(one, linkOf(links, one)))) : null,
      blocks(cable.blocks ?? [], before, names, links),
      cable.signature ? signature(cable.signature) : null,
    ),
    rule(true, "Telegram ends"),
  ];
}

function blocks(list, before, names, links) {
  const counts = { u: 0, q: 0, c: 0 };
  let series = "";
  return list.map((block) => {
    if (block.cable) return carried(block, `${before}c${++counts.c}.`, names, links);
    if (block.blocks) return quotation(block, `${before}q${++counts.q}.`, names, links);
    const changed = (block.series ?? "") !== series;
    series = block.series ?? "";
    const name = block.number ? `${block.series ? `${block.series}-` : ""}${block.number}` : `u${++counts.u}`;
    return [
      changed ? rule(false, shown(capital(series || "first series"))) : null,
      paragraph(block, names.unique(before + name)),
    ];
  });
}

const SAID_FIRST = ["mode", "how", "stance", "state", "move", "confidence"];
const WHOSE = ["party", "post", "person", "name", "session"];
const IN_HEAD = new Set([...SAID_FIRST, ...WHOSE, "to", "not for", "issue", "number"]);

/** A docket line in a few words, as docket/words.py has it. */
function headOf(kind, fields) {
  const whose = WHOSE.map((name) => fields.get(name)).find(Boolean);
  const words = [capital(kind), ...SAID_FIRST.map((name) => (fields.get(name) ? `(${fields.get(name)})` : null)), whose ? `of ${whose}` : null, fields.get("to") ? `to ${fields.get("to")}` : null, fields.get("not for") ? `from ${fields.get("not for")}` : null];
  const issue = fields.get("issue") ? `, on ${fields.get("issue")}` : "";
  return words.filter(Boolean).join(" ") + issue + (fields.get("number") ? ` (${fields.get("number")})` : "");
}

function said(line, before) {
  const fields = new Map(line.fields ?? []);
  const name = `${before}${line.paragraph ?? ""}`;
  const rest = (line.fields ?? []).filter(([key]) => !IN_HEAD.has(key));
  return el(
    "li",
    {},
    el("b", {}, shown(headOf(line.kind, fields))),
    line.quote ? [" \u201c", el("q", {}, shown(line.quote)), "\u201d"] : null,
    line.paragraph ? [" ", el("a", { class: "link", href: `#p-${name}` }, "\u00b6\u00a0", shown(name))] : null,
    rest.map(([key, value]) => [" ", el("span", { class: "soft" }, shown(key), ": ", shown(value))]),
  );
}

/** The docket lines of a cable, then those of the telegrams that it carries. */
function allSaid(text, before = "") {
  return [...(text.docket ?? []).map((line) => said(line, before)), ...saidInside(text.blocks ?? [], before)];
}

function saidInside(list, before) {
  const counts = { q: 0, c: 0 };
  return list.flatMap((block) => {
    if (block.cable) return allSaid(block.cable, `${before}c${++counts.c}.`);
    if (block.blocks) return saidInside(block.blocks, `${before}q${++counts.q}.`);
    return [];
  });
}

function docketOf(text) {
  const lines = allSaid(text).slice(0, 200);
  if (!lines.length) return null;
  return el("section", { class: "docket-of", "aria-label": "Docket lines of its sender" }, el("h2", {}, "Docket"), el("ul", {}, lines));
}

function letterhead(text, copy) {
  const stamp = copy?.return_by || copy?.return_to
    ? el("p", { class: "stamp" }, "Subject to return", el("small", {}, [copy.return_to ? ["to ", shown(copy.return_to), " "] : null, copy.return_by ? ["by ", shown(copy.return_by)] : null]))
    : null;
  const number = copy?.cable_number ?? text.numbers?.find((one) => one.scheme === "MRN")?.value ?? "";
  return el(
    "header",
    { class: "lh" },
    el("p", { class: "no" }, el("span", {}, shown(text.kind || "Cable")), " ", number ? ["№ ", shown(number)] : null),
    copy?.number ? el("p", { class: "copy" }, "Copy № ", el("b", {}, String(copy.number))) : null,
    stamp,
  );
}

/** The sheet. `links` says where the cables that it refers to are, by what is written. */
export function drawSheet(text, copy, links = {}) {
  return el(
    "article",
    { class: "sheet", id: "cable", "aria-labelledby": "c-h" },
    letterhead(text, copy),
    el("h1", { id: "c-h", class: "title" }, text.subject ? shown(text.subject) : "No subject"),
    slip(text, copy, links),
    el("div", { class: "body" }, blocks(text.blocks ?? [], "", new Names(), links), text.signature ? signature(text.signature) : null, docketOf(text)),
    text.marks?.length ? el("footer", { class: "colophon" }, text.marks.map((mark) => el("span", {}, shown([capital(mark.event), mark.moment?.literal, mark.by].filter(Boolean).join(" "))))) : null,
  );
}

const ROUNDELS = { checked: "m16 24.5 5.5 5.5 11-11.5", wrong: "m17 17 14 14M31 17 17 31", unchecked: "M16 24h16" };
const TITLES = { checked: "In the register", wrong: "Not as registered", unchecked: "Not checked" };

function sentence(found, at) {
  const time = el("time", { class: "tn", datetime: at.toISOString() }, `${at.toISOString().slice(11, 16).replace(":", "")}Z`);
  if (found.standing === "unchecked") return el("p", {}, "The office gave no proof with this copy. Opened in this browser at ", time, ".");
  if (found.standing === "wrong") return el("p", {}, "Do not rely on this copy. Checked in this browser at ", time, "; this is what does not hold:");
  return el("p", {}, "Entry ", el("span", { class: "tn" }, String(found.proof.index)), ", registered and signed by ", shown(found.proof.origin), ". Checked in this browser at ", time, ".");
}

/** The register's badge for what was checked: what exactly, and when. */
export function drawSeal(found, at = new Date()) {
  const steps = found.steps.map((step) => el("li", { class: step.ok ? null : "bad" }, el("span", { class: "vh" }, step.ok ? "Holds: " : "Does not hold: "), shown(step.said)));
  const bad = found.steps.filter((step) => !step.ok).length;
  const proof = found.proof
    ? el("p", { class: "proof" }, shown(found.proof.fingerprint), el("br"), `entry ${found.proof.index} of ${found.proof.size}`, el("br"), `root ${found.proof.root}`, el("br"), `registered ${found.proof.registered}`)
    : null;
  const roundel = svg("svg", { class: "roundel", viewBox: "0 0 48 48", "aria-hidden": "true" }, svg("circle", { cx: 24, cy: 24, r: 22.5 }), svg("circle", { cx: 24, cy: 24, r: 18.5, class: "dash" }), svg("path", { d: ROUNDELS[found.standing] }));
  const details = el("details", { open: bad > 0 }, el("summary", {}, "What was checked"), el("ul", {}, steps), proof);
  return el(
    "section",
    { class: found.standing === "checked" ? "seal" : `seal ${found.standing}`, "aria-labelledby": "seal-h", "data-seal": true },
    roundel,
    el("div", {}, el("h2", { id: "seal-h" }, TITLES[found.standing]), sentence(found, at), details),
  );
}
