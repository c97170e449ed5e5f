// The message that is open on the device. A bounce is taken apart: each part with a word on what it is for.

const GROUPS = {
  header: ["return-path", "from", "subject", "auto-submitted"],
  people: ["text"],
  machines: ["reporting-mta", "final-recipient", "action", "status", "remote-mta", "diagnostic-code"],
  returned: ["original"],
};

export default {
  render({ model, el }) {
    const lang = model.get("lang");
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-letter");

    const source = (label, text) => h("pre", { tabindex: "0", role: "group", "aria-label": label }, text);
    const part = ({ part: name, text, note }) => {
      const label = texts[`part_${name}`] ?? name;
      const words = { text: () => h("div", { class: "mb-human", dir: "auto" }, text), original: () => h("details", {}, h("summary", {}, texts.show), source(label, text)) }[name];
      return h(
        "div",
        { class: "mb-part" },
        h("div", {}, h("p", { class: "mb-partname" }, label), words ? words() : h("code", { class: `mb-code mb-${name}` }, text)),
        h("p", { class: "mb-note" }, ...inline(note)),
      );
    };

    const close = (uid) => {
      model.send({ kind: "shut" });
      el.closest(".mail-bench")?.querySelector(`[data-key="mail-${uid}"]`)?.focus();
    };

    let shown;
    return follow(model, ["reading"], () => {
      const reading = model.get("reading");
      const opened = reading.uid !== undefined;
      el.hidden = !opened;
      if (!opened) {
        shown = undefined;
        el.replaceChildren();
        return;
      }
      const title = h("h4", { tabindex: "-1", dir: "auto" }, reading.subject || texts.no_subject);
      const parts = reading.parts;
      const groups = Object.entries(GROUPS)
        .map(([name, members]) => [name, parts.filter((one) => members.includes(one.part))])
        .filter(([, members]) => members.length > 0);
      el.replaceChildren(
        h(
          "div",
          { class: "mb-sheet" },
          h("div", { class: "mb-sheethead" }, h("div", {}, title, h("p", { class: "mb-note" }, h("bdi", {}, reading.sender), reading.time && ` — ${reading.time}`)), h("button", { type: "button", class: "mb-button", onclick: () => close(reading.uid) }, texts.close)),
          reading.text && h("div", { class: "mb-human", dir: "auto" }, reading.text),
          ...groups.map(([name, members]) => h("section", { class: "mb-group" }, parts.length > 1 && h("h5", {}, texts[`group_${name}`]), ...members.map(part))),
          h("details", { class: "mb-raw" }, h("summary", {}, `${texts.raw} (${octets(new Blob([reading.raw]).size, lang)})`), source(texts.raw, reading.raw)),
        ),
      );
      if (shown !== reading.uid) {
        shown = reading.uid;
        title.focus({ preventScroll: true });
        el.scrollIntoView({ block: "nearest" });
      }
    });
  },
};
