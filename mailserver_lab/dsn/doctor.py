"""The bounce doctor: what a message is, and what it tells of each recipient.

`diagnose` takes any octets. It reads bounces in the standard form (RFC 3464) and in the free forms of many mail systems,
tells them from automatic replies, abuse reports and ordinary mail, and quotes the lines that it goes by. Nothing is
fetched, stored or sent. It never raises, and takes time linear in the message's size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..locale import Text
from . import foreign
from .cases import Case, cases
from .diagnosis import LARGEST, Author, Cause, Diagnosis, Evidence, Kind, Verdict
from .notice import Field, Notice, read_notice
from .recipients import addresses_in, after_type
from .scan import Part, Scan
from .ses import ses_cases
from .signs import ADDRESS, book, plain
from .weigh import weigh

INNER = 20  # messages inside a message that are looked into

_HARD: frozenset[Cause] = frozenset({"user-unknown", "host-unknown", "moved", "host-takes-no-mail"})


def diagnose(raw: bytes) -> Diagnosis:
    """What a message is, and what it tells of each recipient.

    Args:
        raw: the message, as it is stored or was received; any octets will do.
    """
    if len(raw) > LARGEST:
        return Diagnosis("refused", remarks=(_TOO_LARGE,))
    raw = foreign.narrowed(raw)
    scan = Scan(raw)
    outer = read_notice(scan, scan.message)
    diagnosis = _diagnose(outer)
    if _open(diagnosis):
        for own, part in _inner(scan, outer.rest):
            notice = read_notice(own, part)
            # what a bounce returns is the sender's own message, and no evidence, unless it is plainly a bounce in turn
            if diagnosis.bounce and not (notice.groups or _DAEMON.search(part.shown("from"))):
                continue
            found = _diagnose(notice)
            if found.bounce and not (diagnosis.bounce and _open(found)):
                diagnosis = Diagnosis(found.kind, found.recipients, forwarded=True)
                break
    if diagnosis.kind == "other":
        diagnosis = _reply_alone(raw, scan) or diagnosis
    if diagnosis.kind == "other" and (why := foreign.reason(raw)):
        return Diagnosis("refused", remarks=(why,))
    remarks = (_CUT,) * scan.cut + (_ESCAPES,) * scan.escapes_lost
    return replace(diagnosis, remarks=remarks) if remarks else diagnosis


_OF_MAIL = {"from", "to", "subject", "date", "received", "return-path", "message-id", "mime-version"}
REPLY_SIZE, REPLY_LINES = 4_000, 20  # octets and lines; what is longer is no reply


def _reply_alone(raw: bytes, scan: Scan) -> Diagnosis | None:
    """What a server's reply says that was pasted without a message around it: some lines, one with its code, or very few with clear words."""
    if len(raw) > REPLY_SIZE or any(name in _OF_MAIL for name, _ in scan.message.fields):
        return None
    own = Scan(b"Content-Type: text/plain\n\n" + raw)
    notice = read_notice(own, own.message)
    lines = [line for line in notice.lines if line.strip()]
    clear = len(lines) <= 2 and any(
        sign.weight >= CLEAR for _, _, sign in book().causes.find(plain(" ".join(lines)))
    )
    if not 0 < len(lines) <= REPLY_LINES or not (clear or any(_CODE.search(line) for line in lines)):
        return None
    return Diagnosis("reply", tuple(_verdict(notice, case) for case in cases(notice)))


CLEAR = 3.0  # a phrase of this weight is a server's, and not a person's way to speak


def _open(found: Diagnosis) -> bool:
    """Whether a message inside this one may tell more."""
    if found.kind in {"complaint", "receipt", "delivered"}:
        return False
    return not found.bounce or all(
        v.cause == "unclear" or not (v.recipient or v.status) for v in found.recipients
    )


def _inner(scan: Scan, rest: str) -> Iterator[tuple[Scan, Part]]:
    """The messages inside a message: attached, at any depth, or standing in its text."""
    waiting, seen = list(scan.message.messages())[:INNER], 0
    while waiting and seen < INNER:
        part = waiting.pop(0)
        seen += 1
        yield scan, part
        waiting += list(part.messages())[:INNER]
    rest = _unquoted(rest)
    for found in list(_EMBEDDED.finditer(rest))[:3]:
        inner = Scan(rest[found.start() :].encode("utf-8", "surrogatepass"))
        yield inner, inner.message


def _unquoted(text: str) -> str:
    """A text without the marks of quoting, where it is quoted."""
    lines = text.split("\n")
    quoted = sum(line.startswith(">") for line in lines[:20])
    return "\n".join(line.removeprefix(">").removeprefix(" ") for line in lines) if quoted > 10 else text


