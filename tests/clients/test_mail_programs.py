"""Programs that know nothing of the lab, over real sockets and TLS, against `serve`."""

import email
import email.policy
import imaplib
import poplib
import shutil
import smtplib
import subprocess
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.conftest import need
from tests.served import COMPANY, OTHER, RECIPIENT, SENDER, Served, eventually

WRONG = "recipent@hibari.example"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as served:
        yield served


@pytest.fixture
def letter(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, bytes]:
    """A message file with Japanese headers, Japanese text and two attachments; its subject names the test."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = f"差出人 <{SENDER}>", f"受信者 <{RECIPIENT}>"
    message["Subject"] = f"見積書の件 {request.node.name}"
    message.set_content("お世話になっております。\n.\n..点で始まる行\nFrom 行頭\n", cte="8bit")
    message.add_attachment(
        bytes(range(256)) * 300, maintype="application", subtype="octet-stream", filename="見積書.bin"
    )
    message.add_attachment("一,二\r\n".encode("shift_jis"), maintype="text", subtype="csv", filename="表.csv")
    raw = message.as_bytes()
    file = tmp_path / "letter.eml"
    file.write_bytes(raw)
    return file, raw


def inbox(served: Served, address: str) -> list[bytes]:
    """An inbox, read by imaplib over TLS."""
    with imaplib.IMAP4_SSL(
        *served.at(address.partition("@")[2], "imaps"), ssl_context=served.trust(), timeout=20
    ) as imap:
        imap.login(address, served.password(address))
        if imap.select("INBOX", readonly=True)[1] == [b"0"]:
            return []  # an empty mailbox has no number that * could stand for
        return [part[1] for part in imap.fetch("1:*", "(BODY.PEEK[])")[1] if isinstance(part, tuple)]


def pop(served: Served, address: str) -> list[bytes]:
    """The same, read by poplib over TLS."""
    box = poplib.POP3_SSL(*served.at(address.partition("@")[2], "pop3s"), context=served.trust(), timeout=20)
    try:
        box.user(address)
        box.pass_(served.password(address))
        return [b"".join(line + b"\r\n" for line in box.retr(n + 1)[1]) for n in range(box.stat()[0])]
    finally:
        box.quit()


def run(*command: str | Path) -> bytes:
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, (
        done.stdout.decode(errors="replace")[-3_000:] + done.stderr.decode(errors="replace")[-3_000:]
    )
    return done.stdout


def curl(served: Served, *options: str | Path, user: str = SENDER) -> bytes:
    program = need("curl", install="apt-get install curl")
    return run(program, "--silent", "--show-error", "--cacert", served.told["ca_file"], "--user", f"{user}:{served.password(user)}", *options)  # fmt: skip


def by_swaks(served: Served, file: Path, *, to: str, service: str, tls: str) -> None:
    host, port = served.at(COMPANY, service)
    run(
        need("swaks", install="apt-get install swaks"), "--server", host, "--port", str(port), tls, "--tls-verify",
        "--tls-ca-path", served.told["ca_file"], "--auth", "PLAIN", "--auth-user", SENDER, "--auth-password", served.password(SENDER),
        "--from", SENDER, "--to", to, "--data", f"@{file}",
    )  # fmt: skip


def by_curl(served: Served, file: Path, *, to: str, service: str, tls: str) -> None:
    host, port = served.at(COMPANY, service)
    scheme = "smtps" if tls == "--tlsc" else "smtp"
    curl(served, "--ssl-reqd", "--url", f"{scheme}://{host}:{port}/pc.example", "--mail-from", SENDER, "--mail-rcpt", to, "--upload-file", file)  # fmt: skip


def by_msmtp(served: Served, file: Path, *, to: str, service: str, tls: str) -> None:
    program = need("msmtp", install="apt-get install msmtp")
    host, port = served.at(COMPANY, service)
    settings = file.with_suffix(".msmtprc")
    settings.touch(mode=0o600)  # it takes a password from nothing that others may read
    settings.write_text(
        f"account default\nhost {host}\nport {port}\nfrom {SENDER}\ntls on\ntls_starttls {'off' if tls == '--tlsc' else 'on'}\n"
        f"tls_trust_file {served.told['ca_file']}\nauth login\nuser {SENDER}\npassword {served.password(SENDER)}\n"
        "set_date_header off\nset_msgid_header off\n"
    )
    done = subprocess.run(
        [program, "--file", settings, "--", to],
        input=file.read_bytes(),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def by_nodemailer(served: Served, file: Path, *, to: str, service: str, tls: str) -> None:
    npm, node = (need(tool, install="apt-get install nodejs npm") for tool in ("npm", "node"))
    folder = file.parent / "nodemailer"
    shutil.copytree(Path(__file__).parent / "nodemailer", folder)
    subprocess.run([npm, "ci", "--prefer-offline"], cwd=folder, check=True, capture_output=True, timeout=60)
    host, port = served.at(COMPANY, service)
    how = "tls" if tls == "--tlsc" else "starttls"
    run(
        node,
        folder / "send.mjs",
        host,
        str(port),
        how,
        served.told["ca_file"],
        SENDER,
        served.password(SENDER),
        to,
        file,
    )


# by the program, what it sends behind the message that it is given
HAND_IN = {by_swaks: b"\r\n", by_curl: b"", by_msmtp: b"", by_nodemailer: b""}


@pytest.mark.parametrize(("service", "tls"), [("submission", "--tls"), ("submissions", "--tlsc")])
@pytest.mark.parametrize("hand_in", HAND_IN)
class TestAMessageFileOverTls:
    def test_arrives_byte_for_byte(
        self, served: Served, letter: tuple[Path, bytes], hand_in: Callable[..., None], service: str, tls: str
    ) -> None:
        file, raw = letter
        hand_in(served, file, to=RECIPIENT, service=service, tls=tls)
        wanted = raw + HAND_IN[hand_in]
        stored = eventually(
            lambda: next((one for one in inbox(served, RECIPIENT) if one.endswith(wanted)), None)
        )
        trace = stored.removesuffix(wanted).decode()
        headers = email.message_from_string(trace)
        assert set(headers) == {"Return-Path", "Received", "Date", "Message-ID"}  # the letter had none
        assert headers["Return-Path"] == f"<{SENDER}>"
        first, second = headers.get_all("Received")
        assert "with ESMTP id" in first
        assert "with ESMTPSA id" in second
        assert stored in pop(served, RECIPIENT)
        read = email.message_from_bytes(stored, policy=email.policy.default)
        assert isinstance(read, EmailMessage)
        assert read["Subject"].startswith("見積書の件")
        assert [part.get_filename() for part in read.iter_attachments()] == ["見積書.bin", "表.csv"]
        assert next(read.iter_attachments()).get_content() == bytes(range(256)) * 300


class TestACurl:
    @pytest.mark.parametrize("scheme", ["pop3", "pop3s", "imap", "imaps"])
    def test_reads_what_a_real_client_sent(self, served: Served, scheme: str) -> None:
        served.submit(RECIPIENT, subject=f"for-{scheme}")
        eventually(lambda: any(f"for-{scheme}".encode() in one for one in inbox(served, RECIPIENT)))
        host, port = served.at(OTHER, scheme)
        number = next(
            n for n, one in enumerate(inbox(served, RECIPIENT), 1) if f"for-{scheme}".encode() in one
        )
        path = f"INBOX;MAILINDEX={number}" if scheme.startswith("imap") else str(number)
        secure = ["--ssl-reqd"] if not scheme.endswith("s") else []
        read = curl(served, *secure, f"{scheme}://{host}:{port}/{path}", user=RECIPIENT)
        assert f"Subject: for-{scheme}\r\n".encode() in read

    def test_trusts_nobody_else(self, served: Served, tmp_path: Path) -> None:
        program = need("curl", install="apt-get install curl")
        host, port = served.at(OTHER, "imaps")
        done = subprocess.run(
            [program, "--silent", f"imaps://{host}:{port}/"], capture_output=True, timeout=20, check=False
        )
        assert done.returncode == 60  # the peer's certificate cannot be believed


class TestABounce:
    def test_is_what_pythons_email_takes_for_a_delivery_status(
        self, served: Served, letter: tuple[Path, bytes]
    ) -> None:
        file, _ = letter
        by_swaks(served, file, to=WRONG, service="submission", tls="--tls")
        raw = eventually(lambda: next((one for one in inbox(served, SENDER) if WRONG.encode() in one), None))
        assert raw in pop(served, SENDER)
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert message["Return-Path"] == "<>"
        assert (message.get_content_type(), message.get_param("report-type")) == (
            "multipart/report",
            "delivery-status",
        )
        assert not [defect for part in message.walk() for defect in part.defects]
        words, status, original = message.get_payload()
        assert "User unknown" in words.get_content()
        assert status.get_content_type() == "message/delivery-status"
        about, recipient = status.get_payload()
        assert about["Reporting-MTA"] == "dns; mx.tsubame.example"
        assert recipient["Final-Recipient"] == f"rfc822; {WRONG}"
        assert (recipient["Action"], recipient["Status"]) == ("failed", "5.1.1")
        assert recipient["Remote-MTA"] == "dns; mx.hibari.example"
        assert recipient["Diagnostic-Code"].startswith("smtp; 550 5.1.1")
        assert original.get_content_type() in {"message/rfc822", "text/rfc822-headers"}
        assert "見積書の件" in str(
            email.message_from_string(original.as_string().partition("\n\n")[2], policy=email.policy.default)[
                "Subject"
            ]
        )


class TestSmtplib:
    def test_hands_in_after_starttls(self, served: Served) -> None:
        with smtplib.SMTP(*served.at(COMPANY, "submission"), timeout=20) as smtp:
            smtp.starttls(context=served.trust())
            smtp.login(SENDER, served.password(SENDER))
            assert smtp.sendmail(SENDER, [RECIPIENT], b"Subject: by smtplib\r\n\r\nx\r\n") == {}
        eventually(lambda: any(b"by smtplib" in one for one in inbox(served, RECIPIENT)))

    def test_is_refused_without_login_and_with_a_wrong_one(self, served: Served) -> None:
        with smtplib.SMTP_SSL(*served.at(COMPANY, "submissions"), context=served.trust(), timeout=20) as smtp:
            with pytest.raises(smtplib.SMTPSenderRefused) as refused:
                smtp.sendmail(SENDER, [RECIPIENT], b"x")
            assert (refused.value.smtp_code, refused.value.smtp_error[:5]) == (530, b"5.7.0")
            with pytest.raises(smtplib.SMTPAuthenticationError):
                smtp.login(SENDER, "wrong")

    def test_cannot_use_the_lab_as_a_way_out(self, served: Served) -> None:
        with (
            smtplib.SMTP(*served.at(OTHER, "mx"), timeout=20) as smtp,
            pytest.raises(smtplib.SMTPRecipientsRefused),
        ):
            smtp.sendmail("a@b.example", ["someone@gmail.com"], b"x")


class TestImaplib:
    def test_marks_copies_and_expunges(self, served: Served) -> None:
        served.submit(RECIPIENT, subject="to be removed")
        eventually(lambda: any(b"to be removed" in one for one in inbox(served, RECIPIENT)))
        with imaplib.IMAP4(*served.at(OTHER, "imap"), timeout=20) as imap:
            imap.starttls(served.trust())
            imap.login(RECIPIENT, served.password(RECIPIENT))
            imap.select("INBOX")
            ((found,),) = [imap.search(None, "SUBJECT", '"to be removed"')[1]]
            number = found.decode()
            assert imap.copy(number, "Trash")[0] == "OK"
            imap.store(number, "+FLAGS", "\\Deleted")
            assert imap.expunge()[0] == "OK"
            imap.select("Trash")
            assert imap.search(None, "SUBJECT", '"to be removed"')[1] == [b"1"]
        assert not any(b"to be removed" in one for one in inbox(served, RECIPIENT))
