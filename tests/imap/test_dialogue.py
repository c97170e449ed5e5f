"""A whole session as a reader sees it in the record: golden, line by line."""

from __future__ import annotations

from .conftest import ALICE, Start
from .mails import PLAIN

GOLDEN = f"""\
S * OK [CAPABILITY …] mx.tsubame.example IMAP server ready
C a LOGIN {ALICE} ***
S a OK [CAPABILITY …] {ALICE} is signed in
C a SELECT INBOX
S * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
S * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags that are kept
S * 1 EXISTS
S * 1 RECENT
S * OK [UNSEEN 1] The first message not yet read
S * OK [UIDVALIDITY …] UIDs are valid
S * OK [UIDNEXT 2] The next UID
S * OK [HIGHESTMODSEQ 2] The highest mod-sequence
S a OK [READ-WRITE] INBOX selected
C a UID FETCH 1 (FLAGS BODY[])
S * 1 FETCH (UID 1 FLAGS (\\Recent \\Seen) BODY[] {{{len(PLAIN)}}}
S … {len(PLAIN)} octets of content
S )
S a OK FETCH completed
C a STORE 1 +FLAGS (\\Deleted)
S * 1 FETCH (FLAGS (\\Deleted \\Recent \\Seen))
S a OK STORE completed
C a EXPUNGE
S * 1 EXPUNGE
S * 0 RECENT
S a OK EXPUNGE completed, 1 removed
C a LOGOUT
S * BYE mx.tsubame.example closing
S a OK LOGOUT completed
"""


async def test_a_session_from_sign_in_to_sign_out(start: Start) -> None:
    lab = await start(mails=[PLAIN])
    talker = await (await lab.connect()).sign_in()
    for command in ("UID FETCH 1 (FLAGS BODY[])", r"STORE 1 +FLAGS (\Deleted)", "EXPUNGE", "LOGOUT"):
        await talker.say(command)
    lines = []
    for event in lab.record():
        text = event.text if event.kind == "line" else f"… {event.size} octets of content"
        for code in ("CAPABILITY ", "UIDVALIDITY "):
            before, found, rest = text.partition(code)
            text = f"{before}{found}…]{rest.partition(']')[2]}" if found else text
        if event.side:
            lines.append(f"{event.side[0].upper()} {text}")
    assert "\n".join(lines) + "\n" == GOLDEN
