"""What different mail systems made of the same cause: a table that grows as the reader tries them."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parseaddr
from typing import TYPE_CHECKING

from traitlets import Dict, List, Unicode

from ..locale import Lang, Text
from . import assets
from .legible import legible
from .panel import Panel

if TYPE_CHECKING:
    from ..experiments import Switch, Tried
    from .strings import Texts

TEXTS: Texts = {
    "heading": Text("並べて比べる", "Side by side"),
    "empty": Text(
        "送ってエラーメールが届くと、そのソフトの返事と番号が、ここに 1 行ずつ並びます。",
        "With each bounce, the reply and the numbers of that program are added here.",
    ),
    "program": Text("ソフト", "Program"),
    "reply": Text("断ったサーバーの返事", "What the server said"),
    "status": Text("Status", "Status"),
    "bounce": Text("エラーメールの差出人と件名", "The bounce: sender and subject"),
    "waiting": Text("（まだ受信していません）", "(not fetched yet)"),
}
SUMMARY = Text(
    "{programs} 種類のソフトを試しました。返事の言葉は {replies} 通り、Status は {statuses} 通り、いちばん左の数字は {digits} 通り（{which}）です。",
    "Programs tried: {programs}. Different replies: {replies}. Different Status numbers: {statuses}. Different first digits: {digits} ({which}).",
)


class Compared(Panel):
    """A row for each wording that was tried. Everything in it is what servers really said and wrote."""

    _esm = assets.module("compared")
    _css = assets.style("compared")

    rows = List(Dict()).tag(sync=True)
    summary = Unicode().tag(sync=True)

    def __init__(self, lang: Lang, switch: Switch) -> None:
        self._names = {wording: label[lang] for wording, label in switch.options}
        super().__init__(lang, TEXTS)

    def view(self, tried: Sequence[Tried]) -> None:
        """Show what was tried so far."""
        rows = [
            {
                "program": self._names.get(one.wording, one.wording),
                "replies": [legible(line, 300) for line in one.replies],
                "status": legible(one.status, 20),
                "sender": legible(parseaddr(one.sender)[1] or one.sender, 200),
                "subject": legible(one.subject, 200),
            }
            for one in tried
        ]
        self.show(rows=rows, summary=self._summary(tried) if len(rows) > 1 else "")

    def _summary(self, tried: Sequence[Tried]) -> str:
        lang: Lang = self.lang
        first = {text[:1] for one in tried for text in (*one.replies, one.status) if text}
        return SUMMARY[lang].format(
            programs=len(tried),
            replies=len({one.replies for one in tried}),
            statuses=len({one.status for one in tried}),
            digits=len(first),
            which=", ".join(sorted(first)),
        )
