// The chapter's lab notebooks: where a server can make the reader's own copy, buttons to open it in JupyterLab and to
// start over. Without one the page keeps what stands there, which says where the notebook is and how to start the book.
import { words } from "./i18n.js";
import { api } from "./session.js";

const language = document.documentElement.lang.startsWith("ja") ? "ja" : "en";

class Notebook {
  constructor(base, element) {
    this.base = base;
    this.element = element;
    this.address = `mailserver-lab/notebooks/${language}/${element.dataset.notebook}`;
    this.open = this.#button("live-run", words.openNotebook, () => this.#opened());
    this.reset = this.#button("live-reset", words.renewNotebook, () => this.#renewed());
    this.said = document.createElement("p");
    this.said.className = "notebook-said";
    this.said.setAttribute("role", "status");
  }

  /** Show the buttons; rejects where no server answers, and then nothing has changed. */
  async offer() {
    const { exists } = await api(this.base, this.address);
    this.reset.hidden = !exists;
    const buttons = document.createElement("div");
    buttons.className = "notebook-buttons";
    buttons.append(this.open, this.reset);
    this.element.replaceChildren(buttons, this.said);
  }

  async #opened() {
    const tab = window.open("", "_blank"); // now, while the reader's press allows it
    const answer = await this.#ask("PUT");
    if (!answer) {
      tab?.close();
      return;
    }
    const address = new URL(answer.url, this.base).href;
    if (tab) tab.location.replace(address);
    const link = document.createElement("a"); // for browsers that let no page open a tab
    link.href = address;
    link.target = "_blank";
    link.textContent = answer.path;
    this.#say(...words.notebookOpen(link));
  }

  async #renewed() {
    if (!window.confirm(words.renewAsk)) return;
    const answer = await this.#ask("POST");
    if (answer) this.#say(words.renewed(answer.kept));
    this.open.focus();
  }

  /** Ask the server; says what is wrong where it cannot. */
  async #ask(method) {
    this.open.disabled = this.reset.disabled = true;
    try {
      const answer = await api(this.base, this.address, { method });
      this.reset.hidden = !answer.exists;
      return answer;
    } catch (error) {
      const { what, why, do: next } = error.told ?? {};
      this.#say(`⚠ ${what ? [what, why, next].join(language === "ja" ? "" : " ") : words.notebookFailed}`);
      return null;
    } finally {
      this.open.disabled = this.reset.disabled = false;
    }
  }

  #say(...parts) {
    this.said.replaceChildren(...parts);
  }

  #button(name, label, press) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `live-button ${name}`;
    button.textContent = label;
    button.addEventListener("click", press);
    return button;
  }
}

/** Bring the page's notebooks within reach. */
export function offerNotebooks(base) {
  for (const element of document.querySelectorAll("[data-notebook]")) {
    new Notebook(base, element).offer().catch((error) => console.warn(error));
  }
}
