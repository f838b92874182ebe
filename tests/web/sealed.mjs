// Runs what tests/web/test_assets_js.py asks for: one request as JSON on standard input. `sealed` is
// the committed bundle; the small modules are run as they are written.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [bundle, sources] = process.argv.slice(2);
const from = (text) => new Uint8Array(Buffer.from(text, "base64"));
const to = (bytes) => Buffer.from(bytes).toString("base64");
const sealed = await import(pathToFileURL(bundle));
const source = (name) => import(pathToFileURL(`${sources}/${name}`));
const results = ([first, second]) => ({ first: from(first).buffer, second: from(second).buffer });

const WORK = {
  async opens({ identity, wrapped, prf, files }) {
    await sealed.unwrap(from(wrapped), results(prf));
    const found = [];
    for (const file of files) {
      try {
        const { standing, steps, plain, text, readers } = await sealed.checkCopy(await sealed.open(from(file)), sealed.open);
        found.push({ standing, wrong: steps.filter((step) => !step.ok).map((step) => step.name), steps: steps.map((step) => step.said), plain, text: to(text), readers });
      } catch (error) {
        found.push({ refused: error.message });
      }
    }
    sealed.forget();
    return { found, recipient: identity };
  },
  async wraps({ nonce, prf }) {
    const recipient = await sealed.makeIdentity();
    const wrapped = await sealed.wrap(from(nonce), results(prf));
    const phrase = sealed.newPhrase();
    const recovery = await sealed.wrapByPhrase(phrase);
    sealed.forget();
    const typed = ` ${phrase.toUpperCase().replaceAll("-", " ").replaceAll("0", "O").replaceAll("1", "l")} `;
    const restored = await sealed.restore(recovery, typed);
    return { recipient, wrapped: to(wrapped), phrase, recovery: to(recovery), restored };
  },
  async reads({ texts }) {
    const { readPlain } = await source("sealed/internet.js");
    return texts.map((text) => {
      try {
        return readPlain(from(text));
      } catch (error) {
        return error.message;
      }
    });
  },
  async challenges({ acts, nonce, origin }) {
    const { challengeOf } = await source("acts.js");
    const { signInChallenge } = await source("passkeys.js");
    const given = await Promise.all(acts.map(challengeOf));
    return { acts: given.map(to), signIn: to(await signInChallenge(from(nonce), origin)) };
  },
  async prf({ file }) {
    const { prfInputs, stanzaNonce } = await source("touch.js");
    const { first, second } = prfInputs(stanzaNonce(from(file)));
    return [to(first), to(second)];
  },
};

const { work, ...asked } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(await WORK[work](asked)));
