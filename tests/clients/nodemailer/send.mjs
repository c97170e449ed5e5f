// Hand in a message file: node send.mjs HOST PORT how CA-FILE USER PASSWORD TO FILE; `how` is starttls or tls.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [host, port, how, ca, user, pass, to, file] = process.argv.slice(2);
const transport = nodemailer.createTransport({
  host,
  port: Number(port),
  secure: how === "tls",
  requireTLS: true,
  auth: { user, pass },
  tls: { ca: readFileSync(ca), servername: "localhost" },
});
const told = await transport.sendMail({
  envelope: { from: user, to },
  raw: readFileSync(file),
});
transport.close();
if (told.accepted.length !== 1) process.exit(1);
