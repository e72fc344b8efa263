"""Points in time as requests name them, brought to UTC at the door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def _in_utc(moment: datetime) -> datetime:
    # A zone as far off as +20:53 is well formed, but PostgreSQL takes no zone beyond 15:59 hours.
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC this lies outside the years 1 to 9999; give a time within them") from None


Moment = Annotated[datetime, AfterValidator(_in_utc)]
AwareMoment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment that must name its zone."""
