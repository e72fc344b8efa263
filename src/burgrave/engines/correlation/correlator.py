"""Hits in any order within bounds, findings out: instants are closed one after the other as event time goes on."""

from __future__ import annotations

import heapq
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from burgrave.engines.correlation import state
from burgrave.engines.correlation.asking import Arrival, Ungrouped, Unmeasured, listeners_of, made_ready
from burgrave.engines.correlation.terms import MICROSECOND, Finding, Hit, Limits, Named, Strayed, microseconds, moment
from burgrave.engines.correlation.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from burgrave.engines.correlation.asking import Entry, Key, Waiting
    from burgrave.engines.correlation.windows import Group
    from burgrave.engines.detection import CorrelationRule

_LIMITS = Limits()


class Correlator:
    """All correlations of a rule set at work. One thread at a time."""

    def __init__(self, rules: Iterable[CorrelationRule], limits: Limits = _LIMITS) -> None:
        self._asked = made_ready(rules)
        self._listeners = listeners_of([each.rule for each in self._asked])
        self._places = {each.rule.id: place for place, each in enumerate(self._asked)}
        self.limits = limits
        self._lateness = limits.lateness // MICROSECOND
        self.windows = Windows(self._asked, limits)
        self.waiting: list[Waiting] = []
        self.newest: int | None = None
        self.closed: int | None = None  # everything before it has been taken
        self.counts = self.windows.counts
        self.strays: list[tuple[Strayed, Hit]] = []

    @property
    def rules(self) -> tuple[CorrelationRule, ...]:
        """The correlations, each behind those that it refers to."""
        return tuple(each.rule for each in self._asked)

    def feed(self, hits: Iterable[Hit], *, not_after: datetime | None = None) -> list[Finding]:
        """What became certain by these hits, by time. Hits of rules that no correlation uses are passed over.

        A hit after ``not_after`` strays: a wrong clock may not make everything else late.
        """
        latest = None if not_after is None else microseconds(not_after)
        found: list[Finding] = []
        for hit in hits:
            if hit.rule in self._listeners:
                found += self._take(hit, latest)
        return found

    def advance(self, to: datetime) -> list[Finding]:
        """Event time has come so far, whether or not there was a hit: what waited for it is decided."""
        self.newest = max(microseconds(to), self.newest or microseconds(to))
        return self._close(self.newest - self._lateness)

    def finish(self) -> list[Finding]:
        """Nothing more is expected: everything that waits is taken. A hit up to the newest time is late from now on."""
        return [] if self.newest is None else self._close(self.newest + 1)

    def save(self) -> bytes:
        """Everything that ``restored`` needs to go on with the same answers."""
        return state.written(self)

    @classmethod
    def restored(cls, rules: Iterable[CorrelationRule], saved: bytes, limits: Limits = _LIMITS) -> Correlator:
        """The correlator that was saved. Raises StateDamaged, or ForeignState when the rules are not the same."""
        found = cls(rules, limits)
        state.restore(found, saved)
        return found

    @classmethod
    def reopened(cls, saved: bytes, limits: Limits = _LIMITS) -> Correlator:
        """The correlator that was saved, with its correlations, which have no titles. Raises CorrelationError."""
        return cls.restored(state.rules_of(saved), saved, limits)

    def adopted(self, rules: Iterable[CorrelationRule]) -> tuple[Correlator, tuple[str, ...]]:
        """A correlator for other correlations that goes on where this one stands, and what was lost: ids, in order.

        A correlation keeps its groups when it and everything below it means the same as before, and the same is asked
        of it from above; else it begins anew. What waits is kept when somebody listens to it. This one is used up.
        """
        found = Correlator(rules, self.limits)
        found.newest, found.closed, found.strays = self.newest, self.closed, self.strays
        found.waiting = sorted(each for each in self.waiting if each[1] in found._listeners)
        found.counts = found.windows.counts = self.counts
        before = {each.rule.id: (place, each) for place, each in enumerate(self._asked)}
        kept: set[str] = set()
        for place, each in enumerate(found._asked):
            then, asked = before.get(each.rule.id, (-1, None))
            below = {member for member in each.rule.members if member in found._places}
            if asked is None or not below <= kept or not each.means(asked):
                continue
            kept.add(each.rule.id)
            for group in self.windows.groups[then].values():
                found.windows.stand(place, group)
        lost = (each.rule.id for place, each in enumerate(self._asked) if self.windows.groups[place])
        return found, tuple(key for key in lost if key not in kept)

    def _take(self, hit: Hit, latest: int | None) -> list[Finding]:
        if hit.at is None:
            return self._stray(Strayed.UNTIMED, hit)
        at = microseconds(hit.at)
        if latest is not None and at > latest:
            return self._stray(Strayed.FUTURE, hit)
        if self.closed is not None and at < self.closed:
            return self._stray(Strayed.LATE, hit)
        self.counts.taken += 1
        heapq.heappush(self.waiting, (at, hit.rule, hit.event, tuple(sorted(hit.values.items()))))
        self.newest = at if self.newest is None else max(at, self.newest)
        found = self._close(self.newest - self._lateness)
        while len(self.waiting) > self.limits.waiting:
            before = len(self.waiting)
            found += self._close(self.waiting[0][0] + 1)
            self.counts.hurried += before - len(self.waiting)
        return found

    def _stray(self, why: Strayed, hit: Hit) -> list[Finding]:
        setattr(self.counts, why.value, getattr(self.counts, why.value) + 1)
        if len(self.strays) < self.limits.strays_named:
            self.strays.append((why, hit))
        return []

    def _close(self, boundary: int) -> list[Finding]:
        """Take all waiting hits before the boundary, those of the same time together."""
        self.closed = boundary if self.closed is None else max(boundary, self.closed)
        found: list[Finding] = []
        while self.waiting and self.waiting[0][0] < self.closed:
            at = self.waiting[0][0]
            together = set()
            while self.waiting and self.waiting[0][0] == at:
                together.add(heapq.heappop(self.waiting))
            found += self._instant(at, together)
        return found

    def _instant(self, at: int, hits: Iterable[Waiting]) -> list[Finding]:
        arrivals: defaultdict[int, list[Arrival]] = defaultdict(list)
        for _, rule, event, values in hits:
            for place, member in self._listeners[rule]:
                arrivals[place].append(Arrival(event, member, values, (event,), 1))
        found: list[Finding] = []
        for place in range(len(self._asked)):
            if place in arrivals:
                found += self._correlated(place, at, sorted(arrivals[place]), arrivals)
        self.windows.keep_within_limits(at)
        self.counts.findings += len(found)
        return found

    def _correlated(
        self, place: int, at: int, arrived: list[Arrival], arrivals: defaultdict[int, list[Arrival]]
    ) -> list[Finding]:
        asked = self._asked[place]
        spellings: dict[Key, tuple[str, ...]] = {}
        entries: defaultdict[Key, dict[Entry, None]] = defaultdict(dict)
        for arrival in arrived:
            try:
                key, spelling, entry = asked.read(arrival, at)
            except Ungrouped:
                self.counts.ungrouped += 1
            except Unmeasured:
                self.counts.unmeasured += 1
            else:
                spellings.setdefault(key, spelling)
                entries[key][entry] = None
        found = []
        for key in sorted(entries):
            group = self.windows.entered(place, key, at, entries[key])
            measured = group.fired(at, asked.span)
            if measured is not None:
                found.append(self._finding(place, group, at, spellings[key], measured, arrivals))
        return found

    def _finding(  # noqa: PLR0917 - a finding is made of all of them
        self,
        place: int,
        group: Group,
        at: int,
        spelling: tuple[str, ...],
        measured: str,
        arrivals: defaultdict[int, list[Arrival]],
    ) -> Finding:
        asked = self._asked[place]
        entries = group.entries
        counts = {entry.event: entry.count for entry in entries}
        by: dict[str, Entry] = {}
        for entry in entries:
            for name in entry.events:
                by.setdefault(name, entry)
        named = tuple(
            Named(name, moment(entry.at), asked.rule.members[entry.member])
            for name, entry in islice(by.items(), self.limits.events_named)
        )
        events = tuple(each.event for each in named)
        finding = Finding(
            rule=asked.rule,
            group=tuple(zip(asked.rule.group_by, spelling, strict=True)),
            began_at=moment(entries[0].at),
            ended_at=moment(at),
            events=events,
            last_event=entries[-1].events[-1],
            event_count=sum(counts.values()),
            measured=measured,
            named=named,
        )
        told = tuple(dict.fromkeys((*events, finding.last_event)))
        event = "\x1f".join((asked.rule.id, str(at), *group.key))
        for above, member, names in asked.above:
            for values in asked.projections(entries, names):
                arrivals[above].append(Arrival(event, member, values, told, finding.event_count))
        return finding
