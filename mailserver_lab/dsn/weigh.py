"""Weighing what a notice says of one recipient: words, status code, SMTP reply and command, each with its own trust.

The refusing server's words are believed first: codes are often filled in by software that knows only "it failed". A
precise code outweighs words that only hint. What loses is kept, so that the reader is told of the contradiction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from ..locale import Text
from .cases import Case
from .diagnosis import Cause, Evidence, Stage
from .notice import Field
from .recipients import after_type
from .signs import GAP, Book, Joined, Sign, book, plain
from .states import SOURCE as COMMON
from .states import states

TOLD = 0.55  # how far the text for people is believed beside the words about this very recipient
SURE = 4.0  # a phrase of this weight is believed wherever it stands
SURE_ANYWHERE = 0.8
AGREEING = 0.35  # of what a status code or a command adds to words that say the same
FILLED_IN = 0.75  # how far a code is believed that stands beside a server's reply, and not in it
LEAST = 0.3  # less is no sign at all
DOUBT = 2.0  # from this weight on a contradiction is told
QUOTED = 100  # characters of a line in a sentence
LINE = 2_000  # characters of a line in which words are found again
MOSTLY = 0.6  # of what a state weighs, a phrase that has its words and more must weigh to go before
CONSIDERED = 16_000  # characters of words about one recipient

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_REPLY_STATUS = re.compile(
    r"(?<![\d.])[45]\d\d(?:[- ]+|, |: ?)(?:[45]\d\d )?['\"#(<\[]{0,2}([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)"
)
_REPLY = re.compile(r"(?<![\d.@\w])(?<!\d:)([45]\d\d)(?=$|[- '\",:;<(])")
_SUCCESS = re.compile(r"(?<![\d.@:\w])(2\d\d)(?=[- ])")
_NOT_SMTP = re.compile(r"\s*(?:x-unix|x-postfix-pipe|unknown)\s*;", re.IGNORECASE)
_SAID_LINE = re.compile(
    r"^[245]\.\d{1,3}\.\d{1,3} |(?:^|[\s:;('\"=<\[])[245]\d\d(?:[- ]|, |: ?|$)|#[245]\.\d|<<<"
)
_TALK = re.compile(r"\s*(>>>|<<<)\s*(.*)")


@dataclass(slots=True)
class Weighed:
    """The outcome."""

    cause: Cause
    status: str
    reply: str
    stage: Stage
    evidence: tuple[Evidence, ...]
    doubts: tuple[Text, ...]


@dataclass(slots=True)
class _Claim:
    cause: Cause
    weight: float
    kind: str
    phrase: str
    line: str
    source: str


def weigh(case: Case) -> Weighed:
    """What became of the message for this recipient, and why that is believed."""
    signs = book()
    diagnostic = case.fields.get("diagnostic-code", Field("", ""))
    words = "" if not diagnostic.value else after_type(diagnostic.value)
    own, others = _own_lines(case)
    said = [(words, diagnostic.line), _STOP] if words else []
    for line in others:
        said += [_STOP, (line, line)] if line.startswith(("<<<", "(reason:")) else [(line, line)]
    stage = _stage(signs, case, words)
    status, status_line = status_of(case, words)
    reply, reply_line = _reply(case, diagnostic.value, words)

    claims = _from_words(signs, said, 1.0)
    named = case.fields.get("status")
    # a status may have a remark: "5.0.0 (recipient reached disk quota)"
    remark = [(named.value, named.line)] if named is not None else []
    claims += _from_words(signs, remark + [(line, line) for line in own + case.told], TOLD)
    claims += _from_codes(signs, case, status, status_line, reply, reply_line, [words, *others])
    _by_stage(claims, stage, reply, status, reply_line)
    if not claims:
        return Weighed("unclear", status, reply, stage, _bare(status, status_line, reply, reply_line), ())
    best = _best(claims)
    evidence = _evidence(best, claims)
    return Weighed(best, status, reply, stage, evidence, _doubts(best, claims))


_STOP = (".", "")  # between the words of one and of another, which make no sentence together

# what the reporting server makes of another's answer: Sendmail's "550 5.1.1 <a@b.example>... User unknown" below "<<< 550 …",
# whatever that said; a code with its name, "5.1.1 (bad destination mailbox address)", where the answer itself is there too
_RENDERED = re.compile(r"[45]\d\d (?:[45]\.\d{1,3}\.\d{1,3} )?\S{1,320}\.\.\. ")
_NAMED = re.compile(r"[45]\.[1-7]\.\d{1,3} \([^()]{3,80}\)$")


def _own_lines(case: Case) -> tuple[list[str], list[str]]:
    """Of the words about a recipient, those in which the reporting server names its code for another's answer; and the others."""
    answered = any(line.startswith("<<< ") and line[4:5] in {"4", "5"} for line in case.transcript)
    quoted = "diagnostic-code" in case.fields
    own, others = list[str](), list[str]()
    for line in case.said:
        rendered = answered and _RENDERED.match(line) is not None
        named = quoted and _NAMED.search(line[:LINE]) is not None
        (own if rendered or named else others).append(line)
    return own, others


