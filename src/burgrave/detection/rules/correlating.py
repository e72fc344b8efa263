"""Correlations are held against kept events: hits of their rules are gathered, put in order of time, and correlated."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final, TypedDict
from uuid import UUID

import pyarrow as pa

from burgrave.detection.terms.trials import (
    FIELDS_SHOWN,
    FINDINGS_SHOWN,
    FINDINGS_SHOWN_OF_MANY,
    VALUE_SHOWN,
    VALUES_SHOWN,
    Found,
    TriedEvent,
    TriedFinding,
)
from burgrave.engines import detection
from burgrave.engines.correlation import Correlator, Finding, Hit, Limits
from burgrave.engines.detection import EventSource, LogSource, RuleSet
from burgrave.engines.detection.logsources import target_of
from burgrave.web.errors import Said

MOST_HITS: Final = 200_000
"""Matches of their rules that the correlations of one trial are held against; more would not stand in memory."""
EVENTS_OF_FINDING: Final = 10
EVENTS_NAMED_IN_CHAINS: Final = 1_000
"""Events by which findings are compared where correlations stand on others, which hand names up; elsewhere all."""
TOO_MANY: Final = Said("the rules that it uses match too many kept events of that time; try a shorter one")


@dataclass(slots=True)
class _Tally:
    count: int = 0
    days: Counter[date] = field(default_factory=Counter)
    values: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    findings: list[TriedFinding] = field(default_factory=list)


class _Gathering:
    """The hits of one rule set, until there are too many of them."""

    def __init__(self, ruleset: RuleSet) -> None:
        self._correlations = ruleset.correlations
        self._engine = detection.compile_rules(ruleset)
        self._named = EVENTS_NAMED_IN_CHAINS if _has_chains(ruleset) else MOST_HITS
        self._hits: list[Hit] = []
        self.is_full = False

    def add(self, table: pa.Table, events: pa.Table, *, source: EventSource) -> None:
        if self.is_full:
            return
        for match in self._engine.match(table, source=source):
            if len(self._hits) >= MOST_HITS:
                self.is_full, self._hits = True, []
                return
            at = events.column("time")[match.row].as_py()
            name = f"{events.column('file')[match.row].as_py()}:{events.column('place')[match.row].as_py()}"
            self._hits.append(Hit(match.rule.id, None if at is None else at.astimezone(UTC), name, match.values))

    def times(self) -> Mapping[str, datetime | None]:
        return {hit.event: hit.at for hit in self._hits}

    def findings(self, wanted: Collection[str]) -> Iterator[Finding]:
        """What these correlations found, by time, each with the names of its events."""
        timed = [(hit.at, hit) for hit in self._hits if hit.at is not None]
        timed.sort(key=lambda each: each[0])
        correlator = Correlator(self._correlations, Limits(events_named=self._named))
        for finding in (*correlator.feed(hit for _at, hit in timed), *correlator.finish()):
            if finding.rule.id in wanted:
                yield finding


class Correlating:
    """Correlations of a rule set, tried on one piece of kept events after the other, which come in any order.

    ``wanted`` are the ids of those that are tried; others stand below them. ``compared`` are the ids of those of them
    that stand beside the correlation of the same id in ``live``, as it is enabled with the rules that it uses.
    """

    def __init__(
        self,
        ruleset: RuleSet,
        wanted: Collection[str],
        *,
        live: RuleSet | None = None,
        compared: Collection[str] = (),
    ) -> None:
        self._wanted = frozenset(wanted)
        self._compared = frozenset(compared)
        self._gathering = _Gathering(ruleset) if wanted else None
        self._live = _Gathering(live) if live is not None and compared else None
        self._logsources = {key: _logsources(key, ruleset) for key in self._wanted}
        self._heard = frozenset[LogSource]().union(
            *self._logsources.values(), *(_logsources(key, live) for key in self._compared if live is not None)
        )
        self._looked_at: Counter[str] = Counter()

    def hears(self, source: EventSource) -> bool:
        """Whether a rule below one that is tried, or is compared with it, speaks of events of this source."""
        return any(target_of(each, source) is not None for each in self._heard)

    def add(self, table: pa.Table, events: pa.Table, *, source: EventSource) -> None:
        """The rules are held against these events; ``events`` has their ``time``, ``file`` and ``place``."""
        for key, own in self._logsources.items():
            if any(target_of(each, source) is not None for each in own):
                self._looked_at[key] += table.num_rows
        for each in (self._gathering, self._live):
            if each is not None:
                each.add(table, events, source=source)

    def found(self) -> Mapping[str, Found]:
        """What each correlation found, by its id. Asked once, behind the last piece.

        A finding is new when it shares no event with one of the enabled text, and one of that is gone when it shares
        none with one that was tried. Without what the enabled text found there is nothing to compare with, also where
        its rules match too much.
        """
        if self._gathering is None:
            return {}
        if self._gathering.is_full:
            return {key: Found(looked_at=self._looked_at[key], fault=TOO_MANY) for key in self._wanted}
        most = FINDINGS_SHOWN if len(self._wanted) == 1 else FINDINGS_SHOWN_OF_MANY
        live = _Compared(self._live, self._compared)
        tallies = {key: _Tally() for key in self._wanted}
        fresh: Counter[str] = Counter()
        times = self._gathering.times()
        for finding in self._gathering.findings(self._wanted):
            key = finding.rule.id
            is_new = live.is_new(finding)
            fresh[key] += is_new
            _note(tallies[key], finding, times, most=most, is_new=is_new)
        found = {}
        for key, tally in tallies.items():
            told = _told(tally, looked_at=self._looked_at[key])
            found[key] = replace(told, new_matches=fresh[key], **live.beside(key, most)) if live.has(key) else told
        return found


class _Compared:
    """What the enabled texts found, and what of it the tried ones find again."""

    def __init__(self, gathering: _Gathering | None, wanted: Collection[str]) -> None:
        self._findings: dict[str, list[Finding]] = {}
        self._times: Mapping[str, datetime | None] = {}
        if gathering is not None and not gathering.is_full:
            self._findings = {key: [] for key in wanted}
            self._times = gathering.times()
            for finding in gathering.findings(wanted):
                self._findings[finding.rule.id].append(finding)
        self._events = {
            key: {event for finding in findings for event in finding.events} for key, findings in self._findings.items()
        }
        self._again: defaultdict[str, set[str]] = defaultdict(set)

    def has(self, key: str) -> bool:
        return key in self._findings

    def is_new(self, finding: Finding) -> bool:
        """Whether the enabled text finds none of its events; what it does find is known from then on."""
        key = finding.rule.id
        if key not in self._findings:
            return False
        shared = self._events[key].intersection(finding.events)
        self._again[key] |= shared
        return not shared

    def beside(self, key: str, most: int) -> _Beside:
        """What the enabled text found, and what of it is found no more. Asked behind the last finding."""
        gone = _Tally()
        for finding in self._findings[key]:
            if self._again[key].isdisjoint(finding.events):
                _note(gone, finding, self._times, most=most)
        return _Beside(
            live_matches=len(self._findings[key]), gone_matches=gone.count, gone_findings=tuple(gone.findings)
        )


class _Beside(TypedDict):
    live_matches: int
    gone_matches: int
    gone_findings: tuple[TriedFinding, ...]


def _note(
    tally: _Tally, finding: Finding, times: Mapping[str, datetime | None], *, most: int, is_new: bool = False
) -> None:
    tally.count += 1
    tally.days[finding.ended_at.date()] += 1
    for name, value in finding.group:
        tally.values[name][value[:VALUE_SHOWN]] += 1
    if len(tally.findings) < most:
        tally.findings.append(
            TriedFinding(
                group=tuple((name, value[:VALUE_SHOWN]) for name, value in finding.group),
                began_at=finding.began_at,
                ended_at=finding.ended_at,
                measured=finding.measured,
                event_count=finding.event_count,
                is_new=is_new,
                events=tuple(_event(name, times.get(name)) for name in finding.events[:EVENTS_OF_FINDING]),
            )
        )


def _event(name: str, at: datetime | None) -> TriedEvent:
    file, _, place = name.partition(":")
    return TriedEvent(file=UUID(file), place=int(place), at=at, fields={})


def _told(tally: _Tally, *, looked_at: int) -> Found:
    values = [(name, tuple(counted.most_common(VALUES_SHOWN))) for name, counted in sorted(tally.values.items())]
    return Found(
        looked_at=looked_at,
        matches=tally.count,
        days=tuple(sorted(tally.days.items())),
        sampled=tally.count,
        values=tuple(values[:FIELDS_SHOWN]),
        findings=tuple(tally.findings),
    )


def _has_chains(ruleset: RuleSet) -> bool:
    ids = {each.id for each in ruleset.correlations}
    return any(ids.intersection(each.members) for each in ruleset.correlations)


def _logsources(key: str, ruleset: RuleSet) -> frozenset[LogSource]:
    """The log sources of all rules below the correlation."""
    members = {each.id: each.members for each in ruleset.correlations}
    own = {rule.id: rule.logsource for rule in ruleset.rules}
    found: set[LogSource] = set()
    rest, seen = [key], set[str]()
    while rest:
        each = rest.pop()
        if each in seen:
            continue
        seen.add(each)
        if each in own:
            found.add(own[each])
        rest.extend(members.get(each, ()))
    return frozenset(found)
