// The form for a message.

export default {
  render({ model, el }) {
    const lang = model.get("lang");
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-compose");

    const to = h("input", { type: "text", inputmode: "email", autocomplete: "off", autocapitalize: "off", spellcheck: "false", id: unique("to"), "data-field": "to" });
    const subject = h("input", { type: "text", autocomplete: "off", id: unique("subject"), "data-field": "subject" });
    const body = h("textarea", { rows: "3", id: unique("body"), "data-field": "body" });
    const fields = { to, subject, body };
    const counter = h("p", { class: "mb-note mb-size", role: "status" });
    const trouble = h("div", { class: "mb-problem", role: "alert", id: unique("problem") });
    const send = h("button", { type: "submit", class: "mb-button mb-go" }, texts.send);
    const where = h("span", { class: "mb-note" });
    const progress = h("p", { class: "mb-note", role: "status" });
    const from = h("span", { class: "mb-fixed" });
    const row = (label, field) => h("div", { class: "mb-field" }, h("label", { for: field.id }, label), field);
    const form = h(
      "form",
      { novalidate: true },
      h("div", { class: "mb-field" }, h("span", { class: "mb-label" }, texts.from), from),
      row(texts.to, to),
      row(texts.subject, subject),
      row(texts.body, body),
      counter,
      trouble,
      h("div", { class: "mb-sendline" }, send, where),
      progress,
    );
    el.append(h("h4", {}, texts.heading), form);

    const keep = () => {
      // Kept on the model and not sent: another view of this panel, or the same one drawn again, finds the text there.
      model.kept = { to: to.value, subject: subject.value, body: body.value };
    };
    const restore = () => {
      const draft = model.kept ?? model.get("draft");
      for (const [name, field] of Object.entries(fields)) field.value = draft[name] ?? "";
      count();
    };
    const count = () => {
      const length = body.value.length < 20_000 ? 0 : new Blob([body.value]).size;
      counter.textContent = length ? fill(texts.counted, { size: octets(length, lang) }) : "";
    };

    let attached = null;
    let local = null; // a problem that was found here, before anything was sent
    const complain = (problem) => {
      local = problem;
      drawProblem();
    };
    const drawProblem = () => {
      const problem = local ?? model.get("problem");
      trouble.replaceChildren(...(problem.what ? told(problem) : []));
      for (const [name, field] of Object.entries(fields)) {
        const wrong = problem.what && problem.field === name;
        field.toggleAttribute("aria-invalid", Boolean(wrong));
        if (wrong) {
          field.setAttribute("aria-invalid", "true");
          field.setAttribute("aria-describedby", trouble.id);
        } else field.removeAttribute("aria-describedby");
      }
      if (problem.what && fields[problem.field]) fields[problem.field].focus();
    };

    const submit = (event) => {
      event?.preventDefault();
      if (model.get("busy") || !model.get("ready") || attached?.busy()) return;
      local = null;
      const message = { kind: "send", to: to.value, subject: subject.value, body: body.value };
      const limit = model.get("limit");
      const size = new Blob([body.value]).size;
      // What counts is the message as it travels to the kernel, which may be much larger; a short one need not be measured.
      if (size > limit || (size > limit / 8 && new Blob([JSON.stringify(message)]).size > limit)) {
        const values = { size: octets(size, lang), limit: octets(limit, lang) };
        local = { what: fill(texts.too_big_what, values), why: fill(texts.too_big_why, values), do: texts.too_big_do, field: "body" };
        drawProblem();
        return;
      }
      keep();
      drawProblem();
      model.send(message);
    };
    form.addEventListener("submit", submit);
    form.addEventListener("input", (event) => {
      if (event.target === body) count();
    });
    form.addEventListener("change", keep);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
    });

    let clock = 0;
    const drawBusy = () => {
      const busy = model.get("busy");
      send.setAttribute("aria-disabled", String(Boolean(busy || !model.get("ready") || attached?.busy())));
      send.replaceChildren(busy ? texts.sending : texts.send);
      clearInterval(clock);
      progress.textContent = "";
      if (!busy) return;
      const since = performance.now();
      clock = setInterval(() => {
        progress.textContent = fill(texts.slow, { seconds: Math.round((performance.now() - since) / 1000) });
      }, 1000);
    };

    const heard = (message) => {
      if (message.kind === "restore") delete model.kept;
      else if (message.kind === "fill") model.kept = { to: message.to, subject: message.subject, body: message.body };
      else return;
      local = null;
      restore();
      drawProblem();
      const reply = message.kind === "fill";
      body.rows = reply ? 8 : 3;
      if (!reply) return;
      progress.textContent = texts.filled;
      body.focus({ preventScroll: true }); // one writes above what is quoted
      body.setSelectionRange(0, 0);
      body.scrollTop = 0;
      el.scrollIntoView({ block: "nearest" });
    };
    model.on("msg:custom", heard);
    if (model.get("samples").length > 0) {
      attached = attachments({ model, form, complain, changed: () => drawBusy() });
      counter.after(attached.node);
    }
    const stop = [
      follow(model, ["sender", "host"], () => {
        from.textContent = model.get("sender") || "…";
        where.textContent = model.get("host") ? fill(texts.where, { host: model.get("host") }) : "";
      }),
      follow(model, ["draft"], restore),
      follow(model, ["busy", "ready"], drawBusy),
      follow(model, ["problem"], drawProblem),
    ];
    return () => {
      keep();
      attached?.end();
      clearInterval(clock);
      model.off("msg:custom", heard);
      stop.forEach((end) => end());
    };
  },
};
