"""Somebody's mailbox as it lies on the server."""

from __future__ import annotations

from email.utils import parseaddr, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from traitlets import Bool, Dict, Int, List, Unicode

from . import assets
from .legible import legible
from .panel import Panel

if TYPE_CHECKING:
    from ..experiments import MailboxView, Row
    from ..locale import Lang


class Mailbox(Panel):
    """A view of the server's store. What is on a device is another thing and has a panel of its own."""

    _esm = assets.module("mailbox")
    _css = assets.style("mailbox")

    host = Unicode().tag(sync=True)
    address = Unicode().tag(sync=True)
    messages = List(Dict()).tag(sync=True)
    used = Int(0).tag(sync=True)
    quota = Int(0).tag(sync=True)
    hides = Bool(False, help="whether it is there only while there is mail in it").tag(sync=True)

    def view(self, mailbox: MailboxView) -> None:
        """Show the mailbox as it is now."""
        self.show(
            host=mailbox.host,
            address=mailbox.address,
            messages=[mail_row(row, self.lang) for row in mailbox.messages],
            used=mailbox.used,
            quota=mailbox.quota or 0,
        )


def mail_row(row: Row, lang: Lang) -> dict[str, Any]:
    """One message of a list, as the mailbox's and the device's JavaScript take it.

    It shows the address and not the name beside it, which anybody can choose.
    """
    address = parseaddr(row.sender)[1]
    return {
        "uid": row.uid, "sender": legible(address if "@" in address else row.sender, 200), "subject": legible(row.subject, 200),
        "time": shown_date(row.date, lang), "size": row.size, "seen": row.seen, "bounce": row.bounce,
    }  # fmt: skip


def shown_date(date: str, lang: Lang) -> str:
    """A Date header as lists of mail show it, in the time of its sender; as it stands where it is no date."""
    try:
        when = parsedate_to_datetime(date)
    except ValueError:
        return legible(date, 60)
    if lang == "ja":
        return f"{when.month}月{when.day}日 {when:%H:%M}"
    return f"{when.day} {when:%b %H:%M}"
