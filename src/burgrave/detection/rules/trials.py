"""Rules are held against kept events, beside the enabled texts and the exceptions that hold; nothing is raised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from uuid import UUID

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from burgrave.detection.errors import NothingToTry
from burgrave.detection.terms.trials import (
    EVENTS_SHOWN,
    EVENTS_SHOWN_OF_MANY,
    FIELDS_SHOWN,
    LOW_PER_DAY,
    SAMPLED,
    SAMPLED_OF_MANY,
    VALUE_SHOWN,
    VALUES_SHOWN,
    Found,
    Noise,
    TrialFacts,
    TriedEvent,
)
from burgrave.engines import detection
from burgrave.engines.detection import EventSource, Filter, Rule
from burgrave.engines.detection.logsources import target_of

Rows = NDArray[np.int64]
MOST_COUNTED = 2_000
"""Distinct values of one field that are counted; further ones are passed over."""
NO_ROWS: Rows = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A rule that is tried, the other text of it that is enabled, and the exceptions to it that hold, by their ids."""

    rule: Rule
    live: Rule | None = None
    exceptions: Mapping[str, Filter] = field(default_factory=dict)


@dataclass(slots=True)
class _Tally:
    looked_at: int = 0
    matches: int = 0
    days: Counter[date] = field(default_factory=Counter)
    sampled: int = 0
    values: dict[str, Counter[str]] = field(default_factory=dict)
    events: list[TriedEvent] = field(default_factory=list)
    live: int = 0
    new: int = 0
    gone: int = 0
    gone_events: list[TriedEvent] = field(default_factory=list)
    excepted: Counter[str] = field(default_factory=Counter)
    left_out: int = 0


