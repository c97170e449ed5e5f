"""What the handlers of commands work with: whose mailboxes, which one is selected, what the client has switched on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from mailserver_lab.imap import names
from mailserver_lab.imap.answers import Answer
from mailserver_lab.imap.events import Status
from mailserver_lab.imap.features import Features
from mailserver_lab.imap.fetch import Content
from mailserver_lab.imap.notify import Notices
from mailserver_lab.imap.states import Outcome
from mailserver_lab.imap.turns import Turns
from mailserver_lab.imap.values import Utf8, Value
from mailserver_lab.store import ReadAhead, StoreError

if TYPE_CHECKING:
    from mailserver_lab.imap.view import View
    from mailserver_lab.store import Message, Store


class Context:
    """One client's place on the server."""

    def __init__(self, store: Store, now: Callable[[], datetime], on_change: Callable[[], None]) -> None:
        self.store = store
        self.now = now
        self.on_change = on_change
        self.features = Features()
        self.turns = Turns()
        #: The tag of the command that is being answered.
        self.tag = ""
        self._address: str | None = None
        self._view: View | None = None
        self._last_content: tuple[int, Content] | None = None
        #: What the client wants to hear of without asking (RFC 5465).
        self.notices = Notices(self)
        self._ahead = ReadAhead(store)

    @property
    def address(self) -> str:
        """Whose mailboxes these are; the core lets no command through before that is known."""
        assert self._address is not None
        return self._address

    @property
    def view(self) -> View:
        """The selected mailbox; the core lets no command that needs one through without."""
        assert self._view is not None
        return self._view

    @property
    def viewed(self) -> View | None:
        """The selected mailbox, if one is selected."""
        return self._view

    @property
    def selecting(self) -> bool:
        """Whether a mailbox is selected."""
        return self._view is not None

    @property
    def selected(self) -> str:
        """The name of the selected mailbox; "", which none has, where none is."""
        return self._view.name if self._view is not None else ""

    def enter(self, view: View) -> None:
        """Select a mailbox."""
        self._view = view

    def leave(self) -> None:
        """Select none."""
        if self._view is not None:
            self._view.close()
            self._view = None
        self._last_content = None
        self._ahead.clear()

    def close(self) -> None:
        """End the session."""
        self.notices.close()
        self.leave()

    def wire(self, name: str) -> Value:
        """Return a mailbox name as it goes over the wire."""
        return Utf8(name) if self.features.utf8 else names.encode(name)

    def use_condstore(self) -> list[Answer]:
        """Note that the client has used mod-sequences, and tell it the highest if that is new (RFC 7162 §3.1)."""
        new = self.features.enable("CONDSTORE")
        code = self.highest_modseq() if new else None
        return [Status(None, Outcome.OK, "Mod-sequences are told from now on", code)] if code else []

    def highest_modseq(self) -> str | None:
        """Return the response code with the mailbox's mod-sequence, to a client that knows of it."""
        if self._view is None or not self.features.condstore:
            return None
        return f"HIGHESTMODSEQ {self._view.modseq}"

    def content(self, message: Message, following: Iterable[Message] = ()) -> Content | None:
        """Return a message's content, or None if it is gone; those `following` will be asked for next.

        The last one is kept, as clients fetch large ones in pieces.
        """
        if self._last_content is None or self._last_content[0] != message.id:
            try:
                self._last_content = message.id, Content(self._ahead.raw(message, following))
            except StoreError:
                return None
        return self._last_content[1]
