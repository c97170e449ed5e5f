// The bounce doctor: a field for a message, a file or a sample, and what it says of each recipient. What was entered lives on
// the page, beyond the panel: a kernel that is lost takes nothing of it along.

const PATIENCE = 60_000; // milliseconds for an answer
const EMPTY = { text: "", report: null, name: "", bench: null };

export default {
  render({ model, el }) {
    const lang = model.get("lang");
    const texts = model.get("texts");
    const kept = ((globalThis.mailbook ??= {}).doctor ??= { ...EMPTY });
    let before = null; // what Undo brings back
    let busy = null; // what is being examined: its name, and the share of it that has arrived
    let count = 0;
    el.classList.add("mail-bench", "mb-doctor");
    el.lang = lang;

    // -- the form

    const how = h("p", { class: "mb-note", id: unique("how") }, texts.paste_how);
    // `dir: "auto"` would have the browser look at each line for its direction, and stand still for seconds over some megabytes
    const field = h("textarea", { id: unique("paste"), rows: "9", autocomplete: "off", autocapitalize: "off", spellcheck: "false", dir: "ltr", "aria-describedby": how.id });
    const chosen = h("input", { type: "file", accept: ".eml,.txt,message/rfc822,text/plain", hidden: true });
    const button = (words, act, more) => h("button", { type: "button", class: "mb-button", onclick: act, ...more }, words);
    const go = h("button", { type: "submit", class: "mb-button mb-go" }, texts.examine);
    const choose = button(texts.choose, () => !busy && chosen.click());
    const clear = button(texts.clear, () => !busy && replace(EMPTY, texts.cleared));
    const undo = button(texts.undo, () => !busy && restore(), { hidden: true });
    const trouble = h("div", { class: "mb-problem", role: "alert" });
    const status = h("p", { class: "mb-note", role: "status" });
    const bar = h("progress", { max: 1, hidden: true, "aria-label": texts.heading });
    const samples = model.get("samples").map((one) => button(texts[`sample_${one}`], () => take(one), { "data-sample": one }));
    const samplesLabel = h("p", { class: "mb-note", id: unique("samples") }, texts.samples);
    const form = h(
      "form",
      { novalidate: true },
      h("label", { for: field.id }, texts.paste),
      how,
      field,
      trouble,
      h("div", { class: "mb-doctoracts" }, go, choose, chosen, clear, undo),
      status,
      bar,
      h("p", { class: "mb-note mb-drophere" }, texts.drop),
      h("div", { role: "group", "aria-labelledby": samplesLabel.id }, samplesLabel, h("div", { class: "mb-doctoracts" }, ...samples)),
    );
    const result = h("div", { class: "mb-panel mb-found", hidden: true });
    el.append(h("div", { class: "mb-panel" }, h("h3", {}, texts.heading), h("p", { class: "mb-note" }, ...inline(texts.privacy)), form), result);

    let drawn = null; // drawn once, for a reader may be in the middle of it
    const draw = () => {
      if (field.value !== kept.text) field.value = kept.text;
      clear.hidden = !kept.text && !kept.report;
      undo.hidden = before === null;
      for (const one of [go, choose, clear, undo, ...samples]) one.setAttribute("aria-disabled", String(busy !== null));
      if (drawn === kept.report) return;
      drawn = kept.report;
      result.hidden = !drawn;
      result.replaceChildren(...(drawn ? found(drawn) : []));
    };
    const replace = (other, words) => {
      before = kept.text || kept.report ? { ...kept } : null;
      Object.assign(kept, EMPTY, other);
      complain(null);
      draw();
      status.textContent = before ? words : "";
      if (before && !other.text) undo.focus({ preventScroll: true }); // Clear is no longer there
    };
    const restore = () => {
      Object.assign(kept, before);
      before = null;
      status.textContent = "";
      draw();
      field.focus({ preventScroll: true });
    };
    const complain = (problem) => {
      trouble.replaceChildren(...(problem ? told(problem) : []));
    };
    const about = (name, values = {}) => complain({ what: fill(texts[`${name}_what`], values), why: fill(texts[`${name}_why`], values), do: texts[`${name}_do`] });

    field.addEventListener("input", () => {
      kept.text = field.value;
      clear.hidden = !kept.text && !kept.report;
      if (before) {
        before = null;
        undo.hidden = true;
        status.textContent = "";
      }
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (busy) return;
      if (!kept.text.trim()) {
        about("empty");
        field.focus();
      } else void examine(new Blob([kept.text]), texts.pasted, true);
    });
    const file = ([one]) => {
      chosen.value = "";
      if (one && !busy) void examine(one, one.name, false);
    };
    chosen.addEventListener("change", () => file([...chosen.files]));

    // -- to the kernel and back

    /** The kernel's answer to a question. */
    const answer = (wanted, question) =>
      new Promise((resolve, reject) => {
        const end = (act, value) => {
          model.off("msg:custom", heard);
          clearTimeout(timer);
          act(value);
        };
        const heard = (message) => {
          if (message.kind === "failed") end(reject, message.problem);
          else if (message.kind === wanted && message.ask === question.ask) end(resolve, message);
        };
        const timer = setTimeout(() => end(reject, new Error("no answer")), PATIENCE);
        model.on("msg:custom", heard);
        model.send(question);
      });

    let clock = 0;
    /** Do something that takes a while; what goes wrong is told, and nothing that was entered is lost. */
    const during = async (name, work) => {
      busy = { name, share: 0 };
      complain(null);
      status.textContent = "";
      const since = performance.now();
      clock = setInterval(() => {
        const seconds = Math.round((performance.now() - since) / 1000);
        bar.hidden = busy.share >= 1;
        bar.value = busy.share;
        status.textContent = busy.share < 1 ? fill(texts.bringing, { name: busy.name, percent: Math.floor(busy.share * 10) * 10 }) : fill(texts.working, { seconds });
      }, 1000);
      draw();
      try {
        return await work();
      } catch (error) {
        console.warn(error);
        if (error.what) complain(error);
        else about(error instanceof DOMException ? "unread" : "silent", { name });
        return null;
      } finally {
        clearInterval(clock);
        busy = null;
        status.textContent = "";
        bar.hidden = true;
        draw();
        queueMicrotask(asked); // a letter may have asked meanwhile
      }
    };

    const examine = async (blob, name, pasted, bench = null) => {
      const limit = model.get("limit");
      if (blob.size > limit) {
        about("large", { name, size: octets(blob.size, lang), limit: octets(limit, lang) });
        return;
      }
      const ask = (count += 1);
      const report = await during(name, async () => {
        await byPieces(model, blob, (share) => {
          if (busy) busy.share = share;
        });
        return answer("told", { kind: "whole", pasted, ask });
      });
      if (!report) return;
      Object.assign(kept, { report, name, bench });
      before = null;
      draw();
      result.querySelector("h3").focus({ preventScroll: true });
      result.scrollIntoView({ block: "start" });
    };

    const take = async (one) => {
      if (busy) return;
      const ask = (count += 1);
      const made = await during(texts[`sample_${one}`], () => answer("sample", { kind: "sample", sample: one, ask }));
      if (!made) return;
      replace({ text: made.text }, texts.replaced);
      const replaced = before; // the field may have held something: Undo still brings it back
      await examine(new Blob([kept.text]), texts[`sample_${one}`], true);
      before = replaced;
      draw();
    };

    /** Take the bounce that a letter on this page laid ready (letter.js), now or when this panel is made. */
    const asked = () => {
      const one = globalThis.mailbook.forDoctor;
      if (!one || busy) return;
      delete globalThis.mailbook.forDoctor;
      void examine(one.blob, one.name, false, one.bench);
    };
    document.addEventListener("mailbook:for-doctor", asked);

    // -- what it says

    const part = (title, ...children) => [h("h5", {}, title), ...children];
    const quote = ({ line: [start, words, rest], against }) =>
      h("li", {}, h("code", {}, h("bdi", {}, start, words && h("mark", {}, words), rest)), against && h("span", { class: "mb-note" }, fill(texts.against, { name: against })));
    const codes = (one) => (one.codes.length > 0 || one.author) && h("p", { class: "mb-note" }, one.codes.length ? texts.codes + one.codes.join(" / ") : texts.no_codes);
    const recipient = (one) =>
      h(
        "section",
        { class: "mb-case" },
        h("h4", {}, texts.recipient, one.recipient ? mailAddress(one.recipient) : texts.nobody),
        ...part(texts.happened, h("p", { class: "mb-cause" }, one.name), h("p", {}, one.meaning), codes(one)),
        ...part(texts.evidence, h("p", {}, one.certainty), one.evidence.length ? h("ul", { class: "mb-quotes" }, ...one.evidence.map(quote)) : h("p", { class: "mb-note" }, texts.no_evidence)),
        ...(one.doubts.length ? part(texts.doubts, ...one.doubts.map((text) => h("p", {}, h("bdi", {}, text)))) : []),
        ...(one.author ? part(texts.author, h("p", {}, one.author)) : []),
        ...(one.permanence ? part(texts.permanence, h("p", {}, one.permanence)) : []),
        ...part(texts.movers, h("p", {}, one.movers)),
        ...part(texts.do, h("p", { class: "mb-todo" }, one.do)),
      );
    const back = (bench, pressed) => {
      if (!bench.isConnected) return pressed.remove(); // the experiments were started again
      const place = bench.querySelector(".mb-ask") ?? bench.querySelector("h3, h4");
      place?.focus({ preventScroll: true });
      (place ?? bench).scrollIntoView({ block: "center" });
    };
    const found = (report) =>
      [
        h("h3", { tabindex: "-1" }, texts.found),
        h("p", { class: "mb-note" }, fill(texts.about, { name: kept.name })),
        kept.bench && h("p", {}, button(texts.back, (event) => back(kept.bench, event.currentTarget), { class: "mb-button mb-back" })),
        h("p", { class: "mb-kind" }, report.sentence),
        report.forwarded && h("p", {}, texts.forwarded),
        ...report.remarks.map((text) => h("p", {}, text)),
        ...report.recipients.map(recipient),
        report.more > 0 && h("p", {}, ...inline(fill(texts.more, { count: report.more }))),
      ].filter(Boolean);

    const undrop = dropping(form, (files) => file([...files]));
    draw();
    asked();
    return () => {
      clearInterval(clock);
      document.removeEventListener("mailbook:for-doctor", asked);
      undrop();
    };
  },
};
