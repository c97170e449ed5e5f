// Shows a list of outputs below a cell or in an Output widget, and changes on the page only what changed in the list.
import { Widget } from "@lumino/widgets";
import { words } from "./i18n.js";

const VIEW = "application/vnd.jupyter.widget-view+json";
// eslint-disable-next-line no-control-regex
const plain = (text) => text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "");
const joined = (text) => (Array.isArray(text) ? text.join("") : text);

function pre(text, name) {
  const element = document.createElement("pre");
  element.className = name;
  element.textContent = plain(joined(text));
  return element;
}

function html(source) {
  const element = document.createElement("div");
  element.className = "live-html";
  element.innerHTML = joined(source);
  return element;
}

function image(type, data) {
  const element = document.createElement("img");
  element.src = `data:${type};base64,${joined(data)}`;
  element.alt = "";
  return element;
}

/** The richest form of what a cell displays, as an element. */
function displayed(data) {
  if (data["text/html"]) return html(data["text/html"]);
  if (data["image/svg+xml"]) return html(data["image/svg+xml"]);
  for (const type of ["image/png", "image/jpeg"]) if (data[type]) return image(type, data[type]);
  return pre(data["text/plain"] ?? "", "live-text");
}

export class OutputArea {
  constructor(node, manager) {
    this.node = node;
    this.manager = manager;
    this.shown = []; // pairs of an output and its element
  }

  /** Show `outputs`: what is shown already and still holds stays untouched, with its state and focus. */
  show(outputs) {
    const same = this.shown.findIndex(([output], i) => output !== outputs[i] && JSON.stringify(output) !== JSON.stringify(outputs[i]));
    const kept = same < 0 ? this.shown.length : same;
    for (const [, element] of this.shown.splice(kept)) this.#remove(element);
    for (const output of outputs.slice(kept)) {
      const element = document.createElement("div");
      element.className = "live-output-item";
      this.node.append(element);
      this.shown.push([output, element]);
      this.#fill(element, output);
    }
  }

  #fill(element, output) {
    if (output.output_type === "stream") element.append(pre(output.text, `live-stream live-${output.name}`));
    else if (output.output_type === "error") element.append(pre(output.traceback.join("\n"), "live-error"));
    else if (output.data?.[VIEW]) void this.#view(element, output.data[VIEW].model_id);
    else element.append(displayed(output.data ?? {}));
  }

  async #view(element, id) {
    try {
      const view = await this.manager.create_view(await this.manager.get_model(id));
      if (!element.isConnected) {
        view.remove();
        return;
      }
      element.view = view;
      Widget.attach(view.luminoWidget, element);
    } catch (error) {
      console.error(error);
      element.append(pre(`${words.failed}: ${error.message ?? error}`, "live-error"));
    }
  }

  #remove(element) {
    element.view?.remove();
    element.remove();
  }
}
