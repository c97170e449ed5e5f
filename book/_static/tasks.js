// Quizzes that answer, experiments that are noted when they are passed, and the list of what is done.
"use strict";

(() => {
  const record = window.bookRecord;
  const ja = document.documentElement.lang.startsWith("ja");
  const words = ja
    ? {
        right: "✓ 正解です。",
        wrong: "✕ そうではありません。",
        choose: "答えを一つ選んでから「答え合わせ」を押してください。",
        experiments: "実験",
        questions: "確認問題",
        done: "済",
        open: "まだ",
        again: "もう一度",
        count: (done, all) => `${all} 項目のうち ${done} 項目が済みました。`,
        note: "この記録は、お使いのブラウザーの中だけにあります。どこにも送られません。",
        notKept: "このブラウザーは記録の保存を許していません。ページを閉じると消えるので、残したいときは書き出してください。",
        save: "記録を書き出す",
        load: "記録を読み込む",
        clear: "記録を消す",
        undo: "消すのをやめる",
        cleared: "記録を消しました。",
        restored: "記録を元に戻しました。",
        saved: "書き出しました。ダウンロードしたファイルを、別のブラウザーや別のパソコンで読み込めます。",
        loaded: (news) => (news ? `読み込みました。新しい項目が ${news} 件ありました。` : "読み込みました。新しい項目はありませんでした。"),
        notRecord: (name) => `「${name}」は、この本の記録ではないようです。何も変えていません。「記録を書き出す」で作ったファイルを選んでください。`,
      }
    : {
        right: "✓ That is right.",
        wrong: "✕ Not quite.",
        choose: "Choose an answer first, then press Check.",
        experiments: "Experiments",
        questions: "Questions",
        done: "done",
        open: "not yet",
        again: "try again",
        count: (done, all) => `${done} of ${all} done.`,
        note: "This record is kept in your browser alone and sent nowhere.",
        notKept: "This browser does not allow the record to be kept. It is gone when you close the page: export it if you want to keep it.",
        save: "Export progress",
        load: "Import progress",
        clear: "Clear progress",
        undo: "Undo",
        cleared: "Your progress was cleared.",
        restored: "Your progress is back.",
        saved: "Exported. You can import the downloaded file in another browser or on another computer.",
        loaded: (news) => (news ? `Imported. ${news} new.` : "Imported. There was nothing new in it."),
        notRecord: (name) => `${name} does not look like a record of this book. Nothing was changed. Choose a file that Export progress made.`,
      };

  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  // -- questions

  const tell = (form, answer) => {
    const right = answer === form.dataset.right;
    const why = form.querySelector(`[data-answer="${CSS.escape(answer)}"]`).cloneNode(true);
    why.querySelector("strong")?.remove();
    const told = form.querySelector(".quiz-told");
    told.className = `quiz-told ${right ? "quiz-right" : "quiz-wrong"}`;
    told.replaceChildren(make("strong", {}, right ? words.right : words.wrong), ...why.childNodes);
    form.querySelector(".quiz-answers").hidden = false;
    return right;
  };

  for (const form of document.querySelectorAll("form.quiz")) {
    const id = form.id.replace(/^quiz-/, "");
    const options = [...form.querySelectorAll("input[type=radio]")];
    form.querySelector(".quiz-answers").hidden = true; // until an answer was tried
    const before = record.read().quiz[id];
    const chosen = options.find((option) => option.value === String(before?.answer));
    if (chosen) chosen.checked = true; // what was answered some other day; it is not told again until asked for
    form.addEventListener("change", () => {
      const told = form.querySelector(".quiz-told");
      told.replaceChildren();
      told.className = "quiz-told";
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const answer = options.find((option) => option.checked)?.value;
      if (!answer) {
        form.querySelector(".quiz-told").replaceChildren(words.choose);
        return;
      }
      const right = tell(form, answer);
      record.add("quiz", id, { answer: Number(answer), right });
    });
  }

  // -- experiments

  const note = (element) => {
    if (element.dataset?.state === "passed" && element.dataset.experiment) record.add("experiment", element.dataset.experiment);
  };
  new MutationObserver((changes) => {
    for (const change of changes) note(change.target);
  }).observe(document.body, { subtree: true, attributeFilter: ["data-state"] });

  // -- the list

  const isDone = (task, now) => (task.kind === "quiz" ? now.quiz[task.id]?.right === true : Boolean(now.experiment[task.id]));

  const line = (page, task, now) => {
    const done = isDone(task, now);
    const tried = task.kind === "quiz" && !done && now.quiz[task.id];
    const state = make("span", { className: "book-state" }, done ? words.done : tried ? words.again : words.open);
    const sign = make("span", { className: "book-sign" }, done ? "✓" : "○");
    sign.setAttribute("aria-hidden", "true");
    return make("li", { className: done ? "book-done" : "" }, sign, make("a", { href: `${page.url}#${task.anchor}` }, task.title), state);
  };

  const list = (page, kind, heading, now, alone) => {
    const tasks = page.tasks.filter((task) => task.kind === kind);
    if (!tasks.length) return [];
    const items = tasks.map((task) => line(page, task, now));
    return [make("p", { className: alone ? "book-kind" : "book-kind book-part" }, heading), make("ul", {}, ...items)];
  };

  const show = (place, pages) => {
    const now = record.read();
    const tasks = pages.flatMap((page) => page.tasks);
    const done = tasks.filter((task) => isDone(task, now)).length;
    const bar = make("progress", { max: tasks.length, value: done, className: "book-bar" });
    bar.setAttribute("aria-label", words.count(done, tasks.length));
    place.replaceChildren(
      make("p", { className: "book-count" }, words.count(done, tasks.length)),
      bar,
      ...pages.flatMap((page) => [
        ...(pages.length > 1 && page.tasks.length ? [make("p", { className: "book-kind" }, page.title)] : []),
        ...list(page, "experiment", words.experiments, now, pages.length === 1),
        ...list(page, "quiz", words.questions, now, pages.length === 1),
      ]),
      make("p", { className: "book-where" }, record.isKept() ? words.note : words.notKept),
    );
  };

  const save = () => {
    const url = URL.createObjectURL(new Blob([JSON.stringify(record.read(), null, 2)], { type: "application/json" }));
    make("a", { href: url, download: `mailserver-lab-${new Date().toISOString().slice(0, 10)}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };

  for (const place of document.querySelectorAll(".book-progress")) {
    const pages = JSON.parse(place.dataset.pages);
    const shown = make("div");
    const told = make("p", { className: "book-told" });
    told.setAttribute("role", "status");
    const undo = make("button", { type: "button", className: "live-button", hidden: true }, words.undo);
    const button = (label, act) => make("button", { type: "button", className: "live-button", onclick: act }, label);
    const say = (text) => told.replaceChildren(text);
    const file = make("input", { type: "file", accept: ".json,application/json", hidden: true });
    file.addEventListener("change", async () => {
      const [chosen] = file.files;
      file.value = "";
      if (!chosen) return;
      const other = chosen.size <= record.LARGEST ? record.parse(await chosen.text()) : null;
      say(other ? words.loaded(record.merge(other)) : words.notRecord(chosen.name));
    });
    let before = null;
    const clear = button(words.clear, () => {
      before = structuredClone(record.read());
      record.clear();
      undo.hidden = false;
      say(words.cleared);
    });
    undo.onclick = () => {
      record.replace(before);
      undo.hidden = true;
      clear.focus();
      say(words.restored);
    };
    const bar = make("p", { className: "book-tools" }, button(words.save, () => (save(), say(words.saved))), button(words.load, () => file.click()), clear, undo, file);
    place.replaceChildren(shown, bar, told);
    show(shown, pages);
    record.listen(() => show(shown, pages));
  }
})();
