// The attachments of the message: files that the lab offers, files of the reader's own, and what makes them smaller.
//
// A file goes to the lab by HTTP, straight from the disk, where this page's server is the lab's; else by the kernel's own
// line, piece by piece. The kernel is then told its id, and what it has attached comes back as the trait `files`.

const PICTURES = ["image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"];
const SIDE = 1280; // pixels of a smaller picture's longer side, as mail programs offer it
const QUALITY = 0.8;
const MOST_PIXELS = 100_000_000;
const SHOWN_PICTURE = 8_000_000; // octets up to which a picture is shown beside its name

/** The control API of the server that serves this page, or null where that is not the lab's. */
const labApi = () => {
  const below = location.pathname.match(/^(.*\/)book\/(?:ja|en)\//);
  const xsrf = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1];
  return below && xsrf !== undefined ? { url: `${below[1]}mailserver-lab/api/`, xsrf: decodeURIComponent(xsrf) } : null;
};

/** Ask the API; what it refuses is thrown as { status, error }. */
const askLab = (api, method, path, body, progressed) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much was sent
    request.open(method, api.url + path);
    request.setRequestHeader("X-XSRFToken", api.xsrf);
    if (body) request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => progressed?.(total ? loaded / total : 1);
    request.onload = () => (request.status < 400 ? resolve(request.response) : reject({ status: request.status, error: request.response?.error }));
    request.onerror = () => reject({ status: 0 });
    request.send(body);
  });

