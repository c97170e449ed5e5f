"""The inbox on the reader's device: what its mail client has fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traitlets import Bool, Dict, Int, List, Unicode

from . import assets
from .mailbox import mail_row
from .panel import Panel

if TYPE_CHECKING:
    from ..experiments import DeviceView
    from ..locale import Lang


class Device(Panel):
    """A screen with the fetched messages. The one that is open is shown by a panel of its own."""

    _esm = assets.module("device")
    _css = assets.style("device")

    name = Unicode().tag(sync=True)
    messages = List(Dict()).tag(sync=True)
    opened = Int(0, help="the uid of the message that is open, 0 for none").tag(sync=True)
    fetches = Bool(True, help="whether there is a button that fetches").tag(sync=True)
    deletes = Bool(False, help="whether messages can be deleted here, instead of opened").tag(sync=True)
    ready = Bool(False).tag(sync=True)
    busy = Bool(False).tag(sync=True)

    def view(self, device: DeviceView) -> None:
        """Show the inbox as it is on the device now."""
        lang: Lang = self.lang
        self.show(name=device.name[lang], messages=[mail_row(row, lang) for row in device.messages])
