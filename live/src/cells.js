// The code cells of the page. A cell tagged live-widget runs by itself and shows only what it makes; any other gets an
// editor, and runs when the reader says so.
import { words } from "./i18n.js";
import { OutputArea } from "./output.js";
import { after } from "./outputs.js";

const button = (name, label, press) => {
  const element = document.createElement("button");
  element.type = "button";
  element.className = `live-button ${name}`;
  element.textContent = label;
  element.addEventListener("click", press);
  return element;
};

class Cell {
  constructor(element, number) {
    this.element = element;
    this.number = number;
    this.hidden = element.classList.contains("tag_live-widget");
    this.original = element.querySelector(".cell_input pre").textContent.replace(/\n$/, "");
    this.wanted = false; // run again when the page starts anew
    this.outputs = [];
    element.querySelector(".cell_output")?.remove();
    this.area = document.createElement("div");
    this.area.className = "live-output";
    element.append(this.area);
  }

  get source() {
    return this.editor ? this.editor.source : this.original;
  }

  /** Put an editor and its buttons in the place of the printed source. */
  edit(createEditor, number) {
    const box = document.createElement("div");
    box.className = "live-editor";
    this.element.querySelector(".cell_input").replaceChildren(box);
    const run = () => this.running || this.page?.run(this);
    this.editor = createEditor({ parent: box, source: this.original, label: words.editor(number), run });
    this.button = button("live-run", words.run, () => (this.running ? this.page?.stop(this) : run()));
    const reset = button("live-reset", words.reset, () => {
      this.editor.source = this.original;
    });
    const bar = document.createElement("div");
    bar.className = "live-buttons";
    bar.append(this.button, reset);
    box.append(bar);
    this.area.setAttribute("role", "region");
    this.area.setAttribute("aria-label", words.output(number));
    this.setPage(null);
  }

  /** The running page that this cell belongs to from now on, or null while there is none. */
  setPage(page, manager) {
    this.page = page;
    if (manager) this.shown = new OutputArea(this.area, manager);
    this.setRunning(false);
  }

  /** Take away what a life that has ended made: nobody hears its buttons any more. */
  forget() {
    this.area.replaceChildren();
    this.outputs = [];
    this.setPage(null);
  }

  setRunning(running) {
    this.running = running;
    this.area.setAttribute("aria-busy", String(running));
    if (!this.button) return;
    this.button.textContent = running ? words.stop : words.run;
    this.button.disabled = !this.page;
  }

  /** Empty the output, before a new run. */
  clear() {
    this.outputs = [];
    this.shown.show(this.outputs);
  }

  /** Take one message of the kernel that belongs to this cell's run. */
  take(message) {
    this.outputs = after(this.outputs, message);
    if (!this.outputs.clearNext) this.shown.show(this.outputs);
  }
}

/** All cells of the page, in order. */
export async function findCells() {
  const elements = [...document.querySelectorAll("div.cell")].filter((element) => element.querySelector(".cell_input pre"));
  const cells = elements.map((element, i) => new Cell(element, i + 1));
  const editable = cells.filter((cell) => !cell.hidden);
  if (editable.length) {
    const { createEditor } = await import("./editor.js");
    editable.forEach((cell, i) => cell.edit(createEditor, i + 1));
  }
  return cells;
}