# a whole bounce that stands in a text, its header with it
_EMBEDDED = re.compile(
    r"^(?:From MAILER-DAEMON|Return-Path: *<>|From: .{0,80}(?:MAILER-DAEMON|postmaster|Mail Delivery))",
    re.IGNORECASE | re.MULTILINE,
)


def _diagnose(notice: Notice) -> Diagnosis:
    kind = _kind(notice)
    if kind in {"complaint", "receipt", "other", "refused"}:
        return Diagnosis(kind)
    if kind == "vacation":
        return Diagnosis(kind, (_vacation(notice),))
    found = ses_cases(notice.lines) or cases(notice)
    waiting = not notice.groups and book().delay.any(_head(notice))
    if waiting:
        for case in found:
            case.fields.setdefault("action", Field("delayed", ""))
    verdicts = tuple(_verdict(notice, case) for case in found)
    actions = {_action(case) for case in found}
    if actions <= {"delivered"}:
        return Diagnosis("delivered", verdicts)
    return Diagnosis("delay" if actions <= {"delayed", "delivered"} else "bounce", verdicts)


# -- what sort of message

LOOKED_AT = 60  # lines of a text that tell what it is

_DAEMON = re.compile(
    r"mailer-?_?daemon|post-?_?master|mail-?daemon|mail delivery (?:sub)?system|mail delivery service|mail administrator|system administrator|mail system|mailerdaemon|メール配信|メールデーモン",
    re.IGNORECASE,
)
_CODE = re.compile(
    # "550 User unknown" at the head of a line or behind a colon; not "for 500 people"
    r"(?:^[\s>]{0,8}|[:;('\"=<]\s{0,2})[45]\d\d(?:[- ]|: )\W{0,3}(?:[45]\.\d{1,3}\.\d{1,3}|[A-Za-z])|[45]\d\d[- ][45]\.\d{1,3}\.\d|#[45]\.\d{1,2}\.\d"
)


def _head(notice: Notice) -> str:
    return plain(" ".join(notice.lines[:LOOKED_AT]))


def _kind(notice: Notice) -> Kind:
    part, signs = notice.part, book()
    report = part.get("content-type").lower()
    if (
        "message/feedback-report" in notice.types
        or "report-type=feedback-report" in report
        or 'report-type="feedback-report' in report
    ):
        return "complaint"
    if ses := ses_kind(notice):
        return ses
    if "message/disposition-notification" in notice.types or "disposition-notification" in report:
        return "bounce" if _rejected(notice) else "receipt"
    if notice.groups:
        return "bounce"
    subject = plain(part.shown("subject"))
    sender = part.shown("from")
    head = _head(notice)
    technical = 0.0
    technical += 3 * bool(part.get("x-failed-recipients"))
    nobody = sender.strip() in {"<>", '""'}  # no person's mail program writes so
    technical += 2 * (nobody or bool(_DAEMON.search(sender)))
    technical += 1 * (nobody or part.get("return-path").replace(" ", "") == "<>")
    technical += 1 * any(_CODE.search(line) for line in notice.lines)
    technical += 1 * notice.marked
    technical += 1 * bool(
        "multipart/report" in notice.types
        or "message/rfc822" in notice.types
        or "text/rfc822-headers" in notice.types
    )
    if part.get("x-mlserver") or part.get("x-ml-name"):  # a list that refuses; its other mail is people's
        technical += 2 * any(sign.cause == "sender-refused" for _, _, sign in signs.causes.find(head))
    words = 2 * signs.notice.any(head) + 2 * signs.notice.any(subject)
    robot = _robot(part, subject)
    if words and technical >= 1 and technical + words >= 3 and not (robot and technical < 2):
        return "bounce"
    if technical >= 2 and signs.causes.any(head):
        return "bounce"
    if signs.notice.any(subject) and not robot and _reported(notice):
        return "bounce"
    return "vacation" if robot else "other"


def _rejected(notice: Notice) -> bool:
    """Whether a notification in the form of a receipt says that a filter refused the message (RFC 5429 section 2.1, Dovecot)."""
    return "deleted" in notice.disposition and book().notice.any(_head(notice))


_TO_THE_SENDER = re.compile(r"\b(?:your|the) (?:e-?mail|mail|message)\b|\bvotre message\b", re.IGNORECASE)
_A_PERSON = re.compile(r"\?|\b(?:I|my|me)\b|^(?:dear|hi|hello)\b", re.IGNORECASE)
_ALONE = re.compile(rf"(?:\"[^\"]{{0,80}}\" )?\W{{0,9}}(?:{ADDRESS.pattern})\W{{0,3}}")
_WORD = re.compile(r"\w")
SHORT = 3  # lines above the address, in a notice that has no other mark of one


