"""A run over a cluster of Apache Spark: the same findings in the same order as on one machine."""

from __future__ import annotations

import json
import os
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from burgrave.cli.detecting.stopping import Stop
from burgrave.cli.detecting.tally import CorrelatedFinding, EventFiles, Tally
from burgrave.engines.cluster.errors import ClusterFailed
from burgrave.engines.cluster.frames import findings_of, outcomes_of_files, paths_frame
from burgrave.engines.cluster.handed import HandedRules
from burgrave.engines.cluster.sessions import failures, sentence_of, spark_session
from burgrave.engines.cluster.terms import COUNTS, Kind
from burgrave.engines.correlation import Counts, Finding, Named
from burgrave.engines.detection import needed_fields
from burgrave.engines.events import EventFileError, LogSource, Unreadable
from burgrave.engines.events.tables import NO_TABLES, Tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TextIO

    from pyspark.sql import DataFrame, SparkSession

    from burgrave.cli.detecting.report import Report
    from burgrave.cli.detecting.tally import Result
    from burgrave.engines.detection import CorrelationRule, Rule, RuleSet

_STANDALONE: Final = "spark"
_STANDALONE_PORT: Final = 7077
_SECONDS_TO_ANSWER: Final = 10
_ORDER: Final = ("file_place", "event_place", "rule_place")
_ORDER_OF_FINDINGS: Final = ("ended_at", "correlation_place", "group_key")


@dataclass(frozen=True, slots=True)
class SpreadFinding:
    """One rule that held for one event somewhere on the cluster."""

    rule: Rule | CorrelationRule
    at: datetime | None
    file: str
    record_id: str
    computer: str
    channel: str
    event_id: str
    fields: Mapping[str, str]


