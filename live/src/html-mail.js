// A mail's HTML as a document that is safe to look at. There are three walls: DOMPurify leaves only what is on the lists
// below; whatever could be asked for from anywhere is taken out after it; and the document carries a policy of its own, for
// a frame without rights (letter.js), in which no script would run and nothing would be loaded even so. What a frame alone
// does not stop is that a link or a refresh leads it elsewhere: that is for the first two.
import DOMPurify from "dompurify";

const TAGS =
  "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr".split(" ");
const ATTRIBUTES =
  "align alt background bgcolor border cellpadding cellspacing color colspan dir face height href lang rowspan size src srcset start style text title valign width".split(" ");
const TOLD = new Set(["base", "embed", "form", "iframe", "link", "math", "meta", "object", "script", "style", "svg"]);
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";
const OWN_PICTURE = /^data:image\/(png|gif|jpeg|webp);base64,/i;
const FETCHES = /(url|src|image|image-set|cross-fade|var|attr)\(/i;
const MOST_LINKS = 200;

const STYLE = `
html { background: Canvas; color: CanvasText; }
body { margin: 0; padding: 12px; font: 15px/1.6 "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic UI", Meiryo, system-ui, sans-serif; overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; }
table { max-width: 100%; }
pre { white-space: pre-wrap; }
.mb-absent { display: inline-block; padding: 0 6px; border: 1px dashed currentColor; font-size: 13px; }
.mb-link { text-decoration: underline; }
.mb-link + sup { font-size: 12px; line-height: 1; }
`;

/**
 * The document, for a `color-scheme`, and what is to be told beside it.
 *
 * @param {string} html as it came
 * @param {{pictures: Object<string, string>, image: string, lang: string}} given data URLs by Content-ID, the word for a picture, the reader's language
 * @returns {{document: function(string): string, lines: number, remote: number, removed: string[], links: {text: string, url: string, host: string, claims: string}[], unlisted: number}}
 */
export function safe(html, { pictures, image, lang }) {
  const root = DOMPurify.sanitize(html, { ALLOWED_TAGS: TAGS, ALLOWED_ATTR: ATTRIBUTES, ALLOW_DATA_ATTR: false, ALLOW_ARIA_ATTR: false, RETURN_DOM: true, WHOLE_DOCUMENT: true });
  const body = root.querySelector("body");
  const removed = [...new Set(DOMPurify.removed.map(({ element }) => element?.nodeName.toLowerCase()))].filter((name) => TOLD.has(name)).sort();
  const found = { remote: 0, colours: false, links: [], unlisted: 0 };
  for (const element of [body, ...body.querySelectorAll("*")]) {
    plainStyle(element, found);
    if (element.localName === "img") picture(element, pictures, image, found);
    for (const name of ["srcset", "background", ...(element.localName === "img" ? [] : ["src"])]) {
      if (name === "background" && element.hasAttribute(name)) found.remote += 1;
      element.removeAttribute(name);
    }
    found.colours ||= ["bgcolor", "color", "text"].some((name) => element.hasAttribute(name));
  }
  for (const element of body.querySelectorAll("[href]")) link(element, found);
  const lines = body.textContent.length / 60 + body.querySelectorAll("br, p, div, tr, li, h1, h2, h3").length + 4 * body.querySelectorAll("img").length;
  const head = `<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="referrer" content="no-referrer"><style>${STYLE}</style>`;
  body.tabIndex = 0; // the reader's keyboard scrolls what has the focus
  // what brings colours of its own was made for white paper; the rest follows the page
  const whole = (scheme) => `<!doctype html><html lang="${lang}" style="color-scheme: ${found.colours ? "light" : scheme}"><head>${head}</head>${body.outerHTML}</html>`;
  return { document: whole, lines, remote: found.remote, removed, links: found.links, unlisted: found.unlisted };
}

/** Leave of an element's style what needs nothing from anywhere. The browser's own parser has undone all disguises. */
function plainStyle(element, found) {
  const { style } = element;
  if (!style?.length) {
    element.removeAttribute("style");
    return;
  }
  for (const name of [...style]) {
    const value = style.getPropertyValue(name);
    if (FETCHES.test(value) || name.startsWith("--")) {
      if (/url\(\s*["']?(?!data:)/i.test(value)) found.remote += 1;
      style.removeProperty(name);
    } else if (/color|^background/.test(name)) found.colours = true;
  }
  if (!style.length) element.removeAttribute("style");
}

/** Keep a picture that came with the message; put a word where another one would be. */
function picture(element, pictures, image, found) {
  const source = (element.getAttribute("src") ?? "").trim();
  const own = /^cid:/i.test(source) ? (pictures[source.slice(4)] ?? "") : source;
  if (OWN_PICTURE.test(own)) {
    element.setAttribute("src", own);
    return;
  }
  if (source ? !/^(cid|data):/i.test(source) : element.hasAttribute("srcset")) found.remote += 1;
  const word = element.ownerDocument.createElement("span");
  word.className = "mb-absent";
  const alt = element.getAttribute("alt")?.trim();
  word.textContent = alt ? `${image}: ${alt}` : image;
  element.replaceWith(word);
}

/** Take the way out of a link, and put beside its words where it would lead. */
function link(element, found) {
  const given = element.getAttribute("href");
  element.removeAttribute("href");
  let url;
  try {
    url = new URL(given.trim());
  } catch {
    return; // it leads nowhere
  }
  if (!["http:", "https:", "mailto:", "tel:"].includes(url.protocol)) return;
  if (found.links.length >= MOST_LINKS) {
    found.unlisted += 1;
    return;
  }
  const text = element.textContent.trim().replace(/\s+/g, " ").slice(0, 200);
  const host = url.host || url.pathname.slice(0, 100);
  const claimed = /(?:https?:\/\/)?((?:[\w-]+\.)+[a-z]{2,})(?![\w@])/i.exec(text)?.[1]?.toLowerCase() ?? "";
  const same = (one, other) => one === other || one.endsWith(`.${other}`);
  const claims = claimed && url.hostname && !same(url.hostname, claimed.replace(/^www\./, "")) ? claimed : "";
  found.links.push({ text, url: url.href.slice(0, 2_000), host, claims });
  element.className = "mb-link";
  const mark = element.ownerDocument.createElement("sup");
  mark.textContent = ` [${found.links.length}: ${host}]`;
  element.after(mark);
}
