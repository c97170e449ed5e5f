// The page's state, for the eye, for assistive technology and for scripts: data-live on the body, and a bar that appears
// only when there is something to say. The focus is never moved.
import { words } from "./i18n.js";

const bar = document.createElement("div");
const text = document.createElement("span");
const action = document.createElement("button");
bar.className = "live-bar";
bar.setAttribute("role", "status");
bar.hidden = true;
text.className = "live-bar-text";
action.type = "button";
action.className = "live-button";
bar.append(text, action);

/** off, starting, ready or lost. */
export function setState(state) {
  document.body.dataset.live = state;
  if (state !== "lost") say(null);
}

/** Say what happened, and offer a way on; null says nothing. */
export function say(message, label, act) {
  if (!bar.isConnected) document.body.append(bar); // a live region must be there before it speaks
  bar.hidden = message === null;
  text.textContent = message === null ? "" : `⚠ ${words[message]}`;
  action.hidden = !act;
  action.textContent = label ? words[label] : "";
  action.onclick = act ?? null;
}