@dataclass(slots=True)
class SpreadRun:
    """Hands the files to the cluster, small ones many to a task, and gives what came of them. Made as ``Run`` is."""

    rules: RuleSet
    files: EventFiles
    log_source: LogSource
    report: Report
    master: str
    settings: Mapping[str, str]
    tables: Tables = NO_TABLES
    unreadable: TextIO | None = None
    stop: Stop = field(default_factory=Stop)
    tally: Tally = field(default_factory=Tally)
    counts: Counts = field(default_factory=Counts)

    def findings(self) -> Iterator[Result]:
        """Findings in the order of the events, then what correlations find, by time. Raises ClusterError."""
        for refusal in self.files.refused:
            self._refuse(refusal)
        must_answer(self.master)
        spark = spark_session(self.master, settings=self.settings)
        spark.sparkContext.setLogLevel("ERROR")
        began = time.perf_counter()
        try:
            for result in self._results(spark):
                if self.stop.asked:
                    return
                self.tally.count(result)
                yield result
        except failures() as failure:
            raise ClusterFailed(f"the cluster at {self.master} gave up: {sentence_of(failure)}") from failure
        finally:
            self.tally.seconds = time.perf_counter() - began
            spark.stop()

    def _results(self, spark: SparkSession) -> Iterator[Result]:
        handed = HandedRules.of(self.rules)
        absolute = [Path(os.path.abspath(path)) for path in self.files.files]  # noqa: PTH100 - symbolic links stay
        outcomes = outcomes_of_files(
            paths_frame(spark, absolute), handed, log_source=self.log_source, tables=self.tables
        ).persist()
        for row in _sorted(outcomes.where(f"kind <> '{Kind.MATCH}'"), _ORDER):
            self._count(row)
        by_id = {rule.id: rule for rule in self.rules.rules}
        for row in _sorted(outcomes.where(f"kind = '{Kind.MATCH}' and reported"), _ORDER):
            yield SpreadFinding(
                by_id[row["rule_id"]],
                _utc(row["at"]),
                str(self.files.files[row["file_place"]]),
                row["record_id"],
                row["computer"],
                row["channel"],
                row["event_id"],
                row["fields"],
            )
        if self.rules.correlations:
            self._count_hits(outcomes)
            yield from self._correlated(findings_of(outcomes, handed), absolute)

    def _correlated(self, findings: DataFrame, absolute: Sequence[Path]) -> Iterator[Result]:
        by_id = {rule.id: rule for rule in self.rules.correlations}
        given = {str(path): str(each) for path, each in zip(absolute, self.files.files, strict=True)}
        kept = findings.persist()
        said: Counter[str] = Counter()
        for row in kept.where(f"correlation_id = '{COUNTS}'").toLocalIterator():
            said.update(dict(zip(row["group_names"], map(int, row["group_values"]), strict=True)))
        for name in said.keys() - {"taken", "untimed"}:
            setattr(self.counts, name, said[name])
        for row in _sorted(kept.where("reported"), _ORDER_OF_FINDINGS):
            found = Finding(
                rule=by_id[row["correlation_id"]],
                group=tuple(zip(row["group_names"], row["group_values"], strict=True)),
                began_at=_aware(row["began_at"]),
                ended_at=_aware(row["ended_at"]),
                events=tuple(row["events"]),
                last_event=row["last_event"],
                event_count=row["event_count"],
                measured=row["measured"],
                named=tuple(map(Named, row["events"], map(_aware, row["event_times"]), row["event_rules"])),
            )
            self.tally.correlated += 1
            yield CorrelatedFinding(
                found, tuple(_place(event, given) for event in found.events), _place(found.last_event, given)
            )

    def _count_hits(self, outcomes: DataFrame) -> None:
        """Each hit once, however many correlations it went to."""
        used = outcomes.where(outcomes["rule_id"].isin(sorted(needed_fields(self.rules.correlations))))
        self.counts.untimed = used.where("at is null").count()
        self.counts.taken = used.count() - self.counts.untimed

    def _count(self, row: Mapping[str, Any]) -> None:
        file, said = str(self.files.files[row["file_place"]]), dict(row["fields"])
        if row["kind"] == Kind.READ:
            self.tally.events += int(said["events"])
            self.tally.unplaced += int(said["unplaced"])
        elif row["kind"] == Kind.REFUSED:
            self._refuse(EventFileError(said["sentence"]))
        else:
            record = Unreadable(file, said["position"], said["reason"], bytes.fromhex(said["excerpt_hex"]))
            self.tally.unreadable_by_file[file] += 1
            self.report.unreadable(record, self.tally.unreadable_by_file[file])
            if self.unreadable is not None:
                line = {name: said[name] for name in ("position", "reason", "excerpt_hex")}
                self.unreadable.write(json.dumps({"file": file, **line}) + "\n")

    def _refuse(self, refusal: EventFileError) -> None:
        self.tally.refused.append(refusal)
        self.report.refused(refusal)


def _sorted(frame: DataFrame, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """All rows by these columns: one task sorts them, on disk where they are many, and they come one by one."""
    for row in frame.repartition(1).sortWithinPartitions(*names).toLocalIterator():
        yield row.asDict()


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else _aware(at)


def _aware(at: datetime) -> datetime:
    """Spark gives times of this machine's zone without saying so."""
    return at.astimezone(UTC)


def _place(event: str, given: Mapping[str, str]) -> tuple[str, str]:
    """The file, as it was given, and the record of an event."""
    file, record_id, _ = event.rsplit("\x1f", 2)
    return given.get(file, file), record_id


def must_answer(master: str) -> None:
    """Raise ClusterFailed now rather than after the minute for which Spark would try."""
    address = urlsplit(master)
    if address.scheme != _STANDALONE:
        return
    try:
        port = address.port or _STANDALONE_PORT
        with socket.create_connection((address.hostname or "", port), timeout=_SECONDS_TO_ANSWER):
            pass
    except (OSError, ValueError) as failure:
        raise ClusterFailed(
            f"the cluster's master at {master} does not answer: {failure}. "
            "Expected the address of a running master, such as spark://host:7077"
        ) from failure
