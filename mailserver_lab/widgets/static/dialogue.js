// What was said on each connection, in the order of the record: read at the reader's own pace, each line explained.
//
// The servers are done long before. `at` counts the lines that the replay has reached; a leg is one connection (or one
// deed of a server), shown from its first line on. Only an open leg has its lines in the page, drawn in portions, so
// that a connection of thousands of lines does not hold the page up.

const PORTION = 300; // lines drawn in one go
const REPLAY = 3_000; // milliseconds that a replay takes, however long the record
const SLOWEST = 160; // but no more for one line
const WAITS = ["idle", "told"]; // the steps that hold a line open

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    el.classList.add("mb-panel", "mb-dialogue");
    if (still) el.classList.add("mb-numbered");

    const legs = [];
    const byId = new Map();
    let at = 0; // lines reached by the replay
    let total = 0;
    let begin = 0; // where the latest message begins
    let timer = 0;
    let fresh = false; // what is being played is seen for the first time

    const empty = h("p", { class: "mb-empty" }, texts.empty);
    const play = h("button", { type: "button", class: "mb-button", onclick: () => (timer ? pause() : start()) });
    const step = h("button", { type: "button", class: "mb-button", onclick: () => oneStep() }, texts.step);
    const all = h("button", { type: "button", class: "mb-button", onclick: () => finish() }, texts.all);
    const position = h("span", { class: "mb-position" });
    const speed = h("p", { class: "mb-note" });
    const bar = h("div", { class: "mb-bar", hidden: true }, !still && play, step, all, position);
    const explain = h("p", { class: "mb-note", hidden: true }, texts.explain);
    const list = h("ol", { class: "mb-legs" });
    el.append(h("h4", {}, texts.heading), empty, bar, speed, list, explain);

    // -- the lines of one leg

    const toggle = (button, line) => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      button.parentElement.querySelector(".mb-because")?.remove();
      if (open) button.parentElement.append(h("p", { class: "mb-because" }, ...inline(line.why)));
    };

    const drawLine = (leg, line) => {
      const said = texts[line.side];
      const arrow = { client: "→", server: "←", fault: "!" }[line.side];
      const spoken = ["client", "server"].includes(line.side); // else nobody said it
      const words = [sign(line.refused ? "✕" : arrow, "mb-arrow"), spoken && unseen(line.refused ? `${texts.refused} ${said}` : said), h("span", { class: "mb-words" }, spoken ? line.text || " " : said + line.text)];
      const kind = `mb-line mb-${leg.protocol === "DNS" && spoken ? "dns" : line.side}${line.refused ? " mb-refused" : ""}${line.text.includes("\n") ? " mb-content" : ""}`;
      if (!line.why) return h("li", {}, h("span", { class: kind }, ...words));
      const button = h("button", { type: "button", class: kind, tabindex: "-1", "aria-expanded": "false", onclick: () => toggle(button, line) }, ...words);
      return h("li", {}, button);
    };

    // -- legs

    const makeLeg = (meta) => {
      const wire = h("ol", { class: "mb-wire", id: unique("leg"), onkeydown: walk });
      const head = h("button", { type: "button", class: "mb-leg", "aria-controls": wire.id, onclick: () => setOpen(leg, !leg.open) });
      const message = legs.filter((one) => one.step === "submit").length + 1;
      const label = meta.step === "submit" && h("p", { class: "mb-ofmessage" }, fill(texts.message, { n: message }));
      const number = meta.step === "submit" ? 1 : (legs.at(-1)?.number ?? 0) + 1;
      const leg = { ...meta, number, lines: [], refused: -1, drawn: 0, shown: 0, open: false, wire, head, node: h("li", {}, label, head, wire), pending: 0 };
      return leg;
    };

    const drawHead = (leg) => {
      const done = leg.shown >= leg.lines.length;
      const refused = leg.refused >= 0 && leg.refused < leg.shown;
      const route = leg.target && leg.target !== leg.source ? `${leg.source} → ${leg.target}` : leg.source;
      if (leg.lines.length) leg.head.setAttribute("aria-expanded", String(leg.open));
      leg.head.setAttribute("aria-disabled", String(leg.lines.length === 0));
      redraw(
        leg.head,
        h("span", { class: "mb-legtitle" }, h("span", { class: "mb-number" }, leg.number), " ", refused && sign("✕ ", "mb-bad"), leg.title, refused && unseen(` ${texts.refused}`)),
        leg.protocol && h("span", { class: "mb-chip" }, leg.port ? `${leg.protocol} ${leg.port}` : leg.protocol),
        h("span", { class: "mb-route" }, route),
        done && leg.ms > 0 && h("span", { class: "mb-ms" }, fill(texts.ms, { ms: leg.ms })),
      );
      leg.node.className = `mb-step-${leg.step}${refused ? " mb-failed" : ""}`;
    };

    const paint = (leg) => {
      leg.pending = 0;
      const until = Math.min(leg.shown, leg.drawn + PORTION);
      if (!leg.open || leg.drawn >= until) return;
      leg.wire.append(...leg.lines.slice(leg.drawn, until).map((line) => drawLine(leg, line)));
      if (!leg.wire.querySelector('[tabindex="0"]')) leg.wire.querySelector("button")?.setAttribute("tabindex", "0"); // where Tab enters
      leg.drawn = until;
      if (leg.drawn < leg.shown) leg.pending = setTimeout(() => paint(leg), 0);
    };

    const setOpen = (leg, open) => {
      leg.open = open && leg.lines.length > 0;
      leg.wire.hidden = !leg.open;
      if (!leg.open) {
        leg.wire.replaceChildren();
        leg.drawn = 0;
      }
      drawHead(leg);
      if (!leg.pending) paint(leg);
    };

    const spread = () => {
      // Give each leg its share of the `at` lines; one without lines counts as one, or it would never have its turn.
      let left = at;
      legs.forEach((leg) => {
        const weight = Math.max(1, leg.lines.length);
        const share = Math.max(0, Math.min(weight, left));
        left -= weight;
        const shown = Math.min(share, leg.lines.length);
        if (share > 0 && !leg.node.isConnected) list.append(leg.node);
        if (share === 0 && leg.node.isConnected) leg.node.remove();
        if (shown < leg.drawn) {
          leg.wire.replaceChildren();
          leg.drawn = 0;
        }
        if (shown !== leg.shown || share > 0) {
          leg.shown = shown;
          drawHead(leg);
          if (!leg.pending) paint(leg);
        }
      });
    };

    const current = () => {
      let left = at;
      return legs.find((leg) => (left -= Math.max(1, leg.lines.length)) <= 0);
    };

    const weigh = () => {
      total = 0;
      begin = 0;
      for (const leg of legs) {
        if (leg.step === "submit") begin = total;
        total += Math.max(1, leg.lines.length);
      }
    };

    // -- replay

    const advance = (count) => {
      const before = current();
      at = Math.min(total, at + count);
      const now = current();
      if (now && now !== before) {
        if (before) setOpen(before, false);
        spread();
        setOpen(now, true);
      } else spread();
      if (now && !now.open) setOpen(now, true);
      if (now && now !== before) tell(el, "mb-leg", { leg: now.id });
    };

    const pace = () => Math.min(SLOWEST, REPLAY / Math.max(1, total - begin)); // milliseconds a line
    const wait = () => {
      const since = performance.now();
      timer = setTimeout(() => tick(performance.now() - since), Math.max(16, pace()));
    };
    const tick = (passed) => {
      timer = 0;
      advance(Math.max(1, Math.round(passed / pace())));
      if (at < total) wait();
      else settle();
      drawBar();
    };

    const start = () => {
      if (at >= total) rewind();
      wait();
      drawBar();
    };
    const pause = () => {
      clearTimeout(timer);
      timer = 0;
      drawBar();
    };
    const rewind = () => {
      at = begin;
      fresh = false;
      for (const leg of legs) setOpen(leg, false);
      spread();
    };
    const oneStep = () => {
      pause();
      if (at >= total) rewind();
      advance(1);
      if (at >= total) settle();
      drawBar();
    };
    const finish = () => {
      pause();
      at = total;
      spread();
      settle();
      drawBar();
    };

    /** The replay is over: the leg that matters is open, and the refused line is explained. */
    const settle = () => {
      fresh = false;
      tell(el, "mb-leg", { leg: null });
      let passed = 0;
      const latest = legs.filter((leg) => (passed += Math.max(1, leg.lines.length)) > begin);
      // Where a device is what it is about, its latest try; else what was refused.
      const tries = latest.some((leg) => leg.step === "sign-in" || leg.step === "told") ? latest.filter((leg) => ["sign-in", "fetch", "told"].includes(leg.step)) : [];
      const matters = tries.at(-1) ?? latest.find((leg) => leg.refused >= 0) ?? latest.find((leg) => leg.step === "deliver") ?? latest.at(-1);
      for (const leg of legs) setOpen(leg, leg === matters);
      if (matters?.refused >= 0) {
        const button = matters.wire.querySelector("button.mb-refused");
        if (button?.getAttribute("aria-expanded") === "false") button.click();
      }
    };

    const drawBar = () => {
      const something = total > 0;
      empty.hidden = something;
      bar.hidden = speed.hidden = !something;
      explain.hidden = !legs.some((leg) => leg.lines.some((line) => line.why));
      play.replaceChildren(sign(timer ? "❚❚ " : "▶ "), timer ? texts.pause : at >= total ? texts.again : texts.play);
      all.setAttribute("aria-disabled", String(at >= total));
      position.textContent = fill(texts.position, { at: at - begin, total: total - begin });
      let passed = 0;
      const latest = legs.filter((leg) => (passed += Math.max(1, leg.lines.length)) > begin);
      const machines = latest.filter((leg) => !leg.byHand && !WAITS.includes(leg.step)); // how long a person types or a device waits says nothing of the servers
      const ms = (machines.length ? machines : latest).reduce((sum, leg) => sum + leg.ms, 0);
      speed.textContent = fill(texts.speed, { ms: Math.max(1, Math.round(ms)) });
      // While the record is played for the first time, what came of it (the mailbox, the next move) is kept back.
      el.closest(".mail-bench")?.toggleAttribute("data-playing", fresh && at < total);
    };

    // -- the record comes in

    const heard = (message) => {
      if (message.kind !== "record") return;
      if (message.replace) {
        pause();
        legs.length = 0;
        byId.clear();
        list.replaceChildren();
        at = 0;
      }
      for (const meta of message.legs) {
        const known = byId.get(meta.id);
        if (known) Object.assign(known, meta);
        else {
          const leg = makeLeg(meta);
          byId.set(meta.id, leg);
          legs.push(leg);
          setOpen(leg, false);
        }
      }
      const done = at >= total;
      for (const [id, ...line] of message.lines) {
        const [side, text, refused, why] = line;
        const leg = byId.get(id);
        if (refused && leg.refused < 0 && !leg.byHand) leg.refused = leg.lines.length;
        leg.lines.push({ side, text, refused, why });
      }
      weigh();
      const seen = done && message.lines.every(([id]) => byId.get(id).byHand); // whoever typed it saw it happen
      if (total === 0 || !message.live || seen || still || document.hidden) finish();
      else {
        fresh = fresh || done;
        if (!timer) start();
        else drawBar();
      }
    };
    /** Another panel points at a leg: here it is, and the keyboard with it. */
    const point = ({ leg: id }) => {
      const leg = byId.get(id);
      if (!leg) return;
      finish();
      for (const one of legs) setOpen(one, one === leg);
      leg.head.focus({ preventScroll: true });
      leg.head.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
    };
    const deaf = hear(el, "mb-open", point);

    model.on("msg:custom", heard);
    drawBar();
    model.send({ kind: "all" });

    return () => {
      clearTimeout(timer);
      deaf();
      for (const leg of legs) clearTimeout(leg.pending);
      model.off("msg:custom", heard);
    };
  },
};
