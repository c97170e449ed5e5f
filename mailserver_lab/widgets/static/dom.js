// What the panels share. It is put in front of each panel's module, because a panel is one module without imports.

/** An element. Attributes named on… are event listeners; strings among the children become text and never markup. */
const h = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
};

/** Words for screen readers only. */
const unseen = (text) => h("span", { class: "mb-unseen" }, text);

/** A sign for the eye only. */
const sign = (text, name = "") => h("span", { class: name, "aria-hidden": "true" }, text);

const unique = (stem) => `mb-${stem}-${Math.random().toString(36).slice(2, 10)}`;

/** Fill in {placeholders}. */
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** A mail address: broken before the @ if it must be, and never in its local part. */
const mailAddress = (text) => {
  const at = text.lastIndexOf("@");
  return at > 0 ? h("bdi", {}, h("span", { class: "mb-whole" }, text.slice(0, at)), h("wbr"), text.slice(at)) : h("bdi", {}, text);
};

/** A line of our own text, in which `backticks` mark code. */
const inline = (text) =>
  text.split("`").map((piece, index) => (index % 2 ? h("code", {}, piece) : document.createTextNode(piece)));

/** Paragraphs of our own text, parted by empty lines. */
const prose = (text) => text.split(/\n\s*\n/).filter(Boolean).map((piece) => h("p", {}, ...inline(piece.trim())));

/** What happened, why, and the way on. */
const told = ({ what, why, do: wayOn }) => [
  h("p", { class: "mb-what" }, sign("! ", "mb-mark"), ...inline(what)),
  h("p", {}, ...inline(why)),
  h("p", {}, ...inline(wayOn)),
];

/** Replace what a region shows; the keyboard focus stays on the element with the same data-key. */
const redraw = (region, ...children) => {
  const focused = region.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  region.replaceChildren(...children.filter((child) => child !== null && child !== undefined && child !== false));
  if (focused) region.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
};

/** In a list of buttons of which Tab finds one: the arrow keys go from one to the next. For keydown on the list. */
const walk = (event) => {
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const here = buttons.indexOf(document.activeElement);
  const there = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (here < 0 || there === undefined) return;
  event.preventDefault();
  const next = buttons[Math.max(0, Math.min(buttons.length - 1, there))];
  buttons[here].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
};

/** Call `draw` now and whenever one of the traits changes, once for changes that come together. */
const follow = (model, names, draw) => {
  let due = false;
  const later = () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      draw();
    });
  };
  const events = names.map((name) => `change:${name}`);
  for (const event of events) model.on(event, later);
  draw();
  return () => events.forEach((event) => model.off(event, later));
};

const octets = (count, lang) => {
  const number = (value, digits) => value.toLocaleString(lang, { maximumFractionDigits: digits });
  if (count < 1000) return lang === "ja" ? `${number(count, 0)} バイト` : `${number(count, 0)} bytes`;
  if (count < 1_000_000) return `${number(count / 1000, 1)} KB`;
  return `${number(count / 1_000_000, 1)} MB`;
};

/** A module too large to travel with a panel: the page's own where one is served, else what the kernel sends; once a page. */
const served = (model, name) => {
  const modules = ((globalThis.mailbook ??= {}).modules ??= {});
  const sent = () =>
    new Promise((resolve, reject) => {
      const heard = (message, buffers) => {
        if (message.kind !== name) return;
        model.off("msg:custom", heard);
        if (buffers?.length) resolve(URL.createObjectURL(new Blob([buffers[0]], { type: "text/javascript" })));
        else reject(new Error(`nobody has ${name}`));
      };
      model.on("msg:custom", heard);
      model.send({ kind: name });
    });
  modules[name] ??= (async () => import(globalThis.mailbook.files?.[name] ?? (await sent())))();
  modules[name].catch(() => delete modules[name]); // the next one may fare better
  return modules[name];
};

/** Say something to the other panels of the bench. */
const tell = (el, name, detail) => el.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));

/** Hear what another panel of the same bench says; returns how to stop. */
const hear = (el, name, act) => {
  const heard = ({ target, detail }) => {
    if (el.closest(".mail-bench")?.contains(target)) act(detail);
  };
  document.addEventListener(name, heard);
  return () => document.removeEventListener(name, heard);
};
