"""The groups of all correlations and their windows, within the limits."""

from __future__ import annotations

import heapq
from collections import OrderedDict, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from burgrave.engines.correlation.measures import Measure, measure_of
from burgrave.engines.correlation.terms import Counts, Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from burgrave.engines.correlation.asking import Asked, Entry, Key

_LEAVE: Final = 0.9  # of a limit stands after it was passed, so that the oldest are not sought each time


_OF_GROUP: Final = 60
_OF_ENTRY: Final = 40


def size_of(entry: Entry) -> int:
    """About how many bytes an entry is when it is written down: its texts and what stands around them."""
    texts = (entry.event, *entry.events, *(text for text in entry.handed_up if text is not None))
    value = sum(map(len, entry.value)) if isinstance(entry.value, tuple) else 20
    return _OF_ENTRY + sum(map(len, texts)) + value


class Group:
    """One group of one correlation: its window, when it was last heard, and until when it stays silent."""

    __slots__ = ("entries", "key", "last", "measure", "silent_until", "size")

    def __init__(self, key: Key, measure: Measure, last: int) -> None:
        self.key = key
        self.measure = measure
        self.last = last
        self.size = _OF_GROUP + sum(map(len, key))
        self.silent_until: int | None = None
        self.entries: deque[Entry] = deque()

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.measure.add(entry)
        self.size += size_of(entry)

    def drop_first(self) -> None:
        first = self.entries.popleft()
        self.measure.remove(first)
        self.size -= size_of(first)

    def drop_before(self, at: int) -> None:
        """Entries before the time are gone."""
        while self.entries and self.entries[0].at < at:
            self.drop_first()

    def fired(self, at: int, span: int) -> str | None:
        """What was measured, when the condition holds and the group is not silent; it then is for one timespan."""
        if self.silent_until is not None and at <= self.silent_until:
            return None
        measured = self.measure.asked()
        if measured is not None:
            self.silent_until = at + span
        return measured


class Windows:
    """For each correlation its groups, the one that was silent for longest first.

    ``held`` counts the entries of all groups, ``size`` their bytes.
    """

    def __init__(self, asked: Sequence[Asked], limits: Limits) -> None:
        self._asked = asked
        self._limits = limits
        self.groups: list[OrderedDict[Key, Group]] = [OrderedDict() for _ in asked]
        self.held = 0
        self.size = 0
        self.counts = Counts()

    def entered(self, place: int, key: Key, at: int, entries: Iterable[Entry]) -> Group:
        """The group with the entries of one instant in its window, and without what the window has left behind."""
        groups = self.groups[place]
        group = groups.get(key)
        if group is None:
            group = self.new_group(place, key, at)
            self.stand(place, group)
        groups.move_to_end(key)
        group.last = at
        with self._counted(group):
            for entry in entries:
                group.add(entry)
            group.drop_before(at - self._asked[place].span)
        return group

    def new_group(self, place: int, key: Key, last: int) -> Group:
        return Group(key, measure_of(self._asked[place].rule), last)

    def stand(self, place: int, group: Group) -> None:
        """The group is one of the correlation's, the last one."""
        self.groups[place][group.key] = group
        self.held += len(group.entries)
        self.size += group.size

    def keep_within_limits(self, now: int) -> None:
        """What no window needs any more goes when a limit is passed, then the oldest, each counted."""
        limits = self._limits
        too_many_groups = sum(map(len, self.groups)) > limits.groups
        if not too_many_groups and self.held <= limits.hits and self.size <= limits.size_bytes:
            return
        self._drop_what_is_over(now)
        if sum(map(len, self.groups)) > limits.groups:
            self._forget_groups(groups=int(limits.groups * _LEAVE), size=None)
        self._forget_hits()
        if self.size > limits.size_bytes:
            self._forget_groups(groups=None, size=int(limits.size_bytes * _LEAVE))

    @contextmanager
    def _counted(self, group: Group) -> Iterator[None]:
        """What happens to the group meanwhile is counted in the whole."""
        entries, size = len(group.entries), group.size
        yield
        self.held += len(group.entries) - entries
        self.size += group.size - size

    def _leave(self, place: int, key: Key) -> int:
        """The group is gone. Returns how many entries it had."""
        group = self.groups[place].pop(key)
        self.held -= len(group.entries)
        self.size -= group.size
        return len(group.entries)

    def _drop_what_is_over(self, now: int) -> None:
        for place, (asked, groups) in enumerate(zip(self._asked, self.groups, strict=True)):
            begin = now - asked.span
            for key in [key for key, group in groups.items() if group.last < begin]:
                self._leave(place, key)
            for group in groups.values():
                with self._counted(group):
                    group.drop_before(begin)

    def _forget_groups(self, *, groups: int | None, size: int | None) -> None:
        """The groups that were silent for longest are gone, until so many or so many bytes stand."""
        by_age = sorted(
            (group.last, place, key) for place, found in enumerate(self.groups) for key, group in found.items()
        )
        count = len(by_age)
        for gone, (_, place, key) in enumerate(by_age):
            if (groups is None or count - gone <= groups) and (size is None or self.size <= size):
                return
            self.counts.forgotten_groups += 1
            self.counts.forgotten_hits += self._leave(place, key)

    def _forget_hits(self) -> None:
        limits = self._limits
        most = int(limits.hits * _LEAVE) if self.held > limits.hits else limits.hits
        largest = int(limits.size_bytes * _LEAVE) if self.size > limits.size_bytes else limits.size_bytes
        if self.held <= most and self.size <= largest:
            return
        heap = [
            (group.entries[0].at, place, key)
            for place, groups in enumerate(self.groups)
            for key, group in groups.items()
            if group.entries
        ]
        heapq.heapify(heap)
        while heap and (self.held > most or self.size > largest):
            _, place, key = heapq.heappop(heap)
            group = self.groups[place][key]
            with self._counted(group):
                group.drop_first()
            self.counts.forgotten_hits += 1
            if group.entries:
                heapq.heappush(heap, (group.entries[0].at, place, key))
