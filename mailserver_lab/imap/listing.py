"""LIST and LSUB (RFC 3501 §6.3.8, §6.3.9) with all that has grown on them, and STATUS (§6.3.10).

Children (RFC 3348), options (RFC 5258), the status of what is listed (RFC 5819), what mailboxes are for (RFC 6154).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from mailserver_lab.imap import events
from mailserver_lab.imap.answers import Answer, Final, Refusal
from mailserver_lab.imap.core import MAX_MESSAGE
from mailserver_lab.imap.events import Data
from mailserver_lab.imap.names import SEPARATOR
from mailserver_lab.imap.values import Atom, Value
from mailserver_lab.store import NoSuchFolder

if TYPE_CHECKING:
    from mailserver_lab.imap.context import Context
    from mailserver_lab.imap.turns import Turns
    from mailserver_lab.store import Folder, Transaction

#: Mailboxes that mail programs look for, by their names here, unless another was created for that (RFC 6154 §2).
SPECIAL_USE = {
    "Archive": r"\Archive", "Drafts": r"\Drafts", "Junk": r"\Junk", "Sent": r"\Sent", "Trash": r"\Trash",
}  # fmt: skip
#: So much of a pattern is looked at; no name is longer.
MAX_PATTERN = 300


def uses_of(folders: Iterable[Folder]) -> dict[str, str]:
    r"""Return what mailboxes are for, such as \Sent, by their names."""
    folders = list(folders)
    found = {folder.name: folder.use for folder in folders if folder.use is not None}
    taken = {*found.values()}
    for folder in folders:
        use = SPECIAL_USE.get(folder.name)
        if use is not None and use not in taken:
            found.setdefault(folder.name, use)
    return found


def use_named(uses: Sequence[str], folders: Iterable[Folder]) -> str | None:
    """Return what a new mailbox shall be for; raise Refusal if there is no such use, or another mailbox has it."""
    if not uses:
        return None
    known = {use.lower(): use for use in SPECIAL_USE.values()}
    if len(uses) > 1 or uses[0] not in known:
        raise Refusal(f"A mailbox can be for one of {' '.join(sorted(known.values()))}", "USEATTR")
    use = known[uses[0]]
    if use in uses_of(folders).values():
        raise Refusal(f"Another mailbox is for {use} already", "USEATTR")
    return use


async def list_mailboxes(session: Context, arguments: events.ListMailboxes) -> AsyncIterator[Answer]:
    """LIST."""
    if arguments.patterns == ("",) and not arguments.extended:
        # A special request for the separator and the root of the reference.
        yield Data([Atom("LIST"), [Atom(r"\Noselect")], SEPARATOR, ""])
        yield Final("LIST completed")
        return
    tree = Tree(
        await session.store.folders(session.address), await session.store.subscriptions(session.address)
    )
    shown = await _shown(tree.candidates(arguments.select), arguments, session.turns)
    for name, above in tree.matching(shown, arguments):
        attributes = tree.attributes(name, arguments)
        values: list[Value] = [Atom("LIST"), attributes, SEPARATOR, session.wire(name)]
        if above and "SUBSCRIBED" in arguments.select:
            values.append(["CHILDINFO", ["SUBSCRIBED"]])
        yield Data(values)
        if arguments.status and name in tree.names:
            try:
                yield how_it_stands(session, name, arguments.status)
            except NoSuchFolder:
                continue
    yield Final("LIST completed")


async def list_subscribed(session: Context, arguments: events.ListMailboxes) -> AsyncIterator[Answer]:
    r"""LSUB: what is subscribed to; with `%` also names above that, as \Noselect."""
    subscribed = await session.store.subscriptions(session.address)
    pattern = collapsed((arguments.reference + arguments.patterns[0])[:MAX_PATTERN])
    names = {**dict.fromkeys(subscribed), **dict.fromkeys(_superiors(subscribed))}
    shown = await _shown(names, arguments, session.turns)
    above = _superiors(subscribed).difference(subscribed) if pattern.endswith("%") else set()
    for name in [*subscribed, *sorted(above)]:
        if name in shown:
            attributes = [Atom(r"\Noselect")] if name in above else []
            yield Data([Atom("LSUB"), attributes, SEPARATOR, session.wire(name)])
    yield Final("LSUB completed")


async def _shown(names: Iterable[str], arguments: events.ListMailboxes, turns: Turns) -> set[str]:
    """Return those of the names that a pattern means."""
    patterns = [collapsed((arguments.reference + each)[:MAX_PATTERN]) for each in arguments.patterns if each]
    shown = set()
    for name in names:
        await turns.offer()
        if any(matches(pattern, name) for pattern in patterns):
            shown.add(name)
    return shown


class Tree:
    """The mailboxes of an account, subscriptions to what is no more, and the names that are only parts of others."""

    def __init__(self, folders: Sequence[Folder], subscribed: Iterable[str]) -> None:
        self.names = dict.fromkeys(folder.name for folder in folders)
        self._uses = uses_of(folders)
        self.subscribed = dict.fromkeys(subscribed)
        self._implied = _superiors(self.names).difference(self.names)
        self._parents = {name.rpartition(SEPARATOR)[0] for name in [*self.names, *self._implied]}

    def candidates(self, select: frozenset[str]) -> dict[str, None]:
        """Return all names that a LIST could tell, in their order."""
        names = {**self.names, **dict.fromkeys(sorted(self._implied))}
        if "SUBSCRIBED" in select:
            names |= dict.fromkeys([*self.subscribed, *sorted(_superiors(self.subscribed))])
        return names

    def matching(self, shown: set[str], arguments: events.ListMailboxes) -> Iterator[tuple[str, bool]]:
        """Yield the names that a LIST should tell, and whether each stands above others that are selected.

        RECURSIVEMATCH wants a name that is not selected itself only if the patterns do not show those below (RFC 5258
        §3.1).
        """
        names = self.candidates(arguments.select)
        selected = {name for name in names if self._selected(name, arguments.select)}
        recursive = "RECURSIVEMATCH" in arguments.select
        above = _superiors(selected) if recursive else set()
        above_hidden = _superiors(selected - shown) if recursive else set()
        for name in names:
            if name in shown and (name in selected or name in above_hidden):
                yield name, name in above

    def _selected(self, name: str, select: frozenset[str]) -> bool:
        return ("SUBSCRIBED" not in select or name in self.subscribed) and (
            "SPECIAL-USE" not in select or name in self._uses
        )

    def attributes(self, name: str, arguments: events.ListMailboxes) -> list[Value]:
        """Return what is to be told of a name: with options what they ask for, without them what RFC 3348 and 6154 add."""
        words = []
        asked = arguments.select | arguments.returns
        if name not in self.names:
            words += [r"\NonExistent"] if arguments.extended else [r"\Noselect"]
        if not arguments.extended or "CHILDREN" in asked:
            words.append(r"\HasChildren" if name in self._parents else r"\HasNoChildren")
        if name in self.subscribed and "SUBSCRIBED" in asked:
            words.append(r"\Subscribed")
        if name in self._uses and (not arguments.extended or "SPECIAL-USE" in asked):
            words.append(self._uses[name])
        return [Atom(word) for word in words]


def _superiors(names: Iterable[str]) -> set[str]:
    return {name[:at] for name in names for at, letter in enumerate(name) if letter == SEPARATOR}


def collapsed(pattern: str) -> str:
    """Return a pattern without wildcards that add nothing to the one beside them."""
    return re.sub(r"[*%]{2,}", lambda run: "*" if "*" in run[0] else "%", pattern)


def matches(pattern: str, name: str) -> bool:
    """Say whether a pattern of LIST means a name: `*` is anything, `%` anything within one level; INBOX in any case.

    Not by a regular expression: a pattern of many wildcards would take it exponential time.
    """
    if name == "INBOX" or name.startswith("INBOX" + SEPARATOR):
        # INBOX is the same in any case (§5.1), also where only a part of it is spelled out.
        return _matches(pattern[:5].upper() + pattern[5:], name) or _matches(pattern, name)
    return _matches(pattern, name)


@lru_cache(maxsize=1024)
def _ends(pattern: str) -> tuple[str, str]:
    """Return what stands before the first wildcard of a pattern, and after the last one."""
    fixed = re.split(r"[*%]", pattern)
    return fixed[0], fixed[-1]


def _matches(pattern: str, name: str) -> bool:
    if pattern == "*":
        return True
    begin, end = _ends(pattern)
    if not name.startswith(begin) or not name.endswith(end):
        return False
    # How much of the name may have been matched by the pattern so far, as all possible lengths.
    reached = {0}
    for letter in pattern:
        if letter in "*%":
            for at in range(len(name)):
                if at in reached and (letter == "*" or name[at] != SEPARATOR):
                    reached.add(at + 1)
        else:
            reached = {at + 1 for at in reached if name.startswith(letter, at)}
            if not reached:
                return False
    return len(name) in reached


async def status(session: Context, arguments: events.StatusOf) -> AsyncIterator[Answer]:
    """STATUS (§6.3.10)."""
    if "HIGHESTMODSEQ" in arguments.items:
        for answer in session.use_condstore():
            yield answer
    yield how_it_stands(session, arguments.mailbox, arguments.items)
    yield Final("STATUS completed")


def how_it_stands(session: Context, name: str, items: Iterable[str]) -> Data:
    """Return the STATUS response about a mailbox (§7.2.4); raise NoSuchFolder if there is none."""
    address = session.address

    def work(transaction: Transaction) -> Data:
        folder = transaction.folder(address, name)
        values: list[Value] = []
        for item in items:
            values += [Atom(item), _number(transaction, address, folder, item)]
        return Data([Atom("STATUS"), session.wire(folder.name), values])

    return session.store.look(work)


def _number(transaction: Transaction, address: str, folder: Folder, item: str) -> int:
    match item:
        case "MESSAGES":
            return transaction.how_many(address, folder.name)
        case "RECENT":
            return transaction.how_many(address, folder.name, from_uid=folder.recent)
        case "UNSEEN":
            return transaction.how_many(address, folder.name) - transaction.marked(folder, r"\Seen")[0]
        case "DELETED":
            return transaction.marked(folder, r"\Deleted")[0]
        case "DELETED-STORAGE":
            return transaction.marked(folder, r"\Deleted")[1]
        case "SIZE":
            return transaction.size(folder)
        case "UIDNEXT":
            return folder.uidnext
        case "UIDVALIDITY":
            return folder.uidvalidity
        case "HIGHESTMODSEQ":
            return folder.modseq
    return MAX_MESSAGE
