// The bench's frame: title, steps, hints, messages; and the marks on the element of the whole bench.

export default {
  render({ model, el }) {
    const lang = model.get("lang");
    const texts = model.get("texts");
    el.classList.add("mb-frame");

    const title = h("h3", { id: unique("title") });
    const hintArea = unique("hints");
    const hint = h("button", { type: "button", class: "mb-button", "aria-controls": hintArea, "aria-expanded": "false", onclick: () => model.send({ kind: "hint" }) });
    const restart = h("button", { type: "button", class: "mb-button", onclick: () => model.send({ kind: "restart" }) }, texts.restart);
    const chip = h("span", { class: "mb-chip" });
    const steps = h("ol", { class: "mb-steps", "aria-label": texts.steps });
    const hints = h("div", { class: "mb-hints", id: hintArea, role: "status" });
    const notice = h("div", { class: "mb-notice", role: "status" });
    const goal = h("div", { class: "mb-goal", role: "status" });
    const problem = h("div", { class: "mb-problem", role: "alert" });
    el.append(h("header", { class: "mb-head" }, h("div", { class: "mb-title" }, title, chip), h("div", { class: "mb-tools" }, hint, restart)), steps, problem, notice, goal, hints);

    const drawSteps = () => {
      const signs = { done: "✓", now: "●", todo: "○" };
      const state = { done: texts.done, now: texts.now, todo: "" };
      steps.replaceChildren(
        ...model.get("steps").map((step) =>
          h("li", { class: `mb-${step.state}`, "aria-current": step.state === "now" && "step" }, sign(signs[step.state], "mb-sign"), h("span", {}, step.label, unseen(state[step.state]))),
        ),
      );
    };

    const drawHints = () => {
      const said = model.get("hints");
      const more = model.get("more");
      hint.textContent = said.length === 0 ? texts.hint : more ? texts.another : texts.close;
      hint.setAttribute("aria-expanded", String(said.length > 0));
      hint.disabled = !model.get("ready") || (said.length === 0 && !more);
      // Only what is new is added, so that a screen reader reads the new hint and not all of them again.
      if (said.length < hints.childElementCount || said[0] !== hints.firstElementChild?.dataset.said) hints.replaceChildren();
      for (const text of said.slice(hints.childElementCount)) hints.append(h("p", { "data-said": text }, ...inline(text)));
    };

    const drawMessages = () => {
      const trouble = model.get("problem");
      const ready = model.get("ready");
      redraw(
        problem,
        ...(trouble.what ? told(trouble) : []),
        trouble.retry && h("button", { type: "button", class: "mb-button", "data-key": "retry", onclick: () => model.send({ kind: "retry" }) }, texts.retry),
      );
      const text = ready ? model.get("notice") : trouble.what ? "" : texts.waiting;
      notice.replaceChildren(...prose(text));
      goal.replaceChildren(...(model.get("state") === "passed" ? [h("p", {}, sign("✓ ", "mb-sign"), texts.goal)] : []));
    };

    const stop = [
      follow(model, ["title", "group"], () => {
        title.replaceChildren(texts.experiment, model.get("title"));
        chip.textContent = model.get("group");
      }),
      follow(model, ["steps"], drawSteps),
      follow(model, ["hints", "more", "ready"], drawHints),
      follow(model, ["problem", "notice", "ready", "state"], drawMessages),
    ];

    // The bench's own element is made by ipywidgets and gets this panel after it is drawn.
    let timer = 0;
    const mark = () => {
      const bench = el.closest(".mail-bench");
      if (!bench) {
        timer = setTimeout(mark, 20);
        return;
      }
      bench.lang = lang;
      bench.setAttribute("role", "region");
      bench.setAttribute("aria-labelledby", title.id);
      stop.push(
        follow(model, ["experiment", "state", "ready"], () => {
          bench.dataset.experiment = model.get("experiment");
          bench.dataset.state = model.get("state");
          bench.toggleAttribute("data-waiting", !model.get("ready"));
        }),
      );
    };
    mark();

    return () => {
      clearTimeout(timer);
      stop.forEach((end) => end());
    };
  },
};
