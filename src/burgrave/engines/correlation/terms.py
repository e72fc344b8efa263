"""Words of the correlation engine: hits in, findings out, limits and counts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from burgrave.engines.detection import CorrelationRule

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
SECOND: Final = 1_000_000


def microseconds(moment: datetime) -> int:
    """An aware time as whole microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def moment(count: int) -> datetime:
    """The time in UTC that so many microseconds since 1970 are."""
    return EPOCH + count * MICROSECOND


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule held for one event.

    ``rule`` is the rule's id; ``at`` the event's own time, aware, or None when it has none; ``event`` names the event
    and no other, the same whenever it is handed over; ``values`` are ``Match.values``.
    """

    rule: str
    at: datetime | None
    event: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Named:
    """An event in a window: when it counted, and by which rule of the correlation, by its id.

    Of an event by way of another correlation that is when the other one held, and the other one.
    """

    event: str
    at: datetime
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A correlation held for a group of events.

    ``group`` are the names and values of ``group-by``, spelt as in an event at ``ended_at``. ``events`` name the first
    events of the window by time, at most ``Limits.events_named``, ``last_event`` the last one; ``event_count`` is how
    many there are. ``named`` say of the same events when they counted and by which rule.
    ``measured`` is what was counted or computed, or for a condition in words how many rules have an event.
    """

    rule: CorrelationRule
    group: tuple[tuple[str, str], ...]
    began_at: datetime
    ended_at: datetime
    events: tuple[str, ...]
    last_event: str
    event_count: int
    measured: str
    named: tuple[Named, ...] = ()


class Strayed(StrEnum):
    """Why a hit takes part in no window."""

    UNTIMED = "untimed"
    LATE = "late"
    FUTURE = "future"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What correlating may cost. Times are of events, never of a clock.

    A hit is late when another one came before that is more than ``lateness`` younger. ``size_bytes`` bounds what stands
    in windows, as it would be written down.
    """

    lateness: timedelta = timedelta(0)
    groups: int = 100_000
    hits: int = 1_000_000
    size_bytes: int = 1 << 30
    waiting: int = 200_000
    events_named: int = 100
    strays_named: int = 100

    def __post_init__(self) -> None:
        if self.lateness < timedelta(0):
            raise ValueError(f"lateness must not be negative, got {self.lateness}")
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, int) and value < 1:
                raise ValueError(f"{each.name} must be at least 1, got {value}")


@dataclass(slots=True)
class Counts:
    """What became of the hits, since the first one.

    ``untimed``, ``late`` and ``future`` strayed: they take part in nothing. ``ungrouped`` lack a field of
    ``group-by``, ``unmeasured`` the field that is counted or a number in it; both are counted for each correlation.
    ``hurried`` were taken before their time because more than ``Limits.waiting`` waited. ``forgotten_groups`` and
    ``forgotten_hits`` were let go, the oldest first, because of ``Limits.groups``, ``Limits.hits`` and
    ``Limits.size_bytes``.
    """

    taken: int = 0
    untimed: int = 0
    late: int = 0
    future: int = 0
    ungrouped: int = 0
    unmeasured: int = 0
    hurried: int = 0
    forgotten_groups: int = 0
    forgotten_hits: int = 0
    findings: int = 0
