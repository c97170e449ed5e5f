"""What readers may break and mend: a form, and the list of what is broken now. The lab says what that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Dict, List, Unicode

from ..experiments.breaking import ALL, DNS, MOST_TIMES, kinds
from ..experiments.faults import COMMANDS, FAULTS
from ..locale import Lang, Text
from ..world import FAULTS as WHERE
from ..world import SLOWEST
from . import assets
from .panel import Content, Panel

if TYPE_CHECKING:
    from ..experiments import Breaking as Deeds
    from ..experiments import Broken
    from .strings import Texts

DEEDS = ("break", "mend", "mend-all", "undo")
TEXTS: Texts = {
    "heading": Text("こわす", "Break something"),
    "place": Text("場所", "Where"),
    "fault": Text("故障", "What goes wrong"),
    "at": Text("やりとりのどこで", "At which point"),
    "seconds": Text("黙る秒数", "Silent for (seconds)"),
    "lasts": Text("いつまで", "For how long"),
    "until_mended": Text("直すまで続く", "Until I mend it"),
    "counted": Text("回数を決める", "A number of times"),
    "times": Text("回数", "How many times"),
    "break": Text("起こす", "Break"),
    "now": Text("いまこわれているもの", "Broken now"),
    "nothing": Text("いまは何もこわれていません。", "Nothing is broken."),
    "mend": Text("直す", "Mend"),
    "mend_all": Text("すべて直す", "Mend everything"),
    "undo": Text("元に戻す", "Undo"),
    "note": Text(
        "この実験の中のサーバーだけが、ほんとうにこわれます。つぎに送るメールから当たります。",
        "The servers of this experiment really break, and no others. The next message meets it.",
    ),
}
PLACES: Texts = {
    ALL: Text("{count} 台とも", "all {count} servers"),
    "both": Text("2 台とも", "both servers"),
    DNS: Text("DNS（{domain} についての答え）", "the DNS (what it says of {domain})"),
}
LISTED: Texts = {
    "dialogue": Text("{place}：{fault}、{at}", "{place}: {fault}, {at}"),
    "elsewhere": Text("{place}：{fault}", "{place}: {fault}"),
    "silent": Text("{seconds} 秒", "{seconds} s"),
    "times": Text("あと {n} 回", "{n} more times"),
    "once": Text("あと 1 回", "once more"),
    "until": Text("直すまで続く", "until mended"),
    "struck": Text("これまで {n} 回", "so far: {n}"),
}
SAID: Texts = {
    "break": Text("起こしました：{what}", "Broken: {what}"),
    "mend": Text("直しました：{what}", "Mended: {what}"),
    "mend-all": Text("すべて直しました。", "Everything is mended."),
    "undo": Text(
        "元に戻しました。もう一度押すと、やり直します。",
        "Undone. Press it once more to do it again.",
    ),
    "over": Text("終わりました：{what}", "Over: {what}"),
    "none": Text("もう直っています。", "It is mended already."),
}


class Breaking(Panel):
    """A place, a fault, its detail and how often; what is broken, each with a button that mends it."""

    _esm = assets.module("breaking")
    _css = assets.style("breaking")

    places = List(Dict()).tag(sync=True)
    faults = Dict().tag(sync=True)
    broken = List(Dict()).tag(sync=True)
    can_undo = Bool(False).tag(sync=True)
    said = Unicode().tag(sync=True)
    problem = Dict().tag(sync=True)
    ready = Bool(False).tag(sync=True)
    busy = Bool(False).tag(sync=True)

    def __init__(self, lang: Lang, domain: str) -> None:
        self._domain = domain
        super().__init__(lang, TEXTS, faults=_faults(lang))

    def view(self, deeds: Deeds) -> None:
        """Show what is broken now; what has struck as often as it was to is told."""
        lang: Lang = self.lang
        before = {tuple(one["key"]): one["what"] for one in self.broken}
        rows = [self._row(one) for one in deeds.broken]
        over = [what for key, what in before.items() if list(key) not in [row["key"] for row in rows]]
        if over and not self.busy and self.ready:
            self.said = SAID["over"][lang].format(what=_joined(over, lang))
        self.show(
            places=[
                {"id": place, "label": self._place(place, deeds), "faults": list(kinds(place))}
                for place in deeds.places
            ],
            broken=rows,
            can_undo=deeds.can_undo,
        )

    def restore(self) -> None:
        """Nothing was done yet: a world begins anew."""
        self.show(broken=[], said="", problem={})

    async def act(self, deeds: Deeds, content: Content) -> None:
        """Do what the reader asks for, and say so.

        Raises:
            BadInput: what was typed cannot be.
        """
        lang: Lang = self.lang
        kind, before = str(content["kind"]), deeds.broken
        what = ""
        if kind == "break":
            counted = content.get("counted") is True
            place, do, at, seconds = (str(content.get(name, "")) for name in ("place", "do", "at", "seconds"))
            times = str(content.get("times", "")) if counted else None
            await deeds.break_(place, do, at, times, seconds)
            new = [one for one in deeds.broken if one not in before]
            what = _joined([self._row(one)["what"] for one in new], lang)
        elif kind == "mend":
            key = [str(part) for part in content.get("key", ())]
            mended = [self._row(one)["what"] for one in before if list(one.key) == key]
            await deeds.mend(key)
            what, kind = _joined(mended, lang), kind if mended else "none"
        else:
            await (deeds.mend_all() if kind == "mend-all" else deeds.undo())
        self.said = SAID[kind][lang].format(what=what)

    def _place(self, place: str, deeds: Deeds) -> str:
        lang: Lang = self.lang
        count = len(deeds.hosts)
        name = "both" if place == ALL and count == 2 else place
        return PLACES[name][lang].format(domain=self._domain, count=count) if name in PLACES else place

    def _row(self, one: Broken) -> dict[str, Any]:
        lang: Lang = self.lang
        name, at = FAULTS[one.do].within[lang], COMMANDS.get(one.at)
        values = {"place": one.host or "DNS", "fault": name, "at": at[lang] if at else ""}
        what = LISTED["dialogue" if len(WHERE[one.do]) > 1 else "elsewhere"][lang].format(**values)
        often = [LISTED["silent"][lang].format(seconds=f"{one.seconds:g}")] if one.do == "slow" else []
        left = "until" if one.times is None else "once" if one.times == 1 else "times"
        often.append(LISTED[left][lang].format(n=one.times))
        if one.struck:
            often.append(LISTED["struck"][lang].format(n=one.struck))
        return {"key": list(one.key), "what": what, "often": often}


def _faults(lang: Lang) -> dict[str, dict[str, Any]]:
    return {
        do: {
            "name": told.name[lang],
            "does": told.does[lang],
            "at": [{"id": at, "label": COMMANDS[at][lang]} for at in WHERE[do]] if len(WHERE[do]) > 1 else [],
            "seconds": SLOWEST if do == "slow" else 0,
            "times": MOST_TIMES,
        }
        for do, told in FAULTS.items()
    }


def _joined(some: Sequence[str], lang: Lang) -> str:
    return ("／" if lang == "ja" else "; ").join(some)
