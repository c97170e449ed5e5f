"""Threads of messages (RFC 5256 §3): by subject and date alone, or by what they refer to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from operator import itemgetter

from mailserver_lab.imap.sort import Sortable
from mailserver_lab.imap.turns import Turns
from mailserver_lab.imap.values import Atom, Value

#: So many references of one message are followed; each makes a node.
MAX_REFERENCES = 200


class Node:
    """A place in a thread: a message, or one that others refer to and that is not here.

    Its children are the keys of a dict: one of thousands has to be found at once.
    """

    __slots__ = ("children", "message", "parent")

    def __init__(self, message: Sortable | None = None) -> None:
        self.message = message
        self.parent: Node | None = None
        self.children: dict[Node, None] = {}

    def add(self, child: Node) -> None:
        """Put a node below this one, wherever it was before."""
        child.cut()
        child.parent = self
        self.children[child] = None

    def cut(self) -> None:
        """Take the node out of its parent."""
        if self.parent is not None:
            del self.parent.children[self]
            self.parent = None

    def is_above(self, other: Node) -> bool:
        """Say whether the other node is below this one, or this one itself."""
        at: Node | None = other if self.children else None
        while at is not None and at is not self:
            at = at.parent
        return at is not None or self is other

    @property
    def first(self) -> Sortable:
        """The message that stands for this node: its own, or its first child's."""
        node = self
        while node.message is None:
            node = next(iter(node.children))
        return node.message

    @property
    def when(self) -> tuple[float, int]:
        """By what siblings are sorted: the sent date, then the mailbox's order."""
        return self.first.sent, self.first.number

    def sort(self) -> None:
        """Sort the children."""
        self.children = dict.fromkeys(sorted(self.children, key=lambda child: child.when))


async def by_subject(found: Sequence[Sortable], turns: Turns) -> list[Node]:
    """ORDEREDSUBJECT: messages with the same base subject, the earliest one on top of all others."""
    threads: dict[str, Node] = {}
    for each in sorted(found, key=lambda each: (each.sent, each.number)):
        await turns.offer()
        node, top = Node(each), threads.get(each.keys.subject)
        if top is None:
            threads[each.keys.subject] = node
        else:
            top.add(node)
    return sorted(threads.values(), key=lambda node: node.when)


async def by_references(found: Sequence[Sortable], turns: Turns) -> list[Node]:
    """REFERENCES: what refers to a message stands below it, in the six steps of the RFC."""
    roots = await _pruned(await _linked(found, turns), turns)
    roots = await _grouped(sorted(roots, key=lambda node: node.when), turns)
    async for node in _all(roots, turns):
        node.sort()
    return sorted(roots, key=lambda node: node.when)


async def by_references_alone(found: Sequence[Sortable], turns: Turns) -> list[Node]:
    """REFS: the same, but subjects mean nothing, and the thread with the latest message stands last.

    From a draft that never became an RFC (draft-ietf-morg-inthread); mail programs like it better. As Dovecot does it.
    """
    roots = await _pruned(await _linked(found, turns), turns)
    latest: list[tuple[float, int, Node]] = []
    for root in roots:
        times = []
        async for node in _all([root], turns):
            node.sort()
            if node.message is not None:
                times.append(node.message.sent)
        latest.append((max(times), root.first.number, root))
    return [root for _, _, root in sorted(latest, key=itemgetter(0, 1))]


async def _linked(found: Sequence[Sortable], turns: Turns) -> list[Node]:
    """Steps 1 and 2: put each message below the one that it refers to; return the roots."""
    nodes: dict[str, Node] = {}
    everything: list[Node] = []

    def node_for(key: str) -> Node:
        if key not in nodes:
            nodes[key] = Node()
            everything.append(nodes[key])
        return nodes[key]

    for each in found:
        await turns.offer()
        own, references = each.keys.own, each.keys.others.split("\n") if each.keys.others else []
        node = node_for(own) if own is not None else None
        if node is None or node.message is not None:
            # No Message-ID, or one that another message has: a node of its own (step 1.A).
            node = Node()
            everything.append(node)
        node.message = each
        parent: Node | None = None
        for key in references[-MAX_REFERENCES:]:
            next_node = node_for(key)
            # Existing links stay, and none is made that would close a loop (step 1.A).
            if parent is not None and next_node.parent is None and not next_node.is_above(parent):
                parent.add(next_node)
            parent = next_node
        if node.parent is not None:
            node.cut()
        if parent is not None and not node.is_above(parent):
            parent.add(node)
    return [node for node in everything if node.parent is None]


