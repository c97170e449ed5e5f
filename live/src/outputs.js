// A cell's outputs as a list, in the notebook format, and how messages of the kernel change it. No DOM in here.

const KINDS = new Set(["stream", "display_data", "execute_result", "error"]);

/** The list after `message`; the list itself where the message says nothing about outputs. */
export function after(outputs, { header, content }) {
  const kind = header.msg_type;
  if (kind === "clear_output") return content.wait ? Object.assign([...outputs], { clearNext: true }) : [];
  if (kind === "update_display_data") {
    const id = content.transient?.display_id;
    const same = (output) => id !== undefined && output.transient?.display_id === id;
    return outputs.map((output) => (same(output) ? { ...output, data: content.data, metadata: content.metadata } : output));
  }
  if (!KINDS.has(kind)) return outputs;
  const before = outputs.clearNext ? [] : outputs;
  const last = before.at(-1);
  if (kind === "stream" && last?.output_type === "stream" && last.name === content.name) {
    return [...before.slice(0, -1), { ...last, text: last.text + content.text }];
  }
  return [...before, { output_type: kind, ...content }];
}
