// The map: a graph that Python wrote, laid out here, and the message that moves along it in the order of the record.
//
// `at` counts the hops that are behind the message, `goal` those that it is on its way to. While the dialogue replays
// the record, the goal follows it; Play and Step set it as the reader likes.

const PACES = { slow: 600, normal: 450, fast: 300 }; // milliseconds for one hop
const NARROW = 600; // pixels, below which the map goes from top to bottom

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const SVG = "http://www.w3.org/2000/svg";
    el.classList.add("mb-panel", "mb-map");

    let at = 0;
    let goal = 0;
    let speed = "normal";
    let frame = 0;
    let drawn = ""; // the graph that stands there
    let message = ""; // the first leg of the message that is shown
    let reached = null; // the leg that the dialogue's replay has come to; null where it is at the end
    const hops = () => model.get("hops");

    const picture = h("div", { class: "mb-picture" });
    const play = h("button", { type: "button", class: "mb-button", onclick: () => (frame ? pause() : start()) });
    const step = h("button", { type: "button", class: "mb-button", onclick: () => oneStep() }, texts.step);
    const back = h("button", { type: "button", class: "mb-button", onclick: () => show(0) }, texts.back);
    const pace = h("button", { type: "button", class: "mb-button", onclick: () => faster() });
    const position = h("span", { class: "mb-position" });
    const bar = h("div", { class: "mb-bar" }, !still && play, step, back, !still && pace, position);
    const now = h("p", { class: "mb-hop", role: "status" });
    const note = h("p", { class: "mb-note" });
    const list = h("ol", { class: "mb-way" });
    const words = h("details", { class: "mb-inwords" }, h("summary", {}, texts.words), list);
    el.append(h("h4", {}, texts.heading), picture, bar, now, note, words);

    const edgeOf = (hop) => hop && picture.querySelector(`[data-edge="${CSS.escape(hop.edge)}"]`);

    // -- the drawing

    const dress = (svg) => {
      svg.setAttribute("role", "group");
      svg.setAttribute("aria-label", texts.heading);
      for (const side of ["width", "height"]) svg.setAttribute(side, parseFloat(svg.getAttribute(side)));
      for (const title of svg.querySelectorAll("title")) title.remove();
      for (const link of svg.querySelectorAll("[*|href]")) link.remove(); // none is expected
      for (const node of svg.querySelectorAll(".mb-node")) node.setAttribute("aria-hidden", "true");
      for (const edge of svg.querySelectorAll(".mb-edge")) {
        edge.dataset.edge = edge.id;
        edge.setAttribute("role", "button");
        edge.setAttribute("tabindex", "0");
        const choose = () => {
          const mine = hops().filter((hop) => hop.edge === edge.dataset.edge);
          const hop = hops().slice(0, at).findLast((one) => mine.includes(one)) ?? mine.at(-1);
          if (hop) tell(el, "mb-open", { leg: hop.leg });
        };
        edge.addEventListener("click", choose);
        edge.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          choose();
        });
        const hit = edge.querySelector("path").cloneNode();
        hit.setAttribute("class", "mb-hit");
        edge.prepend(hit);
      }
      for (const one of svg.querySelectorAll("[id]")) one.removeAttribute("id"); // a page may have several maps
    };

    const drawPicture = async () => {
      const dot = model.get(el.clientWidth < NARROW ? "tall" : "wide");
      if (!dot || !el.clientWidth || dot === drawn) return;
      drawn = dot;
      try {
        const { layout } = await served(model, "layout");
        const made = new DOMParser().parseFromString(await layout(dot), "image/svg+xml").documentElement;
        if (drawn !== dot) return; // another one is on its way
        const svg = document.importNode(made, true);
        dress(svg);
        const focused = picture.contains(document.activeElement) ? document.activeElement.dataset.edge : "";
        picture.replaceChildren(svg);
        if (focused) picture.querySelector(`[data-edge="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
      } catch (error) {
        console.warn(error);
        drawn = "";
        picture.replaceChildren(h("p", { class: "mb-empty" }, texts.no_layout));
      }
      mark();
    };

    /** Show how far the message is: ways taken, and what they say. */
    const mark = () => {
      const every = hops();
      const last = every[at - 1];
      for (const edge of picture.querySelectorAll(".mb-edge")) {
        const seen = every.slice(0, frame ? at + 1 : at).some((hop) => hop.edge === edge.dataset.edge);
        const mine = every.filter((hop) => hop.edge === edge.dataset.edge);
        // The name begins with the words that are seen beside the edge, so that it can be called by them (WCAG 2.5.3).
        const beside = [...edge.querySelectorAll("text")].map((line) => line.textContent.trim()).join(" ");
        const told = mine.map((hop) => `${hop.number}. ${fill(texts.open, { sentence: hop.sentence })}`);
        edge.setAttribute("aria-label", [beside, ...told].join(" "));
        edge.classList.toggle("mb-ahead", !seen);
        edge.classList.toggle("mb-here", at < every.length && last?.edge === edge.dataset.edge);
      }
      bar.hidden = words.hidden = every.length === 0;
      now.hidden = every.length === 0;
      note.textContent = every.length ? texts.replay : texts.quiet;
      now.setAttribute("aria-live", frame ? "off" : "polite");
      const said = last ? `${last.number}. ${last.sentence}` : "";
      if (now.textContent !== said) now.textContent = said;
      play.replaceChildren(sign(frame ? "❚❚ " : "▶ "), frame ? texts.pause : at >= every.length ? texts.again : texts.play);
      pace.textContent = fill(texts.speed, { speed: texts[speed] });
      position.textContent = fill(texts.position, { at, total: every.length });
      list.replaceChildren(...every.slice(0, at).map((hop) => h("li", {}, `${hop.number}. ${hop.sentence}`)));
    };

    // -- the message on its way

    const dotAt = (edge, share, hop) => {
      const path = edge.querySelector("path:not(.mb-hit)");
      const point = path.getPointAtLength(share * path.getTotalLength());
      let spot = picture.querySelector(".mb-spot");
      if (!spot) {
        spot = document.createElementNS(SVG, "circle");
        spot.setAttribute("r", "7");
        edge.parentNode.append(spot);
      }
      spot.setAttribute("class", hop.bounce ? "mb-spot mb-carried" : "mb-spot");
      spot.setAttribute("cx", point.x);
      spot.setAttribute("cy", point.y);
    };

    const rest = () => {
      cancelAnimationFrame(frame);
      frame = 0;
      picture.querySelector(".mb-spot")?.remove();
    };

    const show = (count) => {
      rest();
      at = goal = Math.min(count, hops().length);
      mark();
    };

    const move = () => {
      if (frame) return;
      const hop = hops()[at];
      if (at >= goal || !hop) {
        rest();
        mark();
        return;
      }
      if (still || document.hidden) {
        show(goal);
        return;
      }
      const begun = performance.now();
      const takes = goal - at > 1 && reached !== null ? PACES.fast : PACES[speed];
      const tick = (time) => {
        const share = Math.min(1, Math.max(0, (time - begun) / takes));
        const edge = edgeOf(hop);
        if (edge) dotAt(edge, share, hop);
        if (share < 1) {
          frame = requestAnimationFrame(tick);
          return;
        }
        frame = 0;
        at += 1;
        move();
      };
      frame = requestAnimationFrame(tick);
      mark();
    };

    const start = () => {
      if (at >= hops().length) at = 0;
      goal = hops().length;
      move();
    };
    const pause = () => show(at);
    const oneStep = () => {
      const from = at >= hops().length && !frame ? 0 : at;
      show(from);
      if (still) show(from + 1);
      else {
        goal = from + 1;
        move();
      }
    };
    const faster = () => {
      const names = Object.keys(PACES);
      speed = names[(names.indexOf(speed) + 1) % names.length];
      mark();
    };

    // -- in step with the record and with the dialogue

    const follows = () => el.closest(".mail-bench")?.hasAttribute("data-playing");
    const keepUp = () => {
      const place = hops().findLastIndex((hop) => hop.leg === reached);
      if (reached === null) goal = hops().length;
      else if (place >= 0) goal = Math.max(goal, place + 1);
      move();
    };
    const took = () => {
      const first = hops()[0]?.leg ?? "";
      if (first !== message) {
        message = first;
        rest();
        at = goal = 0;
      }
      void drawPicture();
      if (follows()) keepUp();
      else if (!frame) show(hops().length);
      else goal = hops().length;
      mark();
    };
    let leading = false; // the dialogue is replaying for the first time
    const deaf = hear(el, "mb-leg", ({ leg }) => {
      if (leg !== null && !follows()) return; // the reader goes over the record again: the map stays
      if (leg === null && !leading) return;
      leading = leg !== null;
      reached = leg;
      keepUp();
    });

    const stop = follow(model, ["hops", "wide", "tall"], took);
    const size = new ResizeObserver(() => void drawPicture());
    size.observe(el);

    return () => {
      rest();
      stop();
      deaf();
      size.disconnect();
    };
  },
};
