"""A protocol's states as a graph, written from its own table, with the state in which a conversation stands marked.

Pure: what a page does with it is in `console.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import graphviz

from ..locale import Lang, Text
from ..talk import Move, Talk
from .route import em

HERE = "▶ "
SENTENCE = Text("{tail} → {head}：{commands}", "{tail} → {head}: {commands}")


def dot(talk: Talk, lang: Lang, *, marked: bool = True) -> str:
    """The graph, from top to bottom; empty where the protocol has no diagram.

    Args:
        talk: the conversation.
        lang: the language of the states' names.
        marked: whether the present state is marked.
    """
    moves = talk.moves()
    if not moves:
        return ""
    graph = graphviz.Digraph("states")
    graph.attr(rankdir="TB", bgcolor="transparent", margin="0.02", pad="0.05", nodesep="0.25", ranksep="0.28")
    graph.attr("node", fontname="Arial", fontsize="13", shape="box", style="rounded", margin="0.08,0.04")
    graph.attr("edge", fontname="Arial", fontsize="12", arrowsize="0.7")
    drawn = {end for move in moves for end in (move.tail, move.head)}
    for state, name in talk.names.items():
        if state in drawn:
            here = marked and state == talk.state
            width = (
                em(HERE) + em(name[lang])
            ) * 13 / 72 + 0.25  # as wide when it is marked, so that nothing jumps
            graph.node(
                _id(state), f"{HERE if here else ''}{name[lang]}", fixedsize="true", width=f"{width:.2f}", height="0.38",
                **{"class": "mb-state mb-state-now" if here else "mb-state"},
            )  # fmt: skip
    order = list(talk.names)
    for move in moves:
        back = order.index(move.head) < order.index(move.tail)
        label = "\\n".join(f" {command} " for command in commands(move, talk))
        graph.edge(
            _id(move.tail),
            _id(move.head),
            label,
            constraint="false" if back else "true",
            **{"class": "mb-arc"},
        )
    return str(graph.source)


def commands(move: Move, talk: Talk) -> Sequence[str]:
    """What is written beside an arrow."""
    return [talk.labels.get(command, command) for command in move.commands]


def sentences(talk: Talk, lang: Lang) -> list[str]:
    """The arrows in words, for those who cannot or do not want to see them."""
    return [
        SENTENCE[lang].format(
            tail=talk.names[move.tail][lang], head=talk.names[move.head][lang], commands=", ".join(commands(move, talk))
        )
        for move in talk.moves()
    ]  # fmt: skip


def _id(state: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", state)
