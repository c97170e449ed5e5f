// The inbox on the device, drawn as a screen: what was fetched by IMAP.

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-device");
    const heading = h("h4", { id: unique("device") });
    const fetch = h("button", { type: "button", class: "mb-button", onclick: () => model.get("busy") || model.send({ kind: "fetch" }) });
    const list = h("ul", { class: "mb-mails", "aria-labelledby": heading.id });
    const empty = h("p", { class: "mb-empty" }, texts.empty);
    el.append(h("div", { class: "mb-screen" }, h("div", { class: "mb-screenbar" }, heading, fetch), empty, list), sign("", "mb-stand"));

    const row = (mail) => {
      const open = model.get("opened") === mail.uid;
      const kind = ["mb-mail", mail.bounce && "mb-bounce", !mail.seen && "mb-unread"].filter(Boolean).join(" ");
      return h(
        "li",
        { class: kind },
        h(
          "button",
          { type: "button", class: "mb-row", "data-key": `mail-${mail.uid}`, "aria-expanded": String(open), onclick: () => model.send({ kind: open ? "shut" : "open", uid: mail.uid }) },
          h("span", { class: "mb-who" }, sign(mail.bounce ? "↩ " : "✉ "), mailAddress(mail.sender)),
          h("span", { class: "mb-subject" }, h("bdi", {}, mail.subject || texts.no_subject)),
          h("span", { class: "mb-flags" }, mail.bounce && h("span", { class: "mb-chip" }, texts.bounce), !mail.seen && h("span", { class: "mb-state" }, sign("● "), texts.unread), h("span", {}, mail.time), h("span", { class: "mb-act" }, open ? texts.close : texts.open)),
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
        redraw(list, ...messages.map(row));
      }),
    ];
    return () => stop.forEach((end) => end());
  },
};
