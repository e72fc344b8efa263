"""The groups of all correlations and their windows, within the limits."""

from __future__ import annotations

import heapq
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Final

from burgrave.engines.correlation.measures import Measure, measure_of
from burgrave.engines.correlation.terms import Counts, Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from burgrave.engines.correlation.asking import Asked, Entry, Key

_LEAVE: Final = 0.9  # of a limit stands after it was passed, so that the oldest are not sought each time


class Group:
    """One group of one correlation: its window, when it was last heard, and until when it stays silent."""

    __slots__ = ("entries", "key", "last", "measure", "silent_until")

    def __init__(self, key: Key, measure: Measure, last: int) -> None:
        self.key = key
        self.measure = measure
        self.last = last
        self.silent_until: int | None = None
        self.entries: deque[Entry] = deque()

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.measure.add(entry)

    def drop_first(self) -> None:
        self.measure.remove(self.entries.popleft())

    def drop_before(self, at: int) -> int:
        """Entries before the time are gone; how many that were."""
        count = 0
        while self.entries and self.entries[0].at < at:
            self.drop_first()
            count += 1
        return count

    def fired(self, at: int, span: int) -> str | None:
        """What was measured, when the condition holds and the group is not silent; it then is for one timespan."""
        if self.silent_until is not None and at <= self.silent_until:
            return None
        measured = self.measure.asked()
        if measured is not None:
            self.silent_until = at + span
        return measured


class Windows:
    """For each correlation its groups, the one that was silent for longest first."""

    def __init__(self, asked: Sequence[Asked], limits: Limits) -> None:
        self._asked = asked
        self._limits = limits
        self.groups: list[OrderedDict[Key, Group]] = [OrderedDict() for _ in asked]
        self.held = 0
        self.counts = Counts()

    def entered(self, place: int, key: Key, at: int, entries: Iterable[Entry]) -> Group:
        """The group with the entries of one instant in its window, and without what the window has left behind."""
        groups = self.groups[place]
        group = groups.get(key)
        if group is None:
            group = groups[key] = self.new_group(place, key, at)
        groups.move_to_end(key)
        group.last = at
        for entry in entries:
            group.add(entry)
            self.held += 1
        self.held -= group.drop_before(at - self._asked[place].span)
        return group

    def new_group(self, place: int, key: Key, last: int) -> Group:
        return Group(key, measure_of(self._asked[place].rule), last)

    def keep_within_limits(self, now: int) -> None:
        """What no window needs any more goes when a limit is passed, then the oldest, each counted."""
        too_many_groups = sum(map(len, self.groups)) > self._limits.groups
        if not too_many_groups and self.held <= self._limits.hits:
            return
        self._drop_what_is_over(now)
        self._forget_groups()
        self._forget_hits()

    def _drop_what_is_over(self, now: int) -> None:
        for asked, groups in zip(self._asked, self.groups, strict=True):
            begin = now - asked.span
            for key in [key for key, group in groups.items() if group.last < begin]:
                self.held -= len(groups.pop(key).entries)
            for group in groups.values():
                self.held -= group.drop_before(begin)

    def _forget_groups(self) -> None:
        count = sum(map(len, self.groups))
        if count <= self._limits.groups:
            return
        by_age = sorted(
            (group.last, place, key) for place, groups in enumerate(self.groups) for key, group in groups.items()
        )
        for _, place, key in by_age[: count - int(self._limits.groups * _LEAVE)]:
            entries = len(self.groups[place].pop(key).entries)
            self.held -= entries
            self.counts.forgotten_groups += 1
            self.counts.forgotten_hits += entries

    def _forget_hits(self) -> None:
        if self.held <= self._limits.hits:
            return
        heap = [
            (group.entries[0].at, place, key)
            for place, groups in enumerate(self.groups)
            for key, group in groups.items()
            if group.entries
        ]
        heapq.heapify(heap)
        while self.held > int(self._limits.hits * _LEAVE):
            _, place, key = heapq.heappop(heap)
            group = self.groups[place][key]
            group.drop_first()
            self.held -= 1
            self.counts.forgotten_hits += 1
            if group.entries:
                heapq.heappush(heap, (group.entries[0].at, place, key))
