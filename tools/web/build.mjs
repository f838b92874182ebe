// Builds the web office's assets into the folder given: run by tools/write_assets.py in a folder
// that holds this file, js/, css/ and node_modules/. The same input gives the same bytes.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { build, transform } from "esbuild";

const out = process.argv[2];
mkdirSync(out, { recursive: true });

const TARGET = ["chrome123", "firefox128", "safari17.5"];
// Order matters for these; every other file of css/ stands between them and print.css.
const FIRST = ["tokens.css", "shell.css", "sheet.css", "pages.css"];
const LAST = "print.css";

const SCRIPTS = ["htmx.min.js", "ext/hx-csp.min.js", "ext/hx-sse.min.js"];
const SUBSETS = ["latin", "latin-ext", "cyrillic", "cyrillic-ext"];
const FONTS = [
  ["@fontsource-variable/source-serif-4", "wght.css", "Source Serif 4 Variable", "source-serif-4", "wght-normal"],
  ["@fontsource-variable/source-serif-4", "wght-italic.css", "Source Serif 4 Variable", "source-serif-4", "wght-italic"],
  ["@fontsource-variable/source-sans-3", "wght.css", "Source Sans 3 Variable", "source-sans-3", "wght-normal"],
  ["@fontsource/pt-mono", "400.css", "PT Mono", "pt-mono", "400-normal"],
];

const version = (path) => createHash("sha384").update(readFileSync(path)).digest("hex").slice(0, 12);

function fontFaces() {
  const faces = [];
  for (const [pack, sheet, family, stem, style] of FONTS) {
    const css = readFileSync(`node_modules/${pack}/${sheet}`, "utf8");
    for (const subset of SUBSETS) {
      const name = `${stem}-${subset}-${style}`;
      const block = css.split("@font-face").find((part) => part.includes(`/${name}.woff2`));
      const range = block.match(/unicode-range:\s*([^;]+);/)[1];
      const weight = block.match(/font-weight:\s*([^;]+);/)[1];
      const slant = style.endsWith("italic") ? "italic" : "normal";
      copyFileSync(`node_modules/${pack}/files/${name}.woff2`, `${out}/${name}.woff2`);
      faces.push(
        `@font-face{font-family:"${family}";font-style:${slant};font-weight:${weight};font-display:swap;` +
          `src:url("${name}.woff2?v=${version(`${out}/${name}.woff2`)}") format("woff2");unicode-range:${range}}`,
      );
    }
  }
  return faces.join("\n");
}

async function styles() {
  const others = readdirSync("css").filter((name) => name.endsWith(".css") && name !== LAST && !FIRST.includes(name));
  const parts = [...FIRST, ...others.sort(), LAST].map((name) => readFileSync(`css/${name}`, "utf8"));
  const made = await transform([fontFaces(), ...parts].join("\n"), { loader: "css", minify: true, target: TARGET });
  writeFileSync(`${out}/reftel.css`, made.code);
}

async function scripts() {
  for (const path of SCRIPTS) copyFileSync(`node_modules/htmx.org/dist/${path}`, `${out}/${path.split("/").pop()}`);
  // What every page needs; what opens, checks and wraps, fetched when it is first used; the demonstration.
  await build({
    entryPoints: ["js/reftel.js", "js/sealed.js", "js/demo.js"],
    bundle: true,
    format: "esm",
    minify: true,
    target: TARGET,
    legalComments: "none",
    charset: "utf8",
    outdir: out,
    logLevel: "warning",
  });
}

await styles();
await scripts();
copyFileSync("icon.svg", `${out}/icon.svg`);
