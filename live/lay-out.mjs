// Lays graphs out as the pages do, without one: a list of graphs in DOT on standard input, a list of SVGs on standard
// output, both in JSON. `node lay-out.mjs BUNDLE`, where BUNDLE is the folder of the built client.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const bundle = path.resolve(process.argv[2]);
const file = (await readdir(bundle)).find((name) => /^layout-.*\.js$/.test(name));
const { layout } = await import(pathToFileURL(path.join(bundle, file)));
const drawn = [];
for (const dot of JSON.parse(await text(process.stdin))) drawn.push(await layout(dot));
process.stdout.write(JSON.stringify(drawn));
