"""Thunderbird reads, marks, is told of new mail, and sends."""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import Record
from tests.clients.mailbox import BINARY, eventually_sent, flags, folder, hand_in, with_crlf
from tests.clients.marionette import Driven
from tests.clients.ways import Protocol, Security, service, tried
from tests.conftest import need
from tests.served import OTHER, RECIPIENT, SENDER, Served, eventually

pytestmark = pytest.mark.timeout(240)

# what its settings call a way to connect
SOCKET_TYPES = {Security.PLAIN: 0, Security.STARTTLS: 2, Security.TLS: 3}

BEGIN = """
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const account = MailServices.accounts.accounts[0];
const inbox = account.incomingServer.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
"""
SIGN_IN = """
const [authority, password] = args;
const certificates = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
certificates.addCertFromBase64(authority.replace(/-----[^-]+-----|\\s/g, ""), "C,,");
account.incomingServer.password = password;
MailServices.outgoingServer.servers[0].password = password;
"""
GET_MAIL = """
const code = await new Promise((resolve) => {
  const listener = { OnStartRunningUrl() {}, OnStopRunningUrl: (url, code) => resolve(code) };
  inbox.getNewMessages(null, listener);
});
if (code) throw new Error(`getting mail: ${code}`);
"""
KNOWS_SENT = (
    "return account.incomingServer.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.SentMail) !== null;"
)
SUBJECTS = "return [...inbox.messages].map((message) => message.mime2DecodedSubject);"
READ = """
const { MsgHdrToMimeMessage } = ChromeUtils.importESModule("resource:///modules/gloda/MimeMessage.sys.mjs");
const message = [...inbox.messages][0];
const parts = await new Promise((resolve) => MsgHdrToMimeMessage(message, null, (_, parts) => resolve(parts), true));
return [
  parts.coerceBodyToPlaintext(inbox),
  parts.allUserAttachments.map((file) => [file.name, file.contentType, file.size]),
];
"""
READ_SO = [
    "お世話になっております。\n.\n..点で始まる行\nFrom 行頭\n",
    [["見積書.bin", "application/octet-stream", len(BINARY)], ["表.csv", "text/csv", 7]],
]
SOURCE = """
const uri = inbox.getUriForMsg([...inbox.messages][0]);
let octets = "";
await new Promise((resolve, reject) => {
  const listener = {
    QueryInterface: ChromeUtils.generateQI(["nsIStreamListener"]),
    onStartRequest() {},
    onDataAvailable(request, stream, offset, count) {
      const binary = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
      binary.setInputStream(stream);
      octets += binary.readBytes(count);
    },
    onStopRequest: (request, code) => (code ? reject(code) : resolve()),
  };
  MailServices.messageServiceFromURI(uri).streamMessage(uri, listener, null, null, false, "", false);
});
return octets;
"""
MARK = """
const message = [...inbox.messages][0];
inbox.markMessagesFlagged([message], true);
inbox.markMessagesRead([message], true);
"""
EXPECT_NEWS = """
window.news = new Promise((resolve) =>
  MailServices.mfn.addListener({ msgAdded: (message) => resolve(message.mime2DecodedSubject) }, Ci.nsIMsgFolderNotificationService.msgAdded),
);
"""
NEWS = "return await window.news;"
SEND = """
const [to, subject, body, file] = args;
const create = (contract, kind) => Cc[`@mozilla.org/messengercompose/${contract};1`].createInstance(kind);
const identity = account.identities[0];
const fields = create("composefields", Ci.nsIMsgCompFields);
Object.assign(fields, { from: identity.fullAddress, to, subject, body });
const attachment = create("attachment", Ci.nsIMsgAttachment);
const path = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
path.initWithPath(file);
attachment.url = Services.io.newFileURI(path).spec;
attachment.name = path.leafName;
fields.addAttachment(attachment);
const parameters = create("composeparams", Ci.nsIMsgComposeParams);
Object.assign(parameters, {
  type: Ci.nsIMsgCompType.New,
  format: Ci.nsIMsgCompFormat.PlainText,
  composeFields: fields,
  identity,
});
const letter = MailServices.compose.initCompose(parameters, window, null);
await new Promise((resolve, reject) => {
  letter.addMsgSendListener({
    QueryInterface: ChromeUtils.generateQI(["nsIMsgSendListener"]),
    onStartSending() {},
    onProgress() {},
    onStatus() {},
    onGetDraftFolderURI() {},
    onSendNotPerformed: () => reject(new Error("it was not sent")),
    onTransportSecurityError: () => reject(new Error("no trust")),
    onStopSending: (id, code) => (code ? reject(new Error(`sending: ${code}`)) : resolve()),
  });
  letter.sendMsg(Ci.nsIMsgCompDeliverMode.Now, identity, account.key, null, null);
});
"""


