import pytest

from mailserver_lab.widgets.legible import file_name, has_two_endings, legible, legible_lines


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


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("見積書.pdf", "見積書.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Windows\\x.exe", "C_Windows_x.exe"),
        ("a\r\nBcc: b.pdf", "a Bcc_ b.pdf"),
        ("gpj\u202e.exe", "gpj.exe"),
        ("invoice.pdf            .exe", "invoice.pdf .exe"),
        (".bashrc", "bashrc"),
        ("name. . .", "name"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("", "otherwise"),
        ("///", "otherwise"),
        ("\ud83d\u200b", "otherwise"),
    ],
)
def test_a_file_name_is_a_name_and_no_path(name: str, saved: str) -> None:
    assert file_name(name, "otherwise") == saved


def test_a_long_file_name_keeps_its_ending() -> None:
    saved = file_name("x" * 5_000 + ".tar.gz.exe", "otherwise")
    assert len(saved) <= 120
    saved = file_name("x" * 500 + ".tar.gz.exe", "otherwise")
    assert saved.endswith(".tar.gz.exe")


@pytest.mark.parametrize(
    ("name", "twice"),
    [("invoice.pdf.exe", True), ("invoice.pdf .exe", True), ("v1.2.pdf", False), ("a.pdf", False), ("2026.04.01.pdf", False), ("a.tar.gz", False), ("Dr.Mori.pdf", False), ("a.DOCX.scr", True)],
)  # fmt: skip
def test_two_endings_are_noticed(name: str, twice: bool) -> None:
    assert has_two_endings(name) is twice
