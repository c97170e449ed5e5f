// The next move, and at the end the explanation.

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-next");
    const move = h("div", { class: "mb-move", role: "status" });
    const explain = h("div", { class: "mb-explain" });
    el.append(move, explain);
    return follow(model, ["move", "explain"], () => {
      const text = model.get("move");
      const meaning = model.get("explain");
      el.hidden = !text && !meaning;
      move.replaceChildren(...(text ? [h("p", {}, h("b", {}, texts.next), sign(" "), ...inline(text))] : []));
      explain.replaceChildren(...(meaning ? [h("h4", {}, texts.explain), ...prose(meaning)] : []));
    });
  },
};