/** A picture with fewer pixels, as JPEG; null where that makes it no smaller. */
const smallerPicture = async (picture, size) => {
  const { naturalWidth: width, naturalHeight: height } = picture;
  if (width * height > MOST_PIXELS) return null;
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const canvas = h("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const paint = canvas.getContext("2d");
  paint.fillStyle = "white"; // JPEG knows nothing that can be seen through
  paint.fillRect(0, 0, canvas.width, canvas.height);
  paint.imageSmoothingQuality = "high";
  paint.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  return blob && blob.size < size ? blob : null;
};

/** The part of the form for attachments. `complain` shows a problem there, or takes it away. */
const attachments = ({ model, form, complain, changed }) => {
  const lang = model.get("lang");
  const texts = Object.fromEntries(Object.entries(model.get("texts")).map(([name, text]) => [name.replace(/^attach_/, ""), text]));
  const api = labApi();
  const label = unique("attached");
  let bringing = null; // the file that is on its way to the lab
  let ended = false;

  const chosen = h("input", { type: "file", multiple: true, hidden: true, onchange: () => bringAll(chosen.files) });
  const choose = h("button", { type: "button", class: "mb-button", "data-key": "choose", onclick: () => !busy() && chosen.click() }, texts.choose);
  const samples = model.get("samples").map(({ id, label: text }) => h("button", { type: "button", class: "mb-button", "data-sample": id, onclick: () => ask("sample", id) }, text));
  const list = h("ul", { class: "mb-files" });
  const why = h("p", { class: "mb-note", role: "status" });
  const progress = h("p", { class: "mb-note", role: "status" });
  const bar = h("progress", { max: 1, hidden: true, "aria-label": texts.heading });
  const drop = h("p", { class: "mb-note mb-drophere" }, texts.drop);
  const node = h(
    "div",
    { class: "mb-field mb-attach", role: "group", "aria-labelledby": label },
    h("span", { class: "mb-label", id: label }, texts.heading),
    h("div", { class: "mb-attached" }, list, why, h("div", { class: "mb-fileacts" }, choose, chosen, ...samples), progress, bar, drop),
  );

  const busy = () => bringing !== null || model.get("attaching") || model.get("busy") || !model.get("ready");
  const ask = (kind, file) => {
    if (busy()) return;
    complain(null);
    model.send({ kind, file });
  };
  const trouble = (about, values) => complain({ what: fill(texts[`${about}_what`], values), why: fill(texts[`${about}_why`], values), do: texts[`${about}_do`], field: "files" });

  // -- a file of the reader's own

  const byHttp = async (name, blob, madeOf, progressed) => {
    const query = new URLSearchParams({ name, lang, ...(madeOf && { made_of: madeOf }) });
    const kept = await askLab(api, "POST", `${model.get("upload")}?${query}`, blob, progressed);
    model.send({ kind: "uploaded", file: kept.id });
  };

  const bring = async (name, blob, madeOf) => {
    const limit = model.get("file_limit");
    if (blob.size > limit) {
      trouble("too_large", { name, size: octets(blob.size, lang), limit: octets(limit, lang) });
      return false;
    }
    bringing = { name, share: 0 };
    drawBusy();
    const progressed = (share) => {
      if (bringing) bringing.share = share;
    };
    try {
      try {
        if (!api) throw { status: 404 };
        await byHttp(name, blob, madeOf, progressed);
      } catch (refused) {
        if (refused.status !== 404 || refused.error || madeOf) throw refused; // another server than the lab's says 404
        await byPieces(model, blob, progressed);
        model.send({ kind: "whole", name });
      }
      return true;
    } catch (refused) {
      if (refused.error) complain({ ...refused.error, field: "files" });
      else trouble("unread", { name });
      return false;
    } finally {
      bringing = null;
      drawBusy();
    }
  };

  const free = () =>
    new Promise((resolve) => {
      const look = () => {
        if (busy()) return;
        resolve();
        queueMicrotask(() => enough());
      };
      const enough = follow(model, ["attaching", "busy", "ready"], look);
    });

  let line = Promise.resolve(); // files that are chosen while others are on their way wait for their turn
  const bringAll = (files) => {
    const all = [...files]; // the list is emptied below
    chosen.value = "";
    line = line.then(async () => {
      for (const [n, file] of all.entries()) {
        await free();
        if (n === 0) complain(null);
        if (ended || !(await bring(file.name, file))) return;
      }
    });
  };

  // -- pictures

  const nameOf = ({ id, name, size }) => `${id} ${size} ${name}`; // ids begin anew when the reader starts over
  const pictureOf = async (file) => {
    const { id, type } = file;
    const key = nameOf(file);
    model.pictures ??= new Map(); // for another view of this panel, too
    if (!model.pictures.has(key)) {
      const { raw } = await askLab(api, "GET", `${model.get("upload")}/${id}`);
      const picture = new Image();
      picture.src = `data:${type};base64,${raw}`;
      await picture.decode();
      model.pictures.set(key, picture);
      return picture;
    }
    return model.pictures.get(key);
  };

  const makeSmaller = async (file) => {
    if (busy()) return;
    complain(null);
    bringing = { name: file.name, share: 0 };
    drawBusy();
    const blob = await pictureOf(file).then((picture) => smallerPicture(picture, file.size)).catch(() => null);
    bringing = null;
    drawBusy();
    if (blob) await bring(`${file.name.replace(/\.[^.]*$/, "")}.jpg`, blob, file.id);
    else trouble("no_picture", { name: file.name });
  };

  const showPicture = async (file, place) => {
    try {
      const picture = await pictureOf(file);
      place.replaceChildren(h("img", { src: picture.src, alt: "" }));
    } catch {
      place.remove(); // its name says enough
    }
  };

  // -- what stands there

  const drawFile = (file) => {
    const act = (name, does) =>
      h("button", { type: "button", class: "mb-button", "data-key": `${name}-${file.id}`, "data-act": name, "aria-label": fill(texts.of, { action: texts[name], name: file.name }), onclick: does }, texts[name]);
    const picture = api && PICTURES.includes(file.type);
    const place = picture && file.size <= SHOWN_PICTURE && h("span", { class: "mb-thumb" });
    if (place) showPicture(file, place);
    return h(
      "li",
      { class: "mb-file" },
      place,
      h("span", { class: "mb-filename" }, h("bdi", {}, file.name)),
      h("span", { class: "mb-note" }, fill(texts.sizes, { size: octets(file.size, lang), carried: octets(file.carried, lang) })),
      h(
        "span",
        { class: "mb-fileacts" },
        picture && !file.made && act("smaller", () => makeSmaller(file)),
        !file.made && act("compress", () => ask("compress", file.id)),
        file.made && act("undo", () => ask("undo", file.id)),
        act("remove", () => ask("remove", file.id)),
      ),
    );
  };

  const draw = () => {
    const files = model.get("files");
    const place = [...list.children].findIndex((item) => item.contains(document.activeElement)); // where the keyboard is
    for (const key of model.pictures?.keys() ?? []) if (!files.some((file) => nameOf(file) === key)) model.pictures.delete(key);
    redraw(list, ...files.map(drawFile));
    if (place >= 0 && !list.contains(document.activeElement)) {
      (list.children[Math.min(place, files.length - 1)]?.querySelector("button") ?? choose).focus({ preventScroll: true });
    }
    list.hidden = files.length === 0;
    const carried = files.reduce((sum, file) => sum + file.carried, 0);
    why.textContent = files.length ? fill(texts.why, { carried: octets(carried, lang) }) : texts.none;
  };

  let clock = 0;
  const drawBusy = () => {
    const now = busy();
    for (const button of node.querySelectorAll("button")) button.setAttribute("aria-disabled", String(now));
    changed();
    if (bringing === null && !model.get("attaching")) {
      clearInterval(clock);
      clock = 0;
      progress.textContent = "";
      bar.hidden = true;
    } else if (!clock) {
      const since = performance.now();
      clock = setInterval(() => {
        const seconds = Math.round((performance.now() - since) / 1000);
        const percent = Math.floor((bringing?.share ?? 0) * 10) * 10;
        progress.textContent = bringing ? fill(texts.bringing, { name: bringing.name, percent }) : fill(texts.working, { seconds });
        bar.hidden = !bringing;
        bar.value = bringing?.share ?? 0;
      }, 1000);
    }
  };

  const undrop = dropping(form, bringAll);
  const stop = [follow(model, ["files"], draw), follow(model, ["attaching", "busy", "ready", "files"], drawBusy)];
  return {
    node,
    busy: () => bringing !== null || model.get("attaching"),
    end: () => {
      ended = true;
      clearInterval(clock);
      undrop();
      stop.forEach((one) => one());
    },
  };
};

