"""Which standards the lab keeps, and how far: `standards`, a list for each area, from mailserver_lab/rfcs.toml.

```{standards}
```
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any, get_args

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import mailserver_lab
from mailserver_lab.locale import Text
from mailserver_lab.rfcs import Area, Rfc, index

SOURCE = Path(mailserver_lab.__file__).with_name("rfcs.toml")
AREAS: dict[Area, Text] = {
    "smtp": Text(ja="送信：SMTP", en="Sending: SMTP"),
    "dsn": Text(ja="エラーメールなどの通知", en="Bounces and other notices"),
    "message": Text(ja="メールの形", en="The form of a message"),
    "dns": Text(ja="名前とアドレス：DNS", en="Names and addresses: DNS"),
    "pop3": Text(ja="受信：POP3", en="Receiving: POP3"),
    "imap": Text(ja="受信：IMAP", en="Receiving: IMAP"),
    "web": Text(ja="ウェブ", en="The web"),
}
KEPT = {
    "whole": Text(ja="✓ 従っています。", en="✓ Kept."),
    "partly": Text(ja="◐ 一部に従っています。", en="◐ Kept in part."),
    "not": Text(ja="✕ 対応していません。", en="✕ Not kept."),
}


class StandardsDirective(SphinxDirective):
    """The whole index, by area and number."""

    def run(self) -> list[nodes.Node]:
        """Put a section for each area in its place."""
        self.env.note_dependency(str(SOURCE))
        found = index()
        return [self._section(area, [rfc for rfc in found if rfc.area == area]) for area in get_args(Area)]

    def _section(self, area: Area, rfcs: list[Rfc]) -> nodes.section:
        lang = self.config.language
        title = AREAS[area][lang]
        listed = nodes.definition_list()
        for rfc in rfcs:
            said = KEPT[rfc.status][lang]
            if rfc.gap:
                said += f"{' ' if lang == 'en' else ''}{rfc.gap[lang]}"
            about = nodes.definition("", nodes.paragraph(said, said))
            listed += nodes.definition_list_item("", nodes.term("", "", *_name(rfc)), about)
        names = [f"standards-{area}"]
        return nodes.section("", nodes.title(title, title), listed, ids=names, names=names)


def _name(rfc: Rfc) -> list[nodes.Node]:
    """Its number, which leads to it, and its title, which is English on every page."""
    url = f"https://www.rfc-editor.org/rfc/rfc{rfc.number}"
    title = f' <span lang="en">{html.escape(rfc.title)}</span>'
    return [
        nodes.reference("", f"RFC {rfc.number}", refuri=url, internal=False),
        nodes.raw("", title, format="html"),
    ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    app.add_directive("standards", StandardsDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
