// Makes widgets on the page out of what the kernel says: ipywidgets' controls, Output and anywidget.
import * as base from "@jupyter-widgets/base";
import { ManagerBase } from "@jupyter-widgets/base-manager/lib/manager-base";
import * as controls from "@jupyter-widgets/controls";
import * as output from "./output-widget.js";

let anywidget = null;

/** anywidget's file on npm is AMD: it calls `define` with what it needs and a function that makes its classes. */
function loadAnywidget() {
  anywidget ??= (async () => {
    const before = globalThis.define;
    let made;
    globalThis.define = (_needs, make) => {
      made = make(base);
    };
    try {
      await import("anywidget");
    } finally {
      globalThis.define = before;
    }
    return made;
  })();
  return anywidget;
}

const modules = {
  "@jupyter-widgets/base": () => base,
  "@jupyter-widgets/controls": () => controls,
  "@jupyter-widgets/output": () => output,
  anywidget: loadAnywidget,
};

export class Manager extends ManagerBase {
  constructor(connection) {
    super();
    this.connection = connection;
    this.captures = new Map(); // by request: the Output widgets that take its outputs, innermost last
    connection.targets.set(this.comm_target_name, (comm, message) => this.handle_comm_open(comm, message));
  }

  /** Give `message` to the Output widget that captures its request; false where none does. */
  capture(message) {
    const taker = this.captures.get(message.parent_header.msg_id)?.at(-1);
    taker?.take(message);
    return taker !== undefined;
  }

  async loadClass(className, moduleName, version) {
    const found = (await modules[moduleName]?.())?.[className];
    if (!found) throw new Error(`${className} of ${moduleName} ${version} is not part of this book`);
    return found;
  }

  /** Labels that allow HTML are shown as text: the book has none, and a sanitizer would be a quarter of the bundle. */
  inline_sanitize(source) {
    const span = document.createElement("span");
    span.textContent = source;
    return span.innerHTML;
  }

  async _get_comm_info() {
    return {}; // what other pages have open is not ours to restore
  }

  async _create_comm(target, id, data, metadata, buffers) {
    const comm = this.connection.comm(target, id);
    if (data || metadata) comm.open(data, undefined, metadata, buffers);
    return comm;
  }
}
