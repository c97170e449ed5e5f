// The message that is open on the device, as a careful mail program shows it. A bounce is taken apart: each part with a
// word on what it is for. HTML is cleaned by a module of its own and shown in a frame without rights; files are saved and
// never opened.

const GROUPS = {
  header: ["return-path", "from", "subject", "auto-submitted"],
  people: ["text"],
  machines: ["reporting-mta", "final-recipient", "action", "status", "remote-mta", "diagnostic-code"],
  returned: ["original"],
};
const WAIT = 30_000; // milliseconds for a piece of a file
const DOCTORS_PLACE = "ask-the-doctor"; // the id that a page gives to the place where its bounce doctor is
const RFC = /RFC (\d+)(?: §([\d.]+))?/g;

/** Ask the kernel, and wait for the answer that says the same of these names. */
const answered = (model, question, kind, ...names) =>
  new Promise((resolve, reject) => {
    const end = (act, value) => {
      model.off("msg:custom", heard);
      clearTimeout(timer);
      act(value);
    };
    const heard = (message, buffers) => {
      if (message.kind === kind && names.every((name) => message[name] === question[name])) end(resolve, { message, buffers });
    };
    const timer = setTimeout(() => end(reject, new Error("no answer")), WAIT);
    model.on("msg:custom", heard);
    model.send(question);
  });

