"""SEARCH, SORT and THREAD (RFC 3501 §6.4.4, RFC 5256), with what else they return (RFC 4731, RFC 5182, RFC 5267)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import TYPE_CHECKING

from mailserver_lab.imap import events, search, sort, summaries, thread
from mailserver_lab.imap.answers import Answer, Final
from mailserver_lab.imap.events import Data
from mailserver_lab.imap.search import Candidate
from mailserver_lab.imap.sequence import SequenceSet
from mailserver_lab.imap.sort import Sortable
from mailserver_lab.imap.values import Atom, Value
from mailserver_lab.mime.summary import Keys, Texts, summary
from mailserver_lab.store import Message, StoreError

if TYPE_CHECKING:
    from mailserver_lab.imap.context import Context

#: Messages with their numbers.
Found = list[tuple[int, Message]]
#: What a message without a header, or one that is gone, is sorted by.
NO_KEYS = summary(b"").keys


async def find(session: Context, arguments: events.Search) -> AsyncIterator[Answer]:
    """SEARCH."""
    for answer in _condstore(session, arguments):
        yield answer
    found = await _found(session, arguments)
    for answer in _results(session, "SEARCH", arguments, found):
        yield answer
    yield Final(f"SEARCH completed, {len(found)} found")


async def sort_messages(session: Context, arguments: events.Sort) -> AsyncIterator[Answer]:
    """SORT (RFC 5256 §3): SEARCH, in an order."""
    for answer in _condstore(session, arguments.search):
        yield answer
    found = await _found(session, arguments.search)
    heads = not sort.KNOWN.issuperset(word for word, _ in arguments.criteria)
    messages = await _sortable(session, found, heads=heads)
    result = await sort.ordered(messages, arguments.criteria, session.turns)
    in_order = [(each.number, each.message) for each in result]
    for answer in _results(session, "SORT", arguments.search, in_order):
        yield answer
    yield Final(f"SORT completed, {len(found)} found")


async def thread_messages(session: Context, arguments: events.Thread) -> AsyncIterator[Answer]:
    """THREAD (RFC 5256 §3): SEARCH, as trees."""
    for answer in _condstore(session, arguments.search):
        yield answer
    found = await _found(session, arguments.search)
    messages = await _sortable(session, found, heads=True)
    threads = await thread.ALGORITHMS[arguments.algorithm](messages, session.turns)
    yield Data(await thread.values(threads, session.turns, uid=arguments.uid))
    yield Final(f"THREAD completed, {len(found)} found")


def _condstore(session: Context, arguments: events.Search) -> Sequence[Answer]:
    return session.use_condstore() if search.has_modseq(arguments.key) else ()


async def _found(session: Context, arguments: events.Search) -> Found:
    """Return the messages that a search means, in their order."""
    view = session.view
    scope = search.Scope(len(view.messages), view.messages.last_uid, view.saved, session.now())
    test = search.test_for(arguments.key, scope)
    found: Found = []
    undecided: Found = []
    for number, message in enumerate(view.messages, 1):
        await session.turns.offer()
        answer = test(Candidate(message, number, message.uid in view.recent))
        if answer:
            found.append((number, message))
        elif answer is None:
            undecided.append((number, message))
    async for candidate in _looked_into(session, undecided, texts=search.asks_for_texts(arguments.key)):
        answer = test(candidate)
        if answer is None:
            with suppress(StoreError):
                candidate.raw = await session.store.raw(candidate.message.id)
                answer = test(candidate)
        if answer:
            found.append((candidate.number, candidate.message))
    found.sort(key=itemgetter(0))
    return found


async def _looked_into(session: Context, messages: Found, *, texts: bool) -> AsyncIterator[Candidate]:
    """Give the messages as candidates, with the texts of their summaries if that may help to decide."""
    recent = session.view.recent
    if not texts:
        for number, message in messages:
            await session.turns.offer()
            yield Candidate(message, number, message.uid in recent)
        return
    numbers = iter(messages)
    async for summed_up in summaries.of(session, [message for _, message in messages], Texts):
        await session.turns.offer()
        number, message = next(numbers)
        yield Candidate(message, number, message.uid in recent, summed_up)


async def _sortable(session: Context, found: Found, *, heads: bool) -> list[Sortable]:
    if not heads:
        return [Sortable(number, message, NO_KEYS) for number, message in found]
    numbers = iter(found)
    result = []
    async for keys in summaries.of(session, [message for _, message in found], Keys):
        await session.turns.offer()
        number, message = next(numbers)
        result.append(Sortable(number, message, keys or NO_KEYS))
    return result


def _results(session: Context, word: str, arguments: events.Search, found: Found) -> list[Data]:
    """Return what a search tells: the numbers, or as ESEARCH what the client asked for (RFC 4731 §3.1)."""
    numbers = [message.uid if arguments.uid else number for number, message in found]
    returns = arguments.returns
    modseq = search.has_modseq(arguments.key)
    if returns is None and not session.features.rev2:
        values: list[Value] = [Atom(word), *numbers]
        if modseq and found:
            values.append([Atom("MODSEQ"), max(message.modseq for _, message in found)])
        return [Data(values)]
    returns = returns or frozenset({"ALL"})
    # With MIN or MAX alone only those are meant, also by what is saved and by the mod-sequence (RFC 5182 §2.1).
    meant = found
    if returns & {"MIN", "MAX"} and not returns & {"ALL", "COUNT"}:
        ends = (("MIN", found[:1]), ("MAX", found[-1:]))
        meant = [each for name, end in ends if name in returns for each in end]
    if "SAVE" in returns:
        session.view.saved = frozenset(message.uid for _, message in meant)
        if returns == {"SAVE"}:
            return []
    result: list[Value] = [Atom("ESEARCH"), [Atom("TAG"), session.tag]]
    if arguments.uid:
        result.append(Atom("UID"))
    if numbers:
        if "MIN" in returns:
            result += [Atom("MIN"), numbers[0]]
        if "MAX" in returns:
            result += [Atom("MAX"), numbers[-1]]
        if "ALL" in returns:
            result += [Atom("ALL"), Atom(str(SequenceSet.in_order(numbers)))]
    if "COUNT" in returns:
        result += [Atom("COUNT"), len(numbers)]
    if modseq and meant:
        result += [Atom("MODSEQ"), max(message.modseq for _, message in meant)]
    return [Data(result)]
