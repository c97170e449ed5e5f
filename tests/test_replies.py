"""SMTP replies, written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailserver_lab import replies
from mailserver_lab.replies import Reply, parsed


@pytest.mark.parametrize(
    ("lines", "reply"),
    [
        (["250 2.1.0 OK"], Reply(250, "OK", "2.1.0")),
        (["250-mx", "250 SIZE 1"], Reply(250, "mx\nSIZE 1")),
        (["550"], Reply(550, "")),
        (["550 5.1.1"], Reply(550, "", "5.1.1")),
        (["550 4.1.1 of another class"], Reply(550, "4.1.1 of another class")),
        (["220 1.2.3.4 ESMTP"], Reply(220, "1.2.3.4 ESMTP")),
    ],
)
def test_replies_are_read(lines: list[str], reply: Reply) -> None:
    assert Reply.parse(lines) == reply


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [""],
        ["25"],
        ["2500 x"],
        ["250x"],
        ["150 x"],
        ["600 x"],
        ["000 x"],
        ["２５０ x"],
        ["250-a", "251 b"],
        ["abc"],
    ],
)
def test_what_is_no_reply_is_refused(lines: list[str]) -> None:
    with pytest.raises(ValueError, match="reply"):
        Reply.parse(lines)


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Z"]), min_size=1)


@given(st.sampled_from([220, 354, 421, 550]), st.lists(TEXT, min_size=1, max_size=4), st.booleans())
def test_what_is_written_is_read_back(code: int, texts: list[str], status: bool) -> None:
    reply = Reply(code, "\n".join(texts), f"{code // 100}.1.10" if status and code != 354 else "")
    assert Reply.parse(reply.lines()).lines() == reply.lines()


@given(st.text())
def test_the_record_can_parse_any_line(line: str) -> None:
    assert set(parsed(line)) in (set(), {"reply", "status"})


def test_the_four_phrases_of_the_article_stand_there_verbatim() -> None:
    assert str(replies.user_unknown("a@b")) == "550 5.1.1 <a@b>... User unknown"
    assert "Host unknown (Name server: b: host not found)" in str(replies.host_unknown("a@b"))
    assert "Message size exceeds remaining quota" in str(replies.mailbox_full("a@b"))
    assert "Message exceeds maximum fixed size" in str(replies.too_large(1))


def test_a_full_mailbox_is_for_good_or_for_now() -> None:
    assert replies.mailbox_full("a@b").permanent
    assert replies.mailbox_full("a@b", temporary=True).temporary
