// What the reader has done, kept in this browser alone: experiments that were passed, questions that were answered.
// Plain script, not a module: pages are also read from files, where browsers load no modules.
"use strict";

window.bookRecord = (() => {
  const KEY = "mailserver-lab-progress";
  const FORMAT = "mailserver-lab progress 1";
  const KINDS = ["experiment", "quiz"];
  const ID = /^[a-z0-9-]{1,60}$/;
  const LARGEST = 200_000; // characters of a file that could be a record
  const listeners = new Set();
  let kept = true; // whether this browser lets us keep it
  let memory = empty(); // what this page knows: a browser can lose what it was given to keep

  function empty() {
    return { format: FORMAT, experiment: {}, quiz: {} };
  }

  const isSomething = (record) => KINDS.some((kind) => Object.keys(record[kind]).length > 0);

  /** A record from its text; null where it is none. What a record does not have is dropped, whoever wrote it. */
  function parse(text) {
    if (text.length > LARGEST) return null;
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      return null;
    }
    if (value?.format !== FORMAT) return null;
    const record = empty();
    for (const kind of KINDS) {
      for (const [id, entry] of Object.entries(value[kind] ?? {}).slice(0, 1000)) {
        const at = new Date(entry?.at);
        if (!ID.test(id) || Number.isNaN(at.getTime())) continue;
        record[kind][id] = { at: at.toISOString(), ...(kind === "quiz" && { answer: Number(entry.answer) || 0, right: entry.right === true }) };
      }
    }
    return record;
  }

  function read() {
    if (!kept) return memory;
    try {
      memory = parse(localStorage.getItem(KEY) ?? "") ?? memory;
    } catch {
      kept = false;
    }
    return memory;
  }

  function write(record) {
    memory = record;
    const text = JSON.stringify(record);
    try {
      localStorage.setItem(KEY, text);
      kept = localStorage.getItem(KEY) === text; // some browsers say nothing and keep nothing
    } catch {
      kept = false;
    }
    tell();
  }

  function tell() {
    for (const listener of listeners) listener();
  }

  /** Add an entry; what is already there stays, unless it is a question that was answered wrongly. */
  function add(kind, id, more = {}) {
    const record = read();
    const before = record[kind][id];
    if (before && (kind !== "quiz" || before.right)) return;
    record[kind][id] = { at: new Date().toISOString(), ...more };
    write(record);
  }

  /** Take in another record: nothing that was done is lost, on either side. Gives how many entries are new. */
  function merge(other) {
    const record = read();
    let news = 0;
    for (const kind of KINDS) {
      for (const [id, entry] of Object.entries(other[kind])) {
        const before = record[kind][id];
        if (before && (kind !== "quiz" || before.right || !entry.right)) continue;
        record[kind][id] = entry;
        news += 1;
      }
    }
    write(record);
    return news;
  }

  window.addEventListener("storage", (event) => {
    if (event.key === KEY || event.key === null) tell();
  });

  // The browser may have lost it while the page was open: its storage process was killed, say. A page of the book that
  // clears the record leaves an empty one.
  window.addEventListener("pagehide", () => {
    try {
      if (localStorage.getItem(KEY) === null && isSomething(memory)) write(memory);
    } catch {
      kept = false;
    }
  });

  return {
    read,
    add,
    merge,
    parse,
    LARGEST,
    replace: write,
    clear: () => write(empty()),
    listen: (listener) => listeners.add(listener),
    isKept: () => kept,
  };
})();
