// The line to the kernel: messages and comms on one WebSocket, and nothing of what other pages do there.
//
// The kernel serves every open page of the book and tells all of them everything. Each message names the request that
// it stems from, and that request's session; ours alone is listened to. So two tabs never disturb each other.
import { decode, encode, PROTOCOL } from "./wire.js";

/** One end of a comm; the shape is the one that widget models expect. */
class Comm {
  constructor(connection, targetName, id) {
    this.connection = connection;
    this.target_name = targetName;
    this.comm_id = id;
    this.received = () => {};
    this.closed = () => {};
  }

  #tell(type, data = {}, callbacks, metadata = {}, buffers = []) {
    const content = { comm_id: this.comm_id, data };
    if (type === "comm_open") content.target_name = this.target_name;
    return this.connection.send(type, content, { metadata, buffers, status: callbacks?.iopub?.status });
  }

  open(data, callbacks, metadata, buffers) {
    return this.#tell("comm_open", data, callbacks, metadata, buffers);
  }

  send(data, callbacks, metadata, buffers) {
    return this.#tell("comm_msg", data, callbacks, metadata, buffers);
  }

  close(data, callbacks, metadata, buffers) {
    this.connection.comms.delete(this.comm_id);
    return this.#tell("comm_close", data, callbacks, metadata, buffers);
  }

  on_msg(callback) {
    this.received = callback;
  }

  on_close(callback) {
    this.closed = callback;
  }
}

export class Connection {
  /** `listener` has output(message), kernelGone() and serverGone(). `page` marks each request, so that the kernel knows whose it is. */
  constructor(base, kernelId, page, listener) {
    this.session = crypto.randomUUID?.() ?? page;
    const url = new URL(`api/kernels/${encodeURIComponent(kernelId)}/channels?session_id=${this.session}`, base);
    this.url = url.href.replace(/^http/, "ws");
    this.page = page;
    this.listener = listener;
    this.comms = new Map();
    this.targets = new Map();
    this.waiting = new Map(); // by message id: who wants its status, who its reply
    this.queue = [];
    this.order = Promise.resolve();
    this.count = 0;
  }

  /** Open the WebSocket, or open it anew; what was sent meanwhile goes first. */
  connect() {
    const socket = new WebSocket(this.url, [PROTOCOL]);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    return new Promise((resolve, reject) => {
      socket.onopen = () => {
        for (const message of this.queue.splice(0)) socket.send(message);
        resolve();
      };
      socket.onmessage = ({ data }) => {
        const message = decode(data);
        this.order = this.order.then(() => this.#handle(message)).catch((error) => console.error(error));
      };
      socket.onclose = () => {
        reject(new Error("the kernel's channel is closed"));
        if (this.socket === socket) this.listener.serverGone();
      };
    });
  }

  /** Close the line; nothing is heard from here on. */
  dispose() {
    const { socket } = this;
    this.socket = null;
    this.comms.clear();
    socket?.close();
  }

  /** Send a request; returns its message id. */
  send(type, content, { metadata = {}, buffers = [], status, reply } = {}) {
    this.count += 1;
    const id = `${this.session}_${this.count}`;
    const header = { msg_id: id, msg_type: type, session: this.session, username: "", version: "5.3", date: new Date().toISOString() };
    if (status || reply) this.waiting.set(id, { status, reply });
    const whose = { ...metadata, "mailserver_lab.page": this.page };
    const message = encode({ channel: "shell", header, parent_header: {}, metadata: whose, content, buffers });
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(message);
    else this.queue.push(message);
    return id;
  }

  /** Run code that is not a cell; resolves with the reply. */
  execute(code) {
    const content = { code, silent: true, store_history: false, user_expressions: {}, allow_stdin: false, stop_on_error: false };
    return new Promise((resolve) => this.send("execute_request", content, { reply: (message) => resolve(message.content) }));
  }

  /** A new comm, not opened yet. */
  comm(target, id = crypto.randomUUID?.() ?? `${this.session}-${this.comms.size}`) {
    const comm = new Comm(this, target, id);
    this.comms.set(id, comm);
    return comm;
  }

  async #handle(message) {
    if (!this.socket) return;
    const { header, parent_header: parent, content } = message;
    const type = header.msg_type;
    const ended = type === "status" ? ["restarting", "autorestarting", "dead"].includes(content.execution_state) : type === "shutdown_reply";
    if (ended) {
      this.listener.kernelGone();
      return;
    }
    const ours = parent?.session === this.session;
    if (type === "comm_msg" || type === "comm_close") {
      const comm = this.comms.get(content.comm_id);
      if (type === "comm_close") this.comms.delete(content.comm_id);
      await (type === "comm_msg" ? comm?.received(message) : comm?.closed(message));
    } else if (!ours) {
      return;
    } else if (type === "comm_open") {
      const open = this.targets.get(content.target_name);
      if (open) await open(this.comm(content.target_name, content.comm_id), message);
    } else if (type === "status") {
      this.waiting.get(parent.msg_id)?.status?.(message);
      if (content.execution_state === "idle" && !this.waiting.get(parent.msg_id)?.reply) this.waiting.delete(parent.msg_id);
    } else if (type.endsWith("_reply")) {
      this.waiting.get(parent.msg_id)?.reply?.(message);
      this.waiting.delete(parent.msg_id);
    } else {
      this.listener.output(message);
    }
  }
}
