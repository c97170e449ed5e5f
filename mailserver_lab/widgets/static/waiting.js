// Whether a device waits on an open line (IDLE): a light, words that say the same, and a button.

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-waiting");
    const off = () => model.get("busy") || !model.get("ready");
    const button = h("button", { type: "button", class: "mb-button", onclick: () => off() || model.send({ kind: "wait", on: !model.get("on") }) });
    const light = h("span", { class: "mb-light", "aria-hidden": "true" });
    const words = h("span", {});
    const heading = h("h4", {});
    el.append(heading, h("div", { class: "mb-waitbar" }, h("p", { class: "mb-line-state", role: "status" }, light, words), button));
    return follow(model, ["name", "on", "ready", "busy"], () => {
      const on = model.get("on");
      heading.textContent = fill(texts.heading, { name: model.get("name") });
      el.classList.toggle("mb-on", on);
      light.textContent = on ? "●" : "○";
      words.textContent = on ? texts.waits : texts.alone;
      button.textContent = on ? texts.stop : texts.wait;
      button.setAttribute("aria-disabled", String(off()));
    });
  },
};
