// Lays graphs out: Graphviz as WebAssembly. It is large, so it is a file of its own, loaded by the first panel that needs it.
import { Graphviz } from "@hpcc-js/wasm-graphviz";

/** A graph in DOT as the text of an SVG. */
export async function layout(dot) {
  return (await Graphviz.load()).layout(dot, "svg", "dot");
}
