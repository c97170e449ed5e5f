// The console: a line to type on, the dialogue so far, what fits now, and the state diagram.
//
// What was typed before is kept on the model and never sent anywhere: it may hold a password.

const LINES = 2_000; // lines of a dialogue that stay on the page
const HISTORY = 100;

export default {
  render({ model, el }) {
    const texts = model.get("texts");
    el.classList.add("mb-panel", "mb-console");
    const history = (model.history ??= []);
    let at = history.length; // where the arrow keys have come to
    let drawn = null;

    // -- connecting

    const place = h("select", { id: unique("place"), class: "mb-place" });
    let shown = -1; // the place that it was last set to
    const connect = h("button", { type: "button", class: "mb-button mb-connect", onclick: () => usable() && model.send({ kind: "connect", place: place.selectedIndex }) });
    const leave = h("button", { type: "button", class: "mb-button", onclick: () => model.get("connected") && model.send({ kind: "hang-up" }) }, texts.hang_up);
    const bar = h("div", { class: "mb-connecting" }, h("label", { for: place.id }, texts.to), place, connect, leave);
    const usable = () => model.get("ready") && !model.get("busy");

    // -- the dialogue

    const talk = h("ol", { class: "mb-wire", onkeydown: walk });
    const scroll = h("div", { class: "mb-talk", role: "log", tabindex: "0", "aria-label": texts.dialogue, hidden: true }, talk);
    const empty = h("p", { class: "mb-empty" }, texts.empty);
    const because = (line) => line.why && h("p", { class: "mb-because" }, ...inline(line.why));
    const toggle = (button, line) => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      if (open) button.after(because(line));
      else button.parentElement.querySelector(".mb-because")?.remove();
    };
    const row = (line) => {
      if (line.side === "note") return h("li", { class: "mb-aside" }, sign("… "), ...inline(line.why));
      const said = line.side === "client" ? texts.client : texts.server;
      const words = [sign(line.refused ? "✕" : line.side === "client" ? "→" : "←", "mb-arrow"), unseen(line.refused ? `${texts.refused} ${said}` : said), h("span", { class: "mb-words" }, line.text || " ")];
      const kind = `mb-line mb-${line.side}${line.refused ? " mb-refused" : ""}`;
      const button = line.why && h("button", { type: "button", class: kind, tabindex: "-1", "aria-expanded": "false", onclick: () => toggle(button, line) }, ...words);
      return h("li", {}, button || h("span", { class: kind }, ...words), line.mistake && h("p", { class: "mb-mistake" }, ...inline(line.mistake)));
    };
    /** Of what was said last, the line that counts is explained; what was explained before folds up. */
    const explainLast = () => {
      for (const open of talk.querySelectorAll("button[aria-expanded=true]:not([data-last])")) open.click();
      for (const last of talk.querySelectorAll("[data-last]")) {
        last.removeAttribute("data-last");
        if (last.getAttribute("aria-expanded") === "true") last.click();
      }
      const last = [...talk.children].at(-1);
      const button = last?.querySelector("button");
      if (!button || last.querySelector(".mb-mistake")) return;
      button.dataset.last = "";
      button.click();
    };
    const heard = (message) => {
      if (message.kind !== "lines") return;
      if (message.replace) talk.replaceChildren();
      talk.append(...message.lines.map(row));
      while (talk.children.length > LINES) talk.firstChild.remove();
      for (const one of talk.querySelectorAll('button[tabindex="0"]')) one.tabIndex = -1;
      const enter = [...talk.querySelectorAll("button")].at(-1);
      if (enter) enter.tabIndex = 0; // where Tab enters
      explainLast();
      empty.hidden = talk.children.length > 0;
      scroll.hidden = !empty.hidden;
      scroll.scrollTop = scroll.scrollHeight;
    };

    // -- typing

    const command = h("input", { type: "text", id: unique("command"), class: "mb-typed", autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "send" });
    const letter = h("textarea", { rows: "7", id: unique("letter"), class: "mb-typed", autocomplete: "off", spellcheck: "false" });
    const label = h("label", {});
    const send = h("button", { type: "submit", class: "mb-button mb-go" }, texts.send);
    const note = h("p", { class: "mb-note", id: unique("note") });
    const trouble = h("div", { class: "mb-problem", role: "alert" });
    const form = h("form", { class: "mb-typing", novalidate: true }, label, h("div", { class: "mb-typeline" }, command, letter, send), note, trouble);
    const field = () => (model.get("mode") === "content" ? letter : command);
    for (const one of [command, letter]) one.setAttribute("aria-describedby", note.id);

    const put = (text) => {
      const into = field();
      into.value = text;
      into.focus();
      into.setSelectionRange(text.length, text.length);
    };
    const submit = (event) => {
      event.preventDefault();
      if (!model.get("ready") || !model.get("connected")) return; // one that comes before the last answer waits in the kernel
      const text = field().value;
      if (text && history.at(-1) !== text) history.push(text);
      if (history.length > HISTORY) history.shift();
      at = history.length;
      model.typed = text;
      field().value = "";
      model.send({ kind: "say", text });
    };
    form.addEventListener("submit", submit);
    letter.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
    });
    command.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (step && at + step >= 0 && at + step <= history.length) {
        event.preventDefault();
        at += step;
        put((history[at] ?? "").replaceAll("\n", " "));
      }
      if (event.key !== "Tab" || event.shiftKey || !command.value) return;
      // Completed once; with nothing left to complete, Tab goes on to the button as everywhere.
      const typed = command.value.toLowerCase();
      const fits = model.get("offers").find(({ line }) => line.toLowerCase().startsWith(typed) && line.length > typed.length);
      if (!fits) return;
      event.preventDefault();
      put(fits.line);
    });

    // -- what fits now

    const offers = h("ul", { class: "mb-fitting" });
    const fitting = h("div", { class: "mb-offers", role: "group" }, h("h5", {}, texts.fits), offers);
    fitting.setAttribute("aria-label", texts.fits);

    const user = h("input", { type: "text", id: unique("user"), autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
    const password = h("input", { type: "text", id: unique("password"), autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
    const joined = h("code", { class: "mb-joined" });
    const word = h("output", { class: "mb-word" });
    const take = h("button", { type: "button", class: "mb-button", onclick: () => put(`${model.get("mode") === "secret" ? "" : "AUTH PLAIN "}${word.textContent}`) }, texts.word_take);
    const make = () => {
      const octets = new TextEncoder().encode(`\0${user.value}\0${password.value}`);
      joined.textContent = `⟨NUL⟩${user.value}⟨NUL⟩${password.value}`;
      word.textContent = btoa(String.fromCharCode(...octets));
    };
    user.addEventListener("input", make);
    password.addEventListener("input", make);
    const maker = h(
      "details",
      { class: "mb-maker" },
      h("summary", {}, texts.word),
      h("p", { class: "mb-note" }, ...inline(texts.word_how)),
      h("div", { class: "mb-parts" }, h("label", { for: user.id }, texts.user), user, h("label", { for: password.id }, texts.password), password),
      h("p", {}, texts.word_joined, " ", joined),
      h("p", {}, texts.word_base64, " ", word),
      take,
      h("p", { class: "mb-note" }, texts.word_warning),
    );

    // -- the state diagram

    const state = h("p", { class: "mb-present", role: "status" });
    const picture = h("div", { class: "mb-diagram" });
    const moves = h("ul", { class: "mb-arrows" });
    const words = h("details", { class: "mb-inwords" }, h("summary", {}, texts.in_words), moves);
    const states = h("section", { class: "mb-states", "aria-label": texts.states }, h("h5", {}, texts.states), state, picture, words);

    const drawStates = async () => {
      const dot = model.get("graph");
      states.hidden = !dot;
      if (dot === drawn) return;
      drawn = dot;
      moves.replaceChildren(...model.get("moves").map((text) => h("li", {}, text)));
      if (!dot) return;
      try {
        const { layout } = await served(model, "layout");
        const svg = document.importNode(new DOMParser().parseFromString(await layout(dot), "image/svg+xml").documentElement, true);
        if (drawn !== dot) return; // another one is on its way
        for (const side of ["width", "height"]) svg.setAttribute(side, parseFloat(svg.getAttribute(side)));
        for (const one of svg.querySelectorAll("title, [*|href]")) one.remove();
        for (const one of svg.querySelectorAll("[id]")) one.removeAttribute("id"); // a page may have several
        svg.setAttribute("role", "img");
        svg.setAttribute("aria-label", model.get("state") ? fill(texts.diagram, { state: model.get("state") }) : texts.states);
        picture.replaceChildren(svg);
      } catch (error) {
        console.warn(error);
        drawn = null;
        picture.replaceChildren(h("p", { class: "mb-empty" }, texts.no_layout));
      }
    };

    el.append(
      h("h4", {}, model.get("title") || texts.heading),
      bar,
      h("div", { class: "mb-desk" }, h("div", { class: "mb-talking" }, empty, scroll, form, fitting, maker), states),
    );

    // -- what the kernel says

    model.on("msg:custom", heard);
    const stop = [
      follow(model, ["places", "place", "connected", "ready", "busy"], () => {
        const names = model.get("places");
        if (names.join() !== [...place.options].map((one) => one.value).join()) {
          place.replaceChildren(...names.map((name) => h("option", { value: name }, name)));
          shown = -1;
        }
        if (shown !== model.get("place")) place.selectedIndex = shown = model.get("place"); // what the reader chooses meanwhile stays
        connect.textContent = model.get("connected") ? texts.reconnect : texts.connect;
        connect.classList.toggle("mb-go", !model.get("connected"));
        connect.setAttribute("aria-disabled", String(!usable()));
        leave.hidden = !model.get("connected");
        send.setAttribute("aria-disabled", String(!model.get("ready") || !model.get("connected")));
      }),
      follow(model, ["mode", "connected", "protocol"], () => {
        const mode = model.get("mode");
        const content = mode === "content";
        const typing = document.activeElement === command || document.activeElement === letter || document.activeElement === connect;
        form.hidden = !model.get("connected");
        letter.hidden = !content;
        command.hidden = content;
        label.htmlFor = field().id;
        label.textContent = texts[`type_${mode}`] ?? texts.type_command;
        note.textContent = texts[`note_${mode}`] ?? texts[`note_${model.get("protocol")}`] ?? texts.note_command;
        if (typing && !form.hidden) field().focus({ preventScroll: true });
        if (typing && form.hidden) connect.focus({ preventScroll: true });
      }),
      follow(model, ["offers"], () => {
        const all = model.get("offers");
        fitting.hidden = all.length === 0;
        redraw(
          offers,
          ...all.map(({ line, why }) =>
            h("li", {}, h("button", { type: "button", class: "mb-button mb-offer", "data-key": line, onclick: () => put(line) }, h("code", {}, line.includes("\n") ? texts.sample : line), h("span", {}, why))),
          ),
        );
      }),
      follow(model, ["login"], () => {
        const login = model.get("login");
        maker.hidden = !login.user;
        if (!login.user) return;
        user.value ||= login.user;
        password.value ||= login.password;
        make();
      }),
      follow(model, ["state"], () => {
        state.replaceChildren(...(model.get("state") ? [texts.present, h("b", {}, model.get("state"))] : [texts.nowhere]));
      }),
      follow(model, ["graph"], drawStates),
      follow(model, ["problem"], () => {
        const problem = model.get("problem");
        trouble.replaceChildren(...(problem.what ? told(problem) : []));
        if (problem.what && model.typed && !field().value) field().value = model.typed; // nothing that was typed is lost
        form.before(trouble); // also where there is nothing to type on
      }),
    ];
    model.send({ kind: "all" });

    return () => {
      model.off("msg:custom", heard);
      stop.forEach((end) => end());
    };
  },
};
