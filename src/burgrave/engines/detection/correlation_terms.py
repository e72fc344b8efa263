"""Words of Sigma's correlation rules, in the spelling of the specification 2.1.0."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fractions import Fraction
    from pathlib import Path


class CorrelationType(StrEnum):
    """What a correlation asks of the events in its window."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    VALUE_MEDIAN = "value_median"
    VALUE_PERCENTILE = "value_percentile"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"


TEMPORAL_TYPES: Final = frozenset({CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED})
NUMBER_TYPES: Final = frozenset(
    {
        CorrelationType.VALUE_SUM,
        CorrelationType.VALUE_AVG,
        CorrelationType.VALUE_MEDIAN,
        CorrelationType.VALUE_PERCENTILE,
    }
)
OPERATORS: Final[dict[str, Callable[[Fraction | int, Fraction | int], bool]]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Bound:
    """One comparison of a condition; a range is two of them, and all must hold."""

    operator: str
    number: Fraction

    def holds(self, measured: Fraction | int) -> bool:
        return OPERATORS[self.operator](measured, self.number)


@dataclass(frozen=True, slots=True)
class Present:
    """The window has an event of the rule whose 0-based place in ``CorrelationRule.rules`` this is."""

    member: int


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Presence, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Presence, ...]


@dataclass(frozen=True, slots=True)
class Lacking:
    part: Presence


Presence = Present | Every | Some | Lacking


@dataclass(frozen=True, slots=True)
class Alias:
    """One name for a field that the rules call differently: pairs of a rule and its field.

    Rules stand there as the document names them, and by id once the correlation is resolved.
    """

    name: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationRule:
    """One Sigma correlation. What it shares with ``Rule`` means the same there.

    ``rules`` are ids and names as the document has them, ``members`` the ids behind them in the same order; empty until
    they are looked up. Temporal types have either ``bounds`` on the count of distinct rules, or ``presence``.
    """

    id: str
    name: str
    title: str
    level: str
    status: str
    author: str
    license: str
    description: str
    tags: tuple[str, ...]
    references: tuple[str, ...]
    falsepositives: tuple[str, ...]
    path: Path
    line: int
    document: int
    sha256: str
    yaml: bytes = field(repr=False, compare=False)
    type: CorrelationType
    rules: tuple[str, ...]
    generate: bool
    timespan_seconds: int
    group_by: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    bounds: tuple[Bound, ...] = ()
    fields: tuple[str, ...] = ()
    percentile: Fraction | None = None
    presence: Presence | None = None
    members: tuple[str, ...] = ()

    def field_of(self, name: str, member: str) -> str | None:
        """What the rule with this id calls the field; None when an alias of the name leaves the rule out."""
        for alias in self.aliases:
            if alias.name == name:
                return dict(alias.fields).get(member)
        return name