# -- claims


def _from_words(signs: Book, lines: list[tuple[str, str]], trust: float) -> list[_Claim]:
    """What words point to: of each cause the phrase that says it best. `lines` are pairs of what is looked at and what stands there."""
    # what begins so is a command, and no answer
    lines = [(words, line) for words, line in lines if not words.startswith(">>>")]
    joined = Joined((words for words, _ in lines), signs.silent)
    strongest: dict[str, tuple[float, int, int, str, Sign]] = {}
    covered = list[tuple[int, int, float]]()
    for at, phrase, sign in signs.causes.find(joined.text):
        weight = sign.weight * (trust if sign.weight < SURE else max(trust, SURE_ANYWHERE))
        if "*" not in phrase:
            weight += min(len(phrase), 40) / 400  # of equals the longer phrase is the more precise
        covered.append((at, at + len(phrase), weight))
        if weight > strongest.get(sign.cause, (0.0, 0, 0, "", sign))[0]:
            strongest[sign.cause] = (weight, at, len(phrase), phrase, sign)
    for said in states().find(joined.text):
        weight = said.sign.weight * trust
        if weight > strongest.get(said.sign.cause, (0.0, 0, 0, "", said.sign))[0] and not any(
            _known(at, end, known, said.state, weight) for at, end, known in covered
        ):
            strongest[said.sign.cause] = (weight, said.start, said.end - said.start, said.phrase, said.sign)
    claims = list[_Claim]()
    for cause, (weight, at, size, phrase, sign) in strongest.items():
        first, last = joined.lines_of(at, size)
        line = " ".join(line for _, line in lines[first : last + 1])
        claims.append(_Claim(cast(Cause, cause), weight, "phrase", phrase, line, sign.source))
    return claims


def _known(at: int, end: int, known: float, state: tuple[int, int], weight: float) -> bool:
    """Whether a phrase of the book says what a state says: it has its words and more, or is believed as much."""
    overlaps = at < state[1] and state[0] < end
    more = at <= state[0] and state[1] <= end and (at, end) != state and known >= MOSTLY * weight
    return overlaps and (more or weight <= known)


def _from_codes(
    signs: Book,
    case: Case,
    status: str,
    status_line: str,
    reply: str,
    reply_line: str,
    answers: list[str],
) -> list[_Claim]:
    """What the codes point to; `answers` are the words about this recipient, but for those that the reporting server made of its code."""
    claims = list[_Claim]()
    for code, line in _statuses(case, status, status_line):
        sign = signs.code(code)
        if sign is not None:
            trust = 1.0 if code == status else 0.6
            if reply and not any(code in line for line in answers):
                trust *= FILLED_IN
            claims.append(
                _Claim(cast(Cause, sign.cause), sign.weight * trust, "status", code, line, sign.source)
            )
    for name, categories in signs.categories.items():
        field = case.fields.get(name)
        if field is not None and (sign := categories.get(field.value.lower())) is not None:
            claims.append(
                _Claim(cast(Cause, sign.cause), sign.weight, "category", field.value, field.line, sign.source)
            )
    if reply.isdecimal() and (sign := signs.replies.get(int(reply))) is not None and sign.weight:
        claims.append(_Claim(cast(Cause, sign.cause), sign.weight, "reply", reply, reply_line, sign.source))
    return claims


