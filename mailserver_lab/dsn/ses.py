"""Notifications of Amazon SES in JSON, as its notification service mails them."""

from __future__ import annotations

import json
from typing import Any

from .cases import Case
from .notice import Field

LONGEST = 262_144


def ses_cases(lines: list[str]) -> list[Case] | None:
    """The recipients of a notification in JSON; empty for a complaint, None where the text is no such notification."""
    start = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    if start == len(lines) or not lines[start].lstrip().startswith("{"):
        return None
    text = "\n".join(lines[start:])[:LONGEST]
    if "otificationType" not in text and "eventType" not in text:
        return None
    event = _object(text.replace("\n ", "").replace("\n", ""))  # mail breaks its long lines
    if isinstance(event.get("Message"), str):
        event = _object(event["Message"])
    kind = str(event.get("notificationType") or event.get("eventType") or "")
    if kind == "Bounce":
        return [_bounced(one) for one in _list(event, "bounce", "bouncedRecipients")] or None
    if kind == "Delivery":
        words = str(_dict(event, "delivery").get("smtpResponse", ""))
        return [
            Case(
                str(address),
                {
                    "action": Field("delivered", "Delivery"),
                    "status": Field("", ""),
                    "diagnostic-code": Field(f"smtp; {words}", words),
                },
            )
            for address in _list(event, "delivery", "recipients")
        ] or None
    return [] if kind == "Complaint" else None


def _bounced(one: object) -> Case:
    values: dict[str, Any] = one if isinstance(one, dict) else {}
    names = {"action": "action", "status": "status", "diagnosticCode": "diagnostic-code"}
    fields = {
        field: Field(str(values[name]), str(values[name])) for name, field in names.items() if name in values
    }
    return Case(str(values.get("emailAddress", "")), fields)


def _object(text: str) -> dict[str, Any]:
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _dict(event: dict[str, Any], name: str) -> dict[str, Any]:
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def _list(event: dict[str, Any], name: str, inner: str) -> list[Any]:
    value = _dict(event, name).get(inner)
    return value[:500] if isinstance(value, list) else []
