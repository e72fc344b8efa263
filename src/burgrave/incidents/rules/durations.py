"""How long it took, and from when to when each figure counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from burgrave.web.errors import Said


class Clock(StrEnum):
    """The figures of a case. Definitions follow the moments that the ledger knows, so that each can be re-derived."""

    DETECT = "time_to_detect"
    ACKNOWLEDGE = "time_to_acknowledge"
    CONTAIN = "time_to_contain"
    RESOLVE = "time_to_resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """The moments of a case; None where it has not come to pass or is not known."""

    first_event_at: datetime | None
    first_alert_at: datetime | None
    acknowledged_at: datetime | None
    opened_at: datetime
    contained_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """One figure. ``elapsed`` is None while an end is missing; ``why`` says what is counted or what is missing."""

    clock: Clock
    elapsed: timedelta | None
    from_at: datetime | None
    until_at: datetime | None
    why: Said


def durations(moments: Moments) -> tuple[Duration, ...]:
    """Time to detect, to acknowledge, to contain and to resolve, in this order."""
    found_at = moments.first_alert_at or moments.opened_at
    found = Said("the first alert was raised") if moments.first_alert_at else Said("the case was opened by hand")
    return (
        _between(
            Clock.DETECT,
            (moments.first_event_at, Said("the first event of the attack")),
            (found_at, found),
            missing=Said("no event of this case carries a time"),
        ),
        _between(
            Clock.ACKNOWLEDGE,
            (found_at, found),
            (moments.acknowledged_at, Said("somebody first took an alert on")),
            missing=Said("nobody has taken an alert of this case on yet")
            if moments.first_alert_at
            else Said("the case has no alert"),
        ),
        _between(
            Clock.CONTAIN,
            (found_at, found),
            (moments.contained_at, Said("the case was contained")),
            missing=Said("the case has not been contained"),
        ),
        _between(
            Clock.RESOLVE,
            (found_at, found),
            (moments.closed_at, Said("the case was closed")),
            missing=Said("the case is not closed"),
        ),
    )


def _between(
    clock: Clock, start: tuple[datetime | None, Said], end: tuple[datetime | None, Said], *, missing: Said
) -> Duration:
    (from_at, from_words), (until_at, until_words) = start, end
    if from_at is None or until_at is None:
        why = Said("not known: %(missing)s", {"missing": missing})
        return Duration(clock=clock, elapsed=None, from_at=from_at, until_at=until_at, why=why)
    if until_at < from_at:
        why = Said(
            "not counted: %(later)s lies before %(sooner)s, so a clock was wrong",
            {"later": until_words, "sooner": from_words},
        )
        return Duration(clock=clock, elapsed=None, from_at=from_at, until_at=until_at, why=why)
    why = Said(
        "from %(from)s (%(begin)s) until %(until)s (%(end)s)",
        {"from": _utc(from_at), "begin": from_words, "until": _utc(until_at), "end": until_words},
    )
    return Duration(clock=clock, elapsed=until_at - from_at, from_at=from_at, until_at=until_at, why=why)


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
