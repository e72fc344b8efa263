"""Correlations over a whole run: hits are put in the order of their times on disk, and only then correlated.

So the order of the files never matters, and memory does not grow with the hits.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from burgrave.cli.detecting.tally import CorrelatedFinding
from burgrave.engines.correlation import Correlator, Counts, Hit
from burgrave.engines.detection import needed_fields

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from burgrave.cli.detecting.tally import Finding
    from burgrave.engines.correlation import Finding as Correlated
    from burgrave.engines.detection import RuleSet

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_TABLE: Final = "CREATE TABLE hits (at INTEGER, event BLOB, rule INTEGER, given TEXT)"
_PARTS: Final = b"\x1f"


class Correlating:
    """Takes the hits of a run and, at its end, gives what the correlations find in them."""

    def __init__(self, rules: RuleSet, counts: Counts) -> None:
        self._rules = rules
        self._counts = counts
        self._wanted = {key: place for place, key in enumerate(sorted(needed_fields(rules.correlations)))}
        self._keys = list(self._wanted)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._hits: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        if self._wanted:
            self._folder = tempfile.TemporaryDirectory(prefix="burgrave-")
            self._hits = sqlite3.connect(Path(self._folder.name) / "hits", isolation_level=None)
            self._hits.execute("PRAGMA journal_mode = OFF")
            self._hits.execute("PRAGMA synchronous = OFF")
            self._hits.execute(_TABLE)
            self._hits.execute("BEGIN")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._hits is not None:
            self._hits.close()
        if self._folder is not None:
            self._folder.cleanup()

    def take(self, finding: Finding, place: int) -> None:
        """Keep a hit, if a correlation uses its rule. ``place`` tells the events of the run apart."""
        rule = self._wanted.get(finding.rule.id)
        if rule is None or self._hits is None:
            return
        at = None if finding.at is None else (finding.at - _EPOCH) // _MICROSECOND
        parts = (finding.file, finding.record_id, f"{place:015d}")
        event = _PARTS.join(part.encode("utf-8", "surrogatepass") for part in parts)
        self._hits.execute("INSERT INTO hits VALUES (?, ?, ?, ?)", (at, event, rule, json.dumps(finding.match.values)))

    def findings(self) -> Iterator[CorrelatedFinding]:
        """Everything that the correlations find, by time."""
        if self._hits is None:
            return
        correlator = Correlator(self._rules.correlations)
        for hit in self._in_order(self._hits):
            yield from map(_told, self._loud(correlator.feed([hit])))
        yield from map(_told, self._loud(correlator.finish()))
        for each in fields(Counts):
            setattr(self._counts, each.name, getattr(correlator.counts, each.name))

    def _in_order(self, hits: sqlite3.Connection) -> Iterator[Hit]:
        for at, event, rule, given in hits.execute("SELECT at, event, rule, given FROM hits ORDER BY at, event, rule"):
            moment = None if at is None else _EPOCH + at * _MICROSECOND
            yield Hit(self._keys[rule], moment, event.decode("utf-8", "surrogatepass"), json.loads(given))

    def _loud(self, found: list[Correlated]) -> list[Correlated]:
        return [each for each in found if each.rule.id not in self._rules.silent]


def _told(found: Correlated) -> CorrelatedFinding:
    return CorrelatedFinding(found, tuple(map(_place, found.events)), _place(found.last_event))


def _place(event: str) -> tuple[str, str]:
    """The file and the record of an event."""
    parts = event.split(_PARTS.decode())
    return _PARTS.decode().join(parts[:-2]), parts[-2]
