"""NOTIFY (RFC 5465): a client hears what it has asked for, of all its mailboxes, without asking again."""

from __future__ import annotations

import pytest

from mailserver_lab.imap import notify
from mailserver_lab.store import Transaction

from .conftest import ALICE, NOW, Lab, Start, Talker

MAIL = b"From: Bob <bob@hibari.example>\r\nSubject: Lunch\r\n\r\nShall we meet?\r\n"


async def two(start: Start, asked: str, mailbox: str | None = "INBOX") -> tuple[Lab, Talker, Talker]:
    """One who has asked to be told, and another who does things."""
    lab = await start(mails=[MAIL, MAIL])
    other = await (await lab.connect()).sign_in()
    told = await (await lab.connect()).sign_in(mailbox)
    assert (await told.say(f"NOTIFY SET {asked}"))[-1] == "a OK NOTIFY completed"
    return lab, told, other


def standing(line: str) -> str:
    """A STATUS response without the numbers that each mailbox has of its own."""
    words = line.replace("(", "( ").replace(")", " )").split()
    for name in ("UIDVALIDITY", "HIGHESTMODSEQ"):
        at = words.index(name)
        del words[at : at + 2]
    return " ".join(words)


async def test_another_mailbox_is_told_of_while_nothing_is_asked(start: Start) -> None:
    lab, told, other = await two(start, "(personal (MessageNew MessageExpunge FlagChange))")
    await lab.deliver(MAIL, "Trash")
    assert standing(await told.line()) == '* STATUS "Trash" ( MESSAGES 1 UIDNEXT 2 UNSEEN 1 )'
    await other.say("SELECT Trash")
    await other.say(r"STORE 1 +FLAGS (\Seen \Deleted)")
    assert standing(await told.line()) == '* STATUS "Trash" ( MESSAGES 1 UIDNEXT 2 UNSEEN 0 )'
    await other.say("EXPUNGE")
    assert standing(await told.line()) == '* STATUS "Trash" ( MESSAGES 0 UIDNEXT 2 UNSEEN 0 )'


async def test_the_selected_mailbox_is_told_of_while_nothing_is_asked(start: Start) -> None:
    lab, told, other = await two(
        start, "(selected (MessageNew (UID BODY.PEEK[HEADER.FIELDS (Subject)]) MessageExpunge FlagChange))"
    )
    await lab.deliver(b"Subject: new\r\n\r\nnew\r\n")
    assert [await told.line() for _ in range(6)] == [
        "* 3 EXISTS", "* 1 RECENT", "* 3 FETCH (UID 3 BODY[HEADER.FIELDS (Subject)] {16}", "Subject: new", "", ")"
    ]  # fmt: skip
    await other.say(r"STORE 1 +FLAGS (\Deleted)")
    assert await told.line() == r"* 1 FETCH (FLAGS (\Deleted))"
    await other.say("EXPUNGE")
    assert await told.line() == "* 1 EXPUNGE"


async def test_flags_are_not_told_of_where_they_are_not_wanted(start: Start) -> None:
    lab, told, other = await two(start, "(selected (MessageNew MessageExpunge))")
    await other.say(r"STORE 1 +FLAGS (\Flagged)")
    await lab.deliver(MAIL)
    assert [await told.line() for _ in range(2)] == ["* 3 EXISTS", "* 1 RECENT"]


async def test_a_delayed_client_keeps_its_numbers_until_a_command_or_idle(start: Start) -> None:
    lab, told, other = await two(start, "(selected-delayed (MessageNew MessageExpunge))")
    await other.say(r"STORE 1 +FLAGS.SILENT (\Deleted)")
    await other.say("EXPUNGE")
    await lab.deliver(MAIL)
    assert [await told.line() for _ in range(2)] == ["* 3 EXISTS", "* 1 RECENT"]
    assert (await told.say("IDLE"))[-1].startswith("+ ")
    assert await told.line() == "* 1 EXPUNGE"


async def test_names_are_told_of(start: Start) -> None:
    _, told, other = await two(start, "(subtree a (MailboxName)) (personal (SubscriptionChange))", None)
    await other.say("CREATE a")
    assert await told.line() == r'* LIST (\HasNoChildren) "/" "a"'
    await other.say("CREATE aside")  # which is not below it
    await other.say("RENAME a b")  # nor is this any more
    await other.say("CREATE a/x")
    assert await told.line() == r'* LIST (\HasChildren) "/" "a"'
    assert await told.line() == r'* LIST (\HasNoChildren) "/" "a/x"'
    await other.say("RENAME a/x a/été".replace("été", "&AOk-t&AOk-"))
    assert await told.line() == r'* LIST (\HasNoChildren) "/" "a/&AOk-t&AOk-" ("OLDNAME" ("a/x"))'
    await other.say("DELETE a/&AOk-t&AOk-")
    assert await told.line() == r'* LIST (\NonExistent \HasNoChildren) "/" "a/&AOk-t&AOk-"'
    await other.say("SUBSCRIBE b")
    assert await told.line() == r'* LIST (\HasNoChildren \Subscribed) "/" "b"'
    await other.say("UNSUBSCRIBE b")
    assert await told.line() == r'* LIST (\HasNoChildren) "/" "b"'


async def test_what_happened_to_a_mailbox_before_it_was_renamed_is_told_under_its_new_name(
    start: Start,
) -> None:
    lab, told, other = await two(start, "(personal (MessageNew MessageExpunge MailboxName))", None)
    await other.say("CREATE x")
    assert (await told.line()).endswith('"x"')

    def work(transaction: Transaction) -> None:
        transaction.append(ALICE, "x", MAIL, (), NOW)
        transaction.rename_folder(ALICE, "x", "y")

    await lab.store.commit(work)
    assert await told.line() == r'* LIST (\HasNoChildren) "/" "y" ("OLDNAME" ("x"))'
    assert (await told.line()).startswith('* STATUS "y" (MESSAGES 1 ')