def _reported(notice: Notice) -> bool:
    """Whether a text begins as notices do: your message was not delivered to …, and below that the address alone; no person speaks in it."""
    lines = [line.strip() for line in notice.lines[:LOOKED_AT] if _WORD.search(line)][: 4 * SHORT]
    if any(_A_PERSON.search(line) for line in lines):
        return False
    for number, line in enumerate(lines):
        if number and "@" in line and _ALONE.fullmatch(line):
            before = " ".join(lines[:number])
            return (
                number <= SHORT
                and _TO_THE_SENDER.search(before) is not None
                and book().notice.any(plain(before))
            )
    return False


_ANSWERING = ("x-autoreply", "x-autorespond", "x-auto-reply", "x-autoresponder")


def _robot(part: Part, subject: str) -> bool:
    """Whether a program answered in a person's name: by the header (RFC 3834), or by how its subject begins."""
    if part.get("auto-submitted").lower().startswith("auto-replied") or any(map(part.get, _ANSWERING)):
        return True
    if part.get("precedence").lower() in {"auto_reply", "auto-reply"}:
        return True
    machine = (
        part.get("auto-submitted").lower().startswith("auto-") or part.get("x-auto-response-suppress") != ""
    )
    start = subject.lstrip("[(*")[:80]
    return any(at == 0 or machine for at, _, _ in book().robot.find(start)) or (
        machine and book().away.any(start)
    )


def ses_kind(notice: Notice) -> Kind | None:
    """The kind of a notification in Amazon's JSON."""
    found = ses_cases(notice.lines)
    if found is None:
        return None
    return "complaint" if not found else "bounce"


def _vacation(notice: Notice) -> Verdict:
    part = notice.part
    sender = addresses_in(part.shown("from"))
    line = part.shown("subject")
    return Verdict(
        sender[0] if sender else "",
        "vacation-reply",
        permanent=False,
        author="recipient",
        evidence=(Evidence(line, "phrase", "vacation-reply", 3.0),) if line else (),
    )


# -- one recipient

_DELIVERED = {"delivered", "relayed", "expanded", "deliverable"}


def _action(case: Case) -> str:
    action = case.fields.get("action", Field("", "")).value.lower().partition(" ")[0].strip(";,")
    if action in _DELIVERED:
        return "delivered"
    if action == "delayed":
        return "delayed"
    if action == "" and case.fields.get("status", Field("", "")).value.startswith("2."):
        return "delivered"
    return "failed"


def _verdict(notice: Notice, case: Case) -> Verdict:
    weighed = weigh(case)
    cause, action = weighed.cause, _action(case)
    evidence = weighed.evidence
    if action == "delivered":
        line = case.fields.get("action", Field("", "")).line
        cause, evidence = (
            "delivered",
            ((Evidence(line, "action", "delivered", 4.0, "RFC 3464"),) if line else ()),
        )
    elif cause == "unclear" and action == "delayed":
        cause = "undeliverable-for-too-long"
    reporter = _reporter(notice)
    refuser = "" if cause == "host-unknown" else _refuser(case, reporter)  # what is not there refuses nothing
    return Verdict(
        case.address,
        cause,
        weighed.status,
        weighed.reply,
        permanent=_permanent(action, weighed.status, weighed.reply),
        hard=cause in _HARD,
        waiting=action == "delayed",
        author=_author(notice, case, reporter, refuser, cause),
        reporter=reporter,
        refuser=refuser,
        stage=weighed.stage,
        evidence=evidence,
        doubts=weighed.doubts if action != "delivered" else (),
    )


def _permanent(action: str, status: str, reply: str) -> bool | None:
    if action == "delayed":
        return False
    for code in (reply, status):
        if code[:1] in {"4", "5"}:
            return code[0] == "5"
    return None


# -- who wrote it


def _reporter(notice: Notice) -> str:
    field = notice.about.get("reporting-mta")
    if field is not None and (host := _host(after_type(field.value))):
        return host
    sender = addresses_in(notice.part.get("from"))
    return sender[0].rpartition("@")[2].lower() if sender else ""


