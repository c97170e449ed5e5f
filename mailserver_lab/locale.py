"""Text in the two languages of the book. Neither is a translation of the other; the facts are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeGuard

Lang = Literal["ja", "en"]
LANGUAGES: tuple[Lang, ...] = ("ja", "en")


def is_lang(value: object) -> TypeGuard[Lang]:
    """Tell whether `value` is one of the book's languages."""
    return value in LANGUAGES


@dataclass(frozen=True, slots=True)
class Text:
    """One thing to say, said in each language."""

    ja: str
    en: str

    def __getitem__(self, lang: Lang) -> str:
        return self.ja if lang == "ja" else self.en

    def format(self, **values: object) -> Text:
        """Fill in both languages' placeholders, as `str.format` does."""
        return Text(self.ja.format(**values), self.en.format(**values))


class Problem(Exception):
    """Something a person asked for that cannot be done, told as what happened, why, and what to do.

    Args:
        what: what happened.
        why: its cause.
        do: the way on.
        status: the HTTP status that fits when the control API tells it.
    """

    def __init__(self, what: Text, why: Text, do: Text, *, status: int = 400) -> None:
        super().__init__(f"{what.en} {why.en} {do.en}")
        self.what, self.why, self.do, self.status = what, why, do, status

    def as_json(self, lang: Lang) -> dict[str, str]:
        """The three sentences in the asked language."""
        return {"what": self.what[lang], "why": self.why[lang], "do": self.do[lang]}
