// Use a mailbox with two messages: node imap.mjs HOST PORT security CA-FILE USER PASSWORD FILE; security is plain,
// STARTTLS or TLS. Says in JSON what it has met, a line each; after "waiting", it waits for a new message.
import { readFileSync, writeFileSync } from "node:fs";
import { ImapFlow } from "imapflow";

const [host, port, security, ca, user, pass, file] = process.argv.slice(2);
const say = (value) => console.log(JSON.stringify(value));
const client = new ImapFlow({
  host,
  port: Number(port),
  secure: security === "TLS",
  doSTARTTLS: security === "TLS" ? undefined : security === "STARTTLS",
  auth: { user, pass },
  tls: { ca: readFileSync(ca), servername: "localhost" },
  logger: false,
});
await client.connect();
const lock = await client.getMailboxLock("INBOX");
say(client.mailbox.exists);
const letter = await client.fetchOne("1", {
  uid: true,
  source: true,
  envelope: true,
  bodyStructure: true,
});
writeFileSync(file, letter.source);
say(letter.envelope.subject);
say(letter.bodyStructure.childNodes.map((part) => part.type));
const { content } = await client.download(letter.uid, "2", { uid: true });
let size = 0;
for await (const piece of content) size += piece.length;
say(size);
say(await client.search({ subject: "short" }));
await client.messageFlagsAdd("1", ["\\Seen", "$Label1"]);
await client.append("Sent", letter.source, ["\\Seen"]);
await client.mailboxCreate("請求書");
await client.messageMove("1", "請求書");
const news = new Promise((resolve) => client.once("exists", resolve));
const waits = client.idle();
say("waiting");
say((await news).count);
await client.noop();
await waits;
lock.release();
say((await client.list()).map((folder) => folder.path).includes("請求書"));
await client.logout();