class Trying:
    """Rules with distinct ids, tried on one piece of kept events after the other."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = {each.rule.id: each for each in subjects}
        self._tallies = {each.rule.id: _Tally() for each in subjects}
        self._engine = _engine(each.rule for each in subjects)
        self._live = _engine(each.live for each in subjects if each.live is not None)
        self._probes = {
            (each.rule.id, key): replace(each.rule, id=f"{each.rule.id} {key}", expression=one.expression, filters=())
            for each in subjects
            for key, one in each.exceptions.items()
        }
        self._probing = _engine(self._probes.values())
        self._logsources = {each.rule.logsource for each in subjects}
        many = len(subjects) > 1
        self._most_events = EVENTS_SHOWN_OF_MANY if many else EVENTS_SHOWN
        self._most_sampled = SAMPLED_OF_MANY if many else SAMPLED
        self.looked_at = 0

    def hears(self, source: EventSource) -> bool:
        """Whether a rule that is tried speaks of events of this source."""
        return any(target_of(each, source) is not None for each in self._logsources)

    def add(self, table: pa.Table, events: pa.Table, *, source: EventSource) -> None:
        """The rules are held against these events; ``events`` has their ``time``, ``file`` and ``place``."""
        self.looked_at += table.num_rows
        heard = {each for each in self._logsources if target_of(each, source) is not None}
        for subject in self._subjects.values():
            if subject.rule.logsource in heard:
                self._tallies[subject.rule.id].looked_at += table.num_rows
        hits = _hits(self._engine, table, source)
        live = _hits(self._live, table, source)
        for rule_id in self._subjects.keys() & (hits.keys() | live.keys()):
            self._count(rule_id, hits.get(rule_id, NO_ROWS), live.get(rule_id, NO_ROWS), events)
        self._sample(hits, live, table, events, source)
        self._except(hits, table, source)

    def found(self) -> Mapping[str, Found]:
        """What each rule found so far, by its id."""
        return {key: self._told(key, tally) for key, tally in self._tallies.items()}

    def _count(self, rule_id: str, rows: Rows, live: Rows, events: pa.Table) -> None:
        tally = self._tallies[rule_id]
        tally.matches += len(rows)
        if len(rows):
            days, counts = np.unique(_days(events, rows), return_counts=True)
            tally.days.update(dict(zip(days.tolist(), counts.tolist(), strict=True)))
        if self._subjects[rule_id].live is None:
            return
        gone = np.setdiff1d(live, rows)
        tally.live += len(live)
        tally.new += len(rows) - (len(live) - len(gone))
        tally.gone += len(gone)
        lacking = self._most_events - len(tally.gone_events)
        tally.gone_events += [_event(events, row, {}) for row in gone[: max(0, lacking)].tolist()]

    def _sample(
        self, hits: Mapping[str, Rows], live: Mapping[str, Rows], table: pa.Table, events: pa.Table, source: EventSource
    ) -> None:
        """Fields are told of some matches of each rule, so that a rule that matches everything costs no more."""
        wanted: dict[str, set[int]] = {}
        for rule_id, rows in hits.items():
            lacking = self._most_sampled - self._tallies[rule_id].sampled
            if lacking > 0:
                wanted[rule_id] = set(rows[:lacking].tolist())
        chosen = sorted(set().union(*wanted.values()))
        if self._engine is None or not chosen:
            return
        known = {rule_id: set(found.tolist()) for rule_id, found in live.items() if rule_id in wanted}
        for match in self._engine.match(table.take(pa.array(chosen)), source=source):
            row, rule_id = chosen[match.row], match.rule.id
            if row in wanted.get(rule_id, ()):
                is_new = self._subjects[rule_id].live is not None and row not in known.get(rule_id, ())
                self._note(self._tallies[rule_id], match.fields, row, events, is_new=is_new)

    def _note(self, tally: _Tally, fields: Mapping[str, str], row: int, events: pa.Table, *, is_new: bool) -> None:
        tally.sampled += 1
        for name, value in fields.items():
            counted = tally.values.setdefault(name, Counter())
            shown = value[:VALUE_SHOWN]
            if shown in counted or len(counted) < MOST_COUNTED:
                counted[shown] += 1
        if len(tally.events) < self._most_events:
            tally.events.append(_event(events, row, fields, is_new=is_new))

    def _except(self, hits: Mapping[str, Rows], table: pa.Table, source: EventSource) -> None:
        """Exceptions are asked of the events that matched alone."""
        excepted = {key: hits[key] for key in {rule_id for rule_id, _ in self._probes} & hits.keys()}
        if not excepted:
            return
        rows = np.unique(np.concatenate(list(excepted.values())))
        stays = _hits(self._probing, table.take(pa.array(rows)), source)
        for rule_id, mine in excepted.items():
            tally = self._tallies[rule_id]
            gone: Rows = NO_ROWS
            for key in self._subjects[rule_id].exceptions:
                left = rows[stays.get(f"{rule_id} {key}", NO_ROWS)]
                removed = np.setdiff1d(mine, left)
                tally.excepted[key] += len(removed)
                gone = np.union1d(gone, removed)
            tally.left_out += len(gone)

    def _told(self, rule_id: str, tally: _Tally) -> Found:
        compared = self._subjects[rule_id].live is not None
        common = sorted(tally.values.items(), key=lambda each: (-each[1].total(), each[0]))[:FIELDS_SHOWN]
        return Found(
            looked_at=tally.looked_at,
            matches=tally.matches,
            days=tuple(sorted(tally.days.items())),
            sampled=tally.sampled,
            values=tuple((name, tuple(counted.most_common(VALUES_SHOWN))) for name, counted in common),
            events=tuple(tally.events),
            live_matches=tally.live if compared else None,
            new_matches=tally.new if compared else None,
            gone_matches=tally.gone if compared else None,
            gone=tuple(tally.gone_events),
            excepted=tuple((key, tally.excepted[key]) for key in self._subjects[rule_id].exceptions),
            left_out=tally.left_out,
        )


def span_of(
    facts: TrialFacts, *, first_at: datetime | None, last_at: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """The time of a trial, both ends included, where events from the first to the last moment are kept.

    Where everything is asked for, whole days of UTC. Raises NothingToTry.
    """
    length = facts.period.length
    if facts.since is not None or facts.until is not None:
        since, until = facts.since or first_at or now, facts.until or max(now, last_at or now)
    elif length is not None:
        since, until = now - length, now
    else:
        since, _ = _day_of(first_at or now)
        _, until = _day_of(last_at or now)
    if since >= until:
        raise NothingToTry(
            "the time ends before it begins: %(since)s to %(until)s",
            words={"since": f"{since:%Y-%m-%d %H:%M}", "until": f"{until:%Y-%m-%d %H:%M}"},
            mend="Choose a later end, or an earlier begin.",
        )
    return since, until


def _day_of(at: datetime) -> tuple[datetime, datetime]:
    """The first and the last moment of its day, in UTC."""
    return day_of(at.astimezone(UTC).date())


def day_of(day: date) -> tuple[datetime, datetime]:
    """The first and the last moment of a day, in UTC."""
    return datetime.combine(day, time.min, UTC), datetime.combine(day, time.max, UTC)


def noise_of(found: Found, *, days: float) -> Noise:
    """How noisy a rule would have been over so many days."""
    if found.fault:
        return Noise.FAULT
    if not found.looked_at:
        return Noise.DEAF
    if not found.matches:
        return Noise.QUIET
    return Noise.LOW if found.matches <= LOW_PER_DAY * days else Noise.LOUD


def _engine(rules: Iterable[Rule]) -> detection.Engine | None:
    every = tuple(rules)
    return detection.compile_rules(detection.RuleSet(rules=every)) if every else None


def _hits(engine: detection.Engine | None, table: pa.Table, source: EventSource) -> dict[str, Rows]:
    return {} if engine is None else {rule.id: rows for rule, rows in engine.hits(table, source=source)}


def _days(events: pa.Table, rows: Rows) -> NDArray[np.datetime64]:
    times = events.column("time").take(pa.array(rows)).combine_chunks()
    days: NDArray[np.datetime64] = times.to_numpy(zero_copy_only=False).astype("datetime64[D]")
    return days


def _event(events: pa.Table, row: int, fields: Mapping[str, str], *, is_new: bool = False) -> TriedEvent:
    at: datetime | None = events.column("time")[row].as_py()
    return TriedEvent(
        file=UUID(str(events.column("file")[row].as_py())),
        place=int(events.column("place")[row].as_py()),
        at=None if at is None else at.astimezone(UTC),
        is_new=is_new,
        fields={name: value[:VALUE_SHOWN] for name, value in fields.items()},
    )
