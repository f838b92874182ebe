// Speaking to the office: JSON there and back, errors as the office words them, going on to a page.

/** What the office, or this page, refused: a sentence, and what to do. */
export class Refused extends Error {
  constructor(sentence, mend = "", code = "", more = {}) {
    super(sentence);
    this.sentence = sentence;
    this.mend = mend;
    this.code = code;
    this.more = more;
  }
}

const token = () => document.body.dataset.token ?? "";

async function answered(response) {
  const said = await response.json().catch(() => ({}));
  if (response.ok) return said;
  if (response.status === 429) said.mend ||= "Wait a minute, then try again.";
  throw new Refused(said.sentence ?? "The office could not answer.", said.mend ?? "Try again.", said.code ?? "", said);
}

async function reach(path, options) {
  try {
    return await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new Refused("The office cannot be reached.", "See that you are connected, then try again. Nothing was half done.");
  }
}

export async function ask(path) {
  return answered(await reach(path, { headers: { accept: "application/json" } }));
}

export async function tell(path, body) {
  const headers = { accept: "application/json", "content-type": "application/json", "x-reftel-token": token() };
  return answered(await reach(path, { method: "POST", headers, body: JSON.stringify(body) }));
}

/** The bytes at `path`; an error answer is read as JSON. */
export async function fetchBytes(path) {
  const response = await reach(path, { headers: { accept: "application/octet-stream, application/json" } });
  if (!response.ok) await answered(response);
  return new Uint8Array(await response.arrayBuffer());
}

/** Go to a page of the office without losing what this page holds in memory. */
export async function go(path) {
  const url = new URL(path, location.href);
  if (url.origin !== location.origin) throw new Refused("The office named a page that is not its own.");
  const here = `${url.pathname}${url.search}${url.hash}`;
  if (!globalThis.htmx) location.assign(here);
  else {
    await globalThis.htmx.ajax("GET", `${url.pathname}${url.search}`, { target: "body", swap: "outerSync", push: "true" });
    if (url.hash) location.replace(url.hash);
  }
}
