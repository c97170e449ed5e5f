// The live client: brings the page's cells to life, and back to life.
import "@lumino/widgets/style/index.css";
import "@jupyter-widgets/controls/css/labvariables.css";
import "@jupyter-widgets/controls/css/widgets-base.css";
import "@jupyter-widgets/base/css/index.css";
import { findCells } from "./cells.js";
import { Page } from "./page.js";
import { api, requestSession } from "./session.js";
import { say, setState } from "./status.js";

const LOOK_AGAIN = 2000; // milliseconds between two looks whether the server is back

class Live {
  constructor(base, cells) {
    this.base = base;
    this.cells = cells;
  }

  /** Begin a life of the page. `session` is the one that the loader asked for, if any. */
  async begin(session) {
    this.page?.close();
    this.page = null;
    for (const cell of this.cells) cell.forget();
    setState("starting");
    try {
      const model = session ?? (await requestSession(this.base));
      const page = new Page(this.base, model.kernel.id, this.cells, { lost: (reason) => this.lost(page, reason) });
      this.page = page;
      await page.start();
      if (this.page === page && document.body.dataset.live === "starting") setState("ready");
    } catch (error) {
      console.warn(error);
      this.lost(this.page, "notStarted");
    }
  }

  lost(page, reason) {
    if (page !== this.page) return;
    setState("lost");
    for (const cell of this.cells) cell.setPage(null);
    const waits = reason === "serverGone" || reason === "notStarted";
    say(reason, waits ? "retry" : "again", () => (waits ? this.resume(page) : this.begin()));
    if (waits) this.watch(page, reason);
  }

  /** Look whether the server is back, until it is, and then offer the way back. */
  async watch(page, reason) {
    clearTimeout(this.watching);
    const look = async () => {
      if (this.page !== page || document.body.dataset.live !== "lost") return;
      try {
        if (page) await api(this.base, `api/kernels/${page.kernelId}`);
        if (reason === "serverGone") await this.resume(page); // the same kernel: nothing was lost
      } catch (error) {
        if (error.status) say("serverBack", "again", () => this.begin());
        else this.watching = setTimeout(look, LOOK_AGAIN);
      }
    };
    this.watching = setTimeout(look, LOOK_AGAIN);
  }

  /** Take the line up again where the kernel still knows the page; otherwise begin anew. */
  async resume(page) {
    if (!page || page.ended || page.resuming) return page?.resuming ? undefined : this.begin();
    page.resuming = true;
    try {
      if (await page.resume()) {
        for (const cell of this.cells) cell.setPage(page);
        setState("ready");
      } else {
        say("pageDropped", "again", () => this.begin());
      }
    } catch {
      this.watch(page, "serverGone");
    } finally {
      page.resuming = false;
    }
  }
}

/** Called by the loader once per load of the page. */
export async function start(base, session) {
  const live = new Live(base, await findCells());
  say(null);
  // The last word is often lost with the line, so there is one before it. A download announces itself like a farewell.
  addEventListener("beforeunload", () => live.page?.mayLeave());
  addEventListener("pagehide", () => live.page?.leave());
  addEventListener("pageshow", (event) => {
    if (event.persisted) void live.begin(); // back out of the browser's cache: the old life has ended
  });
  await live.begin(session);
}
