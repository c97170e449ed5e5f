"""The same commands to this server and to Dovecot: what differs is listed here with its reason, or is a bug."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence

import pytest

from tests.conftest import need

from . import dialogues, groups, odd_mails
from .conftest import Start
from .pair import Pair
from .peer import BINARY, version

DATE = '"01-Apr-2026 09:00:00 +0000" '


@pytest.fixture
async def pair(start: Start) -> AsyncIterator[Pair]:
    need(str(BINARY), install="apt install dovecot-imapd")
    if not (found := version()).startswith("2.3."):
        pytest.skip(f"these are the answers and the settings of Dovecot 2.3, not of {found}")
    pair = await Pair.open(start)
    yield pair
    await pair.close()


async def talk(pair: Pair, lines: Sequence[str], known: dict[str, str]) -> None:
    """Give the commands; what differs must be known, and what is known must differ."""
    for line in lines:
        session, _, command = line.partition(" ")
        await pair.say(command.replace("~{", "\0").replace("~", "\r\n").replace("\0", "~{"), int(session))
    differing = {each.command.decode().replace("\r\n", "~") for each in pair.differences}
    told = "\n".join(
        str(each) for each in pair.differences if each.command.decode().replace("\r\n", "~") not in known
    )
    assert differing <= set(known), told
    assert set(known) <= differing, f"no longer differ: {set(known) - differing}"


async def test_odd_headers_are_read_alike(pair: Pair) -> None:
    known = {
        "quoted names": "an address with a backslash outside of quotes is malformed",
        "odd addresses": "what is missing is empty here, MISSING_DOMAIN there; empty entries are none here",
        "broken addresses": "malformed addresses are read as far as they make sense",
        "spaces in addresses": "spaces around dots and @ are allowed (RFC 5322 §4.4)",
        "repeated fields": "of a field that may stand once the first one counts",
    }  # fmt: skip
    await fetch_each(pair, odd_mails.HEADERS, ["ENVELOPE"], known)


async def test_odd_headers_are_given_back_alike(pair: Pair) -> None:
    known = {
        "bare newlines": "a message is kept as it came, not with its line ends repaired",
    }  # fmt: skip
    items = [
        "(BODY.PEEK[] RFC822.SIZE RFC822.HEADER BODY.PEEK[HEADER] BODY.PEEK[TEXT])",
        "(BODY.PEEK[HEADER.FIELDS.NOT (SUBJECT)] BODY.PEEK[]<5.10> BODY.PEEK[TEXT]<0.3> BODY.PEEK[TEXT]<99.3>)",
        "(BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2])",
    ]
    await fetch_each(pair, odd_mails.HEADERS, items, known)


async def test_odd_structures_are_read_alike(pair: Pair) -> None:
    known = {
        "bad type": "what is not understood is text (RFC 2045 §5.2)",
        "empty type": "the same",
        "half type": "the same",
        "empty disposition": "an empty disposition is none",
        "multipart message in mixed": "the line end before a delimiter belongs to it (RFC 2046 §5.1.1)",
        "similar boundaries": "a line that only begins like a delimiter is none",
    }  # fmt: skip
    await fetch_each(pair, odd_mails.BODIES, ["BODYSTRUCTURE", "BODY"], known)


async def test_parts_are_given_back_alike(pair: Pair) -> None:
    known = {
        "part without body": "where the header ends is open if no body follows",
        "similar boundaries": "the line end before a delimiter belongs to it (RFC 2046 §5.1.1)",
        "multipart message in mixed": "the same",
        "empty message part": "an empty line that ends the header is part of it",
        "empty part": "the same",
        "alternative in mixed": "a part that is no multipart has no parts (RFC 3501 §6.4.5)",
        "same boundary twice": "the same",
        "inner not closed": "the same",
    }  # fmt: skip
    items = [
        "(BODY.PEEK[1] BODY.PEEK[2] BODY.PEEK[3] BODY.PEEK[1.MIME] BODY.PEEK[2.MIME])",
        "(BODY.PEEK[1.2] BODY.PEEK[1.HEADER] BODY.PEEK[1.TEXT] BODY.PEEK[2.HEADER] BODY.PEEK[2.TEXT])",
        "(BODY.PEEK[2.HEADER.FIELDS (SUBJECT)] BODY.PEEK[1.1.1] BODY.PEEK[1.2.TEXT])",
    ]
    await fetch_each(pair, odd_mails.BODIES, items, known)


async def fetch_each(
    pair: Pair, mails: dict[str, bytes], items: Sequence[str], known: dict[str, str]
) -> None:
    for raw in mails.values():
        await pair.put(raw, DATE)
    await pair.say("SELECT INBOX")
    assert not pair.differences, "\n".join(map(str, pair.differences))
    differing = {}
    for number, name in enumerate(mails, 1):
        for item in items:
            await pair.say(f"FETCH {number} {item}")
        if pair.differences:
            differing[name] = "\n".join(map(str, pair.differences))
            pair.differences.clear()
    assert set(differing) <= set(known), "\n".join(v for k, v in differing.items() if k not in known)
    assert set(known) <= set(differing), f"no longer differ: {set(known) - set(differing)}"


async def test_mailboxes(pair: Pair) -> None:
    await talk(pair, dialogues.MAILBOXES, {})


async def test_messages(pair: Pair) -> None:
    for name in ("plain", "every address field", "groups", "encoded words", "folded", "field case"):
        await pair.put(odd_mails.ALL[name], DATE)
    known = {
        r"STORE 1 +FLAGS (\Answered)": "flags are told also where nothing has changed (RFC 3501 §6.4.6)",
        "STORE 1 +FLAGS ()": "the same",
        "STORE 1:* -FLAGS (key1 $label1)": "the same",
        "STORE 1 +FLAGS": "flags are missing",
        "SEARCH KEYWORD nothing": "looking for a keyword does not make it one",
        "FETCH 3 (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])": "what is expunged is gone at once (RFC 2180 §4.1.2)",
        r"STORE 3 +FLAGS (\Flagged)": "the same",
        "EXAMINE INBOX": "keywords that no message has any more are not told",
        "SELECT INBOX": "the same",
        r"STORE 1 +FLAGS (\Seen)": "after EXAMINE nothing can be changed, and that is said",
        "STATUS Trash (MESSAGES RECENT UNSEEN UIDNEXT)": "RECENT are those that no session has been told of",
        "DELETE Sent": "whoever has a mailbox selected that goes sees it become empty (RFC 2180 §3.3)",
    }
    await talk(pair, dialogues.MESSAGES, known)


async def test_searches(pair: Pair) -> None:
    for raw in odd_mails.ALL.values():
        await pair.put(raw, DATE)
    utf8 = "clients send text in atoms, too"
    broken = "malformed addresses are read differently, see above"
    known = {
        **dict.fromkeys(
            (
                "SEARCH SUBJECT café", "SEARCH CHARSET UTF-8 SUBJECT café", "SEARCH CHARSET UTF-8 SUBJECT größe",
                "SEARCH TO Jörg", "SEARCH CHARSET UTF-8 TO Jörg",
            ),
            utf8,
        ),
        'SEARCH FROM "a@b.example"': broken,
        "SORT (FROM) UTF-8 ALL": broken,
        "SORT (TO) UTF-8 ALL": broken,
        "SORT (DISPLAYFROM) UTF-8 ALL": broken,
        "SORT (DISPLAYTO) UTF-8 ALL": broken,
        "SORT (SIZE) UTF-8 ALL": "line ends are kept as they came",
        'SEARCH HEADER "" x': "no field has no name",
        'SEARCH BODY "inner"': "the header of a message in a message is in its body",
        "SEARCH SENTBEFORE 1-Apr-2026": "a message without a date was not sent before any other",
        "SEARCH SENTBEFORE 1-Jan-1980": "the same",
        "SEARCH ON 32-Apr-2026": "there is no such day",
        "SEARCH 1000:*": "* is the largest number, so that it is 86:1000 (RFC 3501 §9, seq-range)",
    }  # fmt: skip
    await talk(pair, dialogues.SEARCHES, known)


async def test_lists(pair: Pair) -> None:
    known = {
        'LIST a "/b"': "reference and pattern are put together as they are",
        'LIST a/ ""': "the root may be empty (RFC 3501 §6.3.8)",
        'LIST () "" ()': "at least one pattern is wanted (RFC 5258 §6)",
        "STATUS a (APPENDLIMIT)": "RFC 7889",
    }
    await talk(pair, dialogues.LISTS, known)


async def test_changes(pair: Pair) -> None:
    await pair.put(odd_mails.ENCODED, DATE)
    await pair.put(odd_mails.ALL["plain"], DATE)
    known = {
        "FETCH 1 BINARY.PEEK[4]": "of a message that cannot be given nothing is told",
        "FETCH 1 BINARY.PEEK[TEXT]": "the same",
        "APPEND INBOX CATENATE (BOGUS x)": "the peer adds an untagged BAD",
    }
    await talk(pair, dialogues.CHANGES, known)


async def put_three(pair: Pair) -> None:
    for name in ("plain", "every address field", "groups"):
        await pair.put(odd_mails.ALL[name], DATE)


async def test_marks(pair: Pair) -> None:
    await put_three(pair)
    keywords = "keywords that no message has any more are not told"
    known = {
        "UID COPY 99 nowhere": "a mailbox that is missing is said to be, also where there is nothing to copy",
        'COPY 1 "a*b"': "no mailbox can have such a name here, so that nobody is asked to create it",
        "FETCH 1 BODY.PEEK[0]": "parts count from 1 (RFC 3501 §9, nz-number)",
        "FETCH 1 BODY.PEEK[1.0]": "the same",
        "FETCH 1 BODY.PEEK[]<0.0>": "the same for how many octets are wanted",
        r"STORE 1 FLAGS (\seen \FLAGGED)": "flags are told also where nothing has changed (RFC 3501 §6.4.6)",
        "STORE 1:3 FLAGS ()": "the same",
        "SELECT INBOX": keywords,
        "STORE 1 FLAGS.SILENT (b)": f"{keywords}; what came of one's own change alone is not told",
        "FETCH 1 FLAGS": keywords,
    }
    await talk(pair, groups.MARKS, known)


async def test_names(pair: Pair) -> None:
    await put_three(pair)
    superior = "superiors are created with a mailbox, as mailboxes (RFC 3501 §6.3.3)"
    known = {
        'LIST "" old*': superior,
        'LIST "" %': superior,
        'LIST "" nil': superior,
        'LIST "" "&U,BTFw-*"': superior,
        'LIST "" *': superior,
        'LIST "" other*': "a name that only stood above others goes with the last of them",
        "SELECT INBOX": "INBOX stays what it was where its messages are renamed away",
    }
    await talk(pair, groups.NAMES, known)


async def test_keys(pair: Pair) -> None:
    await put_three(pair)
    superior = "superiors are created with a mailbox, as mailboxes (RFC 3501 §6.3.3)"
    known = {
        "EXPUNGE": "after EXAMINE nothing can be removed, and that is said",
        'LIST (SUBSCRIBED RECURSIVEMATCH) "" (s)': superior,
        'LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (SUBSCRIBED CHILDREN)': superior,
        "FETCH 1 UID": "what is expunged is gone at once (RFC 2180 §4.1.2)",
        r"SEARCH KEYWORD \Seen": "that is no keyword (RFC 3501 §9, flag-keyword)",
    }
    await talk(pair, groups.KEYS, known)


async def test_binary(pair: Pair) -> None:
    await pair.put(odd_mails.NESTED, DATE)
    await pair.put(odd_mails.BODIES["base64 body"], DATE)
    await pair.put(odd_mails.BODIES["message in mixed"], DATE)
    await pair.put(odd_mails.PADDED, DATE)
    parts = (
        "", "1", "1.1", "1.2", "2", "2.1", "3", "TEXT", "HEADER", "1.MIME", "1.HEADER", "1.TEXT", "2.MIME", "2.HEADER",
        "2.TEXT", "2.1.MIME", "HEADER.FIELDS (subject)", "2.HEADER.FIELDS.NOT (subject)",
    )  # fmt: skip
    items = [f"{word}[{part}]" for word in ("BINARY.PEEK", "BINARY.SIZE") for part in parts]
    lines = [
        "1 SELECT INBOX",
        *(f"1 FETCH {n} {item}" for n in (1, 2, 3, 4) for item in [*items, "BINARY[]<3.40>"]),
    ]
    known = dict.fromkeys(
        ("FETCH 3 BINARY.PEEK[1.1]", "FETCH 3 BINARY.SIZE[1.1]"), "a part that is no multipart has no parts"
    )
    await talk(pair, lines, known)


async def test_binary_messages(pair: Pair) -> None:
    await pair.say("SELECT INBOX")
    for number, raw in enumerate(odd_mails.BINARY.values(), 1):
        await pair.say(f"APPEND INBOX {DATE}~{{{len(raw)}+}}\r\n".encode() + raw)
        for item in (
            "BODY.PEEK[]", "BODY.PEEK[TEXT]", "BODY.PEEK[1]", "BODY.PEEK[1]<0.2>", "BODYSTRUCTURE", "RFC822.SIZE",
            "RFC822.HEADER", "BINARY.PEEK[]", "BINARY.PEEK[1]", "BINARY.SIZE[1]",
        ):  # fmt: skip
            await pair.say(f"FETCH {number} {item}")
    assert not pair.differences, "\n".join(map(str, pair.differences))


def letter(random: random.Random, ids: list[str]) -> bytes:
    """A message of a thread: its id, references and subject from a few, so that they often meet."""
    head = [
        f"Message-ID: {random.choice(ids)}",
        f"References: {' '.join(random.sample(ids, random.randint(0, 3)))}",
        f"Subject: {random.choice(['p', 'Re: p', 'q', 'Re: [x] q', '', 'Fwd: p', '[Fwd: q]', 'p (fwd)'])}",
        f"Date: {random.randint(1, 28):02d} Apr 2026 09:00:00 +0000",
    ]
    return odd_mails.crlf("From: a@b.example\n" + "\n".join(head) + "\n\nx\n")


@pytest.mark.parametrize("seed", range(8))
async def test_threads(pair: Pair, seed: int) -> None:
    chance = random.Random(seed)
    ids = [f"<{n}@b.example>" for n in range(9)]
    for _ in range(12):
        await pair.put(letter(chance, ids), f'"{chance.randint(10, 28)}-Apr-2026 09:00:00 +0000" ')
    lines = (
        "SELECT INBOX",
        "THREAD REFERENCES UTF-8 ALL",
        "THREAD REFS UTF-8 ALL",
        "THREAD ORDEREDSUBJECT UTF-8 ALL",
        "SORT (SUBJECT) UTF-8 ALL",
        "SORT (REVERSE DATE SUBJECT) UTF-8 ALL",
    )
    await talk(pair, [f"1 {line}" for line in lines], {})
