"""What each command's arguments are, and what is refused."""

from __future__ import annotations

import contextlib
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailserver_lab.imap import events, grammar, names, search
from mailserver_lab.imap.cursor import Cursor, Malformed
from mailserver_lab.imap.sequence import SequenceSet, contains


def read(name: str, rest: str, *literals: bytes, uid: bool = False) -> events.Arguments:
    return grammar.arguments(name, uid, Cursor(rest.encode(), literals))


def numbers(text: str) -> SequenceSet:
    return SequenceSet.parse(text)


def section(
    path: tuple[int, ...],
    text: str,
    fields: tuple[str, ...] = (),
    partial: tuple[int, int] | None = None,
    *,
    peek: bool = False,
    label: str,
) -> events.Section:
    return events.Section(
        "BODY", path, text, fields, partial, peek, f"BODY[{label}]" + (f"<{partial[0]}>" if partial else "")
    )


@pytest.mark.parametrize(
    ("name", "rest", "arguments"),
    [
        ("LOGIN", ' a@b "p \\" w"', events.Login("a@b", 'p " w')),
        ("SELECT", " inbox", events.Select("INBOX")),
        ("SELECT", ' "&ZeVnLIqe-"', events.Select("日本語")),
        ("SELECT", " 日本語", events.Select("日本語")),
        ("RENAME", " a b", events.Rename("a", "b")),
        ("LIST", ' "" %/*', events.ListMailboxes("", ("%/*",))),
        ("STATUS", " INBOX (messages UNSEEN)", events.StatusOf("INBOX", ("MESSAGES", "UNSEEN"))),
        ("ID", ' ("name" "x" "os" NIL)', events.Id((("name", "x"), ("os", None)))),
        ("ID", " NIL", events.Id(())),
        ("STORE", r" 1:2 +flags (\seen $Junk)", events.StoreFlags(numbers("1:2"), "add", False, (r"\Seen", "$Junk"))),
        ("STORE", r" * FLAGS.SILENT ()", events.StoreFlags(numbers("*"), "replace", True, ())),
        ("STORE", r" 1 -FLAGS \Deleted x", events.StoreFlags(numbers("1"), "remove", False, (r"\Deleted", "x"))),
        ("COPY", " 1,3 Sent", events.Copy(numbers("1,3"), "Sent")),
        ("EXPUNGE", "", events.Expunge()),
        ("FETCH", " 1 ALL", events.Fetch(numbers("1"), ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"))),
        ("FETCH", " 1 (UID body)", events.Fetch(numbers("1"), ("UID", "BODY"))),
        ("FETCH", " 1 BODY[]", events.Fetch(numbers("1"), (section((), "", label=""),))),
        ("FETCH", " 1 body.peek[1.2.mime]<5.7>", events.Fetch(numbers("1"), (section((1, 2), "MIME", (), (5, 7), peek=True, label="1.2.MIME"),))),
        ("FETCH", ' 1 BODY[HEADER.FIELDS (To "Cc")]', events.Fetch(numbers("1"), (section((), "HEADER.FIELDS", ("to", "cc"), label="HEADER.FIELDS (To Cc)"),))),
        ("FETCH", " 1 BODY[3.HEADER.FIELDS.NOT (To)]", events.Fetch(numbers("1"), (section((3,), "HEADER.FIELDS.NOT", ("to",), label="3.HEADER.FIELDS.NOT (To)"),))),
        ("SEARCH", " ALL", events.Search(search.All(), None)),
        ("SEARCH", " UNSEEN 1:3", events.Search(search.And((search.Flag(r"\SEEN", False), search.Numbers(numbers("1:3"), False))), None)),
        ("SEARCH", " CHARSET utf-8 NOT (OR FROM a SENTON 1-Apr-2026)", events.Search(search.Not(search.Or((search.Header("from", "a"), search.Dated(True, "ON", date(2026, 4, 1))))), "UTF-8")),
        ("SEARCH", " UID 5:* LARGER 10", events.Search(search.And((search.Numbers(numbers("5:*"), True), search.Size(True, 10))), None)),
        ("GETQUOTA", ' ""', events.Mailbox("")),
    ],
)  # fmt: skip
def test_arguments(name: str, rest: str, arguments: events.Arguments) -> None:
    assert read(name, rest) == arguments


def test_append_with_flags_date_and_message() -> None:
    date_time = datetime(2026, 4, 1, 9, 0, 1, tzinfo=timezone(timedelta(hours=9)))
    read_append = read("APPEND", r' Sent (\Seen) " 1-Apr-2026 09:00:01 +0900" {2+}' + "\r\n", b"hi")
    assert read_append == events.Append("Sent", (events.NewMessage((r"\Seen",), date_time, (b"hi",)),))


def test_uid_expunge_has_a_set() -> None:
    assert read("EXPUNGE", " 3:5", uid=True) == events.Expunge(numbers("3:5"))


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("FETCH", " 0 FLAGS"), ("FETCH", " 1 ()"), ("FETCH", f" 1 ({' '.join(f'BODY[{n}]' for n in range(1, 52))})"), ("FETCH", " 1 NOTHING"), ("FETCH", " 1 BODY[1"), ("FETCH", " 1 BODY[0]"), ("FETCH", " 1 BODY[MIME]"),
        ("FETCH", " 1 (ALL)"), ("FETCH", " 1 BODY[HEADER.FIELDS ()]"), ("FETCH", " 1 BODY[]<0.0>"), ("FETCH", " 4294967296 UID"), ("FETCH", " 1,,2 UID"),
        ("FETCH", " 1 BODY[" + "1." * 100 + "1]"), ("FETCH", " 1 BODY[" + "9" * 5000 + "]"),
        ("STORE", r" 1 FLAGS \Recent"), ("STORE", " 1 MORE x"), ("STORE", " 1 FLAGS (a"), ("SEARCH", ""), ("SEARCH", " NOT"), ("SEARCH", " ("),
        ("SEARCH", " " + "(" * 200 + "ALL" + ")" * 200), ("SEARCH", " " + "NOT " * 500 + "ALL"), ("SEARCH", " ON 31-Feb-2026"), ("SEARCH", " ON 1-Foo-2026"),
        ("SEARCH", " CHARSET klingon ALL"), ("SEARCH", " HEADER x"), ("STATUS", " INBOX ()"), ("STATUS", " INBOX (COLOUR)"), ("APPEND", " INBOX x"),
        ("APPEND", ' INBOX "99-Apr-2026 09:00:01 +0900" {1}'), ("SELECT", " &-&"), ("SELECT", " &AA-"), ("ID", ' ("a")'), ("AUTHENTICATE", " PLAIN !"),
    ],
)  # fmt: skip
def test_what_is_no_grammar_is_malformed(name: str, rest: str) -> None:
    with pytest.raises(Malformed):
        read(name, rest)


