"""What an IMAP core tells its caller, and what its caller tells it to say (RFC 3501 §6 and §7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.values import Literal, Value, pieces

if TYPE_CHECKING:
    from mailserver_lab.imap.search import Key
    from mailserver_lab.imap.sequence import SequenceSet


class LocalProtocolError(Exception):
    """Our own caller asked for something that the protocol does not allow now."""


class RemoteProtocolError(Exception):
    """The peer said something that is not IMAP, and there is no way to go on."""


class Wait(Enum):
    """Not an event: why there is none now."""

    #: Call `receive_data` first.
    NEED_DATA = "need data"
    #: Answer the last event first (or, after STARTTLS, call `tls_started`).
    PAUSED = "paused"


NEED_DATA = Wait.NEED_DATA
PAUSED = Wait.PAUSED


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of what came, for the record: a line, or a literal's content; `***` where all of it is a secret."""

    text: str
    size: int
    content: bytes | None = None


Heard = tuple[Said, ...]

# -- what the arguments of commands are


@dataclass(frozen=True, slots=True)
class NoArguments:
    """CAPABILITY, NOOP, LOGOUT, STARTTLS, CHECK, CLOSE, UNSELECT, NAMESPACE and IDLE."""


@dataclass(frozen=True, slots=True)
class Login:
    """LOGIN (§6.2.3)."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Authenticate:
    """AUTHENTICATE (§6.2.2); `initial` is the initial response (RFC 4959), None if there is none."""

    mechanism: str
    initial: bytes | None = None


@dataclass(frozen=True, slots=True)
class Enable:
    """ENABLE (RFC 5161): capabilities that change how the server speaks."""

    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox: DELETE, SUBSCRIBE, UNSUBSCRIBE, GETQUOTAROOT; a quota root: GETQUOTA."""

    name: str


@dataclass(frozen=True, slots=True)
class Create:
    r"""CREATE (§6.3.3); `uses` says what the mailbox is for, such as \Drafts (RFC 6154 §3)."""

    name: str
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What a client that was here before remembers of a mailbox (RFC 7162 §3.2.5.2); `uids` None where it has no list."""

    uidvalidity: int
    modseq: int
    uids: SequenceSet | None = None


@dataclass(frozen=True, slots=True)
class Select:
    """SELECT and EXAMINE (§6.3.1, §6.3.2), with CONDSTORE or QRESYNC (RFC 7162)."""

    name: str
    condstore: bool = False
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    """RENAME (§6.3.5)."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ListMailboxes:
    """LIST and LSUB (§6.3.8, §6.3.9); `extended` is a LIST with options or several patterns (RFC 5258).

    `status` has the items that LIST-STATUS asks for (RFC 5819).
    """

    reference: str
    patterns: tuple[str, ...]
    select: frozenset[str] = frozenset()
    returns: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()
    extended: bool = False


