
// Files of the reader's own: let go of above a form, and brought to the kernel by the kernel's own line, which takes 10 MiB
// a message: in small pieces, of which the next is sent when the one before has arrived (`Pieces` in attaching.py).

const PIECE = 1_000_000; // octets

/** Bring a blob there; `progressed` hears which share has arrived. Rejects where the kernel falls silent. */
const byPieces = async (model, blob, progressed, patience = 30_000) => {
  for (let n = 0; n * PIECE < blob.size || n === 0; n += 1) {
    const piece = await blob.slice(n * PIECE, (n + 1) * PIECE).arrayBuffer();
    await new Promise((resolve, reject) => {
      const end = (act) => {
        model.off("msg:custom", heard);
        clearTimeout(timer);
        act();
      };
      const heard = (message) => {
        if (message.kind === "piece" && message.n === n) end(resolve);
      };
      const timer = setTimeout(() => end(() => reject(new Error("no answer"))), patience);
      model.on("msg:custom", heard);
      model.send({ kind: "piece", n }, undefined, [piece]);
    });
    progressed(Math.min(1, ((n + 1) * PIECE) / Math.max(1, blob.size)));
  }
};

/** Let files be dropped on a form, which then bears `data-drop` while they hover; returns how to stop. */
const dropping = (form, take) => {
  const over = (event) => {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    form.toggleAttribute("data-drop", event.type !== "dragleave" && event.type !== "drop");
    if (event.type === "drop") take(event.dataTransfer.files);
  };
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) form.addEventListener(type, over);
  const missed = (event) => {
    // A file that is let go beside the form would be opened by the browser, and all that was written would be gone.
    if (!event.defaultPrevented && event.dataTransfer?.types.includes("Files")) {
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    }
  };
  for (const type of ["dragover", "drop"]) document.addEventListener(type, missed);
  return () => {
    for (const type of ["dragover", "drop"]) document.removeEventListener(type, missed);
  };
};
