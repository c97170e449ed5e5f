// A setting of a server, as radio buttons. The server itself says which one holds.

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    const name = unique("switch");
    el.classList.add("mb-panel", "mb-switch");

    const turn = (choice) => {
      model.set("chosen", choice); // here alone; the kernel answers with how the server is set, and that may be as before
      model.send({ kind: "turn", choice });
    };
    const inputs = model.get("options").map((option) => [option, h("input", { type: "radio", name, value: option.id, onchange: () => turn(option.id) })]);
    const group = h(
      "fieldset",
      {},
      h("legend", {}, model.get("label")),
      h("div", { class: "mb-options" }, ...inputs.map(([option, input]) => h("label", { class: "mb-option" }, input, h("span", {}, option.label)))),
      h("p", { class: "mb-note" }, texts.note),
    );
    el.append(h("h4", {}, texts.heading), group);

    return follow(model, ["chosen", "ready"], () => {
      group.disabled = !model.get("ready");
      for (const [option, input] of inputs) input.checked = option.id === model.get("chosen");
    });
  },
};
