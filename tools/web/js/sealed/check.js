// Checks a copy against the register of the post that sent it, in steps that are named and worded.
// Formats: docs/spec (commitments, tlog proofs, signed notes); src/reftel/{cipher,register} is the twin.
import { ed25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
import { fromBase64, fromUtf8, join, same, toHex, utf8 } from "../bytes.js";
import { ordered, readPlain } from "./internet.js";

const HASH = 32;
const ED25519 = 1;
const MLDSA44 = 6;
const SIZES = { [ED25519]: 32, [MLDSA44]: 1312 };
const RECORD = utf8("reftel/record/v1\0");
const TEXT = utf8("reftel/cable/v1\0");
const EYES_ONLY = "Reftel-Eyes-Only";
const HEAD = ["to", "info", "precedence", "info_precedence", "classification", "captions"];
const ROOT = /^([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n$/;

function sized(bytes, size) {
  if (bytes.length !== size) throw new Error("a value of another length");
  return bytes;
}

const commit = (salt, label, data) => hmac(sha256, sized(salt, HASH), join(label, data));

function u64(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, number);
  return bytes;
}

const named = (text) => {
  const bytes = utf8(text);
  if (!bytes.length || bytes.length > 255) throw new Error("a name of another length");
  return join(Uint8Array.of(bytes.length), bytes);
};

const keyId = (name, kind, key) => sha256(join(utf8(`${name}\n`), Uint8Array.of(kind), key)).subarray(0, 4);

/** The keys in C2SP verifier lines `name+hex id+base64`, of `origin`: one Ed25519 and one ML-DSA-44. */
function readVerifiers(lines, origin) {
  const keys = {};
  for (const line of lines) {
    const [name, id, ...rest] = line.split("+");
    const bytes = fromBase64(rest.join("+"));
    const [kind, key] = [bytes[0], bytes.subarray(1)];
    if (name !== origin || !(kind in SIZES)) throw new Error("a key of another post or kind");
    sized(key, SIZES[kind]);
    if (toHex(keyId(name, kind, key)) !== id || keys[kind]) throw new Error("a key with another id");
    keys[kind] = key;
  }
  if (!keys[ED25519] || !keys[MLDSA44]) throw new Error("both keys are needed");
  return keys;
}

/** Twelve groups of five digits for two people to read to each other. */
export function fingerprint(origin, ed, mldsa) {
  const digest = sha512(join(utf8("reftel/post/v1\0"), named(origin), ed, mldsa));
  const digits = (BigInt(`0x${toHex(digest)}`) % 10n ** 60n).toString().padStart(60, "0");
  return digits.match(/.{5}/g).join(" ");
}

function openNote(note) {
  const at = note.lastIndexOf("\n\n");
  if (at < 0 || !note.endsWith("\n") || /[\x00-\x09\x0b-\x1f]/.test(note)) throw new Error("not a signed note");
  const signatures = note.slice(at + 2, -1).split("\n").map((line) => {
    const found = /^\u2014 ([^ \n]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    if (!found) throw new Error("a malformed signature line");
    const blob = fromBase64(found[2]);
    return { name: found[1], id: toHex(blob.subarray(0, 4)), blob: blob.subarray(4) };
  });
  return [note.slice(0, at + 1), signatures];
}

function readHead(text) {
  const found = ROOT.exec(text);
  if (!found) throw new Error("a checkpoint has three lines");
  return { origin: found[1], size: BigInt(found[2]), root: sized(fromBase64(found[3]), HASH) };
}

function signatureOf(signatures, origin, kind, key) {
  const id = toHex(keyId(origin, kind, key));
  const found = signatures.find((each) => each.name === origin && each.id === id);
  if (!found) throw new Error("a signature is missing");
  return found.blob;
}

function rootFrom(leaf, index, size, path) {
  if (index < 0n || index >= size) throw new Error("no such leaf");
  const bits = (number) => (number === 0n ? 0 : number.toString(2).length);
  const inner = bits(index ^ (size - 1n));
  const outer = (index >> BigInt(inner)).toString(2).replaceAll("0", "").length;
  if (path.length !== inner + outer) throw new Error("a path of another length");
  return path.reduce((node, sibling, height) => {
    sized(sibling, HASH);
    const left = height < inner && !((index >> BigInt(height)) & 1n);
    return sha256(left ? join(Uint8Array.of(1), node, sibling) : join(Uint8Array.of(1), sibling, node));
  }, leaf);
}

function treeMessage(origin, head, time) {
  return join(utf8("subtree/v1\n\0"), named(origin), time, named(head.origin), u64(0n), u64(head.size), head.root);
}

/** Does one step: its words when it holds, other words when not. */
class Steps {
  list = [];

  step(name, good, bad, test) {
    let ok = false;
    try {
      ok = test() !== false;
    } catch {
      ok = false;
    }
    this.list.push({ name, ok, said: ok ? good() : bad });
    return ok;
  }
}

function checkProof(check, text, steps) {
  const held = {};
  steps.step("record", () => "The register entry reads as a record, and names this text.", "The register entry is not a record that names a text.", () => {
    held.record = fromBase64(check.record);
    held.said = JSON.parse(fromUtf8(held.record));
    return typeof held.said.act.text === "string";
  });
  steps.step("text", () => "These bytes are the text to which the entry is bound.", "These bytes are not the text to which the entry is bound.", () =>
    same(sized(fromBase64(held.said.act.text), HASH), commit(fromBase64(check.text_salt), TEXT, text)));
  steps.step("keys", () => `The keys are those of ${check.origin} with the fingerprint shown.`, "The keys are not those of the post with the fingerprint shown.", () => {
    held.keys = readVerifiers(check.verifiers, check.origin);
    return fingerprint(check.origin, held.keys[ED25519], held.keys[MLDSA44]) === check.fingerprint;
  });
  steps.step("checkpoint", () => `The checkpoint is one of ${check.origin}, of ${held.head.size} entries.`, "The checkpoint is malformed, or of another post.", () => {
    const [body, signatures] = openNote(check.checkpoint);
    Object.assign(held, { body, signatures, head: readHead(body) });
    return held.head.origin === check.origin;
  });
  steps.step("inclusion", () => `The entry is number ${check.index} under that checkpoint.`, "The entry does not stand under the checkpoint.", () => {
    const leaf = sha256(join(Uint8Array.of(0, 1), commit(fromBase64(check.record_salt), RECORD, held.record)));
    return same(rootFrom(leaf, BigInt(check.index), held.head.size, check.path.map(fromBase64)), held.head.root);
  });
  steps.step("ed25519", () => "The checkpoint's Ed25519 signature holds.", "The checkpoint's Ed25519 signature is wrong.", () => {
    const blob = signatureOf(held.signatures, check.origin, ED25519, held.keys[ED25519]);
    return ed25519.verify(blob, utf8(held.body), held.keys[ED25519], { zip215: false });
  });
  steps.step("ml-dsa-44", () => "Its ML-DSA-44 signature holds.", "Its ML-DSA-44 signature is wrong.", () => {
    const blob = signatureOf(held.signatures, check.origin, MLDSA44, held.keys[MLDSA44]);
    const message = treeMessage(check.origin, held.head, blob.subarray(0, 8));
    held.time = new DataView(blob.buffer, blob.byteOffset, 8).getBigUint64(0);
    return ml_dsa44.verify(blob.subarray(8), message, held.keys[MLDSA44]);
  });
  return held;
}

/**
 * The text of an EYES ONLY cable: sealed by the sending post into the cable itself, to readers by name.
 * `open` decrypts with the reader's key.
 */
async function openSealedPart(outer, held, holder, steps, open) {
  const readers = JSON.parse(outer.extra.find(([name]) => name === EYES_ONLY)[1]);
  const mine = readers.find((reader) => reader.person === holder);
  const inner = {};
  try {
    Object.assign(inner, JSON.parse(fromUtf8(await open(fromBase64(outer.enclosures[0].content)))));
  } catch {
    inner.text = null;
  }
  steps.step("sealed text", () => `The sending post sealed the text itself, to a key of yours that it ${mine.standing === "confirmed" ? "had compared with you" : "knew only as vouched by this office"}.`, "The text that the sending post sealed does not open with your key.", () =>
    typeof inner.text === "string" && Boolean(mine));
  const text = typeof inner.text === "string" ? fromBase64(inner.text) : new Uint8Array();
  if (held.said)
    steps.step("sealed text bound", () => "It is the text that the register entry names as the one released.", "It is not the text that the register entry names as the one released.", () =>
      same(sized(fromBase64(held.said.act.version), HASH), commit(fromBase64(inner.salt), TEXT, text)));
  let draft = null;
  let plain = null;
  steps.step("sealed form", () => "The sheet is drawn from that text under the head of the cable.", "The sealed text is not a cable that this browser can read.", () => {
    draft = readPlain(text);
    const { subject, kind, blocks, onward, references, asks, enclosures, signature, marks, annotations } = draft;
    plain = { ...outer, extra: undefined, subject, kind, blocks, onward, references, asks, enclosures, signature, marks, annotations };
  });
  steps.step("sealed head", () => "It has the addressees, precedence and marking of the cable itself.", "It has other addressees, or another precedence or marking, than the cable itself.", () =>
    HEAD.every((name) => JSON.stringify(ordered(draft[name] ?? null)) === JSON.stringify(ordered(outer[name] ?? null))));
  return { plain, text, readers };
}

/**
 * Check an opened copy: `opened` is its plaintext as bytes, `open` decrypts what is sealed in it. The
 * answer has the copy's facts, the plain form read from the text itself, the text, the steps in
 * order, and `standing`: "checked", "wrong", or "unchecked" where the office gave no proof.
 */
export async function checkCopy(opened, open) {
  const sealed = JSON.parse(fromUtf8(opened));
  if (sealed.v !== 1) throw new Error("a copy of a version that is not known here");
  const text = fromBase64(sealed.text);
  const steps = new Steps();
  let plain = null;
  steps.step("form", () => "What the telegram says is drawn from the bytes that were checked; its number here, stamp and times are this office's word.", "The bytes are not a cable that this browser can read.", () => {
    plain = readPlain(text);
  });
  steps.step("sheet", () => "The office's own sheet says the same.", "The office's own sheet says something else than the bytes.", () =>
    JSON.stringify(ordered(plain)) === JSON.stringify(ordered(sealed.sheet)));
  const held = sealed.check ? checkProof(sealed.check, text, steps) : {};
  const eyes = plain?.extra?.some(([name]) => name === EYES_ONLY) ? await openSealedPart(plain, held, sealed.copy.holder, steps, open) : null;
  const wrong = steps.list.some((step) => !step.ok);
  return {
    copy: sealed.copy,
    readers: eyes?.readers ?? [],
    plain: eyes?.plain ?? plain ?? sealed.sheet,
    text: eyes?.text ?? text,
    steps: steps.list,
    standing: wrong ? "wrong" : sealed.check ? "checked" : "unchecked",
    proof: sealed.check ? proofFacts(sealed.check, held) : null,
  };
}

function proofFacts(check, held) {
  return {
    origin: check.origin,
    index: check.index,
    size: held.head ? String(held.head.size) : "",
    root: held.head ? toHex(held.head.root) : "",
    registered: held.said?.at ?? "",
    time: held.time === undefined ? null : Number(held.time),
    fingerprint: check.fingerprint,
  };
}
