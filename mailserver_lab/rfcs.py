"""Which standards the lab keeps, and how far: the index that the book shows, in `rfcs.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal, get_args

from .locale import Text

Status = Literal["whole", "partly", "not"]
Area = Literal["smtp", "dsn", "message", "dns", "pop3", "imap", "web"]


@dataclass(frozen=True, slots=True)
class Rfc:
    """A standard and what the lab makes of it.

    Args:
        number: of the RFC.
        title: in English, as it was published.
        area: under which it is listed.
        status: whether all of it that concerns the lab is there.
        where: the modules that keep it, such as "smtp.server"; each cites it.
        gap: what is missing, None where nothing is.
    """

    number: int
    title: str
    area: Area
    status: Status
    where: tuple[str, ...]
    gap: Text | None


def index() -> list[Rfc]:
    """Every RFC that the lab keeps or cites, and some that it does not, by number.

    Raises:
        ValueError: an entry is not as it should be.
    """
    tables = tomllib.loads(files(__package__).joinpath("rfcs.toml").read_text("utf-8"))
    return sorted(
        (_entry(int(number), table) for number, table in tables.items()), key=lambda rfc: rfc.number
    )


def _entry(number: int, table: dict[str, Any]) -> Rfc:
    area, status, gap = table["area"], table["status"], table.get("gap")
    if area not in get_args(Area) or status not in get_args(Status):
        raise ValueError(f"RFC {number}: no such area or status")
    if unknown := set(table) - {"title", "area", "status", "where", "gap"}:
        raise ValueError(f"RFC {number}: what is {', '.join(sorted(unknown))}?")
    told = Text(ja=gap["ja"], en=gap["en"]) if gap else None
    return Rfc(number, table["title"], area, status, tuple(table.get("where", ())), told)
