"""What the parts of a message's way are called when it is the recipient's server that acts: its bounce travels back."""

from __future__ import annotations

from dataclasses import replace

from ..locale import Text
from .legs import Leg

_BACK = {
    "mx": Text(
        ja="宛先側のサーバー → DNS（届け先を尋ねる）", en="Recipient's server → DNS (where does it go?)"
    ),
    "deliver": Text(
        ja="宛先側のサーバー → 差出人側のサーバー（エラーメールの配送）",
        en="Recipient's server → sender's server (delivery of the bounce)",
    ),
    "bounce": Text(
        ja="宛先側のサーバーがエラーメールを書く",
        en="The recipient's server writes the bounce",
    ),
}


def seen_from(home: str, leg: Leg) -> Leg:
    """The leg with the title that fits: `home` is the sender's server."""
    return replace(leg, title=_BACK[leg.step]) if leg.step in _BACK and leg.source != home else leg
