"""What may stand behind MAIL FROM: and RCPT TO:."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailserver_lab.smtp.paths import BadPath, canonical, is_mailbox, notify, parse


@pytest.mark.parametrize(
    ("argument", "address", "parameters"),
    [
        ("FROM:<a@x.example>", "a@x.example", {}),
        ("from:<a@x.example>", "a@x.example", {}),
        ("FROM: <a@x.example> SIZE=12", "a@x.example", {"SIZE": "12"}),
        ("FROM:a@x.example SIZE=12", "a@x.example", {"SIZE": "12"}),
        ("FROM:<>", "", {}),
        ("FROM:<> RET=HDRS ENVID=QQ314159", "", {"RET": "HDRS", "ENVID": "QQ314159"}),
        ("FROM:<a@x> SMTPUTF8 body=8BITMIME", "a@x", {"SMTPUTF8": None, "BODY": "8BITMIME"}),
        ("FROM:<@relay.example,@other.example:a@x.example>", "a@x.example", {}),
        ('FROM:<"a b"@x.example>', '"a b"@x.example', {}),
        ('FROM:<"a>b"@x.example>', '"a>b"@x.example', {}),
        (r'FROM:<"a\"b"@x.example>', r'"a\"b"@x.example', {}),
        ('FROM:<"@"@x.example>', '"@"@x.example', {}),
        ("FROM:<a@[192.0.2.10]>", "a@[192.0.2.10]", {}),
        ("FROM:<a+b.c=d!e@x-1.example>", "a+b.c=d!e@x-1.example", {}),
        ("FROM:<日本@例え.example>", "日本@例え.example", {}),
        ("FROM:<Postmaster>", "Postmaster", {}),
        ("FROM:<a@x> ORCPT=rfc822;a+2Bb@x", "a@x", {"ORCPT": "rfc822;a+2Bb@x"}),
        (f"FROM:<{'a' * 64}@x.example>", f"{'a' * 64}@x.example", {}),
    ],
)
def test_good_paths_are_read(argument: str, address: str, parameters: dict[str, str | None]) -> None:
    read = parse(argument, "FROM")
    assert (read.address, read.parameters) == (address, parameters)


@pytest.mark.parametrize(
    "argument",
    [
        "", "FROM", "TO:<a@x>", "<a@x>", "FROM<a@x>", "FROM:<a@x", "FROM:<a@x SIZE=1", 'FROM:<"a@x>', "FROM:<a>", "FROM:<@x>", "FROM:<a@>",
        "FROM:<a b@x>", "FROM:<a@x@y>", "FROM:<.a@x>", "FROM:<a.@x>", "FROM:<a..b@x>", "FROM:<a@-x>", "FROM:<a@x->", "FROM:<a@x..y>", "FROM:<a@x.>",
        "FROM:<a\0@x>", "FROM:<a\r@x>", "FROM:<a@x> =1", "FROM:<a@x> SIZE=", "FROM:<a@x> SIZE=1 size=2", "FROM:<a@x> S=a=b", "FROM:<<a@x>>",
        f"FROM:<{'a' * 65}@x>", f"FROM:<a@{'x' * 300}>", "FROM:<日本" + "本" * 30 + "@x>", "FROM:<a\udcff@x>", "FROM:<a@\udcff>", 'FROM:<"\udcff"@x>',
    ],
)  # fmt: skip
def test_bad_paths_are_refused(argument: str) -> None:
    with pytest.raises(BadPath):
        parse(argument, "FROM")


@pytest.mark.parametrize(
    ("value", "words"), [("NEVER", {"NEVER"}), ("success,Failure,DELAY", {"SUCCESS", "FAILURE", "DELAY"})]
)
def test_notify_is_read(value: str, words: set[str]) -> None:
    assert notify(value) == words


@pytest.mark.parametrize("value", [None, "", "NEVER,SUCCESS", "SOMETIMES", "SUCCESS,", "SUCCESS FAILURE"])
def test_notify_is_refused(value: str | None) -> None:
    with pytest.raises(BadPath):
        notify(value)


def test_accounts_know_no_case() -> None:
    assert canonical("Sender@Tsubame.EXAMPLE") == "sender@tsubame.example"


PIECES = st.sampled_from(
    [
        "FROM:",
        "TO:",
        "<",
        ">",
        '"',
        "\\",
        "@",
        ":",
        ",",
        " ",
        "=",
        "a",
        ".",
        "[",
        "]",
        "\0",
        "\udcff",
        "日",
        "\t",
        "\r",
    ]
)


@given(
    st.one_of(
        st.text(alphabet=st.characters(), max_size=80),
        st.lists(PIECES, max_size=30).map(lambda parts: "FROM:" + "".join(parts)),
    )
)
def test_nothing_raises_but_bad_path_and_what_is_read_can_be_sent(argument: str) -> None:
    try:
        read = parse(argument, "FROM")
    except BadPath:
        return
    assert (
        read.address in {"", "postmaster"} or read.address.lower() == "postmaster" or is_mailbox(read.address)
    )
    read.address.encode()
    assert not set(read.address) & set("\r\n\0")
    if read.address.isprintable():
        assert parse(f"FROM:<{read.address}>", "FROM").address == read.address


@given(st.text(max_size=40))
def test_no_value_of_notify_raises_but_bad_path(value: str) -> None:
    try:
        assert notify(value)
    except BadPath:
        return