async def _pruned(roots: list[Node], turns: Turns) -> list[Node]:
    """Step 3: take out nodes without a message; their children move up, unless that would make several roots."""
    top = Node()
    top.children = dict.fromkeys(roots)
    everything = [node async for node in _all([top], turns)]
    # Children before their parents.
    for node in reversed(everything):
        await turns.offer()
        kept: dict[Node, None] = {}
        for child in node.children:
            if child.message is not None or (node is top and len(child.children) > 1):
                kept[child] = None
            else:
                kept.update(child.children)
        for child in kept:
            child.parent = node
        node.children = kept
        if node.message is None and node is not top:
            node.sort()
    for root in top.children:
        root.parent = None
    return [*top.children]


async def _grouped(roots: list[Node], turns: Turns) -> list[Node]:
    """Step 5: threads whose subjects are the same belong together, though they do not refer to each other."""
    table: dict[str, Node] = {}
    for root in roots:
        await turns.offer()
        subject, reply = root.first.keys.subject, root.first.keys.reply
        if not subject:
            continue
        held = table.get(subject)
        if held is None or (
            # A node without a message is the better one to put others below, then one that is no reply.
            held.message is not None and (root.message is None or (held.first.keys.reply and not reply))
        ):
            table[subject] = root
    result: list[Node] = []
    places: dict[Node, int] = {}
    for root in roots:
        await turns.offer()
        subject, reply = root.first.keys.subject, root.first.keys.reply
        held = table.get(subject) if subject else None
        if held is None or held is root:
            if root.parent is None:
                places[root] = len(result)
                result.append(root)
        elif held.message is None and root.message is None:
            for child in [*root.children]:
                held.add(child)
        elif held.message is None or (reply and not held.first.keys.reply):
            held.add(root)
        else:
            both = Node()
            if held in places:
                result[places[held]] = both
            else:
                result.append(both)
            both.add(held)
            both.add(root)
            table[subject] = both
    return [node for node in result if node.parent is None]


async def _all(nodes: Iterable[Node], turns: Turns) -> AsyncIterator[Node]:
    waiting = [*nodes]
    while waiting:
        await turns.offer()
        node = waiting.pop()
        yield node
        waiting += node.children


async def values(threads: Iterable[Node], turns: Turns, *, uid: bool) -> list[Value]:
    """Return threads as THREAD lists them (§4): `(1 2 (3)(4 5))`, written without recursion, as chains are long."""
    text: list[str] = []
    for thread in threads:
        # What is still to be written: nodes, and the brackets around them.
        waiting: list[Node | str] = [")", thread, "("]
        while waiting:
            await turns.offer()
            node = waiting.pop()
            if isinstance(node, str):
                text.append(node)
                continue
            if node.message is not None:
                text.append(str(node.message.message.uid if uid else node.message.number))
            if len(node.children) == 1:
                waiting += [*node.children, " "]
            elif node.children:
                for child in reversed(node.children):
                    waiting += [")", child, "("]
                if node.message is not None:
                    waiting.append(" ")
    return [Atom("THREAD"), *([Atom("".join(text))] if text else [])]


#: What THREAD knows, by the names that it has there.
ALGORITHMS: dict[str, Callable[[Sequence[Sortable], Turns], Awaitable[list[Node]]]] = {
    "ORDEREDSUBJECT": by_subject,
    "REFERENCES": by_references,
    "REFS": by_references_alone,
}
