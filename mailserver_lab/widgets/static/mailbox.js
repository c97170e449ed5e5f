// The mailbox on the server, drawn as a cylinder: where mail lies until somebody fetches it.

export default {
  render({ model, el }) {
    const lang = model.get("lang");
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-mailbox");
    const name = unique("usage");

    const row = (mail) =>
      h(
        "li",
        { class: mail.bounce ? "mb-mail mb-bounce" : "mb-mail" },
        h("span", { class: "mb-who" }, sign(mail.bounce ? "↩ " : "✉ "), mailAddress(mail.sender)),
        h("span", { class: "mb-subject" }, h("bdi", {}, mail.subject || texts.no_subject)),
        h("span", { class: "mb-flags" }, mail.bounce && h("span", { class: "mb-chip" }, texts.bounce), h("span", { class: "mb-state" }, mail.seen ? texts.seen : texts.unseen, lang === "ja" ? "・" : ", ", octets(mail.size, lang)), h("span", {}, mail.time)),
      );

    return follow(model, ["host", "address", "messages", "used", "quota"], () => {
      const messages = model.get("messages");
      el.hidden = model.get("hides") && messages.length === 0;
      const host = model.get("host");
      const used = model.get("used");
      const quota = model.get("quota");
      const values = { used: octets(used, lang), quota: octets(quota, lang) };
      redraw(
        el,
        h("h4", {}, texts.heading),
        h("p", { class: "mb-note" }, h("bdi", {}, model.get("address")), ...(host ? [" — ", h("span", { class: "mb-onserver" }, fill(texts.where, { host }))] : [])),
        h(
          "div",
          { class: messages.length ? "mb-cylinder" : "mb-cylinder mb-quiet" },
          messages.length ? h("ul", { class: "mb-mails" }, ...messages.map(row)) : h("p", { class: "mb-empty" }, texts.quiet),
          h(
            "div",
            { class: "mb-usage" },
            h("span", { id: name }, texts.used),
            quota > 0 && h("span", { class: "mb-gauge", role: "meter", "aria-labelledby": name, "aria-valuemin": "0", "aria-valuemax": quota, "aria-valuenow": used, "aria-valuetext": fill(texts.usage, values) }, h("span", { style: `inline-size:${Math.min(100, (100 * used) / quota)}%` })),
            h("span", {}, quota > 0 ? fill(texts.usage, values) : fill(texts.unlimited, values)),
          ),
        ),
      );
    });
  },
};
