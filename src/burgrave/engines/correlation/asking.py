"""One correlation made ready: what it reads of a hit, and where its own findings go."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from burgrave.engines.correlation.terms import SECOND
from burgrave.engines.detection.correlation_terms import NUMBER_TYPES, CorrelationType
from burgrave.engines.detection.correlation_writing import written_section
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.predicates import number_of
from burgrave.engines.detection.resolving import asked_of, needed_fields, upwards

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from burgrave.engines.detection import CorrelationRule

Key = tuple[str, ...]
Value = Fraction | tuple[str, ...] | None
Waiting = tuple[int, str, str, tuple[tuple[str, str], ...]]  # time, rule, event, values


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    """A hit on its way into a correlation. ``member`` is the place of its rule there; ``count`` of its events."""

    event: str
    member: int
    values: tuple[tuple[str, str], ...]
    events: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A hit in a window. ``handed_up`` are the texts that correlations above may ask for; ``at`` in microseconds."""

    at: int
    member: int
    event: str
    value: Value
    handed_up: tuple[str | None, ...]
    events: tuple[str, ...]
    count: int


class Ungrouped(Exception):
    """A hit lacks a field by which the correlation groups."""


class Unmeasured(Exception):
    """A hit lacks the field that is counted, or it is no number."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A correlation, what it is asked to hand up, and the correlations above with what each wants."""

    rule: CorrelationRule
    span: int
    handed_up: tuple[str, ...]
    above: tuple[tuple[int, int, tuple[str, ...]], ...]  # place of the correlation, place of this one in it, names

    def means(self, other: Asked) -> bool:
        """Whether what stands in the windows of the other one is what would stand in those of this one."""
        return meaning(self.rule) == meaning(other.rule) and self.handed_up == other.handed_up

    def read(self, arrival: Arrival, at: int) -> tuple[Key, tuple[str, ...], Entry]:
        """The group's key, its spelling, and the entry. Raises Ungrouped or Unmeasured."""
        rule = self.rule
        member = rule.members[arrival.member]
        values = dict(arrival.values)

        def value(name: str) -> str | None:
            source = rule.field_of(name, member)
            return None if source is None else values.get(source)

        spelling = [value(name) for name in rule.group_by]
        if None in spelling:
            raise Ungrouped
        texts = tuple(text for text in spelling if text is not None)
        entry = Entry(
            at,
            arrival.member,
            arrival.event,
            _measured(rule.type, [value(name) for name in rule.fields]),
            tuple(value(name) for name in self.handed_up),
            arrival.events,
            arrival.count,
        )
        return tuple(map(fold, texts)), texts, entry

    def projections(self, entries: Iterable[Entry], names: Sequence[str]) -> list[tuple[tuple[str, str], ...]]:
        """The distinct combinations of the named fields' values among the entries, by the first spelling, sorted."""
        places = [self.handed_up.index(name) for name in names]
        found: dict[tuple[str | None, ...], tuple[tuple[str, str], ...]] = {}
        for entry in entries:
            texts = [entry.handed_up[place] for place in places]
            key = tuple(None if text is None else fold(text) for text in texts)
            if key not in found:
                found[key] = tuple((name, text) for name, text in zip(names, texts, strict=True) if text is not None)
        return sorted(found.values())


def _measured(kind: CorrelationType, texts: list[str | None]) -> Value:
    if kind is CorrelationType.VALUE_COUNT:
        if None in texts:
            raise Unmeasured
        return tuple(fold(text) for text in texts if text is not None)
    if kind not in NUMBER_TYPES:
        return None
    number = None if texts[0] is None else number_of(texts[0])
    if number is None:
        raise Unmeasured
    return Fraction(number)


def meaning(rule: CorrelationRule) -> list[Any]:
    """Everything that decides what a correlation finds, as plain JSON."""
    return [rule.id, list(rule.members), written_section(rule)]


def made_ready(correlations: Iterable[CorrelationRule]) -> list[Asked]:
    """The correlations, each behind those that it refers to."""
    ordered = upwards(correlations)
    needed = needed_fields(ordered)
    listeners = listeners_of(ordered)
    return [
        Asked(
            rule,
            rule.timespan_seconds * SECOND,
            needed.get(rule.id, ()),
            tuple(
                (place, member, tuple(sorted(asked_of(ordered[place], rule.id, needed.get(ordered[place].id, ())))))
                for place, member in listeners.get(rule.id, ())
            ),
        )
        for rule in ordered
    ]


def listeners_of(ordered: Sequence[CorrelationRule]) -> dict[str, list[tuple[int, int]]]:
    """For the id of each rule that is referred to: the places of the correlations that do, and its place in each."""
    found: dict[str, list[tuple[int, int]]] = {}
    for place, rule in enumerate(ordered):
        for member, key in enumerate(rule.members):
            found.setdefault(key, []).append((place, member))
    return found
