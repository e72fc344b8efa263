"""What stands in a group's window, kept up to date as entries come and go, and whether the condition holds for it."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, assert_never

from burgrave.engines.detection.correlation_terms import (
    TEMPORAL_TYPES,
    CorrelationType,
    Every,
    Lacking,
    Present,
    Some,
)

if TYPE_CHECKING:
    from burgrave.engines.correlation.asking import Entry
    from burgrave.engines.detection import CorrelationRule
    from burgrave.engines.detection.correlation_terms import Presence

_PERCENT = 100
_COMPACT_AT = 64


class Measure(Protocol):
    """Follows a window. ``asked`` says what was measured when the condition holds, else None."""

    def add(self, entry: Entry) -> None: ...

    def remove(self, entry: Entry) -> None: ...

    def asked(self) -> str | None: ...


def measure_of(rule: CorrelationRule) -> Measure:
    if rule.type in TEMPORAL_TYPES:
        return _Rules(rule)
    if rule.type in {CorrelationType.EVENT_COUNT, CorrelationType.VALUE_COUNT}:
        return _Count(rule)
    return _Numbers(rule)


def _bounded(rule: CorrelationRule, measured: Fraction | int) -> str | None:
    return shown(measured) if all(bound.holds(measured) for bound in rule.bounds) else None


def shown(measured: Fraction | int) -> str:
    """A number for people: whole, or with at most four digits behind the point."""
    number = Fraction(measured)
    return str(number.numerator) if number.denominator == 1 else f"{float(number):.4f}".rstrip("0").rstrip(".")


class _Count:
    """Distinct events, or distinct values."""

    def __init__(self, rule: CorrelationRule) -> None:
        self._rule = rule
        self._values = rule.type is CorrelationType.VALUE_COUNT
        self._seen: Counter[object] = Counter()

    def add(self, entry: Entry) -> None:
        self._seen[entry.value if self._values else entry.event] += 1

    def remove(self, entry: Entry) -> None:
        key = entry.value if self._values else entry.event
        self._seen[key] -= 1
        if not self._seen[key]:
            del self._seen[key]

    def asked(self) -> str | None:
        return _bounded(self._rule, len(self._seen)) if self._seen else None


class _Numbers:
    """The sum of the numbers of distinct pairs of event and number, their average, median or percentile."""

    def __init__(self, rule: CorrelationRule) -> None:
        self._rule = rule
        self._ordered: list[Fraction] | None = [] if self._needs_order() else None
        self._pairs: Counter[tuple[str, Fraction]] = Counter()
        self._sum = Fraction(0)

    def _needs_order(self) -> bool:
        return self._rule.type in {CorrelationType.VALUE_MEDIAN, CorrelationType.VALUE_PERCENTILE}

    def add(self, entry: Entry) -> None:
        number = _number(entry)
        self._pairs[entry.event, number] += 1
        if self._pairs[entry.event, number] == 1:
            self._sum += number
            if self._ordered is not None:
                insort(self._ordered, number)

    def remove(self, entry: Entry) -> None:
        number = _number(entry)
        self._pairs[entry.event, number] -= 1
        if not self._pairs[entry.event, number]:
            del self._pairs[entry.event, number]
            self._sum -= number
            if self._ordered is not None:
                del self._ordered[bisect_left(self._ordered, number)]

    def asked(self) -> str | None:
        return _bounded(self._rule, self._measured()) if self._pairs else None

    def _measured(self) -> Fraction:
        if self._rule.type is CorrelationType.VALUE_SUM:
            return self._sum
        if self._rule.type is CorrelationType.VALUE_AVG:
            return self._sum / len(self._pairs)
        numbers = self._ordered or []
        if self._rule.type is CorrelationType.VALUE_MEDIAN:
            half = len(numbers) // 2
            return numbers[half] if len(numbers) % 2 else (numbers[half - 1] + numbers[half]) / 2
        share = (self._rule.percentile or Fraction(0)) / _PERCENT * len(numbers)
        return numbers[max(1, -(-share.numerator // share.denominator)) - 1]


def _number(entry: Entry) -> Fraction:
    if not isinstance(entry.value, Fraction):
        raise TypeError(f"an entry without a number stands in a window of numbers: {entry}")
    return entry.value


class _Rules:
    """Which rules have an event in the window, and in which order."""

    def __init__(self, rule: CorrelationRule) -> None:
        self._rule = rule
        self._ordered = rule.type is CorrelationType.TEMPORAL_ORDERED
        self._times = [_Times() for _ in rule.members]

    def add(self, entry: Entry) -> None:
        self._times[entry.member].add(entry.at)

    def remove(self, entry: Entry) -> None:
        self._times[entry.member].drop_first()

    def asked(self) -> str | None:
        present = sum(1 for times in self._times if times.first(None) is not None)
        if not present:
            return None
        presence = self._rule.presence
        if presence is not None:
            holds = self._reach(presence, None) is not None if self._ordered else self._present(presence)
            return str(present) if holds else None
        return _bounded(self._rule, self._longest() if self._ordered else present)

    def _present(self, node: Presence) -> bool:
        match node:
            case Present(member):
                return self._times[member].first(None) is not None
            case Lacking(part):
                return not self._present(part)
            case Every(parts):
                return all(self._present(part) for part in parts)
            case Some(parts):
                return any(self._present(part) for part in parts)
            case _:
                assert_never(node)

    def _reach(self, node: Presence, since: int | None) -> int | None:
        """The earliest time at which what the node asks for is done, when it begins at ``since``; None is never."""
        match node:
            case Present(member):
                return self._times[member].first(since)
            case Lacking(part):
                return None if self._present(part) else _LONG_AGO if since is None else since
            case Every(parts):
                reached = since
                for part in parts:
                    reached = self._reach(part, reached)
                    if reached is None:
                        return None
                return reached
            case Some(parts):
                ends = [end for part in parts if (end := self._reach(part, since)) is not None]
                return min(ends) if ends else None
            case _:
                assert_never(node)

    def _longest(self) -> int:
        """How many of the rules, taken in their order, have events that follow each other in it."""
        ends: list[int] = []  # ends[n]: the earliest end of n + 1 rules in order
        for times in self._times:
            for length in range(len(ends), -1, -1):
                end = times.first(ends[length - 1] if length else None)
                if end is None:
                    continue
                if length == len(ends):
                    ends.append(end)
                else:
                    ends[length] = min(ends[length], end)
        return len(ends)


_LONG_AGO = -(1 << 62)


class _Times:
    """Times of one rule's events in ascending order; they are dropped from the front."""

    __slots__ = ("_begin", "_times")

    def __init__(self) -> None:
        self._times: list[int] = []
        self._begin = 0

    def add(self, at: int) -> None:
        self._times.append(at)

    def drop_first(self) -> None:
        self._begin += 1
        if self._begin >= _COMPACT_AT and self._begin * 2 > len(self._times):
            del self._times[: self._begin]
            self._begin = 0

    def first(self, since: int | None) -> int | None:
        """The first time that is not before ``since``."""
        place = self._begin if since is None else bisect_left(self._times, since, self._begin)
        return self._times[place] if place < len(self._times) else None