@pytest.mark.parametrize(
    ("name", "wire"),
    [("日本語/a&b", "&ZeVnLIqe-/a&-b"), ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-")],
)
def test_mailbox_names_in_modified_utf7(name: str, wire: str) -> None:
    assert names.encode(name) == wire
    assert names.decode(wire) == name


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_survives_the_wire(name: str) -> None:
    assert names.encode(name).isascii()
    assert names.decode(names.encode(name)) == name


@given(st.sets(st.integers(1, 2**32 - 1)))
def test_a_set_of_numbers_survives_the_wire(wanted: set[int]) -> None:
    if wanted:
        ranges = SequenceSet.parse(str(SequenceSet.of(wanted))).within(1)
        assert all(contains(ranges, number) for number in wanted)
        assert sum(high - low + 1 for low, high in ranges) == len(wanted)


def test_star_is_the_largest_number_and_ranges_go_both_ways() -> None:
    assert SequenceSet.parse("*:4,9").within(7) == [(4, 7), (9, 9)]


@given(
    st.sampled_from(["FETCH", "SEARCH", "STORE", "LIST", "APPEND", "ID", "LOGIN"]),
    st.text(st.sampled_from(' ()[]"\\{}*%1a.<>&-+\r\n'), max_size=40),
)
def test_no_arguments_break_the_grammar(name: str, rest: str) -> None:
    with contextlib.suppress(Malformed):
        read(name, " " + rest, b"x", b"y", b"z")
