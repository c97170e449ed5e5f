// The clock of the lab: what time it is there, and buttons that move it forward.

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-clock");
    const heading = h("h4", { id: unique("clock") }, texts.heading);
    const now = h("p", { class: "mb-labtime", role: "status" });
    const off = () => model.get("busy") || !model.get("ready");
    const button = (seconds) =>
      h("button", { type: "button", class: "mb-button", "data-seconds": String(seconds), onclick: () => off() || model.send({ kind: "advance", seconds }) }, texts[`by_${seconds}`]);
    const buttons = model.get("steps").map(button);
    el.append(heading, h("div", { class: "mb-clockbar" }, now, h("div", { class: "mb-advance", role: "group", "aria-labelledby": heading.id }, ...buttons)), h("p", { class: "mb-note" }, texts.note));
    return follow(model, ["now", "ready", "busy"], () => {
      now.textContent = model.get("now") ? fill(texts.now, { time: model.get("now") }) : "";
      for (const one of buttons) one.setAttribute("aria-disabled", String(off()));
    });
  },
};
