"""What the address of the list says, parsed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.http import QueryDict

from burgrave.ledger.terms import KIND, MAX_POSITION, Filters

MOST_KINDS = 50
A_DAY = timedelta(days=1)
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(9999, 1, 1)


def filters_of(asked: QueryDict) -> Filters:
    """The filters that the address names, days in UTC. ``q`` may be a day, a kind or a subject."""
    text = asked.get("q", "").strip()
    day = day_of(asked.get("day", "")) or day_of(text)
    first, last = day or day_of(asked.get("since", "")), day or day_of(asked.get("until", ""))
    typed_kind = (text,) if KIND.fullmatch(text) else ()
    typed_subject = "" if typed_kind or day_of(text) else text
    return Filters(
        kinds=tuple(dict.fromkeys([*asked.getlist("kind"), *typed_kind]))[:MOST_KINDS],
        actor_label=asked.get("actor", ""),
        subject=asked.get("subject", "") or typed_subject,
        since=None if first is None else _midnight(first),
        until=None if last is None else _midnight(last) + A_DAY,
    )


def moment_of(text: str) -> datetime | None:
    """The time that a person typed, in UTC unless it names its zone; None for a day alone and for anything else."""
    if day_of(text) is not None:
        return None
    try:
        typed = datetime.fromisoformat(text.strip())
        return typed.replace(tzinfo=UTC) if typed.tzinfo is None else typed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def position_of(text: str) -> int | None:
    """The position that a person typed, with or without the sign in front of it."""
    digits = text.strip().removeprefix("#")
    if not digits.isascii() or not digits.isdigit() or len(digits) > len(str(MAX_POSITION)):
        return None
    return min(int(digits), MAX_POSITION)


def day_of(text: str) -> date | None:
    """The day of an ISO 8601 date; None for anything else."""
    try:
        typed = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return typed if FIRST_DAY <= typed < LAST_DAY else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
