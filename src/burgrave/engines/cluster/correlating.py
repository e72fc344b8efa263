"""Correlations on executors: hits go to the share that follows their group, and a correlator runs over each share."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from burgrave.engines.cluster.addressing import Addresses, families, read_hit, written_hit
from burgrave.engines.cluster.rows import Rows
from burgrave.engines.cluster.terms import COUNTS, FINDINGS, HITS, Kind
from burgrave.engines.correlation import Correlator, Hit, Limits
from burgrave.engines.correlation.terms import microseconds, moment
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.resolving import upwards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from burgrave.engines.cluster.handed import HandedRules
    from burgrave.engines.correlation import Finding
    from burgrave.engines.detection import CorrelationRule

_MILLISECOND: Final = 1_000  # microseconds
_CLOCK: Final = -1
_TIMES: Final = ("began_at", "ended_at")


@dataclass(frozen=True, slots=True)
class AddressHits:
    """Outcomes in, hits with their families and shares out; and from rows of what was read, how far time has come."""

    handed: HandedRules
    shares: int

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        addresses = Addresses(families(self.handed.ruleset().correlations), self.shares)
        rows = Rows(HITS)
        for batch in batches:
            named = {name: batch.column(name).to_pylist() for name in ("kind", "rule_id", "at", "event", "given")}
            for kind, rule, at, event, given in zip(*named.values(), strict=True):
                if kind == Kind.READ:
                    rows.add(family=_CLOCK, share=0, at=at, told="")
                if kind == Kind.MATCH:
                    hit = Hit(rule, None if at is None else at.astimezone(UTC), event, dict(given or ()))
                    for family, share in addresses.of(rule, hit.values):
                        rows.add(family=family, share=share, at=hit.at, told=written_hit(hit))
            yield from rows.full()
        yield from rows.rest()


@dataclass(frozen=True, slots=True)
class CorrelateInOrder:
    """Hits in, share by share and in each by time: findings out, and for each share what became of its hits."""

    handed: HandedRules

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        telling, rows = _Telling(self.handed), Rows(FINDINGS)
        for (family, _), hits in groupby(_hits(batches), key=lambda each: each[:2]):
            correlator = Correlator(telling.families[family].correlations)
            for _, _, told in hits:
                for finding in correlator.feed([read_hit(told)]):
                    rows.add(**telling.finding(finding))
                yield from rows.full()
            for finding in correlator.finish():
                rows.add(**telling.finding(finding))
            rows.add(**_counts(correlator))
        yield from rows.rest()


@dataclass(frozen=True, slots=True)
class CorrelateWithState:
    """One share in a stream: what it holds is the correlator's own bytes, kept by Spark between batches.

    Called as ``applyInPandasWithState`` calls: the key, frames with the hits of one batch, and the state. Everything
    before the watermark is decided.
    """

    handed: HandedRules
    lateness: timedelta

    def __call__(self, key: tuple[Any, ...], frames: Iterable[Any], state: Any) -> Iterator[Any]:
        import pandas as pd

        hits = sorted(
            (read_hit(told) for frame in frames for told in frame["told"] if told),
            key=lambda hit: (hit.at or datetime.min.replace(tzinfo=UTC), hit.event, hit.rule),
        )
        family = int(key[0])
        if family != _CLOCK:
            found = self._found(family, hits, state)
            if found:
                yield pd.DataFrame({"told": found})

    def _found(self, family: int, hits: list[Hit], state: Any) -> list[str]:
        telling = _Telling(self.handed)
        rules = telling.families[family].correlations
        limits = Limits(lateness=self.lateness)
        correlator = (
            Correlator.restored(rules, bytes(state.get[0]), limits) if state.exists else Correlator(rules, limits)
        )
        watermark = int(state.getCurrentWatermarkMs()) * _MILLISECOND
        found = correlator.feed(hits)
        found += correlator.advance(moment(watermark) + self.lateness)
        wake = _wake(correlator, watermark)
        if wake is None:
            state.remove()
        else:
            state.update((correlator.save(),))
            state.setTimeoutTimestamp(wake // _MILLISECOND + 1)
        return [_packed(telling.finding(each)) for each in found]


@dataclass(frozen=True, slots=True)
class ReadFindings:
    """Findings as texts in, findings in their columns out."""

    handed: HandedRules

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = Rows(FINDINGS)
        for batch in batches:
            for told in batch.column("told").to_pylist():
                rows.add(**_unpacked(told))
            yield from rows.rest()


def _packed(row: dict[str, Any]) -> str:
    times = {name: microseconds(row[name]) for name in _TIMES}
    return json.dumps(row | times | {"event_times": list(map(microseconds, row["event_times"]))})


def _unpacked(told: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(told)
    times = {name: moment(row[name]) for name in _TIMES}
    return row | times | {"event_times": list(map(moment, row["event_times"]))}


def _wake(correlator: Correlator, watermark: int) -> int | None:
    """When event time makes a difference again: a hit that waits is decided, or everything is over and can go."""
    if correlator.waiting:
        return max(watermark, correlator.waiting[0][0])
    spans = [rule.timespan_seconds * 1_000_000 for rule in correlator.rules]
    ends = [
        max(group.last + span, group.silent_until or 0)
        for span, groups in zip(spans, correlator.windows.groups, strict=True)
        for group in groups.values()
    ]
    last = max(ends, default=watermark - 1)
    return last if last >= watermark else None


def _hits(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, int, str]]:
    for batch in batches:
        columns = [batch.column(name).to_pylist() for name in ("family", "share", "told")]
        yield from zip(*columns, strict=True)


def _counts(correlator: Correlator) -> dict[str, Any]:
    counts = asdict(correlator.counts)
    return {
        "correlation_id": COUNTS,
        "group_names": list(counts),
        "group_values": list(map(str, counts.values())),
        "reported": False,
    }


class _Telling:
    """What of a finding is told."""

    def __init__(self, handed: HandedRules) -> None:
        ruleset = handed.ruleset()
        self.families = families(ruleset.correlations)
        self._silent = ruleset.silent
        self._places = {each.id: place for place, each in enumerate(upwards(ruleset.correlations))}

    def finding(self, finding: Finding) -> dict[str, Any]:
        rule: CorrelationRule = finding.rule
        values = [value for _, value in finding.group]
        return {
            "correlation_id": rule.id,
            "correlation_title": rule.title,
            "level": rule.level,
            "author": rule.author,
            "tags": list(rule.tags),
            "group_names": [name for name, _ in finding.group],
            "group_values": values,
            "began_at": finding.began_at,
            "ended_at": finding.ended_at,
            "events": list(finding.events),
            "event_times": [each.at for each in finding.named],
            "event_rules": [each.rule for each in finding.named],
            "last_event": finding.last_event,
            "event_count": finding.event_count,
            "measured": finding.measured,
            "reported": rule.id not in self._silent,
            "correlation_place": self._places[rule.id],
            "group_key": list(map(fold, values)),
        }