_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}\.){1,20}[A-Za-z][A-Za-z0-9-]{0,62}")
_REFUSER = re.compile(
    r"(?:\bhost |while talking to |connect to |\bto |said by |at )?(?P<host>[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,20}[A-Za-z][A-Za-z0-9-]{0,62})\.?(?: ?[\[(][0-9a-fA-F.:]{3,45}[\])])?[:,]? (?:said:|did not like|does not like|refused to talk|\[?while)|(?:while talking to|SMTP error from remote mail(?:er| server).{0,80}: ?host|\bhost) (?P<other>[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,20}[A-Za-z][A-Za-z0-9-]{0,62})"
)


def _host(value: str) -> str:
    found = _HOST.search(value[:500])
    return found[0].rstrip(".").lower() if found else ""


def _refuser(case: Case, reporter: str) -> str:
    field = case.fields.get("remote-mta")
    if field is not None and (host := _host(after_type(field.value))):
        return host
    for line in (case.said + case.told)[:200]:
        if found := _REFUSER.search(line[:1_000]):
            host = (found["host"] or found["other"]).lower()
            if host != reporter:
                return host
    return ""


def _author(notice: Notice, case: Case, reporter: str, refuser: str, cause: Cause) -> Author:
    """Whose server wrote the notice, judged by names: of the reporter, the recipient and the sender whom it is told to."""
    recipient = case.address.rpartition("@")[2].lower()
    senders = [a.rpartition("@")[2].lower() for a in addresses_in(notice.part.get("to"))[:1]]
    if notice.returned is not None:
        senders += [
            a.rpartition("@")[2].lower()
            for name in ("return-path", "from")
            for a in addresses_in(notice.returned.get(name))[:1]
        ]
    original = case.fields.get("original-recipient")
    first = addresses_in(after_type(original.value)) if original is not None else []
    first_domain = first[0].rpartition("@")[2].lower() if first else ""
    if not reporter:
        return "own" if refuser else "unknown"  # who tells that another refused is the one that was refused
    if any(_same_site(reporter, sender) for sender in senders):
        return "own"
    if (
        first_domain
        and recipient
        and not _same_site(first_domain, recipient)
        and _same_site(reporter, first_domain)
    ):
        return "forwarder"
    if recipient and _same_site(reporter, recipient):
        return "recipient"
    if _never_left(notice, reporter):
        return "own"
    if refuser and not _same_site(refuser, reporter) and not (first_domain and first_domain != recipient):
        return "own"  # who passes mail on to the refusing server stands on the sending side
    if cause == "host-unknown" or _OUTGOING.search(reporter):
        return "own"
    return "recipient" if _INCOMING.search(reporter) else "unknown"


# a host whose own name says which way it carries mail
_OUTGOING = re.compile(r"(?:^|[.-])(?:outbound|(?:smtp|mail|mx|relay|email)-?out\d*)(?=[.-])")
_INCOMING = re.compile(r"(?:^|[.-])(?:inbound|(?:smtp|mail|mx|email)-?in\d*)(?=[.-])")
_FROM_BY = re.compile(r"(?:^|\s)(from|by)\s+(\S{1,255})")


def _never_left(notice: Notice, reporter: str) -> bool:
    """Whether the notice was handed on only between servers of the site that wrote it: then it is the reader's own."""
    received = [value for name, value in notice.part.fields if name == "received"]
    hosts = [(found[1], _host(found[2])) for value in received for found in _FROM_BY.finditer(value[:1_000])]
    by = [host for word, host in hosts if word == "by" and host]
    return bool(by) and all(_same_site(host, reporter) for _, host in hosts if host)


_SECOND_LEVEL = {"co", "or", "ne", "ac", "go", "ad", "gr", "ed", "lg", "com", "net", "org", "edu", "gov"}


def _same_site(one: str, other: str) -> bool:
    return bool(one) and bool(other) and _site(one) == _site(other)


def _site(host: str) -> str:
    """The part of a name that one owner has, by rule of thumb: there is no list at hand."""
    labels = host.strip(".").split(".")
    size = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-size:])


_TOO_LARGE = Text(
    ja="このメールは 50 MB を超えています。エラーメールはふつう数十 KB です。元のメールの控えを除いて、説明の部分だけを読ませてください。",
    en="This message is larger than 50 MB; bounces have some kilobytes. Take out the returned message, and give the explanation alone.",
)
_CUT = Text(
    ja="とても大きいか、入れ子の深いメールなので、読んだのは一部です。",
    en="The message is very large or deeply nested, so only a part of it was read.",
)
_ESCAPES = Text(
    ja="日本語の文字コード（ISO-2022-JP）の切り替え記号が途中で失われていたので、補って読みました。元のメールには化けて見えたところがあるはずです。",
    en="The text is Japanese in ISO-2022-JP, whose escape characters were lost on the way; they were put back to read it.",
)
