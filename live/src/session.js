// The one Jupyter session of the whole book, found or started by HTTP. Small, because the loader carries it.

const PATH = "book.ipynb"; // one path is one kernel: all pages, tabs and languages share it

const cookie = (name) => document.cookie.match(new RegExp(`(?:^|; )${name}=([^;]*)`))?.[1];

/** The Jupyter server's base URL, or null where this page was not served by one. */
export function serverBase() {
  // The extension serves the pages below <base>book/ and sets the cookie that our requests must repeat.
  const below = location.pathname.match(/^(.*\/)book\/(?:ja|en)\//);
  if (!location.protocol.startsWith("http") || !below || cookie("_xsrf") === undefined) return null;
  return new URL(below[1], location.origin).href;
}

/** Fetch from the server's REST API, as JSON. */
export async function api(base, path, options = {}) {
  const headers = { "X-XSRFToken": decodeURIComponent(cookie("_xsrf") ?? ""), "Content-Type": "application/json" };
  const response = await fetch(new URL(path, base), { credentials: "same-origin", cache: "no-store", headers, ...options });
  if (!response.ok) {
    const told = (await response.json().catch(() => null))?.error; // ours are told in sentences
    throw Object.assign(new Error(`${path}: ${response.status}`), { status: response.status, told });
  }
  return response.status === 204 ? null : response.json();
}

/** Ask for the book's session; the server answers with the running one, or starts its kernel. */
export async function requestSession(base) {
  const body = JSON.stringify({ path: PATH, name: PATH, type: "notebook", kernel: { name: "python3" } });
  try {
    return await api(base, "api/sessions", { method: "POST", body });
  } catch (error) {
    // Another program on this address answers so; a Jupyter server whose kernel fails says 500, one that wants a login 403.
    throw Object.assign(error, { noServer: [404, 405, 501].includes(error.status) });
  }
}
