"""Programs that hand a message file in, and the bounce of one that went astray."""

from __future__ import annotations

import email
import email.policy
import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.clients.mailbox import BINARY, eventually_sent, letter, run
from tests.clients.ways import Protocol, Security, service, tried
from tests.conftest import need
from tests.served import COMPANY, OTHER, RECIPIENT, SENDER, Served

pytestmark = pytest.mark.usefixtures("submits")

WRONG = "recipent@hibari.example"
SENDS = {
    "en": "sends a message file, which arrives byte for byte",
    "ja": "メッセージファイルの送信（1 バイトも変わらずに届く）",
}


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A message file; its subject names the test."""
    file = tmp_path / "letter.eml"
    file.write_bytes(letter(request.node.name))
    return file


def arrives(served: Served, message: bytes, security: Security, *, behind: bytes = b"") -> None:
    """Wait for a message; `behind` is what its program sends after the file."""
    stored = eventually_sent(served)
    wanted = message + behind
    assert stored.endswith(wanted)
    headers = email.message_from_bytes(stored.removesuffix(wanted))
    assert set(headers) == {"Return-Path", "Received", "Date", "Message-ID"}  # the letter had none
    assert headers["Return-Path"] == f"<{SENDER}>"
    first, second = headers.get_all("Received", [])
    assert "with ESMTP id" in first
    assert f"with {'ESMTPA' if security is Security.PLAIN else 'ESMTPSA'} id" in second
    read = email.message_from_bytes(stored, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert read["Subject"].startswith("見積書の件")
    assert [part.get_filename() for part in read.iter_attachments()] == ["見積書.bin", "表.csv"]
    assert next(read.iter_attachments()).get_content() == BINARY


@tried("smtplib", Protocol.SMTP, **SENDS)
def test_smtplib(served: Served, security: Security, file: Path) -> None:
    host, port = served.at(COMPANY, service(Protocol.SMTP, security))
    if security is Security.TLS:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, context=served.trust(), timeout=20)
    else:
        smtp = smtplib.SMTP(host, port, timeout=20)
    with smtp:
        if security is Security.STARTTLS:
            smtp.starttls(context=served.trust())
        smtp.login(SENDER, served.password(SENDER))
        assert smtp.sendmail(SENDER, [RECIPIENT], file.read_bytes()) == {}
    arrives(served, file.read_bytes(), security)


def swaks(served: Served, security: Security, file: Path, *, to: str) -> None:
    host, port = served.at(COMPANY, service(Protocol.SMTP, security))
    way = {Security.PLAIN: [], Security.STARTTLS: ["--tls"], Security.TLS: ["--tlsc"]}[security]
    run(
        need("swaks", install="apt-get install swaks"), "--server", host, "--port", str(port), *way,
        *(["--tls-verify", "--tls-ca-path", served.told["ca_file"]] if way else []),
        "--auth", "PLAIN", "--auth-user", SENDER, "--auth-password", served.password(SENDER),
        "--from", SENDER, "--to", to, "--data", f"@{file}",
    )  # fmt: skip


@tried("swaks", Protocol.SMTP, **SENDS)
def test_swaks(served: Served, security: Security, file: Path) -> None:
    swaks(served, security, file, to=RECIPIENT)
    arrives(served, file.read_bytes(), security, behind=b"\r\n")


@tried("curl", Protocol.SMTP, **SENDS)
def test_curl(served: Served, security: Security, file: Path) -> None:
    host, port = served.at(COMPANY, service(Protocol.SMTP, security))
    scheme = "smtps" if security is Security.TLS else "smtp"
    run(
        need("curl", install="apt-get install curl"), "--silent", "--show-error", "--cacert", served.told["ca_file"],
        *(["--ssl-reqd"] if security is Security.STARTTLS else []),
        "--user", f"{SENDER}:{served.password(SENDER)}", "--mail-from", SENDER, "--mail-rcpt", RECIPIENT,
        "--upload-file", file, f"{scheme}://{host}:{port}/pc.example",
    )  # fmt: skip
    arrives(served, file.read_bytes(), security)


@tried("msmtp", Protocol.SMTP, **SENDS)
def test_msmtp(served: Served, security: Security, file: Path) -> None:
    program = need("msmtp", install="apt-get install msmtp")
    host, port = served.at(COMPANY, service(Protocol.SMTP, security))
    tls = {Security.PLAIN: "tls off", Security.STARTTLS: "tls on", Security.TLS: "tls on\ntls_starttls off"}[
        security
    ]
    settings = file.with_suffix(".msmtprc")
    settings.touch(mode=0o600)  # it takes a password from nothing that others may read
    settings.write_text(
        f"account default\nhost {host}\nport {port}\nfrom {SENDER}\n{tls}\ntls_trust_file {served.told['ca_file']}\n"
        f"auth login\nuser {SENDER}\npassword {served.password(SENDER)}\nset_date_header off\nset_msgid_header off\n"
    )
    run(program, "--file", settings, "--", RECIPIENT, text=file.read_bytes(), home=file.parent)
    arrives(served, file.read_bytes(), security)


@tried("Nodemailer", Protocol.SMTP, **SENDS)
def test_nodemailer(served: Served, security: Security, file: Path, node: tuple[str, Path]) -> None:
    program, scripts = node
    host, port = served.at(COMPANY, service(Protocol.SMTP, security))
    run(
        program, scripts / "send.mjs", host, str(port), security, served.told["ca_file"],
        SENDER, served.password(SENDER), RECIPIENT, file,
    )  # fmt: skip
    arrives(served, file.read_bytes(), security)


def test_without_login_and_with_a_wrong_one_nothing_is_taken(served: Served) -> None:
    with smtplib.SMTP_SSL(*served.at(COMPANY, "submissions"), context=served.trust(), timeout=20) as smtp:
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            smtp.sendmail(SENDER, [RECIPIENT], b"x")
        assert (refused.value.smtp_code, refused.value.smtp_error[:5]) == (530, b"5.7.0")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(SENDER, "wrong")


def test_the_lab_is_no_way_out(served: Served) -> None:
    with (
        smtplib.SMTP(*served.at(OTHER, "mx"), timeout=20) as smtp,
        pytest.raises(smtplib.SMTPRecipientsRefused),
    ):
        smtp.sendmail("a@b.example", ["someone@gmail.com"], b"x")


def test_a_bounce_is_what_pythons_email_takes_for_a_delivery_status(served: Served, file: Path) -> None:
    swaks(served, Security.STARTTLS, file, to=WRONG)
    raw = eventually_sent(served, SENDER)
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
