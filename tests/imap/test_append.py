"""APPEND of several messages (RFC 3502), from parts (RFC 4469), with NUL in it (RFC 3516), and its limit (RFC 7889)."""

from __future__ import annotations

import pytest

from .conftest import ALICE, Lab, Start
from .mails import ATTACHMENT


async def stored(lab: Lab, uid: int, folder: str = "Sent") -> bytes:
    message = next(each for each in await lab.store.messages(ALICE, folder) if each.uid == uid)
    return await lab.store.raw(message.id)


async def test_several_messages_at_once(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    heard = await talker.say(
        'APPEND Sent (\\Seen) {1+}\r\na "17-Jul-1996 02:44:25 -0700" {1+}\r\nb {1+}\r\nc'
    )
    assert heard[-1].startswith("a OK [APPENDUID ")
    assert heard[-1].endswith(" 1:3] APPEND completed")
    assert [await stored(lab, uid) for uid in (1, 2, 3)] == [b"a", b"b", b"c"]
    assert [sorted(each.flags) for each in await lab.store.messages(ALICE, "Sent")] == [[r"\Seen"], [], []]


async def test_all_or_none(start: Start) -> None:
    lab = await start(mails=[], quota=10)
    talker = await (await lab.connect()).sign_in(None)
    assert (await talker.say("APPEND Sent {8+}\r\n12345678 {8+}\r\n12345678"))[-1].startswith(
        "a NO [OVERQUOTA]"
    )
    assert (await talker.say("APPEND Sent {1+}\r\na {0+}\r\n"))[-1].startswith("a NO There is no message")
    assert await lab.uids("Sent") == []


async def test_a_message_from_parts_of_others(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    validity = (await lab.store.folder(ALICE, "INBOX")).uidvalidity
    heard = await talker.say(
        'APPEND Sent CATENATE (TEXT {16+}\r\nSubject: new\r\n\r\n URL "/INBOX/;UID=2/;SECTION=1.2"'
        f' URL "/INBOX;UIDVALIDITY={validity}/;UID=1/;SECTION=TEXT/;PARTIAL=0.5" URL ";UID=2/;SECTION=2.MIME")'
    )
    assert heard[-1].startswith("a OK"), heard
    mime = ATTACHMENT.partition(b"--outer\r\nContent-Type: app")[2].partition(b"\r\n\r\n")[0]
    expected = b"Subject: new\r\n\r\n<p>spring flower</p>Shall" + b"Content-Type: app" + mime + b"\r\n\r\n"
    assert await stored(lab, 1) == expected


@pytest.mark.parametrize(
    "url",
    [
        "/INBOX/;UID=99", "/nowhere/;UID=1", "/INBOX;UIDVALIDITY=77/;UID=1", "/INBOX/;UID=1/;SECTION=9",
        "imap://elsewhere.example/INBOX/;UID=1", "/INBOX", "", "/INBOX/;UID=1/;SECTION=]", "/&bad/;UID=1",
        "/%FF/;UID=1",
    ],
)  # fmt: skip
async def test_a_url_that_leads_nowhere_is_named(start: Start, url: str) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    heard = await talker.say(f'APPEND Sent CATENATE (URL "{url}")')
    assert heard[-1].startswith(f"a NO [BADURL {url.replace(']', '?')}] ")
    assert await lab.uids("Sent") == []


async def test_what_is_put_together_is_limited(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailserver_lab.imap.append.MAX_MESSAGE", 2 * len(ATTACHMENT))
    lab = await start()
    talker = await (await lab.connect()).sign_in()
    urls = 'URL "/INBOX/;UID=2" ' * 3
    assert (await talker.say(f"APPEND Sent CATENATE ({urls.strip()})"))[-1].startswith("a NO [TOOBIG]")


async def test_nul_needs_a_binary_literal(start: Start) -> None:
    lab = await start()
    talker = await (await lab.connect()).sign_in(None)
    assert (await talker.say(b"APPEND Sent {3+}\r\na\0b"))[-1].startswith("a NO")
    assert (await talker.say(b"APPEND Sent ~{3+}\r\na\0b"))[-1].startswith("a OK")
    assert await stored(lab, 1) == b"a\0b"
    assert (await talker.say("SELECT Sent"))[-1].startswith("a OK")


async def test_the_limit_is_told_and_held(start: Start) -> None:
    talker = await (await (await start()).connect()).sign_in(None)
    assert " APPENDLIMIT=67108864" in (await talker.say("CAPABILITY"))[0]
    assert (await talker.say("STATUS INBOX (APPENDLIMIT)"))[0] == '* STATUS "INBOX" (APPENDLIMIT 67108864)'
    assert (await talker.say("APPEND INBOX {67108865}"))[-1].startswith("a NO [TOOBIG]")