export default {
  render({ model, el }) {
    const lang = model.get("lang");
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-letter");

    const source = (label, text) => h("pre", { tabindex: "0", role: "group", "aria-label": label }, text);

    // -- a bounce, part by part

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
    const groups = (parts) =>
      Object.entries(GROUPS)
        .map(([name, members]) => [name, parts.filter((one) => members.includes(one.part))])
        .filter(([, members]) => members.length > 0)
        .map(([name, members]) => h("section", { class: "mb-group" }, parts.length > 1 && h("h5", {}, texts[`group_${name}`]), ...members.map(part)));

    // -- the text, and the HTML

    const links = (found, unlisted) => {
      const one = ({ text, url, host, claims }, n) =>
        h(
          "li",
          {},
          h("span", { class: "mb-linktext" }, `[${n + 1}] `, h("bdi", {}, text || texts.no_text)),
          h("strong", {}, h("bdi", {}, host)),
          /^https?:/.test(url) ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, h("bdi", { dir: "ltr" }, url)) : h("bdi", { dir: "ltr" }, url),
          claims && h("span", { class: "mb-caution" }, sign("! "), fill(texts.claims, { claims, host })),
        );
      return h("details", { class: "mb-links" }, h("summary", {}, fill(texts.links, { count: found.length + unlisted })), h("p", { class: "mb-note" }, texts.links_note), h("ol", {}, ...found.map(one)));
    };

    // A frame does not see which theme the page is in, so it is told, and told again when that changes.
    const framed = new Map();
    const scheme = () => getComputedStyle(el).colorScheme;
    const themes = new MutationObserver(() =>
      framed.forEach((made, frame) => {
        if (frame.isConnected) frame.srcdoc = made(scheme());
        else framed.delete(frame);
      }),
    );
    themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    themes.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });

    const drawHtml = async (area, shown) => {
      area.replaceChildren(h("p", { class: "mb-empty" }, texts.cleaning));
      try {
        const { safe } = await served(model, "html-mail");
        const made = safe(shown.html, { pictures: shown.pictures, image: texts.image, lang });
        const rows = Math.min(26, Math.max(8, Math.ceil(made.lines * 1.5) + 2)); // a guess: the frame does not let itself be measured, and scrolls
        const frame = h("iframe", { class: "mb-html", sandbox: true, referrerpolicy: "no-referrer", title: texts.html_title, srcdoc: made.document(scheme()), style: `height:${rows}rem` });
        const told = [
          made.remote > 0 && h("p", { class: "mb-note" }, fill(made.remote === 1 ? texts.remote_one : texts.remote, { count: made.remote })),
          made.removed.length > 0 && h("p", { class: "mb-note" }, fill(texts.removed, { what: made.removed.join(", ") })),
          made.links.length > 0 && links(made.links, made.unlisted),
        ];
        framed.set(frame, made.document);
        area.replaceChildren(...[frame, ...told].filter(Boolean));
      } catch (error) {
        console.warn(error);
        area.replaceChildren(h("p", { class: "mb-empty" }, texts.no_html));
      }
    };

    const body = (shown) => {
      const plain = () => h("div", { class: "mb-human mb-plain", dir: "auto", tabindex: "0", role: "group", "aria-label": texts.view_text }, shown.text);
      const cut = shown.cut && h("p", { class: "mb-note" }, texts.cut);
      if (!shown.html) return shown.text ? h("section", {}, plain(), cut) : h("p", { class: "mb-empty" }, texts.no_body);
      const area = h("div", { class: "mb-view" });
      const views = { html: () => void drawHtml(area, shown), text: () => area.replaceChildren(plain()) };
      const buttons = Object.keys(views).map((name) => h("button", { type: "button", class: "mb-button", onclick: () => choose(name) }, texts[`view_${name}`]));
      const choose = (name) => {
        Object.keys(views).forEach((one, n) => buttons[n].setAttribute("aria-pressed", String(one === name)));
        views[name]();
      };
      choose("html");
      return h("section", {}, shown.text ? h("div", { class: "mb-views", role: "group", "aria-label": texts.view }, ...buttons) : h("p", { class: "mb-note" }, texts.html_only), area, cut);
    };

    // -- files

    /** A file's octets, piece by piece; `part` is null for the whole message. Nothing where the kernel falls silent, which the status tells. */
    const fetched = async (part, status) => {
      const pieces = [];
      try {
        for (let at = 0, total = 1; at < total; ) {
          const { message, buffers } = await answered(model, { kind: "piece", part, at }, "piece", "part", "at");
          const piece = buffers[0];
          total = message.total;
          pieces.push(piece);
          at += piece.byteLength;
          if (total > 0 && piece.byteLength === 0) throw new Error("an empty piece");
          if (total > piece.byteLength) status.textContent = fill(texts.fetching, { at: octets(at, lang), total: octets(total, lang) });
        }
      } catch (error) {
        console.warn(error);
        status.textContent = texts.no_answer;
        return null;
      }
      return new Blob(pieces, { type: "application/octet-stream" });
    };
    /** Hand a file to the browser to save. */
    const save = async (part, file, status) => {
      const blob = await fetched(part, status);
      if (!blob) return;
      const url = URL.createObjectURL(blob);
      h("a", { href: url, download: file }).click();
      setTimeout(() => URL.revokeObjectURL(url), WAIT);
      status.textContent = fill(texts.saved, { file });
    };
    const saving = (part, file, words, key) => {
      const status = h("span", { class: "mb-note", role: "status" });
      const button = h("button", { type: "button", class: "mb-button", "data-key": key }, words, unseen(` ${file}`));
      let busy = false; // pressed twice is saved once
      button.addEventListener("click", async () => {
        if (busy) return;
        busy = true;
        await save(part, file, status);
        busy = false;
      });
      return [button, status];
    };

    const unfolding = (part, name) => {
      const area = h("div", { class: "mb-inner", id: unique("inner"), hidden: true });
      const button = h("button", { type: "button", class: "mb-button", "aria-expanded": "false", "aria-controls": area.id });
      const status = h("span", { class: "mb-note", role: "status" });
      const draw = () => {
        button.replaceChildren(area.hidden ? texts.unfold : texts.fold, unseen(` ${name}`));
        button.setAttribute("aria-expanded", String(!area.hidden));
      };
      button.addEventListener("click", async () => {
        area.hidden = !area.hidden;
        status.textContent = "";
        draw();
        if (area.childElementCount) return;
        area.replaceChildren(h("p", { class: "mb-empty" }, texts.cleaning));
        try {
          const { message } = await answered(model, { kind: "unfold", part }, "message", "part");
          area.replaceChildren(h("p", { class: "mb-subject" }, h("bdi", {}, message.message.subject || texts.no_subject)), about(message.message), ...contents(message.message));
        } catch (error) {
          console.warn(error);
          area.replaceChildren(); // pressed again, it asks again
          area.hidden = true;
          draw();
          status.textContent = texts.no_answer;
        }
      });
      draw();
      return [button, status, area];
    };

    const attachments = ({ attachments: every, unlisted }) => {
      if (!every.length) return null;
      const one = ({ part, name, type, size, file, twice, message }) => {
        const shown = name || file;
        const dot = shown.lastIndexOf(".");
        const [button, status, area] = message ? unfolding(part, file) : [];
        return h(
          "li",
          {},
          h("span", { class: "mb-partfile" }, dot > 0 ? h("bdi", {}, shown.slice(0, dot), h("strong", {}, shown.slice(dot))) : h("bdi", {}, shown)),
          h("span", { class: "mb-note" }, h("bdi", {}, type), ` · ${octets(size, lang)}`),
          twice && h("span", { class: "mb-caution" }, sign("! "), fill(texts.twice, { ending: file.slice(file.lastIndexOf(".")) })),
          h("span", { class: "mb-acts" }, ...saving(part, file, texts.save, `save-${part}`), button, status),
          area,
        );
      };
      return h(
        "section",
        { class: "mb-enclosed" },
        h("h5", {}, fill(texts.attachments, { count: every.length + unlisted })),
        h("p", { class: "mb-note" }, texts.attachments_note),
        h("ul", {}, ...every.map(one)),
        unlisted > 0 && h("p", { class: "mb-note" }, fill(texts.unlisted, { count: unlisted })),
      );
    };

    // -- the header, line by line

    const sources = (text) => {
      const links = [...text.matchAll(RFC)].map(([words, number, section]) => {
        const address = `https://www.rfc-editor.org/rfc/rfc${number}${section ? `#section-${section}` : ""}`;
        return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words);
      });
      return h("span", { class: "mb-source" }, ...links.flatMap((link, n) => (n ? [", ", link] : [link])));
    };
    const header = ({ fields }) =>
      fields.length > 0 &&
      h(
        "details",
        { class: "mb-header" },
        h("summary", {}, fill(texts.fields, { count: fields.length })),
        h(
          "dl",
          {},
          ...fields.map(({ name, value, note, source: from }) =>
            h("div", {}, h("dt", {}, name), h("dd", {}, h("code", {}, h("bdi", {}, value)), note && h("p", { class: "mb-note" }, ...inline(note), " ", sources(from)))),
          ),
        ),
      );

    // -- a message, and the one that is open

    const about = (shown) => h("p", { class: "mb-note" }, h("bdi", {}, shown.sender), shown.time && ` — ${shown.time}`);
    const contents = (shown) => [body(shown), attachments(shown), header(shown)].filter(Boolean);

    const close = (uid) => {
      const row = `[data-key="mail-${uid}"]`; // of two devices that number alike, the one on which it is open
      const bench = el.closest(".mail-bench");
      (bench?.querySelector(`${row}[aria-expanded="true"]`) ?? bench?.querySelector(row))?.focus();
      model.send({ kind: "shut" });
    };
    // Where the page has the bounce doctor, it can be asked about this bounce, when the reader has seen its parts. The octets are
    // laid ready for it, and the page goes there, so that it is made if it was not yet.
    const asking = (reading) => {
      const place = document.getElementById(DOCTORS_PLACE);
      if (!place || reading.parts.length === 0) return null;
      const status = h("span", { class: "mb-note", role: "status" });
      const button = h("button", { type: "button", class: "mb-button mb-ask" }, texts.ask);
      let busy = false;
      button.addEventListener("click", async () => {
        if (busy) return;
        busy = true;
        const blob = await fetched(null, status);
        busy = false;
        if (!blob) return;
        status.textContent = "";
        (globalThis.mailbook ??= {}).forDoctor = { blob, name: reading.subject || texts.no_subject, bench: el.closest(".mail-bench") };
        document.dispatchEvent(new Event("mailbook:for-doctor"));
        place.scrollIntoView({ block: "start" });
      });
      return h("p", { class: "mb-acts" }, button, status);
    };
    const head = (reading, title) =>
      h(
        "div",
        { class: "mb-sheethead" },
        h("div", {}, title, about(reading)),
        h(
          "div",
          { class: "mb-sheettools" },
          model.get("replies") && h("button", { type: "button", class: "mb-button mb-reply", onclick: () => model.send({ kind: "reply", uid: reading.uid }) }, texts.reply),
          h("button", { type: "button", class: "mb-button", onclick: () => close(reading.uid) }, texts.close),
        ),
      );
    const raw = (reading) => {
      const sizes = { shown: octets(reading.shownSize, lang), size: octets(reading.size, lang) };
      return h(
        "details",
        { class: "mb-raw" },
        h("summary", {}, `${texts.raw} (${sizes.size})`),
        reading.shownSize < reading.size && h("p", { class: "mb-note" }, fill(texts.raw_cut, sizes)),
        source(texts.raw, reading.raw),
        h("p", { class: "mb-acts" }, ...saving(null, reading.file, texts.save_whole, "save-whole")),
      );
    };

    let shown;
    const stop = follow(model, ["reading", "replies"], () => {
      const reading = model.get("reading");
      const opened = reading.uid !== undefined;
      el.hidden = !opened;
      if (!opened) {
        shown = undefined;
        el.replaceChildren();
        return;
      }
      const title = h("h4", { tabindex: "-1", dir: "auto" }, reading.subject || texts.no_subject);
      const bounce = reading.parts.length > 0;
      const inside = bounce ? [...groups(reading.parts), reading.html && body(reading), attachments(reading), header(reading)].filter(Boolean) : contents(reading);
      el.replaceChildren(h("div", { class: "mb-sheet" }, head(reading, title), ...inside, asking(reading), raw(reading)));
      if (shown !== reading.uid) {
        shown = reading.uid;
        title.focus({ preventScroll: true });
        el.scrollIntoView({ block: "nearest" });
      }
    });
    return () => {
      stop();
      themes.disconnect();
    };
  },
};
