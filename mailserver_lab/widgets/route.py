"""The way of a message as a graph: from the machines of a world and the legs of the record to hops and to DOT.

Pure: what a page does with it is in `map.py`. Names of nodes and edges depend on host names and steps alone, so that the
same edge keeps its place and its name while the record grows.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import graphviz

from ..devices import BY_HAND
from ..experiments import Leg, Machines
from ..locale import Lang, Text

Direction = Literal["LR", "TB"]

LATEST = 40  # hops that are shown of a message that is tried again and again
SERVER = Text("差出人側のサーバー", "Sender’s server")
OTHER = Text("宛先側のサーバー", "Recipient’s server")
DEVICES = {"pc": Text("{whose} PC", "{whose} PC"), "phone": Text("{whose}スマートフォン", "{whose} phone")}
SENDERS = Text("差出人の", "Sender’s")
OWNERS = {"recipient": Text("宛先の人の", "Recipient’s"), "postmaster": Text("postmaster の", "Postmaster’s")}
MAILBOX = Text("差出人の\nメールボックス", "Sender’s\nmailbox")
OTHER_MAILBOX = Text("宛先の\nメールボックス", "Recipient’s\nmailbox")
POSTMASTERS = Text("postmaster の\nメールボックス", "Postmaster’s\nmailbox")
LABELS = {
    "submit": Text("送信", "sending"),
    "mx": Text("届け先を尋ねる", "where to?"),
    "deliver": Text("配送", "delivery"),
    "bounce": Text("エラーメール", "bounce"),
    "delay": Text("遅れの知らせ", "notice of delay"),
    "store": Text("メールが入る", "mail goes in"),
    "fetch": Text("受信", "fetching"),
    "sign-in": Text("サインイン", "signing in"),
    "idle": Text("つないだまま待つ", "waiting"),
    "told": Text("新着の知らせと受信", "told, and fetching"),
    BY_HAND: Text("手で話す", "by hand"),
}
BY_DEVICES = ("fetch", "sign-in", "idle", "told", BY_HAND)  # what is between a device and its own server
WRITTEN = ("bounce", "delay")  # what a server writes by itself
CARRIED = Text("（エラーメール）", " (the bounce)")
FAILED = Text(" ✕ 断られました（{code}）", " ✕ refused ({code})")
BROKEN = Text(" ✕ 故障で進めませんでした（{code}）", " ✕ stopped by a fault ({code})")
UNREACHED = Text(" ✕ 接続できませんでした", " ✕ no connection")
SENTENCE = Text("{way}：{what}", "{way}: {what}")
_CODE = re.compile(r"^([245]\d\d)(?:[ -]([245]\.\d{1,3}\.\d{1,3})\b)?")
_REFUSED = re.compile(r"^(-ERR|\S+ (?:NO|BAD))\b")
_RCODE = re.compile(r"\b(NXDOMAIN|SERVFAIL|REFUSED|FORMERR|NOTIMP)\b")


@dataclass(frozen=True, slots=True)
class Hop:
    """One move of the message along an edge.

    Args:
        leg: the leg of the record that it stands for.
        edge: the edge that it takes.
        number: its place in the dialogue's count, "4–5" where one move is two legs.
        code: why it failed, "550 5.1.1", or which fault it met; empty where it did not fail, or nobody was there.
    """

    leg: str
    edge: str
    tail: str
    head: str
    step: str
    number: str
    protocol: str
    code: str
    bounce: bool
    fault: bool = False
    unreached: bool = False

    @property
    def failed(self) -> bool:
        """Whether the message did not get along here."""
        return self.unreached or bool(self.code)


def hops(machines: Machines, legs: Sequence[Leg]) -> list[Hop]:
    """The moves of the message sent last, in the order of the record; of very many, the latest."""
    begin = max((n for n, leg in enumerate(legs) if leg.step == "submit"), default=0)
    latest = legs[begin:]
    found: list[Hop] = []
    before: Leg | None = None
    for number, leg in enumerate(latest, 1):
        if leg.step == "wait":
            continue  # it does not move
        if (
            leg.step == "store"
            and before is not None
            and before.step in WRITTEN
            and before.source == leg.source
        ):
            written = found.pop()  # one move: the server writes the bounce into a mailbox of its own
            head = _ends(leg)[1]
            found.append(_hop(before, written.tail, head, f"{written.number}–{number}", bounce=True))
        else:
            tail, head = _ends(leg)
            if leg.step == "store" and before is not None and _same_company(before.target, leg.source):
                tail = before.target  # a company may have several doors to its mailboxes
            bounce = leg.step in WRITTEN or leg.queue_id != latest[0].queue_id
            found.append(_hop(leg, tail, head, str(number), bounce=bounce and leg.step not in BY_DEVICES))
        before = leg
    return found[-LATEST:]


def _same_company(host: str, other: str) -> bool:
    return host.partition(".")[2] == other.partition(".")[2] != ""


def _ends(leg: Leg) -> tuple[str, str]:
    if leg.step == "store":
        return leg.source, _mailbox(leg.source, leg.account.partition("@")[0])
    if leg.step in WRITTEN:
        return leg.source, leg.source
    if leg.step in {"fetch", "told"}:  # the device connects, but the message comes
        owner = leg.source.split(".")[1:2]  # such as pc.sender.tsubame.example
        return _mailbox(leg.target, *owner), leg.source
    return leg.source, leg.target


def _hop(leg: Leg, tail: str, head: str, number: str, *, bounce: bool) -> Hop:
    bad = [line for line in leg.lines if line.refused] if leg.refused else []
    code = next((_code(line.text) for line in bad if line.side == "server"), "")
    fault = next((line.fault for line in bad), "") if not code else ""
    unreached = any(line.side == "unreached" for line in bad)
    return Hop(
        leg.id, f"{leg.step}:{tail}:{head}", tail, head, leg.step, number, leg.protocol.upper(), code or fault, bounce,
        bool(fault), unreached,
    )  # fmt: skip


def _code(text: str) -> str:
    if found := _CODE.match(text):
        return " ".join(part for part in found.groups() if part)
    if said := _REFUSED.match(text):
        return said[1].split()[-1]
    rcode = _RCODE.search(text)
    return rcode[1] if rcode else "–"


def _mailbox(host: str, owner: str = "") -> str:
    return f"mailbox:{host}:{owner}" if owner == "postmaster" else f"mailbox:{host}"


def node_name(node: str, machines: Machines, lang: Lang) -> tuple[str, str]:
    """What a node is called: who it is and, where that says more, its host."""
    local = machines.account.partition("@")[0]
    if node == machines.server:
        return SERVER[lang], node
    if node.startswith("mailbox:"):
        host, _, owner = node.removeprefix("mailbox:").partition(":")
        if owner:
            return POSTMASTERS[lang], host
        return (MAILBOX if host == machines.server else OTHER_MAILBOX)[lang], host
    if node == "dns":
        return "DNS", ""
    kind, _, rest = node.partition(".")
    if kind in DEVICES and (node == machines.device or node not in machines.others):
        owner = rest.partition(".")[0]
        whose = SENDERS if owner == local else OWNERS.get(owner, Text(f"{owner} の", f"{owner}’s"))
        return DEVICES[kind].format(whose=whose[lang])[lang], ""
    return OTHER[lang], node


def edge_label(taken: Sequence[Hop], lang: Lang, direction: Direction = "LR") -> list[str]:
    """The lines beside an edge that these hops took: order, protocol, what for; and how it failed.

    Where the map is narrow, the lines are short.
    """
    last = taken[-1]
    numbers = [hop.number for hop in taken]
    order = ", ".join(numbers) if len(numbers) < 4 else f"{numbers[0]}, …, {numbers[-1]}"
    first = f"{order} {last.protocol}".rstrip()
    what = LABELS[last.step][lang]
    lines = [first, what] if direction == "TB" and last.protocol else [f"{first} {what}"]
    if last.bounce and last.step not in WRITTEN:
        lines.append(LABELS["bounce"][lang])
    if last.failed:
        lines.append(f"✕ {last.code}" if last.code else UNREACHED[lang].strip())
    return lines


def sentence(hop: Hop, machines: Machines, lang: Lang) -> str:
    """A hop in words, for those who cannot or do not want to see the map."""
    tail, head = (_called(node, machines, lang) for node in (hop.tail, hop.head))
    what = f"{hop.protocol} {LABELS[hop.step][lang]}".strip()
    way = tail if tail == head else f"{tail} → {head}"
    mark = CARRIED[lang] if hop.bounce and hop.step not in WRITTEN else ""
    why = UNREACHED if hop.unreached else BROKEN if hop.fault else FAILED
    failed = why[lang].format(code=hop.code) if hop.failed else ""
    return SENTENCE[lang].format(way=way, what=what + mark + failed)


def _called(node: str, machines: Machines, lang: Lang) -> str:
    name, host = node_name(node, machines, lang)
    if not host or node.startswith("mailbox:"):
        return name.replace("\n", "" if lang == "ja" else " ")
    return f"{name}（{host}）" if lang == "ja" else f"{name} ({host})"


def dot(machines: Machines, taken: Sequence[Hop], lang: Lang, direction: Direction) -> str:
    """The graph. The ways that a message usually takes are there from the beginning, unseen, so that nothing jumps."""
    graph = graphviz.Digraph("map")
    graph.attr(rankdir=direction, bgcolor="transparent", margin="0.02", pad="0.05")
    wide = direction == "LR"
    graph.attr(nodesep="0.3" if wide else "0.12", ranksep="0.35" if wide else "0.3")
    graph.attr("node", fontname="Arial", fontsize="13", shape="box", style="rounded", margin="0.08,0.04")
    graph.attr("edge", fontname="Arial", fontsize="12", arrowsize="0.7")
    edges: dict[str, list[Hop]] = {}
    for hop in taken:
        edges.setdefault(hop.edge, []).append(hop)
    ways = _usual(machines)
    ways |= {edge: (some[0].tail, some[0].head) for edge, some in edges.items()}
    _nodes(graph, machines, ways, lang)
    drawn = {(some[0].tail, some[0].head) for some in edges.values()}
    for edge, (tail, head) in ways.items():
        if edge in edges:
            _edge(graph, machines, edges[edge], lang, direction)
        elif (tail, head) not in drawn:
            graph.edge(_id(tail), _id(head), style="invis", minlen=_length(tail, head, machines, direction))
    return str(graph.source)


def _usual(machines: Machines) -> dict[str, tuple[str, str]]:
    device, server, box = machines.device, machines.server, _mailbox(machines.server)
    pairs = [("submit", device, server), ("mx", server, "dns")]
    pairs += [("deliver", server, other) for other in machines.others]
    if machines.acting:
        pairs += [("store", other, _mailbox(other)) for other in machines.others]
        pairs += [("fetch", _mailbox(other), machines.acting) for other in machines.others]
    else:
        pairs += [("store", server, box), ("fetch", box, device)]
    return {f"{step}:{tail}:{head}": (tail, head) for step, tail, head in pairs}


def _nodes(graph: graphviz.Digraph, machines: Machines, ways: dict[str, tuple[str, str]], lang: Lang) -> None:
    for node in dict.fromkeys(end for ends in ways.values() for end in ends):
        name, host = node_name(node, machines, lang)
        box = node.startswith("mailbox:")
        lines = name.split("\n") if box or not host else [name, host]
        role = "dns" if node == "dns" else "box" if box else "server" if host else "client"
        width = max(1.0, max(map(em, lines)) * 13 / 72 + 0.25)
        height = 0.75 if box else 0.36 + 0.24 * (len(lines) - 1)
        shape = {"shape": "cylinder", "style": "solid"} if box else {}
        graph.node(
            _id(node), "\n".join(lines), id=_id(node), fixedsize="true", width=f"{width:.2f}", height=f"{height:.2f}",
            **{"class": f"mb-node mb-at-{role}"}, **shape,
        )  # fmt: skip


def _length(tail: str, head: str, machines: Machines, direction: Direction) -> str:
    """How many ranks an edge goes. On a narrow map the other servers stand a rank lower, below the labels of the rest.

    One that is none of the world's, where a wrong MX leads to, stands below those.
    """
    near = head in {"dns", machines.device, machines.server} or head.startswith("mailbox:")
    if direction == "LR" or tail != machines.server or near:
        return "1"
    return "2" if head in machines.others else "3"


def _edge(
    graph: graphviz.Digraph, machines: Machines, taken: Sequence[Hop], lang: Lang, direction: Direction
) -> None:
    last = taken[-1]
    role = "refused" if last.failed else "bounce" if last.bounce else _ROLES.get(last.step, "server")
    lines = edge_label(taken, lang, direction)
    width = max(map(em, lines)) * 12
    # a table of that size: Graphviz does not know how wide Japanese letters are
    rows = "".join(f"<TR><TD>{html.escape(line)}</TD></TR>" for line in lines)
    label = f'<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" FIXEDSIZE="TRUE" WIDTH="{width:.0f}" HEIGHT="{16 * len(lines)}">{rows}</TABLE>>'
    graph.edge(
        _id(last.tail), _id(last.head), label, id=edge_id(last.edge), style="dashed" if last.bounce else "solid",
        minlen=_length(last.tail, last.head, machines, direction),
        **{"class": f"mb-edge mb-on-{role}"},
    )  # fmt: skip


_ROLES = {"submit": "client", "mx": "dns"} | dict.fromkeys(BY_DEVICES, "client")


def edge_id(edge: str) -> str:
    """The edge's id in the graph and in the drawing."""
    return f"edge-{_id(edge)}"


def _id(node: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", node)


def em(text: str) -> float:
    """How wide a text is, in units of its size, generously."""
    return sum(1.0 if unicodedata.east_asian_width(one) in "WFA" else 0.58 for one in text)