@dataclass(frozen=True, slots=True)
class StatusOf:
    """STATUS (§6.3.10)."""

    mailbox: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message of an APPEND: its octets, and where it is catenated (RFC 4469) the URLs of others."""

    flags: tuple[str, ...]
    date: datetime | None
    parts: tuple[bytes | str, ...]
    #: Whether it came as a literal that may hold NUL (RFC 3516 §4.4).
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Append:
    """APPEND (§6.3.11), of several messages at once where the client wants it so (RFC 3502)."""

    mailbox: str
    messages: tuple[NewMessage, ...]


@dataclass(frozen=True, slots=True)
class Id:
    """ID (RFC 2971): what the client says of itself."""

    fields: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Search:
    """SEARCH (§6.4.4). `charset` is None where the client gave none, `returns` where it wants no ESEARCH (RFC 4731)."""

    key: Key
    charset: str | None
    uid: bool = False
    returns: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """SORT (RFC 5256 §3): the criteria, each with whether it is reversed, and the search."""

    criteria: tuple[tuple[str, bool], ...]
    search: Search

    @property
    def uid(self) -> bool:
        """Whether UIDs are wanted."""
        return self.search.uid


@dataclass(frozen=True, slots=True)
class Thread:
    """THREAD (RFC 5256 §3): the algorithm, and the search."""

    algorithm: str
    search: Search

    @property
    def uid(self) -> bool:
        """Whether UIDs are wanted."""
        return self.search.uid


Form = OneOf["BODY", "BINARY", "BINARY.SIZE"]


@dataclass(frozen=True, slots=True)
class Section:
    """`BODY[section]<partial>` of a FETCH (§6.4.5), or BINARY and BINARY.SIZE, without the transfer encoding (RFC 3516).

    `path` is the part's number, `text` one of "", HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT and MIME. `label` is
    what the response calls it, in the client's own words.
    """

    form: Form
    path: tuple[int, ...]
    text: str
    fields: tuple[str, ...]
    partial: tuple[int, int | None] | None
    peek: bool
    label: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """FETCH (§6.4.5): items are words such as FLAGS, or sections; macros are resolved.

    With `changed_since` only of messages that have changed, and with `vanished` also what is gone (RFC 7162).
    """

    messages: SequenceSet
    items: tuple[str | Section, ...]
    uid: bool = False
    changed_since: int | None = None
    vanished: bool = False


@dataclass(frozen=True, slots=True)
class StoreFlags:
    """STORE (§6.4.6), with `unchanged_since` only to messages that have not changed (RFC 7162 §3.1.3)."""

    messages: SequenceSet
    mode: OneOf["add", "remove", "replace"]
    silent: bool
    flags: tuple[str, ...]
    uid: bool = False
    unchanged_since: int | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """COPY and MOVE (§6.4.7, RFC 6851)."""

    messages: SequenceSet
    mailbox: str
    uid: bool = False


@dataclass(frozen=True, slots=True)
class Expunge:
    """EXPUNGE (§6.4.3), and UID EXPUNGE with its set (RFC 4315 §2.1)."""

    uids: SequenceSet | None = None

    @property
    def uid(self) -> bool:
        """Whether it is UID EXPUNGE."""
        return self.uids is not None


@dataclass(frozen=True, slots=True)
class NotifyGroup:
    """Some mailboxes, and what a client wants to hear of them (RFC 5465 §5, §6), all in upper case.

    `names` are those of SUBTREE and MAILBOXES; `fetched` is what is told of a new message in the selected mailbox.
    """

    place: str
    wanted: frozenset[str]
    names: tuple[str, ...] = ()
    fetched: tuple[str | Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Notify:
    """NOTIFY (RFC 5465 §3.1): no groups for NONE; with `status` how the mailboxes stand is told at once."""

    groups: tuple[NotifyGroup, ...]
    status: bool = False


Arguments = (
    NoArguments | Login | Authenticate | Enable | Mailbox | Create | Select | Rename | ListMailboxes | StatusOf | Append | Id
    | Search | Sort | Thread | Fetch | StoreFlags | Copy | Expunge | Notify
)  # fmt: skip

# -- what a server hears


@dataclass(frozen=True, slots=True)
class Command:
    """A command that is allowed now, whole with its literals."""

    tag: str
    name: str
    arguments: Arguments = NoArguments()
    heard: Heard = ()


@dataclass(frozen=True, slots=True)
class LiteralOffered:
    """The client wants to send a literal and waits: answer `Continue`, or refuse the whole command by a `Status`."""

    tag: str
    name: str
    size: int
    heard: Heard = ()


@dataclass(frozen=True, slots=True)
class SaslResponse:
    """The client's answer to a challenge (§6.2.2); None where it cancelled by `*`."""

    tag: str
    data: bytes | None
    heard: Heard = ()


@dataclass(frozen=True, slots=True)
class Done:
    """The client ends IDLE (RFC 2177)."""

    tag: str
    heard: Heard = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The client said something that deserves BAD (or NO, where `outcome` says so), for this reason.

    `saves` says that it is a SEARCH whose result was to be kept: NO leaves nothing kept (RFC 5182 §2.1).
    """

    tag: str | None
    reason: str
    outcome: Outcome = Outcome.BAD
    code: str | None = None
    heard: Heard = ()
    saves: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """The peer has closed the connection."""


Heardable = Command | LiteralOffered | SaslResponse | Done | Refused
ServerEvent = Heardable | ConnectionClosed

# -- what a server says, and a client hears


@dataclass(frozen=True, slots=True)
class Status:
    """OK, NO, BAD, BYE or PREAUTH (§7.1). Tagged, it ends the command of that tag; with tag None it is untagged."""

    tag: str | None
    outcome: Outcome
    text: str
    code: str | None = None

    def pieces(self) -> Iterator[bytes | Literal]:
        """Yield the response's octets."""
        code = f"[{self.code}] " if self.code else ""
        yield f"{self.tag or '*'} {self.outcome} {code}{self.text}\r\n".encode()


@dataclass(frozen=True, slots=True)
class Data:
    """Any other untagged response (§7.2 to §7.4): its values as they follow each other.

    `queue_id` names the message whose content is in it; it is for the record and does not go out.
    """

    values: Sequence[Value]
    queue_id: str | None = field(default=None, compare=False)

    def pieces(self) -> Iterator[bytes | Literal]:
        """Give the response's octets, each literal's content as a piece of its own."""
        return iter([b"* ", *pieces(self.values), b"\r\n"])


@dataclass(frozen=True, slots=True)
class Continue:
    """`+`: the server is ready for what the client has announced (§7.5)."""

    text: str = ""

    def pieces(self) -> Iterator[bytes | Literal]:
        """Yield the response's octets."""
        yield f"+ {self.text}\r\n".encode()


Response = Status | Data | Continue
ClientEvent = Response | ConnectionClosed
