// ipywidgets' Output: takes what is printed and displayed while it is entered in Python.
import { JupyterLuminoPanelWidget } from "@jupyter-widgets/base";
import * as stock from "@jupyter-widgets/output";
import $ from "jquery";
import { OutputArea } from "./output.js";
import { after } from "./outputs.js";

export class OutputModel extends stock.OutputModel {
  defaults() {
    return { ...super.defaults(), msg_id: "", outputs: [] };
  }

  initialize(attributes, options) {
    super.initialize(attributes, options);
    this.on("change:msg_id", () => this._capture(this.get("msg_id")));
    this.on("comm:close", () => this._capture(""));
    this._capture(this.get("msg_id"));
  }

  _capture(id) {
    const { captures } = this.widget_manager;
    const others = (captures.get(this.capturing) ?? []).filter((model) => model !== this);
    if (others.length) captures.set(this.capturing, others);
    else captures.delete(this.capturing);
    this.capturing = id;
    if (id) captures.set(id, [...(captures.get(id) ?? []), this]);
  }

  /** Take one message of the captured request. */
  take(message) {
    const before = this.get("outputs");
    const outputs = after(this.clearNext ? Object.assign([...before], { clearNext: true }) : before, message);
    this.clearNext = Boolean(outputs.clearNext);
    if (this.clearNext) return;
    this.set("outputs", outputs);
    this.save_changes(); // Python sees its own outputs, as it does in JupyterLab
  }
}

export class OutputView extends stock.OutputView {
  _createElement() {
    this.luminoWidget = new JupyterLuminoPanelWidget({ view: this });
    return this.luminoWidget.node;
  }

  _setElement(element) {
    if (this.el || element !== this.luminoWidget.node) throw new Error("an Output's element never changes");
    this.el = element;
    this.$el = $(element);
  }

  render() {
    super.render();
    this.el.classList.add("jupyter-widgets", "widget-output");
    this.area = new OutputArea(this.el, this.model.widget_manager);
    const show = () => this.area.show(this.model.get("outputs"));
    this.listenTo(this.model, "change:outputs", show);
    this.displayed.then(show);
  }
}
