"""The table of what was tried, without a page."""

from mailserver_lab.experiments import Tried, experiment
from mailserver_lab.locale import Lang
from mailserver_lab.widgets import Bench
from mailserver_lab.widgets.compared import Compared

SENDMAIL = Tried(
    "sendmail", ("550 5.1.1 <u@d>... User unknown",), "5.1.1", "Mail <MAILER-DAEMON@h>", "Returned mail"
)
EXIM = Tried("exim", ("550 Unrouteable address",), "5.0.0")


def panel(lang: Lang) -> Compared:
    made = Bench(experiment("same-cause-other-words"), lang).panels.compared
    assert made
    return made


def test_only_that_bench_has_one() -> None:
    assert Bench(experiment("user-unknown"), "en").panels.compared is None


def test_rows_are_added_as_they_are_tried_and_counted_once_there_is_something_to_compare() -> None:
    shown = panel("en")
    shown.view([])
    assert (shown.rows, shown.summary) == ([], "")
    shown.view([SENDMAIL])
    assert (len(shown.rows), shown.summary) == (1, "")
    shown.view([SENDMAIL, EXIM])
    assert [row["program"] for row in shown.rows] == [
        "sendmail (one of the oldest)",
        "Exim (at many web hosts)",
    ]
    assert shown.rows[0]["sender"] == "MAILER-DAEMON@h"
    assert shown.rows[1]["sender"] == ""
    assert shown.summary == (
        "Programs tried: 2. Different replies: 2. Different Status numbers: 2. Different first digits: 1 (5)."
    )


def test_what_a_server_says_cannot_hide_anything() -> None:
    shown = panel("ja")
    shown.view([Tried("odd", ("550 \u202eabc\x1b[2J",), "5.1.1", "x" * 900, "a\r\nb")])
    (row,) = shown.rows
    assert row["program"] == "odd"
    assert "\u202e" not in row["replies"][0]
    assert "\x1b" not in row["replies"][0]
    assert len(row["sender"]) < 250
    assert "\n" not in row["subject"]
