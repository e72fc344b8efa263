"""What the address of the list says, parsed."""

from __future__ import annotations

from datetime import date

from django.http import QueryDict

from burgrave.ledger.terms import KIND, MAX_POSITION, Filters


def filters_of(asked: QueryDict) -> Filters:
    """The filters that the address names. ``q`` may be a day, a kind or a subject; a bad day matches nothing."""
    text = asked.get("q", "").strip()
    day = asked.get("day", "")
    typed_kind = (text,) if KIND.fullmatch(text) else ()
    typed_subject = "" if typed_kind or day_of(text) else text
    return Filters(
        kinds=tuple(dict.fromkeys([*asked.getlist("kind"), *typed_kind])),
        actor_label=asked.get("actor", ""),
        subject=asked.get("subject", "") or typed_subject,
        day=day_of(day) or day_of(text),
    )


def position_of(text: str) -> int | None:
    """The position that a person typed, with or without the sign in front of it."""
    digits = text.strip().removeprefix("#")
    if not digits.isascii() or not digits.isdigit() or len(digits) > len(str(MAX_POSITION)):
        return None
    return min(int(digits), MAX_POSITION)


def day_of(text: str) -> date | None:
    """The day of an ISO 8601 date; None for anything else."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
