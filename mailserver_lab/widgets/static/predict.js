// The prediction: options before the trial, the outcome after it.

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    const name = unique("guess");
    el.classList.add("mb-panel", "mb-predict");

    const open = () => {
      const chosen = model.get("chosen");
      return h(
        "fieldset",
        { disabled: !model.get("ready") },
        h("legend", {}, model.get("question")),
        h("p", { class: "mb-note" }, texts.open),
        h(
          "div",
          { class: "mb-options" },
          ...model.get("options").map((option) => {
            const input = h("input", { type: "radio", name, value: option.id, "data-key": option.id, onchange: () => model.send({ kind: "predict", choice: option.id }) });
            input.checked = option.id === chosen;
            return h("label", { class: "mb-option" }, input, h("span", {}, option.label));
          }),
        ),
      );
    };

    const checked = (outcome) => {
      return [
        h("h4", {}, texts.checked),
        h("p", { class: "mb-question" }, model.get("question")),
        h(
          "ul",
          { class: "mb-outcome" },
          ...outcome.map((option) =>
            h(
              "li",
              { class: option.right ? "mb-right" : "mb-other" },
              h("p", {}, sign(option.right ? "✓" : "○", "mb-sign"), h("b", {}, option.label), " ", h("span", { class: "mb-chip" }, option.yours ? (option.right ? texts.right : texts.yours) : texts.answer)),
              h("p", { class: "mb-why" }, ...inline(option.why)),
            ),
          ),
        ),
      ];
    };

    return follow(model, ["question", "options", "chosen", "outcome", "ready"], () => {
      const outcome = model.get("outcome");
      el.classList.toggle("mb-checked", outcome.length > 0);
      // A choice made with the arrow keys comes back as a trait: drawing the options anew would disturb the reader.
      const shown = el.querySelector("fieldset");
      if (outcome.length === 0 && shown && shown.dataset.question === model.get("question")) {
        shown.disabled = !model.get("ready");
        for (const input of shown.querySelectorAll("input")) input.checked = input.value === model.get("chosen");
        return;
      }
      if (outcome.length) redraw(el, ...checked(outcome));
      else {
        const form = open();
        form.dataset.question = model.get("question");
        redraw(el, h("h4", {}, texts.heading), form);
      }
    });
  },
};
