// Kernel messages as bytes: the protocol v1.kernel.websocket.jupyter.org. One message is a table of offsets (64 bit,
// little endian), then channel, header, parent header, metadata and content, then the buffers.

export const PROTOCOL = "v1.kernel.websocket.jupyter.org";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const bytes = (buffer) =>
  ArrayBuffer.isView(buffer) ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer);

export function encode({ channel, header, parent_header, metadata, content, buffers = [] }) {
  const json = [header, parent_header, metadata, content].map((part) => encoder.encode(JSON.stringify(part)));
  const parts = [encoder.encode(channel), ...json, ...buffers.map(bytes)];
  const offsets = [8 * (parts.length + 2)];
  for (const part of parts) offsets.push(offsets.at(-1) + part.length);
  const message = new Uint8Array(offsets.at(-1));
  const view = new DataView(message.buffer);
  view.setBigUint64(0, BigInt(offsets.length), true);
  offsets.forEach((offset, i) => view.setBigUint64(8 * (i + 1), BigInt(offset), true));
  parts.forEach((part, i) => message.set(part, offsets[i]));
  return message.buffer;
}

export function decode(buffer) {
  const view = new DataView(buffer);
  const count = Number(view.getBigUint64(0, true));
  const offsets = Array.from({ length: count }, (_, i) => Number(view.getBigUint64(8 * (i + 1), true)));
  const part = (i) => buffer.slice(offsets[i], offsets[i + 1]);
  const [header, parent_header, metadata, content] = [1, 2, 3, 4].map((i) => JSON.parse(decoder.decode(part(i))));
  const buffers = [];
  for (let i = 5; i < count - 1; i += 1) buffers.push(new DataView(part(i)));
  return { channel: decoder.decode(part(0)), header, parent_header, metadata, content, buffers };
}
