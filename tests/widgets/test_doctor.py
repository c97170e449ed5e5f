"""The bounce doctor's panel, as its Python hears and answers the page."""

import asyncio
import sys
import threading
from typing import Any

import pytest

from mailserver_lab.dsn import diagnose, pasted
from mailserver_lab.dsn.diagnosis import LARGEST
from mailserver_lab.locale import Lang
from mailserver_lab.widgets.doctor import RECIPIENTS_SHOWN, Doctor, doctor
from tests.dsn.bounces import SAMPLES, mail, report

HARM = '<img src=x onerror="window.harmed = true">'


class Asked:
    """A panel, and what it sent to the page."""

    def __init__(self, lang: Lang = "en") -> None:
        self.panel = doctor(lang)
        self.sent: list[dict[str, Any]] = []
        self.panel.send = lambda content, buffers=(): self.sent.append(content)  # type: ignore[method-assign]

    def ask(self, buffers: tuple[bytes, ...] = (), **content: Any) -> None:
        self.panel._handle_custom_msg(content, [memoryview(one) for one in buffers])

    def bring(self, raw: bytes, size: int = 1_000_000) -> None:
        for n in range(max(1, -(-len(raw) // size))):
            self.ask((raw[n * size : (n + 1) * size],), kind="piece", n=n)

    async def told(self, raw: bytes, *, as_text: bool = False) -> dict[str, Any]:
        self.bring(raw)
        self.ask(kind="whole", pasted=as_text, ask=7)
        await self.panel.settle()
        return self.sent[-1]


async def test_a_message_that_comes_in_pieces_is_told_of_recipient_by_recipient() -> None:
    asked = Asked()
    asked.bring(SAMPLES["Postfix, two recipients"].raw, 100)
    assert [one["n"] for one in asked.sent] == list(range(len(asked.sent)))  # each one is acknowledged
    asked.ask(kind="whole", pasted=False, ask=3)
    await asked.panel.settle()
    told = asked.sent[-1]
    assert (told["kind"], told["ask"], told["type"], told["more"]) == ("told", 3, "bounce", 0)
    first, second = told["recipients"]
    assert (first["recipient"], first["cause"]) == ("recipent@hibari.example", "user-unknown")
    assert first["codes"] == ["550", "5.1.1"]
    assert first["evidence"][0]["line"][1] == "User unknown"
    assert "mx.tsubame.example" in first["author"]
    assert "plainly" in first["certainty"]
    assert (second["cause"], second["movers"]) == ("mailbox-full", "The recipient, you (the sender)")


@pytest.mark.parametrize(("name", "kind"), [("an absence reply", "vacation"), ("ordinary mail", "other"), ("Amazon SES in JSON, a complaint", "complaint")])  # fmt: skip
async def test_what_is_no_bounce_is_told_apart(name: str, kind: str) -> None:
    told = await Asked().told(SAMPLES[name].raw)
    assert told["type"] == kind
    assert "not a bounce" in told["sentence"] or "does not look like a bounce" in told["sentence"]


async def test_what_the_message_does_not_say_is_said_to_be_missing() -> None:
    (one,) = (await Asked().told(SAMPLES["says nothing of the cause"].raw))["recipients"]
    assert one["cause"] == "unclear"
    assert "No words" in one["certainty"]


async def test_a_contradiction_is_told_and_the_line_that_speaks_against_it_says_so() -> None:
    (one,) = (await Asked().told(SAMPLES["the code says one thing, the words another"].raw))["recipients"]
    assert len(one["doubts"]) == 1
    assert [quote["against"] for quote in one["evidence"]] == ["", "No such user"]


async def test_nothing_in_a_message_hides_or_turns_the_writing() -> None:
    said = f"550 5.1.1 \u202euser unknown {HARM}\x1b[2J"
    raw = report("x", f"Final-Recipient: rfc822; u@b.example\nAction: failed\nDiagnostic-Code: smtp; {said}")
    (one,) = (await Asked().told(raw))["recipients"]
    line = "".join(one["evidence"][0]["line"])
    assert "⟨U+202E⟩" in line
    assert "\x1b" not in line
    assert HARM in line  # the page shows it as text


async def test_a_long_line_is_cut_around_the_words_that_count() -> None:
    said = f"550 {'x ' * 700}user unknown {'y ' * 700}"
    raw = report("x", f"Final-Recipient: rfc822; u@b.example\nAction: failed\nDiagnostic-Code: smtp; {said}")
    (one,) = (await Asked().told(raw))["recipients"]
    before, words, after = one["evidence"][0]["line"]
    assert words == "user unknown"
    assert before.startswith("…")
    assert len(before) + len(after) < 1_000


async def test_of_very_many_recipients_the_first_are_shown_and_the_others_counted() -> None:
    fields = "\n\n".join(
        f"Final-Recipient: rfc822; u{n}@b.example\nAction: failed\nStatus: 5.1.1"
        for n in range(RECIPIENTS_SHOWN + 5)
    )
    told = await Asked().told(report("x", fields))
    assert (len(told["recipients"]), told["more"]) == (RECIPIENTS_SHOWN, 5)


@pytest.mark.parametrize("which", ["user-unknown", "host-unknown"])
@pytest.mark.parametrize("lang", ["ja", "en"])
async def test_a_sample_is_written_by_the_lab_in_the_readers_language(lang: Lang, which: str) -> None:
    asked = Asked(lang)
    asked.ask(kind="sample", sample=which, ask=1)
    text = asked.sent[-1]["text"]
    assert ("お知らせ" in text) == (lang == "ja")
    told = await asked.told(text.encode(), as_text=True)
    assert [one["cause"] for one in told["recipients"]] == [which]
    assert [one["doubts"] for one in told["recipients"]] == [[]]


async def test_the_loop_goes_on_while_a_message_is_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    here, release = threading.current_thread(), threading.Event()

    def slow(raw: bytes) -> Any:
        assert threading.current_thread() is not here
        assert release.wait(10)
        return diagnose(raw)

    monkeypatch.setattr("mailserver_lab.control.doctor.diagnose", slow)
    asked = Asked()
    asked.bring(SAMPLES["qmail"].raw)
    asked.ask(kind="whole", pasted=False, ask=1)
    await asyncio.sleep(0)
    asked.ask(kind="sample", sample="user-unknown", ask=2)  # answered at once
    assert asked.sent[-1]["kind"] == "sample"
    release.set()
    await asked.panel.settle()
    assert asked.sent[-1]["kind"] == "told"


async def test_more_than_the_doctor_takes_is_refused_and_not_read_in_part() -> None:
    asked = Asked()
    told = await asked.told(SAMPLES["qmail"].raw + b"x" * LARGEST)
    assert (told["type"], told["recipients"]) == ("refused", [])
    assert "50 MB" in told["remarks"][0]


async def test_trouble_is_told_to_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(raw: bytes, **_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(sys.modules[Doctor.__module__], "diagnose_aside", broken)
    sent = await Asked().told(b"x")
    assert sent["kind"] == "failed"
    assert "MemoryError" in sent["problem"]["why"]


def test_nothing_of_a_message_is_in_what_jupyter_may_store() -> None:
    assert set(Doctor("en").keys) >= {"limit", "samples", "texts"}
    asked = Asked()
    asked.bring(b"secret")
    assert "secret" not in str(asked.panel.get_state())


# -- pasted text

JAPANESE = (
    "宛先のメールボックスがいっぱいです。\n\n<yuki@hibari.example>: メールボックスの容量を超えています\n"
)


@pytest.mark.parametrize("charset", ["Shift_JIS", '"ISO-2022-JP"', "euc-jp", "iso-8859-1", "utf-8"])
async def test_letters_that_were_pasted_are_read_whatever_the_header_says_of_their_octets(
    charset: str,
) -> None:
    text = mail(
        f"From: MAILER-DAEMON@b.example\nTo: a@tsubame.example\nSubject: Undelivered mail\nContent-Type: text/plain; charset={charset}",
        JAPANESE,
    )
    (one,) = (await Asked("ja").told(text, as_text=True))["recipients"]
    assert one["cause"] == "mailbox-full"
    assert "容量" in one["evidence"][0]["line"][1]


def test_parts_in_base64_keep_their_charset_and_the_others_get_ours() -> None:
    text = (
        "Content-Type: text/plain; charset=Shift_JIS\nContent-Transfer-Encoding: base64\n\nk/o=\n\n"
        "Content-Type: text/html; charset=Shift_JIS\n\n日本\n"
    )
    assert pasted.octets(text).decode() == text[: text.rindex("Shift_JIS")] + "utf-8\n\n日本\n"


def test_octets_with_escapes_or_in_ascii_alone_stay_as_they_are() -> None:
    for text in ("charset=shift_jis\n\nplain", "charset=iso-2022-jp\n\n\x1b$BF|\x1b(B é"):
        assert pasted.octets(text) == text.encode()


def test_halves_of_letters_do_no_harm() -> None:
    assert pasted.octets("a\ud800b") == b"a?b"
