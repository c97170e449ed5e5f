// Hand in a message file: node send.mjs HOST PORT security CA-FILE USER PASSWORD TO FILE; security is plain, STARTTLS or TLS.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [host, port, security, ca, user, pass, to, file] = process.argv.slice(2);
const transport = nodemailer.createTransport({
  host,
  port: Number(port),
  secure: security === "TLS",
  requireTLS: security === "STARTTLS",
  ignoreTLS: security === "plain",
  auth: { user, pass },
  tls: { ca: readFileSync(ca), servername: "localhost" },
});
const told = await transport.sendMail({
  envelope: { from: user, to },
  raw: readFileSync(file),
});
transport.close();
if (told.accepted.length !== 1) process.exit(1);
