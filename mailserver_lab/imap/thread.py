"""Threads of messages (RFC 5256 §3): by subject and date alone, or by what they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from mailserver_lab.imap.sort import Sortable
from mailserver_lab.imap.values import Atom, Value

_ID = re.compile(rb'<((?:"(?:[^"\\]|\\.)*"|[^\s<>"@])+@[^\s<>]+)>')
#: So many references of one message are followed; each makes a node.
MAX_REFERENCES = 200


class Node:
    """A place in a thread: a message, or one that others refer to and that is not here."""

    __slots__ = ("children", "message", "parent")

    def __init__(self, message: Sortable | None = None) -> None:
        self.message = message
        self.parent: Node | None = None
        self.children: list[Node] = []

    def add(self, child: Node) -> None:
        """Put a node below this one, wherever it was before."""
        child.cut()
        child.parent = self
        self.children.append(child)

    def cut(self) -> None:
        """Take the node out of its parent."""
        if self.parent is not None:
            self.parent.children.remove(self)
            self.parent = None

    def is_above(self, other: Node) -> bool:
        """Say whether the other node is below this one, or this one itself."""
        at: Node | None = other
        while at is not None:
            if at is self:
                return True
            at = at.parent
        return False

    @property
    def first(self) -> Sortable:
        """The message that stands for this node: its own, or its first child's."""
        node = self
        while node.message is None:
            node = node.children[0]
        return node.message

    @property
    def when(self) -> tuple[datetime, int]:
        """By what siblings are sorted: the sent date, then the mailbox's order."""
        return self.first.sent, self.first.number


def by_subject(found: Iterable[Sortable]) -> list[Node]:
    """ORDEREDSUBJECT: messages with the same base subject, the earliest one on top of all others."""
    threads: dict[str, Node] = {}
    for each in sorted(found, key=lambda each: (each.sent, each.number)):
        node, top = Node(each), threads.get(each.subject[0])
        if top is None:
            threads[each.subject[0]] = node
        else:
            top.add(node)
    return sorted(threads.values(), key=lambda node: node.when)


def by_references(found: Sequence[Sortable]) -> list[Node]:
    """REFERENCES: what refers to a message stands below it, in the six steps of the RFC."""
    nodes: dict[bytes, Node] = {}
    everything: list[Node] = []

    def node_for(key: bytes) -> Node:
        if key not in nodes:
            nodes[key] = Node()
            everything.append(nodes[key])
        return nodes[key]

    for each in found:
        own = ids(each.fields.get("message-id", b""))[:1]
        node = node_for(own[0]) if own else None
        if node is None or node.message is not None:
            # No Message-ID, or one that another message has: a node of its own (step 1.A).
            node = Node()
            everything.append(node)
        node.message = each
        references = ids(each.fields.get("references", b"")) or ids(each.fields.get("in-reply-to", b""))[:1]
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
    roots = _pruned([node for node in everything if node.parent is None])
    roots = _grouped(sorted(roots, key=lambda node: node.when))
    for node in _all(roots):
        node.children.sort(key=lambda child: child.when)
    return sorted(roots, key=lambda node: node.when)


def ids(value: bytes) -> list[bytes]:
    """Return the message ids in a field, without their brackets; quotes around a part mean nothing (§2.3)."""
    return [match[1].replace(b'"', b"") for match in _ID.finditer(value)]


def _pruned(roots: list[Node]) -> list[Node]:
    """Step 3: take out nodes without a message; their children move up, unless that would make several roots."""
    top = Node()
    for root in roots:
        root.parent = top
    top.children = roots
    for node in [*_all(roots)][::-1]:
        if node.message is None:
            parent = node.parent
            assert parent is not None
            if not node.children or parent is not top or len(node.children) == 1:
                at = parent.children.index(node)
                parent.children[at : at + 1] = node.children
                for child in node.children:
                    child.parent = parent
            else:
                node.children.sort(key=lambda child: child.when)
    for root in top.children:
        root.parent = None
    return top.children


def _grouped(roots: list[Node]) -> list[Node]:
    """Step 5: threads whose subjects are the same belong together, though they do not refer to each other."""
    table: dict[str, Node] = {}
    for root in roots:
        subject, reply = root.first.subject
        if not subject:
            continue
        held = table.get(subject)
        if held is None or (
            # A node without a message is the better one to put others below, then one that is no reply.
            held.message is not None and (root.message is None or (held.first.subject[1] and not reply))
        ):
            table[subject] = root
    result: list[Node] = []
    for root in roots:
        subject, reply = root.first.subject
        held = table.get(subject) if subject else None
        if held is None or held is root:
            if root.parent is None:
                result.append(root)
        elif held.message is None and root.message is None:
            for child in [*root.children]:
                held.add(child)
        elif held.message is None or (reply and not held.first.subject[1]):
            held.add(root)
        else:
            both = Node()
            if held in result:
                result[result.index(held)] = both
            else:
                result.append(both)
            both.add(held)
            both.add(root)
            table[subject] = both
    return [node for node in result if node.parent is None]


def _all(nodes: Iterable[Node]) -> Iterator[Node]:
    waiting = [*nodes]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children


def values(threads: Iterable[Node], *, uid: bool) -> list[Value]:
    """Return threads as THREAD lists them (§4): `(1 2 (3)(4 5))`, written without recursion, as chains are long."""
    text: list[str] = []
    for thread in threads:
        # What is still to be written: nodes, and the brackets around them.
        waiting: list[Node | str] = [")", thread, "("]
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                text.append(node)
                continue
            if node.message is not None:
                text.append(str(node.message.message.uid if uid else node.message.number))
            if len(node.children) == 1:
                waiting += [node.children[0], " "]
            elif node.children:
                for child in reversed(node.children):
                    waiting += [")", child, "("]
                if node.message is not None:
                    waiting.append(" ")
    return [Atom("THREAD"), *([Atom("".join(text))] if text else [])]
