import pytest

from mailserver_lab.widgets.legible import legible, legible_lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("打ち合わせの件", "打ち合わせの件"),
        ("invoice\u202egpj.exe", "invoice⟨U+202E⟩gpj.exe"),
        ("pay\u200bpal", "pay⟨U+200B⟩pal"),
        ("a\x00b\x1b[31mc\x7f", "a␀b␛[31mc␡"),
        ("one\r\nBcc: two", "one␊Bcc: two"),
        ("tab\there", "tab␉here"),
        ("half \ud83d of a pair", "half \ufffd of a pair"),
        ("👩‍💻", "👩‍💻"),
    ],
)
def test_nothing_hidden_stays_hidden(text: str, shown: str) -> None:
    assert legible(text) == shown


def test_line_ends_and_tabs_stay_where_lines_are_meant() -> None:
    assert legible_lines("one\r\n\ttwo\rthree") == "one\n\ttwo␍three"


def test_what_is_too_long_is_cut_and_said_to_be() -> None:
    assert legible("x" * 30, 10) == "x" * 10 + "… (+20)"
