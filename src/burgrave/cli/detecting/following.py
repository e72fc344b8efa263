"""`burgrave detect --spark URL --follow`: a folder is followed until somebody stops it, or once."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import click

from burgrave.cli.detecting.report import visible
from burgrave.cli.detecting.spreading import must_answer
from burgrave.cli.detecting.stopping import Stop
from burgrave.engines.cluster.errors import ClusterFailed
from burgrave.engines.cluster.following import COUNTED, Following
from burgrave.engines.cluster.handed import HandedRules
from burgrave.engines.cluster.sessions import failures, sentence_of, spark_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyspark.sql import SparkSession
    from pyspark.sql.streaming import StreamingQuery

    from burgrave.engines.detection import RuleSet

_LOOKS_EVERY: Final = 0.5
_COUNTS: Final = ("files", "events", "matches", "unreadable", "refused")


@dataclass(slots=True)
class FollowRun:
    """Keeps the streams at work and says what came of each batch."""

    rules: RuleSet
    following: Following
    master: str
    settings: Mapping[str, str]
    stop: Stop = field(default_factory=Stop)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*_COUNTS, "findings", "late"), 0))
    _told: dict[str, int] = field(default_factory=dict)

    def run(self) -> None:
        """Until Ctrl-C, or until everything that is there has been read. Raises ClusterError."""
        must_answer(self.master)
        spark = spark_session(self.master, settings=self.settings)
        spark.sparkContext.setLogLevel("ERROR")
        try:
            self._run(spark)
        except failures() as failure:
            raise ClusterFailed(f"the cluster at {self.master} gave up: {sentence_of(failure)}") from failure
        finally:
            spark.stop()

    def _run(self, spark: SparkSession) -> None:
        handed = HandedRules.of(self.rules)
        starts: list[Callable[..., StreamingQuery]] = [self.following.read]
        if self.rules.correlations:
            starts.append(self.following.correlate)
        if self.following.is_once:
            for start in starts:
                self._watch([start(spark, handed)])
        else:
            self._watch([start(spark, handed) for start in starts])

    def _watch(self, queries: list[StreamingQuery]) -> None:
        """Until all have ended; one that fails takes the others along."""
        try:
            while any(query.isActive for query in queries) and not self.stop.asked:
                time.sleep(_LOOKS_EVERY)
                for query in queries:
                    self._tell(query)
                    _must_be_well(query)
        finally:
            for query in queries:
                query.stop()
        for query in queries:
            self._tell(query)
            _must_be_well(query)

    def _tell(self, query: StreamingQuery) -> None:
        """What came of each batch that was not told yet."""
        for progress in query.recentProgress:
            told = json.loads(progress.json) if hasattr(progress, "json") else progress
            if told["batchId"] <= self._told.get(query.name, -1):
                continue
            self._told[query.name] = told["batchId"]
            counted = told.get("observedMetrics", {}).get(COUNTED, {})
            if query.name == "outcomes":
                self._tell_files(counted)
            else:
                self._tell_findings(counted, told.get("stateOperators", ()))

    def _tell_files(self, counted: Mapping[str, Any]) -> None:
        found = {name: int(counted.get(name) or 0) for name in _COUNTS}
        if not found["files"]:
            return
        for name, count in found.items():
            self.counts[name] += count
        said = ", ".join(f"{count:,} {name}" for name, count in found.items() if count or name in {"files", "matches"})
        click.echo(said, err=True)

    def _tell_findings(self, counted: Mapping[str, Any], states: Iterable[Mapping[str, Any]]) -> None:
        rows = int(counted.get("findings") or 0)
        late = sum(int(each.get("numRowsDroppedByWatermark", 0)) for each in states)
        self.counts["findings"] += rows
        self.counts["late"] += late
        if rows:
            click.echo(f"{rows:,} findings of correlations", err=True)
        if late:
            click.echo(f"{late:,} matches came too late for correlations; --lateness says how late they may", err=True)

    def summary(self) -> None:
        """What came of everything since the start of this run."""
        of_everything = ", ".join(
            f"{count:,} {name}" for name, count in self.counts.items() if count or name == "files"
        )
        click.echo(visible(f"{of_everything}; written into {self.following.into}"), err=True)


def _must_be_well(query: StreamingQuery) -> None:
    failure = query.exception()
    if failure is not None:
        raise failure