def _statuses(case: Case, status: str, status_line: str) -> list[tuple[str, str]]:
    found = [(status, status_line)] if status else []
    own = case.fields.get("status")
    if own is not None and (other := _STATUS.search(own.value)) and other[1] != status:
        found.append((other[1], own.line))
    return found


_OF_THE_SENDER: dict[Stage, Cause] = {
    "connect": "sending-host-blocked",
    "helo": "sending-host-blocked",
    "mail": "sender-refused",
}


# the words behind which carriers hide a refusal
_BARE = frozenset({"user unknown", "unknown user", "no such user"})


def _by_stage(claims: list[_Claim], stage: Stage, reply: str, status: str, reply_line: str) -> None:
    """What the command adds to the words.

    "User unknown" from a server that took the name at RCPT and says so only when it has seen the message, or with a code that
    says that the mailbox exists (x.2.0, x.2.1), means that the recipient's settings refuse it: carriers hide it behind these words.
    Others (Yahoo, Mail.ru) refuse an unknown mailbox at the end of DATA as well, but in words of their own.
    """
    detail = status.partition(".")[2]
    bare = any(claim.cause == "user-unknown" and claim.phrase in _BARE for claim in claims)
    hiding = (stage == "data" and detail != "1.1" and bare) or (
        stage != "rcpt" and detail in {"2.0", "2.1"} and not any(claim.kind == "category" for claim in claims)
    )
    if hiding and claims and _best(claims) == "user-unknown" and max(claim.weight for claim in claims) < SURE:
        line = next((claim.line for claim in claims if claim.cause == "user-unknown" and claim.line), "")
        for claim in claims:
            if claim.cause == "user-unknown":
                claim.weight /= 2
        shown = "DATA" if stage == "data" else status
        claims.append(_Claim("refused-by-recipient", 3.4, "stage", shown, line, "carriers' mail systems"))
    if stage == "rcpt" and any(claim.cause == "user-unknown" for claim in claims):
        # said at RCPT it is the plain truth; only what is said later, or nobody knows when, hides a refusal
        claims[:] = [
            c for c in claims if not (c.cause == "refused-by-recipient" and "unknown user" in c.phrase)
        ]
    if stage in _OF_THE_SENDER:  # the recipient had not been named yet: what is unknown is the sender
        for claim in claims:
            if (
                claim.kind != "status"
                and claim.cause in {"user-unknown", "host-unknown"}
                and claim.weight < SURE
            ):
                claim.cause = _OF_THE_SENDER[stage]
    if reply and stage in {"connect", "helo"}:
        claims.append(_Claim("sending-host-blocked", 1.9, "stage", stage, reply_line, "RFC 5321 section 3.1"))
    elif reply and stage == "mail":
        claims.append(_Claim("sender-refused", 0.9, "stage", stage, reply_line, "RFC 5321 section 3.3"))


def _best(claims: list[_Claim]) -> Cause:
    """The cause with the most weight: its strongest sign, and a part of what signs of other kinds add."""
    by_kind: dict[Cause, dict[str, float]] = {}
    for claim in claims:
        kinds = by_kind.setdefault(claim.cause, {})
        kinds[claim.kind] = max(kinds.get(claim.kind, 0.0), claim.weight)
    total = {
        cause: max(kinds.values()) + AGREEING * (sum(kinds.values()) - max(kinds.values()))
        for cause, kinds in by_kind.items()
    }
    best = max(total, key=lambda cause: total[cause])
    return best if total[best] >= LEAST else "unclear"


