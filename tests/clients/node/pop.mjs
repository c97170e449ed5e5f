// Read a mailbox with two messages: node pop.mjs HOST PORT security CA-FILE USER PASSWORD FILE; security is plain or TLS.
// Says in JSON what it has met, a line each, and deletes the second message.
import { readFileSync, writeFileSync } from "node:fs";
import Pop3Command from "node-pop3";

const [host, port, security, ca, user, password, file] = process.argv.slice(2);
const say = (value) => console.log(JSON.stringify(value));
const pop = new Pop3Command({
  host,
  port: Number(port),
  user,
  password,
  timeout: 20_000,
  tls: security === "TLS",
  servername: "localhost",
  tlsOptions: { ca: readFileSync(ca) },
});
say((await pop.UIDL()).length);
say((await pop.TOP(2, 0)).split("\r\n").includes("Subject: short"));
// it leaves doubled dots as they came (RFC 1939 section 3), and takes the last line end for its own
writeFileSync(file, (await pop.RETR(1)).replace(/^\.\./gm, ".") + "\r\n");
await pop.command("DELE", 2);
await pop.QUIT();
