"""The figures of the book: `python -m tests.book.figures` draws them anew, and nothing else does.

For every experiment with a message, in both languages, the map as it stands when the first message has gone its way, wide and narrow;
and for every protocol that is spoken by hand the states of a conversation.
What a page without servers shows, and print, is thus what the live map would show: the same record, the same graph,
the same layout.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
import shutil
import subprocess
from pathlib import Path

from mailserver_lab.control.handle import LocalHandle, World
from mailserver_lab.control.service import Service
from mailserver_lab.experiments import Experiment, Leg, Machines, Session, experiments, replay
from mailserver_lab.imap.talk import ImapTalk
from mailserver_lab.lab import Lab
from mailserver_lab.locale import LANGUAGES, Lang
from mailserver_lab.net import MemoryNet
from mailserver_lab.pop3.talk import Pop3Talk
from mailserver_lab.smtp.talk import SmtpTalk
from mailserver_lab.widgets import assets, diagram, route, strings

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "book" / "_static" / "figures"
BUNDLE = ROOT / "book" / "_static" / "live"
SHAPES: dict[str, route.Direction] = {"wide": "LR", "narrow": "TB"}

DRAWN = {
    "map": re.compile(r"\.mail-bench \.mb-(picture text|node|at-|on-|edge (path|polygon|text) )"),
    "console": re.compile(r"\.mail-bench \.mb-(diagram text|state |arc )"),
}
"""The rules of each panel's style that its drawing needs."""


def style(panel: str) -> str:
    """The style of a live drawing, for one by itself: alone it follows the reader's system, on paper it is light."""
    tokens, rules = assets.style("tokens"), assets.style(panel).splitlines(keepends=True)
    drawn = "".join(rule for rule in rules if DRAWN[panel].match(rule))
    own = "svg.way:root { background: var(--mb-ground); }\n@media print { svg.way.way.way { color-scheme: light; } }\n"
    return _COMMENT.sub("", tokens + drawn).replace(".mail-bench", "svg.way").strip() + f"\n{own}"


_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


async def way(trial: Experiment, lang: Lang) -> tuple[Machines, list[Leg]]:
    """The machines of an experiment, and the first message's way when it is solved."""
    lab = Lab(make_net=MemoryNet)
    handle, name = (
        LocalHandle(Service(lab)),
        trial.id,
    )  # chance depends on a world's name: the same figure each time
    world = World(handle, name, await handle.call("open_world", world=name, spec=trial.world, lang=lang))
    session = await Session.start(trial, world, lang)
    try:
        await replay(session, trial.solution)
        legs = session.legs()
        sends = [n for n, leg in enumerate(legs) if leg.step == "submit"]
        return session.machines(), legs[: sends[1] if len(sends) > 1 else None]
    finally:
        await session.close()
        await lab.close()


def laid_out(graphs: list[str], node: str) -> list[str]:
    """Graphs in DOT as SVG, by the module that the pages use."""
    command = [node, str(ROOT / "live" / "lay-out.mjs"), str(BUNDLE)]
    done = subprocess.run(command, input=json.dumps(graphs).encode(), capture_output=True, check=True)
    return list(json.loads(done.stdout))


def dressed(svg: str, shape: str, words: str, panel: str = "map") -> str:
    """A drawing for a page: it says in words what it shows, brings its style, and has no names that another may have."""
    inside = svg[svg.index(">", svg.index("<svg")) + 1 :]
    inside = re.sub(r"<title>.*?</title>\n?|<!--.*?-->\n?", "", inside, flags=re.DOTALL)
    inside = re.sub(r' (id|xml:space|font-family)="[^"]*"', "", inside)
    place = "mb-picture" if panel == "map" else "mb-diagram"
    inside = inside.replace("&#45;", "-").replace('class="graph"', f'class="{place}"')
    box = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', svg)
    assert box
    width, height = float(box[1]), float(box[2])
    head = f'<svg class="way way-{shape}" xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    return f'{head} role="img" aria-label="{html.escape(words)}">\n<style>\n{style(panel)}</style>{inside}'


def figures(node: str) -> dict[str, str]:
    """Every figure by the name of its file."""
    graphs: dict[str, str] = {}
    words: dict[str, str] = {}
    for trial in experiments():
        if trial.talk_alone:
            continue  # no message, no way
        for lang in LANGUAGES:
            machines, legs = asyncio.run(way(trial, lang))
            taken = route.hops(machines, legs)
            told = [f"{hop.number}. {route.sentence(hop, machines, lang)}" for hop in taken]
            for shape, direction in SHAPES.items():
                name = f"{trial.id}.{lang}.{shape}.svg"
                graphs[name] = route.dot(machines, taken, lang, direction)
                words[name] = ("。" if lang == "ja" else "; ").join([strings.MAP["heading"][lang], *told])
    for talk in (SmtpTalk(), Pop3Talk(), ImapTalk()):
        for lang in LANGUAGES:
            name = f"{talk.protocol}-states.{lang}.svg"
            graphs[name] = diagram.dot(talk, lang, marked=False)
            words[name] = ("。" if lang == "ja" else "; ").join(diagram.sentences(talk, lang))
    drawn = laid_out(list(graphs.values()), node)
    return {
        name: dressed(svg, name.split(".")[-2], words[name])
        if name.split(".")[-2] in SHAPES
        else dressed(svg, "states", words[name], "console")
        for name, svg in zip(graphs, drawn, strict=True)
    }


def main() -> None:
    """Draw every figure; those of experiments that are no more go."""
    node = shutil.which("node")
    if node is None:
        raise SystemExit("node is not installed: it lays the figures out.")
    drawn = figures(node)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.svg"):
        old.unlink()
    for name, svg in drawn.items():
        (FOLDER / name).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