def _evidence(best: Cause, claims: list[_Claim]) -> tuple[Evidence, ...]:
    ordered = sorted(claims, key=lambda claim: (claim.cause != best, -claim.weight))
    found, seen = list[Evidence](), set[tuple[str, str]]()
    for claim in ordered:
        if claim.line and (claim.line, claim.cause) not in seen and len(found) < 6:
            seen.add((claim.line, claim.cause))
            weight, words = round(claim.weight, 2), _words(claim)
            found.append(Evidence(claim.line, claim.kind, claim.cause, weight, claim.source, words))  # type: ignore[arg-type]
    return tuple(found)


def _bare(status: str, status_line: str, reply: str, reply_line: str) -> tuple[Evidence, ...]:
    """The codes, where they say nothing of the cause: they are still what stands there."""
    found = list[Evidence]()
    if reply and reply_line:
        found.append(Evidence(reply_line, "reply", "unclear", 0.0, words=reply))
    if status and status_line and status_line != reply_line:
        found.append(Evidence(status_line, "status", "unclear", 0.0, words=status))
    return tuple(found)


def _doubts(best: Cause, claims: list[_Claim]) -> tuple[Text, ...]:
    mine = max(
        (claim for claim in claims if claim.cause == best), key=lambda claim: claim.weight, default=None
    )
    if mine is None:
        return ()
    found = list[Text]()
    for kind in ("status", "phrase"):
        others = (c for c in claims if c.kind == kind and _contradicts(c, mine))
        other = max(others, key=lambda c: c.weight, default=None)
        if other is not None and other.weight >= DOUBT - 0.6 * (kind == "status"):
            if (best, other.cause) == ("refused-by-recipient", "user-unknown"):
                found.append(
                    _HIDING.format(
                        other=_quoted(other), other_cause=f"{{{other.cause}}}", cause=f"{{{best}}}"
                    )
                )
                continue
            found.append(
                _DOUBTS[mine.kind == "status"].format(
                    other=_quoted(other),
                    other_cause=f"{{{other.cause}}}",
                    mine=_quoted(mine),
                    cause=f"{{{best}}}",
                )
            )
    return tuple(found)


_LOOSELY = {
    "*": f".{{0,{GAP}}}?",
    "@": r"\S{1,100}?",
    " ": r"\s{1,9}",
    "'": "['\u2018\u2019]",
    '"': '["\u201c\u201d]',
}


def _words(claim: _Claim) -> str:
    """The words of a claim as they stand in its line, which `plain` made alike to compare them; "" where they are not found."""
    pattern = "".join(_LOOSELY.get(letter) or re.escape(letter) for letter in claim.phrase)
    found = re.search(pattern, claim.line[:LINE], re.IGNORECASE)
    return found[0] if found else ""


# what says the same from another side: what a message contains; where the way ended
_ALIKE: tuple[frozenset[Cause], ...] = (
    frozenset({"spam", "virus", "content-refused", "policy"}),
    frozenset({"network-or-dns-failure", "server-failure", "undeliverable-for-too-long"}),
)
# that it took too long, or that the message does not say why, goes with every reason
_NO_REASON: frozenset[Cause] = frozenset({"undeliverable-for-too-long", "unclear"})


def _contradicts(claim: _Claim, mine: _Claim) -> bool:
    """Whether a claim speaks against what is believed, in words of its own.

    Common words are no known system's, and are not held against one. A piece of the words that are believed does not speak against
    them ("domain does not exist"), but "unknown user" does, from a server that hides a refusal behind it.
    """
    if claim.cause == mine.cause or claim.cause in _NO_REASON or claim.source == COMMON:
        return False
    if claim.phrase == mine.phrase or any({claim.cause, mine.cause} <= alike for alike in _ALIKE):
        return False
    hiding = (mine.cause, claim.cause) == ("refused-by-recipient", "user-unknown")
    within = claim.kind == mine.kind == "phrase" and claim.phrase in mine.phrase
    return hiding or not within


def _quoted(claim: _Claim) -> str:
    """The words of a claim as they stand in the message."""
    return _words(claim) or claim.line[:QUOTED]


