"""Whether a mail that a reader typed may go on its way, and if not, what to tell them: beforehand, and when it was refused."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

from ..locale import Problem, Text
from ..smtp.paths import is_mailbox
from ..world import RESERVED_TLDS

MOST_RECIPIENTS = 1_000
BODY_LIMIT = 5_000_000  # characters that may be typed or pasted; what is larger belongs into an attachment
CLOSE = 0.75  # likeness from which a domain counts as one of the lab's, misspelt

_NOTHING_LOST = Text(ja="書いた内容はそのまま残っています。", en="What you wrote is still there.")
NO_PASSWORD = Problem(
    Text(ja="パスワードが入っていません。", en="There is no password."),
    Text(
        ja="サーバーに見せるパスワードがないので、接続しませんでした。使えるのは 1 行の文字だけです。",
        en="Without one there is nothing to show the server, so nothing was tried. A password is one line of text.",
    ),
    Text(ja="パスワードを入れて、もう一度押してください。", en="Type one, and press the button again."),
)


def check(recipients: Collection[str], body: str, domains: Collection[str]) -> None:
    """Raise a Problem unless the mail can be handed to the sender's server.

    Args:
        recipients: the addresses in the To field.
        body: the text.
        domains: those of this world.
    """
    if not recipients:
        raise Problem(
            Text(ja="宛先がありません。", en="There is no recipient."),
            Text(ja="どこへ届けるかがわからないメールは送れません。", en="A message needs somewhere to go."),
            Text(ja="「宛先」にアドレスを入れてください。", en="Put an address into the To field."),
        )
    if len(recipients) > MOST_RECIPIENTS:
        raise Problem(
            Text(ja=f"宛先が {len(recipients)} 件あります。", en=f"There are {len(recipients)} recipients."),
            Text(
                ja=f"一度に送れるのは {MOST_RECIPIENTS} 件までです。",
                en=f"One message goes to at most {MOST_RECIPIENTS}.",
            ),
            Text(ja=f"宛先を減らしてください。{_NOTHING_LOST.ja}", en=f"Remove some. {_NOTHING_LOST.en}"),
        )
    if len(body) > BODY_LIMIT:
        raise Problem(
            Text(ja="本文が大きすぎて送れません。", en="The text is too large to be sent."),
            Text(
                ja=f"{len(body):,} 文字あります。上限は {BODY_LIMIT:,} 文字です。",
                en=f"It has {len(body):,} characters, and {BODY_LIMIT:,} are the most.",
            ),
            Text(ja=f"本文を短くしてください。{_NOTHING_LOST.ja}", en=f"Shorten it. {_NOTHING_LOST.en}"),
        )
    for address in recipients:
        _check_address(address, domains)


def _check_address(address: str, domains: Collection[str]) -> None:
    # characters that cannot be seen, or turn the text around them, would lie about what stands there
    shown = "".join(char if char.isprintable() else f"[U+{ord(char):04X}]" for char in address[:80])
    shown += "…" if len(address) > 80 else ""
    if "@" not in address:
        raise Problem(
            Text(ja=f"「{shown}」には @ がありません。", en=f"There is no @ in “{shown}”."),
            Text(
                ja="メールアドレスは「名前@ドメイン」の形をしています。",
                en="An address has the form name@domain.",
            ),
            Text(
                ja=f"たとえば recipient@{min(domains)} のように書いてください。",
                en=f"Write something like recipient@{min(domains)}.",
            ),
        )
    if not is_mailbox(address) or not address.isprintable():
        raise Problem(
            Text(
                ja=f"「{shown}」はメールアドレスの形になっていません。",
                en=f"“{shown}” does not have the form of an address.",
            ),
            Text(
                ja="空白や、アドレスに使えない文字が入っているか、長すぎます。",
                en="It has a space or a character that addresses cannot have, or it is too long.",
            ),
            Text(ja="つづりを確かめてください。", en="Check how it is written."),
        )
    domain = address.rpartition("@")[2].lower()
    if not inside(domain, domains):
        there = sorted(domains)
        raise Problem(
            Text(
                ja=f"{domain} はこの小さな世界の外にあるので、送りませんでした。",
                en=f"{domain} is outside this small world, so nothing was sent.",
            ),
            Text(
                ja=f"この世界にあるのは {'、'.join(there)} だけです。メールがこのコンピューターの外へ出ることはありません。",
                en=f"This small world has only {' and '.join(there)}; nothing leaves this computer.",
            ),
            Text(
                ja=f"宛先を {there[0]} などのアドレスにしてください。",
                en=f"Write to an address at {there[0]}, for example.",
            ),
        )


class TooLarge(Problem):
    """The reader's own server takes no message of that size."""


def refused(by: Mapping[str, str], size: int, limit: int, *, attached: bool) -> Problem:
    """What to tell where the reader's own server did not take a message.

    Args:
        by: whom or what it refused: address, reply, status.
        size: of the message, in octets.
        limit: what the server takes.
        attached: whether anything was attached to it.
    """
    if by["status"] == "5.3.4":
        smaller = (
            Text(ja="添付を小さくするか外して", en="Make an attachment smaller or remove it")
            if attached
            else Text(ja="本文を短くして", en="Shorten the text")
        )
        return TooLarge(
            Text(
                ja="差出人側のサーバーは、大きすぎるという理由で、このメールを預かりませんでした。",
                en="Your own server did not take the message: it is too large.",
            ),
            Text(
                ja=f"全部で {megabytes(size)} あり、サーバーの上限は {megabytes(limit)} です。返事は「{by['reply']}」でした。",
                en=f"It has {megabytes(size)} in all, and the server takes {megabytes(limit)}. It said: {by['reply']}",
            ),
            Text(
                ja=f"{smaller.ja}、もう一度送ってください。{_NOTHING_LOST.ja}メールはまだ手元にあるので、エラーメールは届きません。",
                en=f"{smaller.en}, then send again. {_NOTHING_LOST.en} No bounce will come, for the message never left you.",
            ),
        )
    return Problem(
        Text(
            ja=f"差出人側のサーバーが {by['address']} への送信を断りました。",
            en=f"The sender's own server refused {by['address']}.",
        ),
        Text(ja=f"返事は「{by['reply']}」でした。", en=f"It said: {by['reply']}"),
        Text(ja="宛先を直して、もう一度送ってください。", en="Correct the address and send again."),
    )


def megabytes(octets: int) -> str:
    """A size as people read it."""
    return f"{octets / 1e6:,.1f} MB" if octets >= 1e5 else f"{octets / 1e3:,.1f} KB"


def inside(domain: str, domains: Collection[str]) -> bool:
    """Whether mail to a domain goes on its way: the world's own, reserved names, and the world's own misspelt."""
    if domain in domains or domain.rpartition(".")[2] in RESERVED_TLDS:
        return True
    return any(difflib.SequenceMatcher(None, domain, one).ratio() >= CLOSE for one in domains)
