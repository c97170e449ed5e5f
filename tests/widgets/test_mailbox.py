from mailserver_lab.experiments import Row
from mailserver_lab.widgets.mailbox import mail_row, shown_date


def test_dates_are_shown_as_lists_of_mail_do() -> None:
    date = "Wed, 01 Apr 2026 09:00:01 +0900"
    assert shown_date(date, "ja") == "4月1日 09:00"
    assert shown_date(date, "en") == "1 Apr 09:00"


def test_what_is_no_date_stands_as_it_is() -> None:
    assert shown_date("yesterday\u202e", "en") == "yesterday⟨U+202E⟩"
    assert shown_date("", "ja") == ""


def test_a_row_shows_the_address_and_hides_nothing() -> None:
    row = Row(1, '"Your bank" <mallory@hibari.example>', "file\u202efdp.exe", "", 10, False, False)
    shown = mail_row(row, "en")
    assert shown["sender"] == "mallory@hibari.example"
    assert shown["subject"] == "file⟨U+202E⟩fdp.exe"


def test_a_sender_that_is_no_address_is_shown_as_it_stands() -> None:
    assert (
        mail_row(Row(1, "nobody in particular", "", "", 10, False, False), "en")["sender"]
        == "nobody in particular"
    )