# what is believed: words, or a code. The causes' names in each language are put in where it is shown.
_DOUBTS = (
    Text(
        ja="「{other}」は「{other_cause}」を指しますが、相手の言葉「{mine}」のほうがはっきりしているので、「{cause}」と判断しました。",
        en="“{other}” would mean “{other_cause}”, but the words “{mine}” are clearer: “{cause}”.",
    ),
    Text(
        ja="「{other}」は「{other_cause}」を指しますが、状態コード {mine} のほうが確かなので、「{cause}」と判断しました。",
        en="“{other}” would mean “{other_cause}”, but the status code {mine} is more precise: “{cause}”.",
    ),
)

_HIDING = Text(
    ja="「{other}」は「{other_cause}」という意味ですが、宛先の名前を聞いた時点では断らず、あとになってこう答えるのは、受信設定で断るサーバーのやり方です。そのため「{cause}」と判断しました。宛先の間違いでもありえます。",
    en="“{other}” means “{other_cause}”; but a server that does not say so when it is told the name, only later, is mostly one that hides a refusal behind these words: “{cause}”. The address may still be wrong.",
)

# -- status, reply, command


def status_of(case: Case, words: str) -> tuple[str, str]:
    """The enhanced status code that belongs to the case, and its line. What the refusing server said goes before what the reporting one filled in, unless it says nothing."""
    own = case.fields.get("status")
    field = _STATUS.search(own.value) if own is not None else None
    candidates = list[tuple[str, str]]()
    diagnostic = case.fields.get("diagnostic-code")
    if words and diagnostic is not None:
        for pattern in (_REPLY_STATUS, _STATUS):
            if found := pattern.search(words):
                candidates.append((found[1], diagnostic.line))
                break
    field_status = field[1] if field else ""
    precise = [(status, line) for status, line in candidates if not status.endswith(".0.0")]
    if precise:
        return precise[0]
    if field_status and not field_status.endswith(".0.0") and own is not None:
        return field_status, own.line
    for line in case.said:
        if found := _REPLY_STATUS.search(line) or (
            _STATUS.search(line) if _SAID_LINE.search(line) or "status" in line.lower() else None
        ):
            candidates.append((found[1], line))
    precise = [(status, line) for status, line in candidates if not status.endswith(".0.0")]
    if precise:
        return precise[0]
    if field_status and own is not None:
        return field_status, own.line
    return candidates[0] if candidates else ("", "")


def _reply(case: Case, value: str, words: str) -> tuple[str, str]:
    diagnostic = case.fields.get("diagnostic-code")
    if (
        words
        and diagnostic is not None
        and not _NOT_SMTP.match(value)
        and (found := _REPLY.search(words) or _SUCCESS.search(words))
    ):
        return found[1], diagnostic.line
    for line in case.said:
        if _SAID_LINE.search(line) and (found := _REPLY.search(line)):
            return found[1], line
    return "", ""


_COMMANDS: tuple[tuple[str, Stage], ...] = (
    ("mail", "mail"),
    ("rcpt", "rcpt"),
    ("data", "data"),
    (".", "data"),
    ("bdat", "data"),
    ("ehlo", "helo"),
    ("helo", "helo"),
)


def _stage(signs: Book, case: Case, words: str) -> Stage:
    """At which command it was refused: by a transcript, or by the writer's words."""
    last: Stage = ""
    refusals = 0
    for line in case.transcript:
        if (found := _TALK.match(line)) is None:
            continue
        if found[1] == ">>>":
            if refusals and last:
                break
            refusals = 0  # what another server, tried before, said to a command that is not shown
            said = found[2].lower()
            last = next((stage for verb, stage in _COMMANDS if said.startswith(verb)), last)
        elif found[2][:1] in {"4", "5"} or refusals:
            refusals += 1
    if refusals and last:
        # Sendmail sends RCPT and DATA together, and shows both answers below DATA: the first belongs to RCPT
        return "rcpt" if last == "data" and refusals > 1 else last
    text = plain(" ".join([words, *case.said, *case.told])[:CONSIDERED])
    stages = sorted(signs.stages.find(text))
    return cast(Stage, stages[-1][2]) if stages else ""