def settings(served: Served, protocol: Protocol, security: Security) -> dict[str, Any]:
    """One account, and nothing that looks for other computers: what speaks HTTP is sent to a port where nobody listens."""
    nobody = {"type": 1, "http": "127.0.0.1", "http_port": 9, "ssl": "127.0.0.1", "ssl_port": 9}
    mailbox = {
        "type": protocol.lower(),
        "name": "lab",
        "hostname": "localhost",
        "port": served.at(OTHER, service(protocol, security))[1],
        "userName": RECIPIENT,
        "socketType": SOCKET_TYPES[security],
        "authMethod": 3,  # a password, as it is
        "login_at_startup": False,
        "check_new_mail": False,  # IDLE alone tells of new mail
        "leave_on_server": True,
    }
    smtp = {
        "hostname": "localhost",
        "port": served.at(OTHER, service(Protocol.SMTP, security))[1],
        "username": RECIPIENT,
        "try_ssl": SOCKET_TYPES[security],
        "authMethod": 3,
    }
    identity = {"fullName": "受信者", "useremail": RECIPIENT, "valid": True, "smtpServer": "smtp1"}
    return {
        "marionette.port": 0,
        "app.update.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "mail.provider.suppress_dialog_on_startup": True,
        "mailnews.start_page.enabled": False,
        "network.manage-offline-status": False,  # whether this computer has a network is nothing to it
        "offline.autoDetect": False,
        "mail.accountmanager.accounts": "account1",
        "mail.accountmanager.defaultaccount": "account1",
        "mail.account.account1.server": "server1",
        "mail.account.account1.identities": "id1",
        "mail.smtpservers": "smtp1",
        "mail.smtp.defaultserver": "smtp1",
        **{f"network.proxy.{name}": value for name, value in nobody.items()},
        **{f"mail.server.server1.{name}": value for name, value in mailbox.items()},
        **{f"mail.smtpserver.smtp1.{name}": value for name, value in smtp.items()},
        **{f"mail.identity.id1.{name}": value for name, value in identity.items()},
    }


@contextlib.contextmanager
def thunderbird(
    served: Served, security: Security, profile: Path, protocol: Protocol = Protocol.IMAP
) -> Iterator[Driven]:
    """Thunderbird with the recipient's account, signed in and up to date."""
    program = need("thunderbird", install="apt-get install thunderbird")
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
        for name, value in settings(served, protocol, security).items()
    ]
    (profile / "user.js").write_text("".join(lines), "utf-8")
    with Driven(program, profile) as driven:
        driven.run(BEGIN + SIGN_IN, Path(served.told["ca_file"]).read_text(), served.password(RECIPIENT))
        driven.run(BEGIN + GET_MAIL)
        yield driven


def subjects(program: Driven) -> list[str]:
    """The subjects in the inbox, without the name of the test."""
    return [subject.partition(" ")[0] for subject in program.run(BEGIN + SUBJECTS)]


@tried(
    "Thunderbird",
    Protocol.IMAP,
    en="reads text and attachments, marks, is told of new mail (IDLE)",
    ja="本文と添付ファイルの読み出し、フラグの変更、新着の通知（IDLE）",
)
def test_thunderbird_by_imap(
    served: Served, security: Security, waiting: list[bytes], record: Record, tmp_path: Path
) -> None:
    since = record.now()
    with thunderbird(served, security, tmp_path) as program:
        eventually(lambda: subjects(program) == ["見積書の件", "short"], wait=30)
        assert program.run(BEGIN + READ) == READ_SO
        assert program.run(BEGIN + SOURCE).encode("latin-1").endswith(waiting[0])
        program.run(BEGIN + MARK)
        eventually(lambda: flags(served) == [{rb"\Seen", rb"\Flagged"}, set()])
        program.run(BEGIN + EXPECT_NEWS)
        if security is not Security.TLS:
            eventually(lambda: any("IDLE" in line["text"] for line in record.said(since, Protocol.IMAP)))
        hand_in(served, b"Subject: just now\r\n\r\n")
        assert program.run(NEWS) == "just now"
    assert folder(served)[:2] == waiting


@tried(
    "Thunderbird",
    Protocol.POP3,
    en="brings messages home, reads text and attachments, leaves them on the server",
    ja="取り込み、本文と添付ファイルの読み出し（サーバーにも残す）",
)
def test_thunderbird_by_pop3(
    served: Served, security: Security, waiting: list[bytes], tmp_path: Path
) -> None:
    with thunderbird(served, security, tmp_path, Protocol.POP3) as program:
        assert subjects(program) == ["見積書の件", "short"]
        assert program.run(BEGIN + READ) == READ_SO
        assert with_crlf(program.run(BEGIN + SOURCE).encode("latin-1")).endswith(waiting[0])
        program.run(BEGIN + GET_MAIL)
        assert len(subjects(program)) == 2
    assert folder(served) == waiting


@tried(
    "Thunderbird",
    Protocol.SMTP,
    en="sends a letter with an attachment, and keeps a copy in Sent",
    ja="添付ファイル付きメールの送信、送信済みフォルダーへの保存",
)
@pytest.mark.usefixtures("submits")
def test_thunderbird_by_smtp(served: Served, security: Security, tmp_path: Path) -> None:
    file = tmp_path / "見積書.bin"
    file.write_bytes(BINARY)
    profile = tmp_path / "profile"
    profile.mkdir()
    body = "お世話になっております。\n.\nFrom 行頭\n"
    with thunderbird(served, security, profile) as program:
        # it lists the folders of the account by the way, and cannot send before it knows where the copy goes
        eventually(lambda: program.run(BEGIN + KNOWS_SENT), wait=30)
        program.run(BEGIN + SEND, SENDER, "見積書の件", body.replace("\n", "\r\n"), str(file))
        (kept,) = eventually(lambda: folder(served, "Sent"), wait=30)  # which it does after sending
    arrived = eventually_sent(served, SENDER)
    assert arrived.endswith(kept.partition(b"\r\nMIME-Version")[2])
    message = email.message_from_bytes(arrived, policy=email.policy.default)
    assert (message["Subject"], message["From"]) == ("見積書の件", f"受信者 <{RECIPIENT}>")
    text, attached = message.iter_parts()
    assert text.get_content().replace("\r\n", "\n").strip() == body.strip()
    assert (attached.get_filename(), attached.get_content()) == ("見積書.bin", BINARY)
