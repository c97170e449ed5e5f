// One life of this page in the kernel: its comm, its namespace, its widgets. A new life is a new Page, with a new id.
import { Connection } from "./connection.js";
import { Manager } from "./manager.js";
import { api } from "./session.js";

const TARGET = "mailserver_lab.page";
const NEAR = "100% 0px"; // an experiment is made when it is less than a screen away: a page may have many, a class many readers
const WELCOME = "from mailserver_lab.widgets import page; page.install()";

export class Page {
  /** `listener` has lost(reason): kernelGone, pageDropped, serverGone or notStarted. */
  constructor(base, kernelId, cells, listener) {
    this.base = base;
    this.kernelId = kernelId;
    this.cells = cells;
    this.listener = listener;
    this.id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    this.requests = new Map(); // by message id: the cell whose run it is
    this.connection = new Connection(base, kernelId, this.id, {
      output: (message) => this.#output(message),
      kernelGone: () => this.#end("kernelGone"),
      serverGone: () => this.#end("serverGone"),
    });
    this.manager = new Manager(this.connection);
    this.watching = new IntersectionObserver((entries) => this.#near(entries), { rootMargin: NEAR });
  }

  /** Open the page in the kernel and run its cells; resolves when the kernel has welcomed it. */
  async start() {
    this.connection.connect().catch(() => {}); // its end is told by serverGone
    const welcome = await this.connection.execute(WELCOME);
    if (welcome.status !== "ok") throw new Error(welcome.evalue ?? "the kernel could not load the page");
    this.comm = this.connection.comm(TARGET);
    this.comm.on_msg((message) => this.#hear(message.content.data));
    this.comm.on_close(() => this.#end("pageDropped"));
    const opened = new Promise((resolve) => {
      this.opened = resolve;
    });
    this.comm.open({ page: this.id });
    for (const cell of this.cells) {
      cell.setPage(this, this.manager);
      if (cell.hidden) this.watching.observe(cell.element);
      else if (cell.wanted) this.run(cell);
    }
    await opened;
  }

  #near(entries) {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || this.ended) continue;
      this.watching.unobserve(target);
      this.run(this.cells.find((cell) => cell.element === target));
    }
  }

  /** Run a cell as it stands now. */
  run(cell) {
    if (!this.comm) return;
    cell.clear();
    cell.wanted = true;
    cell.setRunning(true);
    this.requests.set(this.comm.send({ run: cell.number, source: cell.source }), cell);
  }

  /** Stop a cell that runs: one that waits, or one that computes. */
  stop(cell) {
    this.comm?.send({ stop: cell.number });
    api(this.base, `api/kernels/${this.kernelId}/interrupt`, { method: "POST" }).catch(() => {});
  }

  /** After the server was gone: take the line up again. False where the kernel no longer knows the page. */
  async resume() {
    await this.connection.connect();
    const known = await new Promise((resolve) => {
      this.answered = resolve;
      this.comm.send({ ask: true });
      setTimeout(resolve, 3000, false);
    });
    return known && !this.ended;
  }

  /** The page may be about to be left; the kernel finds out by asking. */
  mayLeave() {
    this.comm?.send({ leaving: true });
  }

  /** Tell the kernel that this life has ended, so that it drops what belonged to it. */
  leave() {
    this.ended = true;
    this.watching.disconnect();
    this.comm?.close();
  }

  /** End this life for good. */
  close() {
    if (!this.ended) this.leave();
    this.connection.dispose();
  }

  #hear(data) {
    if (data.opened) this.opened();
    else if (data.answer) this.answered?.(true);
    else if (data.ping) this.comm.send({ pong: data.ping });
    else if (data.done) this.cells.find((cell) => cell.number === data.done)?.setRunning(false);
  }

  #output(message) {
    if (!this.manager.capture(message)) this.requests.get(message.parent_header.msg_id)?.take(message);
  }

  #end(reason) {
    if (this.ended) return;
    if (reason !== "serverGone") {
      this.ended = true;
      this.watching.disconnect();
    }
    this.listener.lost(reason);
  }
}
