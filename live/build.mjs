// Builds the live client into book/_static/live, or into the folder given: `node build.mjs [FOLDER]`.
// The names carry a digest of their content, so that a browser may keep them for ever; the small loader knows them.
// The result depends on the sources and package-lock.json alone: the tests compare its bytes.
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.resolve(process.argv[2] ?? path.join(here, "..", "book", "_static", "live"));

await mkdir(target, { recursive: true });
for (const name of await readdir(target)) await rm(path.join(target, name));

const common = { absWorkingDir: here, bundle: true, minify: true, charset: "utf8", target: "es2022", outdir: target, legalComments: "none" };
const client = await build({
  ...common,
  entryPoints: { client: "src/index.js" },
  format: "esm",
  splitting: true,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  // Its only use is in cleaning labels, which manager.js does with the browser's own means: 250 kB saved.
  alias: { "sanitize-html": path.join(here, "src", "no-sanitizer.js") },
  define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
  loader: { ".svg": "dataurl" },
  metafile: true,
});

// Files without imports, so that they can also be sent where nobody serves them.
const served = await build({
  ...common,
  entryPoints: { layout: "src/layout.js", "html-mail": "src/html-mail.js" },
  format: "esm",
  entryNames: "[name]-[hash]",
  metafile: true,
});
const servedScripts = Object.entries(served.metafile.outputs).map(([file, { entryPoint }]) => [path.basename(entryPoint, ".js"), path.basename(file)]);

const written = [client, served].flatMap(({ metafile }) => Object.entries(metafile.outputs));
const entry = written.find(([, output]) => output.entryPoint === "src/index.js");
await build({
  ...common,
  entryPoints: { loader: "src/loader.js" },
  format: "iife",
  define: {
    CLIENT_SCRIPT: JSON.stringify(path.basename(entry[0])),
    SERVED_SCRIPTS: JSON.stringify(Object.fromEntries(servedScripts.sort())),
    CLIENT_STYLE: JSON.stringify(path.basename(entry[1].cssBundle)),
  },
});

for (const [name, { bytes }] of written) console.log(`${String(bytes).padStart(8)} ${path.basename(name)}`);