@pytest.mark.parametrize(
    ("place", "heard"),
    [("inboxes", ["INBOX"]), ("subscribed", ["INBOX", "Trash"]), ("mailboxes (Trash other)", ["Trash", "other"]),
     ("mailboxes other", ["other"]), ("subtree other", ["other", "other/below"]), ("personal", ["INBOX", "Trash", "other", "other/below"])],
)  # fmt: skip
async def test_which_mailboxes_a_group_means(start: Start, place: str, heard: list[str]) -> None:
    lab = await start(mails=[])
    talker = await (await lab.connect()).sign_in(None)
    await talker.say("CREATE other/below")
    await talker.say("UNSUBSCRIBE Sent")
    assert (await talker.say(f"NOTIFY SET ({place} (MessageNew MessageExpunge))"))[-1].startswith("a OK")
    told = []
    for name in ("INBOX", "Trash", "other", "other/below"):
        await lab.deliver(MAIL, name)
        told += [line.split('"')[1] for line in (await talker.say("NOOP"))[:-1]]
    assert told == heard


async def test_the_first_group_that_means_a_mailbox_counts(start: Start) -> None:
    lab, told, _ = await two(start, "(mailboxes Trash NONE) (personal (MessageNew MessageExpunge))", None)
    await lab.deliver(MAIL, "Trash")
    await lab.deliver(MAIL, "Sent")
    assert (await told.line()).startswith('* STATUS "Sent" ')


async def test_how_all_stand_is_told_at_once_where_it_is_asked(start: Start) -> None:
    lab = await start(mails=[MAIL])
    talker = await (await lab.connect()).sign_in()
    heard = await talker.say("NOTIFY SET STATUS (personal (MessageNew MessageExpunge)) (selected NONE)")
    assert [line.split('"')[1] for line in heard[:-1]] == ["Sent", "Trash"]  # INBOX is selected
    assert await talker.say("NOTIFY SET STATUS (personal (MailboxName))") == ["a OK NOTIFY completed"]


async def test_notify_none_ends_it(start: Start) -> None:
    lab, told, _ = await two(start, "(personal (MessageNew MessageExpunge MailboxName))", None)
    assert await told.say("NOTIFY NONE") == ["a OK NOTIFY completed"]
    await lab.deliver(MAIL, "Trash")
    await lab.store.create_folder(ALICE, "x")
    assert await told.say("NOOP") == ["a OK NOOP completed"]


async def test_an_event_that_is_not_known_leaves_what_was_asked_before(start: Start) -> None:
    lab, told, _ = await two(start, "(personal (MessageNew MessageExpunge))", None)
    assert (await told.say("NOTIFY SET (personal (AnnotationChange))"))[-1].startswith("a NO [BADEVENT (MessageNew ")  # fmt: skip
    await lab.deliver(MAIL, "Trash")
    assert (await told.line()).startswith('* STATUS "Trash" ')


async def test_too_much_is_said_to_be_and_ends_it(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "MOST", 1)
    lab = await start(mails=[])
    talker = await (await lab.connect()).sign_in()
    await talker.say("NOTIFY SET (personal (MessageNew MessageExpunge))")

    def work(transaction: Transaction) -> None:
        for name in ("Sent", "Trash"):
            transaction.append(ALICE, name, MAIL, (), NOW)

    await lab.store.commit(work)
    assert (await talker.line()).startswith("* OK [NOTIFICATIONOVERFLOW] ")
    await lab.deliver(MAIL, "Sent")
    assert await talker.say("NOOP") == ["a OK NOOP completed"]


async def test_idle_is_told_the_same(start: Start) -> None:
    lab, told, _ = await two(start, "(selected (MessageNew MessageExpunge)) (personal (MessageNew MessageExpunge))")  # fmt: skip
    assert (await told.say("IDLE"))[-1].startswith("+ ")
    await lab.deliver(MAIL)
    assert [await told.line() for _ in range(2)] == ["* 3 EXISTS", "* 1 RECENT"]
    await lab.deliver(MAIL, "Trash")
    assert (await told.line()).startswith('* STATUS "Trash" ')


async def test_without_a_group_for_it_the_selected_mailbox_waits_for_idle(start: Start) -> None:
    lab, told, _ = await two(start, "(personal (MessageNew MessageExpunge))")
    await lab.deliver(MAIL)
    await lab.deliver(MAIL, "Trash")
    assert (await told.line()).startswith('* STATUS "Trash" ')
    assert (await told.say("IDLE"))[-1].startswith("+ ")
    assert await told.line() == "* 3 EXISTS"


async def test_nobody_is_told_who_has_gone(start: Start) -> None:
    lab, told, other = await two(start, "(personal (MessageNew MessageExpunge))", None)
    await told.say("LOGOUT")
    assert (await told.line()).endswith("(end)")
    await lab.deliver(MAIL, "Trash")
    assert (await other.say("STATUS Trash (MESSAGES)"))[0] == '* STATUS "Trash" (MESSAGES 1)'


async def test_names_go_in_utf8_to_whoever_takes_them(start: Start) -> None:
    lab = await start(mails=[])
    talker = await (await lab.connect()).sign_in(None)
    await talker.say("ENABLE UTF8=ACCEPT")
    await talker.say('NOTIFY SET (mailboxes ("été") (MailboxName))')
    await lab.store.create_folder(ALICE, "été")
    assert await talker.line() == r'* LIST (\HasNoChildren) "/" "été"'
