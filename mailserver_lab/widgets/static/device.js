// The inbox on the device, drawn as a screen: what was fetched by IMAP.

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-device");
    const heading = h("h4", { id: unique("device") });
    const fetch = h("button", { type: "button", class: "mb-button", onclick: () => model.get("busy") || model.send({ kind: "fetch" }) });
    const list = h("ul", { class: "mb-mails", "aria-labelledby": heading.id });
    const empty = h("p", { class: "mb-empty" }, texts.empty);
    el.append(h("div", { class: "mb-screen" }, h("div", { class: "mb-screenbar" }, heading, model.get("fetches") && fetch), empty, list), sign("", "mb-stand"));

    const row = (mail) => {
      const open = model.get("opened") === mail.uid;
      const kind = ["mb-mail", mail.bounce && "mb-bounce", !mail.seen && "mb-unread"].filter(Boolean).join(" ");
      const subject = mail.subject || texts.no_subject;
      const words = (...more) => [
        h("span", { class: "mb-who" }, sign(mail.bounce ? "↩ " : "✉ "), mailAddress(mail.sender)),
        h("span", { class: "mb-subject" }, h("bdi", {}, subject)),
        h("span", { class: "mb-flags" }, mail.bounce && h("span", { class: "mb-chip" }, texts.bounce), !mail.seen && h("span", { class: "mb-state" }, sign("● "), texts.unread), h("span", {}, mail.time), ...more),
      ];
      const key = `mail-${mail.uid}`;
      if (model.get("deletes")) {
        const remove = h("button", { type: "button", class: "mb-button mb-delete", "data-key": key, onclick: () => model.send({ kind: "delete", uid: mail.uid }) }, texts.delete, unseen(` ${subject}`));
        return h("li", { class: `${kind} mb-kept` }, h("div", { class: "mb-about" }, ...words(h("span", {}, octets(mail.size, model.get("lang"))))), remove);
      }
      return h(
        "li",
        { class: kind },
        h(
          "button",
          { type: "button", class: "mb-row", "data-key": key, "aria-expanded": String(open), onclick: () => model.send({ kind: open ? "shut" : "open", uid: mail.uid }) },
          ...words(h("span", { class: "mb-act" }, open ? texts.close : texts.open)),
        ),
      );
    };

    const stop = [
      follow(model, ["name"], () => {
        heading.textContent = fill(texts.heading, { name: model.get("name") });
      }),
      follow(model, ["busy", "ready"], () => {
        fetch.textContent = model.get("busy") ? texts.fetching : texts.fetch;
        fetch.setAttribute("aria-disabled", String(model.get("busy") || !model.get("ready")));
      }),
      follow(model, ["messages", "opened"], () => {
        const messages = model.get("messages");
        empty.hidden = messages.length > 0;
        list.hidden = messages.length === 0;
        const within = list.contains(document.activeElement);
        redraw(list, ...messages.map(row));
        if (within && !list.contains(document.activeElement)) fetch.focus({ preventScroll: true }); // its message is gone
      }),
    ];
    return () => stop.forEach((end) => end());
  },
};
