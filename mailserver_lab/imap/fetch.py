"""The values of FETCH's data items (RFC 3501 §6.4.5 and §7.4.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from mailserver_lab.imap import binary
from mailserver_lab.imap.bodystructure import bodystructure
from mailserver_lab.imap.envelope import envelope
from mailserver_lab.imap.events import Section
from mailserver_lab.imap.values import Atom, Literal, Value
from mailserver_lab.mime import headers, structure
from mailserver_lab.mime.structure import Part
from mailserver_lab.store import Message

Item = str | Section

# What is known of a message without its content.
_KNOWN = frozenset({"FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "MODSEQ"})
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def needs_content(items: Iterable[Item]) -> bool:
    """Say whether any of the items takes the message's octets."""
    return any(isinstance(item, Section) or item not in _KNOWN for item in items)


def retrieves_body(items: Iterable[Item]) -> bool:
    """Say whether any of the items gives the body, or a part of it: whether the message is fetched at all."""
    return any(
        item.form != "BINARY.SIZE" and item.text in {"", "TEXT"}
        if isinstance(item, Section)
        else item in {"RFC822", "RFC822.TEXT"}
        for item in items
    )


def marks_seen(items: Iterable[Item]) -> bool:
    r"""Say whether any of the items sets \Seen: all that give content, except BODY.PEEK and RFC822.HEADER."""
    return any(
        not item.peek if isinstance(item, Section) else item in {"RFC822", "RFC822.TEXT"} for item in items
    )


class Content:
    """A message's octets and, once something asks for it, its structure."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._decoded: tuple[tuple[object, ...], bytes | None] | None = None

    @cached_property
    def root(self) -> Part:
        """The message's parts."""
        return structure.scan(self.raw)

    @cached_property
    def halves(self) -> tuple[bytes, bytes]:
        """Header and body."""
        return headers.split(self.raw)

    def decoded(self, section: Section) -> bytes | None:
        """A section without its transfer encoding (RFC 3516 §4.2), None if the message has none of that name.

        Clients fetch large parts in pieces, so the last one is kept.
        """
        named = (
            section.path,
            section.text,
            section.fields,
        )  # its size, and each piece of it, are of the same octets
        if self._decoded is None or self._decoded[0] != named:
            self._decoded = named, _without_encoding(section, self)
        return self._decoded[1]


def values(items: Iterable[Item], message: Message, flags: Value, content: Content | None) -> list[Value]:
    """Return names and values of the items, as a FETCH response lists them; content None leaves out what needs it."""
    result: list[Value] = []
    for item in items:
        if isinstance(item, Section):
            if content is not None:
                result += [Atom(item.label), _section(item, content)]
        elif item in _KNOWN:
            result += [Atom(item), _known(item, message, flags)]
        elif content is not None:
            result += [Atom(item), _from_content(item, content)]
    return result


def _known(item: str, message: Message, flags: Value) -> Value:
    match item:
        case "FLAGS":
            return flags
        case "MODSEQ":
            return [message.modseq]
        case "UID":
            return message.uid
        case "INTERNALDATE":
            return internal_date(message.internaldate)
        case _:
            return message.size


def internal_date(when: datetime) -> str:
    """Return a date as IMAP writes it (RFC 3501 §9, date-time); months are English whatever the locale."""
    zone = when.strftime("%z")[:5] or "+0000"
    return f"{when.day:2d}-{_MONTHS[when.month - 1]}-{when.year:04d} {when:%H:%M:%S} {zone}"


def _from_content(item: str, content: Content) -> Value:
    match item:
        case "ENVELOPE":
            return envelope(content.halves[0])
        case "BODYSTRUCTURE" | "BODY":
            return bodystructure(content.root, content.raw, extended=item == "BODYSTRUCTURE")
        case "RFC822.HEADER":
            return Literal(content.halves[0])
        case "RFC822.TEXT":
            return Literal(content.halves[1])
        case _:
            return Literal(content.raw)


def _section(section: Section, content: Content) -> Value:
    data = section_octets(section, content) if section.form == "BODY" else content.decoded(section)
    if section.form == "BINARY.SIZE":
        return len(data or b"")
    if data is None:
        return None
    if section.partial is not None:
        origin, octets = section.partial
        data = data[origin : None if octets is None else origin + octets]
    # What may hold NUL goes out as a literal that says so (RFC 3516 §4.1).
    return Literal(data, binary=section.form == "BINARY" and b"\0" in data)


def _without_encoding(section: Section, content: Content) -> bytes | None:
    """Return what `BINARY[section]` names: a part, and as a courtesy whatever `BODY[section]` may name too.

    The RFC knows parts alone; other servers take the rest, and their test suites ask for it.
    """
    if section.text not in {"", "TEXT"}:
        return section_octets(section, content)  # a header has no transfer encoding
    raw, part = content.raw, content.root.find(section.path) if section.path else content.root
    if part is None:
        return None
    if not section.text:
        return binary.decoded(part, raw) if section.path else binary.whole(part, raw)
    message = part.message if section.path else part
    return None if message is None else binary.decoded(message, raw)


def section_octets(section: Section, content: Content) -> bytes | None:
    """Return what `BODY[section]` names, whole; None where the message has no such section."""
    raw = content.raw
    if not section.path:
        if not section.text:
            return raw
        head, body = content.halves
    else:
        part = content.root.find(section.path)
        if part is None:
            return None
        if not section.text:
            return raw[part.body : part.end]
        if section.text == "MIME":
            return raw[part.start : part.body]
        if part.message is None:
            # HEADER and TEXT of a part are those of the message that it contains (RFC 3501 §6.4.5).
            return None
        message = part.message
        head, body = raw[message.start : message.body], raw[message.body : message.end]
    match section.text:
        case "TEXT":
            return body
        case "HEADER":
            return head
        case _:
            return _fields(head, section)


def _fields(head: bytes, section: Section) -> bytes:
    chosen = [field for name, field in headers.raw_fields(head) if name in section.fields]
    if section.text == "HEADER.FIELDS.NOT":
        # All that is not one of them, so that lines which are no fields are left as they are.
        return headers.without(head, section.fields)
    # The empty line is part of the subset, where the message has one (RFC 3501 §6.4.5).
    end = b"\r\n" if head.endswith((b"\n\r\n", b"\n\n")) or head in {b"\r\n", b"\n"} else b""
    return b"".join(field if field.endswith(b"\n") else field + b"\r\n" for field in chosen) + end
