// What goes wrong: a form that breaks something, and the list of what is broken, each with a button that mends it.

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    const faults = model.get("faults");
    el.classList.add("mb-panel", "mb-breaking");

    const off = () => model.get("busy") || !model.get("ready");
    const ask = (message) => off() || model.send(message);
    const labelled = (name, control) => [h("label", { for: control.id }, texts[name]), control];
    const option = ({ id, label }) => h("option", { value: id }, label);
    const typed = (field) => h("input", { id: unique(field), "data-field": field, type: "text", inputmode: field === "times" ? "numeric" : "decimal", autocomplete: "off", maxlength: "20" });

    const does = h("p", { class: "mb-note", id: unique("does") });
    const place = h("select", { id: unique("place"), "data-field": "place" });
    const fault = h("select", { id: unique("fault"), "data-field": "do", "aria-describedby": does.id });
    const at = h("select", { id: unique("at"), "data-field": "at" });
    const seconds = typed("seconds");
    const times = typed("times");
    times.setAttribute("aria-label", texts.times);
    const name = unique("lasts");
    const radio = (value) => h("input", { type: "radio", name, value });
    const [always, counted] = [radio("always"), radio("counted")];
    const atRow = h("div", { class: "mb-breakrow" }, ...labelled("at", at));
    const secondsRow = h("div", { class: "mb-breakrow" }, ...labelled("seconds", seconds));
    const trouble = h("div", { class: "mb-problem", role: "alert", id: unique("trouble") });
    const go = h("button", { type: "submit", class: "mb-button mb-break" }, texts.break);
    const said = h("p", { class: "mb-note mb-brokesaid", role: "status" });
    const form = h(
      "form",
      { novalidate: true },
      h("div", { class: "mb-breakrow" }, ...labelled("place", place)),
      h("div", { class: "mb-breakrow" }, ...labelled("fault", fault)),
      does,
      atRow,
      secondsRow,
      h(
        "fieldset",
        { class: "mb-breakrow" },
        h("legend", {}, texts.lasts),
        h("div", { class: "mb-lasts" }, h("label", { class: "mb-option" }, always, h("span", {}, texts.until_mended)), h("label", { class: "mb-option" }, counted, h("span", {}, texts.counted)), times),
      ),
      trouble,
      h("div", { class: "mb-breakacts" }, go),
    );
    const heading = h("h5", { id: unique("broken") }, texts.now);
    const list = h("ul", { class: "mb-broken", "aria-labelledby": heading.id });
    const nothing = h("p", { class: "mb-empty" }, texts.nothing);
    const mendAll = h("button", { type: "button", class: "mb-button", "data-act": "mend-all", onclick: () => ask({ kind: "mend-all" }) }, texts.mend_all);
    const undo = h("button", { type: "button", class: "mb-button", "data-act": "undo", onclick: () => ask({ kind: "undo" }) }, texts.undo);
    el.append(h("h4", {}, texts.heading), form, heading, nothing, list, h("div", { class: "mb-breakacts" }, mendAll, undo), said, h("p", { class: "mb-note" }, texts.note));

    // -- the form; what was chosen is kept on the model, so that the same panel drawn again finds it there

    const kept = (model.kept ??= { place: "", do: "", at: {}, seconds: "2", times: "1", counted: false });
    const fillIn = () => {
      const places = model.get("places");
      const here = places.find((one) => one.id === kept.place) ?? places[0];
      if (!here) return;
      redraw(place, ...places.map(option));
      place.value = kept.place = here.id;
      const known = here.faults.includes(kept.do) ? kept.do : here.faults[0];
      redraw(fault, ...here.faults.map((id) => option({ id, label: faults[id].name })));
      fault.value = kept.do = known;
      does.textContent = faults[known].does;
      atRow.hidden = faults[known].at.length === 0;
      redraw(at, ...faults[known].at.map(option));
      if (!atRow.hidden) at.value = kept.at[known] ??= faults[known].at[0].id;
      secondsRow.hidden = !faults[known].seconds;
      if (seconds.value !== kept.seconds) seconds.value = kept.seconds;
      if (times.value !== kept.times) times.value = kept.times;
      (kept.counted ? counted : always).checked = true;
      times.hidden = !kept.counted;
    };
    place.addEventListener("change", () => {
      kept.place = place.value;
      fillIn();
    });
    fault.addEventListener("change", () => {
      kept.do = fault.value;
      fillIn();
    });
    at.addEventListener("change", () => (kept.at[kept.do] = at.value));
    seconds.addEventListener("input", () => (kept.seconds = seconds.value));
    times.addEventListener("input", () => (kept.times = times.value));
    for (const one of [always, counted])
      one.addEventListener("change", () => {
        kept.counted = counted.checked;
        fillIn();
      });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask({ kind: "break", ...kept, at: kept.at[kept.do] ?? "" });
    });

    // -- what is broken

    const mender = ({ key, what }) =>
      h("button", { type: "button", class: "mb-button", "data-key": key.join(" "), "aria-label": `${texts.mend}: ${what}`, onclick: () => ask({ kind: "mend", key }) }, texts.mend);
    const row = (one) => h("li", {}, h("span", { class: "mb-brokenwhat" }, sign("✕ ", "mb-mark"), one.what), h("span", { class: "mb-often" }, one.often.join(" · ")), mender(one));

    const stop = [
      follow(model, ["places"], fillIn),
      follow(model, ["broken", "can_undo"], () => {
        const held = el.contains(document.activeElement) && document.activeElement !== document.body && !form.contains(document.activeElement);
        const broken = model.get("broken");
        redraw(list, ...broken.map(row));
        nothing.hidden = broken.length > 0;
        list.hidden = mendAll.hidden = broken.length === 0;
        undo.hidden = !model.get("can_undo");
        // what was pressed is no longer there: the keyboard goes on from where it can be taken back
        if (held && !el.contains(document.activeElement) && !undo.hidden) undo.focus({ preventScroll: true });
        else if (held && document.activeElement === mendAll && mendAll.hidden) undo.focus({ preventScroll: true });
      }),
      follow(model, ["said"], () => {
        said.textContent = model.get("said");
      }),
      follow(model, ["busy", "ready"], () => {
        for (const one of el.querySelectorAll("button")) one.setAttribute("aria-disabled", String(off()));
      }),
      follow(model, ["problem"], () => {
        const problem = model.get("problem");
        redraw(trouble, ...(problem.what ? told(problem) : []));
        for (const field of [times, seconds]) {
          const wrong = problem.field === field.dataset.field;
          if (wrong) {
            field.setAttribute("aria-invalid", "true");
            field.setAttribute("aria-describedby", trouble.id);
            field.focus();
          } else for (const attribute of ["aria-invalid", "aria-describedby"]) field.removeAttribute(attribute);
        }
      }),
    ];
    return () => stop.forEach((end) => end());
  },
};
