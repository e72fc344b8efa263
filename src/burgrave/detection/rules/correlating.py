"""Correlations are held against kept events: hits of their rules are gathered, put in order of time, and correlated."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
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
from burgrave.engines.correlation import Correlator, Finding, Hit
from burgrave.engines.detection import EventSource, LogSource, RuleSet
from burgrave.engines.detection.logsources import target_of
from burgrave.web.errors import Said

MOST_HITS: Final = 200_000
"""Matches of their rules that the correlations of one trial are held against; more would not stand in memory."""
EVENTS_OF_FINDING: Final = 10
TOO_MANY: Final = Said("the rules that it uses match too many kept events of that time; try a shorter one")


@dataclass(slots=True)
class _Tally:
    count: int = 0
    days: Counter[date] = field(default_factory=Counter)
    values: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    findings: list[TriedFinding] = field(default_factory=list)


class Correlating:
    """Correlations of a rule set, tried on one piece of kept events after the other, which come in any order.

    ``wanted`` are the ids of those that are tried; others stand below them.
    """

    def __init__(self, ruleset: RuleSet, wanted: Collection[str]) -> None:
        self._ruleset = ruleset
        self._engine = detection.compile_rules(ruleset) if wanted else None
        self._wanted = frozenset(wanted)
        self._logsources = {key: _logsources(key, ruleset) for key in self._wanted}
        self._hits: list[Hit] = []
        self._is_full = False
        self._looked_at: Counter[str] = Counter()

    def hears(self, source: EventSource) -> bool:
        """Whether a rule below one that is tried speaks of events of this source."""
        return any(target_of(each, source) is not None for own in self._logsources.values() for each in own)

    def add(self, table: pa.Table, events: pa.Table, *, source: EventSource) -> None:
        """The rules are held against these events; ``events`` has their ``time``, ``file`` and ``place``."""
        for key, own in self._logsources.items():
            if any(target_of(each, source) is not None for each in own):
                self._looked_at[key] += table.num_rows
        if self._engine is None or self._is_full:
            return
        for match in self._engine.match(table, source=source):
            if len(self._hits) >= MOST_HITS:
                self._is_full, self._hits = True, []
                return
            at = events.column("time")[match.row].as_py()
            name = f"{events.column('file')[match.row].as_py()}:{events.column('place')[match.row].as_py()}"
            self._hits.append(Hit(match.rule.id, None if at is None else at.astimezone(UTC), name, match.values))

    def found(self) -> Mapping[str, Found]:
        """What each correlation found, by its id. Asked once, behind the last piece."""
        if self._is_full:
            return {key: Found(looked_at=self._looked_at[key], fault=TOO_MANY) for key in self._wanted}
        tallies = {key: _Tally() for key in self._wanted}
        most = FINDINGS_SHOWN if len(tallies) == 1 else FINDINGS_SHOWN_OF_MANY
        times = {hit.event: hit.at for hit in self._hits}
        timed = [(hit.at, hit) for hit in self._hits if hit.at is not None]
        timed.sort(key=lambda each: each[0])
        correlator = Correlator(self._ruleset.correlations)
        for finding in (*correlator.feed(hit for _at, hit in timed), *correlator.finish()):
            if finding.rule.id in tallies:
                _note(tallies[finding.rule.id], finding, times, most=most)
        return {key: _told(tally, looked_at=self._looked_at[key]) for key, tally in tallies.items()}


def _note(tally: _Tally, finding: Finding, times: Mapping[str, datetime | None], *, most: int) -> None:
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
