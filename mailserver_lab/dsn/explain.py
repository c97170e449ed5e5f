"""A diagnosis as a person reads it, and as a program does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..locale import Lang, Text
from . import advice
from .diagnosis import Cause, Diagnosis, Evidence, Verdict

SHOWN = 400  # characters of a quoted line; what a server said is in the first hundred


def clean(text: str) -> str:
    """Words of a message, fit for a terminal: no control characters, and nothing that turns the writing round."""
    shown = re.sub(
        r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]",
        " ",
        text[: SHOWN + 1],
    )
    return shown if len(text) <= SHOWN else shown[:SHOWN] + "…"


def as_json(name: str, number: int, diagnosis: Diagnosis, lang: Lang) -> dict[str, Any]:
    """One message as a JSON object: which file, the how manieth in it, and the diagnosis. Quoted lines are as they stand in the message."""
    return {
        "file": name,
        "message": number,
        "bounce": diagnosis.bounce,
        "kind": diagnosis.kind,
        "forwarded": diagnosis.forwarded,
        "recipients": [_recipient(verdict, lang) for verdict in diagnosis.recipients],
        "remarks": [remark[lang] for remark in diagnosis.remarks],
    }


def _recipient(verdict: Verdict, lang: Lang) -> dict[str, Any]:
    told = advice.ADVICE[verdict.cause]
    return {
        "recipient": verdict.recipient,
        "class": verdict.cause,
        "status": verdict.status or None,
        "reply": verdict.reply or None,
        "permanent": verdict.permanent,
        "hard": verdict.hard,
        "author": verdict.author,
        "reporter": verdict.reporter or None,
        "refuser": verdict.refuser or None,
        "stage": verdict.stage or None,
        "waiting": verdict.waiting,
        "movers": list(advice.movers(verdict)),
        "name": told.name[lang],
        "meaning": told.meaning[lang],
        "do": advice.do(verdict)[lang],
        "evidence": [
            {
                "line": one.line,
                "kind": one.kind,
                "class": one.cause,
                "weight": one.weight,
                "source": one.source,
            }
            for one in verdict.evidence
        ],
        "doubts": [advice.doubt(one)[lang] for one in verdict.doubts],
    }


@dataclass(frozen=True, slots=True)
class Told:
    """What a verdict means, in one language: what the command line and the book's page say.

    Recipient, author, evidence and doubts contain foreign text; whoever shows them makes it harmless.

    Args:
        recipient: the address; "" where the message does not say.
        cause: the cause's id.
        name: the cause in a few words.
        codes: the SMTP reply and the enhanced status code, as far as there are any.
        meaning: what the cause is.
        certainty: how sure it is.
        evidence: the words that were believed first, then the others.
        author: who wrote the notice and who refused; "" where nothing failed.
        permanence: whether it will pass; "" where nothing failed.
        movers: whose move it is.
        do: what the sender does now.
        doubts: where the message contradicts itself.
    """

    recipient: str
    cause: Cause
    name: str
    codes: tuple[str, ...]
    meaning: str
    certainty: str
    evidence: tuple[Evidence, ...]
    author: str
    permanence: str
    movers: str
    do: str
    doubts: tuple[str, ...]


def tell(verdict: Verdict, lang: Lang) -> Told:
    """What a verdict means, in one language."""
    told = advice.ADVICE[verdict.cause]
    failed = verdict.cause not in {"delivered", "vacation-reply"}
    between = "、" if lang == "ja" else ", "
    return Told(
        recipient=verdict.recipient,
        cause=verdict.cause,
        name=told.name[lang],
        codes=tuple(code for code in (verdict.reply, verdict.status) if code),
        meaning=told.meaning[lang],
        certainty=advice.certainty(verdict)[lang],
        evidence=verdict.evidence,
        author=advice.author(verdict)[lang] if failed else "",
        permanence=advice.PERMANENCE[verdict.permanent][lang] if failed else "",
        movers=between.join(advice.MOVERS[mover][lang] for mover in advice.movers(verdict)),
        do=advice.do(verdict)[lang],
        doubts=tuple(advice.doubt(one)[lang] for one in verdict.doubts),
    )


_TO = Text(ja="宛先", en="Recipient")
_NOBODY = Text(ja="（書かれていません）", en="(the message does not say)")
_CAUSE = Text(ja="原因", en="Cause")
_CODES = Text(ja="番号", en="Codes")
_WHO = Text(ja="だれが書いたか", en="Who wrote it")
_HOW_LONG = Text(ja="見通し", en="Permanent")
_MOVE = Text(ja="動く人", en="Whose move")
_DO = Text(ja="どうするか", en="What to do")
_EVIDENCE = Text(ja="根拠の行", en="Evidence")
_NO_EVIDENCE = Text(ja="（原因を示す行はありません）", en="(no line says why)")
_DOUBT = Text(ja="食い違い", en="Contradiction")


def as_text(name: str, diagnosis: Diagnosis, lang: Lang) -> str:
    """One message for a person, in plain lines."""
    lines = [f"== {clean(name)}", advice.KINDS[diagnosis.kind][lang]]
    lines += [remark[lang] for remark in diagnosis.remarks]
    for verdict in diagnosis.recipients:
        lines += ["", *_lines(tell(verdict, lang), lang)]
    return "\n".join(lines) + "\n"


def _lines(told: Told, lang: Lang) -> list[str]:
    colon = "：" if lang == "ja" else ": "
    stop = "" if lang == "ja" else " "
    found = [
        f"{_TO[lang]}{colon}{clean(told.recipient) or _NOBODY[lang]}",
        f"{_CAUSE[lang]}{colon}{told.name}{stop}[{told.cause}]",
    ]
    if told.codes:
        found.append(f"{_CODES[lang]}{colon}{'  '.join(told.codes)}")
    found.append("  " + told.meaning)
    if told.permanence:
        found.append(f"{_HOW_LONG[lang]}{colon}{told.permanence}")
    if told.author:
        found.append(f"{_WHO[lang]}{colon}{clean(told.author)}")
    found += [
        f"{_MOVE[lang]}{colon}{told.movers}",
        f"{_DO[lang]}{colon}{told.do}",
        f"{_EVIDENCE[lang]}{colon}{told.certainty}",
    ]
    found += [f"  > {clean(line)}" for line in dict.fromkeys(one.line for one in told.evidence)] or [
        f"  {_NO_EVIDENCE[lang]}"
    ]
    found += [f"{_DOUBT[lang]}{colon}{clean(doubt)}" for doubt in told.doubts]
    return found
