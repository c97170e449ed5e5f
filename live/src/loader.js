// The small script that every page of the book loads. It decides whether the page can come alive and, if so, asks the
// server for the kernel while the large client is still on its way.
import { requestSession, serverBase } from "./session.js";
import { words } from "./i18n.js";
import { offerNotebooks } from "./notebooks.js";

const folder = new URL(".", document.currentScript.src);
// Where panels find what is too large to travel with them.
globalThis.mailbook = { files: Object.fromEntries(Object.entries(SERVED_SCRIPTS).map(([name, file]) => [name, new URL(file, folder).href])) };

function note() {
  const box = document.createElement("p");
  box.className = "live-note";
  const command = document.createElement("code");
  command.textContent = "python3 course.py start";
  const [before, after] = words.off;
  box.append(before, command, after);
  return box;
}

function withoutServer() {
  document.body.dataset.live = "off";
  for (const cell of document.querySelectorAll("div.cell.tag_live-widget")) cell.append(note());
}

function withoutToken() {
  // The token has become a cookie; in the address it would travel with every copied link.
  const url = new URL(location.href);
  if (!url.searchParams.has("token")) return;
  url.searchParams.delete("token");
  history.replaceState(history.state, "", url);
}

async function begin() {
  if (!document.querySelector("div.cell")) {
    document.body.dataset.live = "off";
    return;
  }
  const base = serverBase();
  if (!base) {
    withoutServer();
    return;
  }
  document.body.dataset.live = "starting";
  offerNotebooks(base);
  const session = requestSession(base);
  const client = import(new URL(CLIENT_SCRIPT, folder).href);
  client.catch(() => {});
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL(CLIENT_STYLE, folder).href;
  document.head.append(style);
  let model = null;
  try {
    model = await session;
  } catch (error) {
    if (error.noServer) {
      withoutServer();
      return;
    }
  }
  (await client).start(base, model);
}

withoutToken();
void begin();
