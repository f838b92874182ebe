// Reads the Internet form of a cable (docs/spec/cable-internet.md) into the plain form, so that the
// sheet on the screen is drawn from the very bytes that were checked. It reads what the office's own
// reader reads; that the bytes are the canonical ones, the office saw to before it registered them.
import { fromUtf8 } from "../bytes.js";

const DEEPEST = 16;
const JSON_FIELDS = {
  "Reftel-Kind": "kind",
  "Reftel-Numbers": "numbers",
  "Reftel-Precedence": "precedence_literal",
  "Reftel-Classification": "classification",
  "Reftel-Captions": "captions",
  "Reftel-DTG": "moment",
  "Reftel-From": "sender",
  "Reftel-To": "to",
  "Reftel-Info": "info",
  "Reftel-Onward": "onward",
  "Reftel-References": "references",
  "Reftel-Asks": "asks",
  "Reftel-Signature": "signature",
  "Reftel-Docket": "docket",
  "Reftel-Marks": "marks",
  "Reftel-Annotations": "annotations",
  "Reftel-Enclosures": "enclosures",
  "Reftel-Text": "blocks",
};
const PRECEDENCES = ["deferred", "routine", "priority", "immediate", "flash", "override"];
const DERIVED = new Set([
  "Reftel-Version",
  "Date",
  "From",
  "To",
  "Cc",
  "Message-ID",
  "MMHS-Extended-Authorisation-Info",
  "MMHS-Handling-Instructions",
  "MMHS-Originator-Reference",
  "MIME-Version",
  "Content-Transfer-Encoding",
]);
const TEXT_HEAD = "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
const CARRIED_HEAD = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
const PROOF_HEAD = "Content-Type: application/vnd.reftel.proof\r\nContent-Transfer-Encoding: base64\r\n\r\n";
const WORDS = /^(?:=\?utf-8\?B\?[A-Za-z0-9+/]+={0,2}\?=)+$/;
const WORD = /=\?utf-8\?B\?([A-Za-z0-9+/]+={0,2})\?=/g;

// Bytes stand one to a character while they are parted, and are decoded where a text begins.
const octets = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const decoded = (text) => fromUtf8(octets(text));
const words = (value) => Array.from(value.matchAll(WORD), (found) => decoded(atob(found[1]))).join("");

function parted(text, by) {
  const at = text.indexOf(by);
  if (at < 0) throw new Error("a part is missing");
  return [text.slice(0, at), text.slice(at + by.length)];
}

function readHeader(head) {
  const cable = {};
  const extra = [];
  let type = "";
  for (const line of head.replaceAll("\r\n ", "").split("\r\n")) {
    const [name, value] = parted(line, ": ");
    if (Object.hasOwn(JSON_FIELDS, name)) cable[JSON_FIELDS[name]] = JSON.parse(value);
    else if (name === "Subject") cable.subject = value.includes("=?") ? words(value) : value;
    else if (name === "MMHS-Primary-Precedence") cable.precedence = precedence(value);
    else if (name === "MMHS-Copy-Precedence") cable.info_precedence = precedence(value);
    else if (name === "Reftel-Registered") cable.registered = value;
    else if (name === "Content-Type") type = value;
    else if (!DERIVED.has(name)) extra.push([name, WORDS.test(value) ? words(value) : value]);
  }
  if (extra.length) cable.extra = extra;
  return [cable, type];
}

function precedence(value) {
  if (!/^[0-5]$/.test(value)) throw new Error("not a precedence");
  return PRECEDENCES[Number(value)];
}

const chunks = (text) => decoded(text).replaceAll("\r\n", "\n").split("\n\n");

function splitBody(type, body, depth) {
  const found = /^multipart\/mixed; boundary="([^"]+)"$/.exec(type);
  if (!found) return [body ? chunks(body.slice(0, -2)) : [], []];
  const delimiter = `\r\n--${found[1]}`;
  const parts = body.slice(delimiter.length, -delimiter.length - 4).split(`${delimiter}\r\n`);
  const items = [];
  for (const [index, part] of parts.entries()) {
    if (part.startsWith(TEXT_HEAD)) items.push(...chunks(part.slice(TEXT_HEAD.length)));
    else if (part.startsWith(CARRIED_HEAD)) {
      const data = part.slice(CARRIED_HEAD.length);
      const carried = { cable: readCable(data, depth + 1) };
      const next = parts[index + 1] ?? "";
      if (next.startsWith(PROOF_HEAD)) {
        carried.original = btoa(data);
        carried.proof = next.slice(PROOF_HEAD.length).replaceAll("\r\n", "");
      }
      items.push(carried);
    } else if (!part.startsWith(PROOF_HEAD)) return [items, parts.slice(index)];
  }
  return [items, []];
}

function unflow(chunk, quoted) {
  if (!quoted && !chunk.includes("\n") && !chunk.startsWith(" ")) return chunk;
  let text = "";
  for (const line of chunk.split("\n")) {
    let piece = line.slice(quoted);
    if (piece.startsWith(" ")) piece = piece.slice(1);
    text += piece.endsWith(" ") ? piece.slice(0, -1) : `${piece}\n`;
  }
  return text.slice(0, -1);
}

const margin = ({ number, portion }) => (number ? `${number}. ` : "") + (portion ? `(${portion}) ` : "");

function readBlocks(structure, items, quoted) {
  if (quoted > DEEPEST) throw new Error("quotations are nested too deep");
  return structure.map((entry) => {
    if (entry !== "carried" && entry.blocks) {
      const blocks = readBlocks(entry.blocks, items, quoted + 1);
      if (entry.signature || entry.dated) items.shift();
      return { ...entry, blocks };
    }
    const item = items.shift();
    if (entry === "carried") {
      if (!item?.cable) throw new Error("a carried telegram is missing");
      return item;
    }
    if (typeof item !== "string") throw new Error("a paragraph is missing");
    return { ...entry, text: unflow(item, quoted).slice(margin(entry).length) };
  });
}

function readEnclosures(list, held) {
  return list.map(({ held: isHeld, ...enclosure }) => {
    if (!isHeld) return enclosure;
    const [, content] = parted(held.shift() ?? "", "\r\n\r\n");
    return { ...enclosure, content: content.replaceAll("\r\n", "") };
  });
}

function readCable(data, depth) {
  if (depth > DEEPEST) throw new Error("telegrams are carried too deep");
  const [head, body] = parted(data, "\r\n\r\n");
  const [cable, type] = readHeader(head);
  const [items, held] = splitBody(type, body, depth);
  if (cable.classification || cable.captions?.some((caption) => caption)) items.shift();
  if (!cable.sender) throw new Error("the sender is missing");
  cable.blocks = readBlocks(cable.blocks ?? [], items, 0);
  if (cable.enclosures) cable.enclosures = readEnclosures(cable.enclosures, held);
  cable.to ??= [];
  return cable;
}

/** The plain form of the cable in `bytes`. */
export function readPlain(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return readCable(text, 1);
}

/** The plain form with its keys in order, to be compared. */
export function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, ordered(value[key])]));
}

