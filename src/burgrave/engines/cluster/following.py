"""A folder that is followed: files that arrive are read once, and what comes of them is written into another folder.

Two streams, each with a checkpoint: one reads files and writes outcomes, the other reads these and correlates.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from burgrave.engines.cluster.errors import ForeignCheckpoint
from burgrave.engines.cluster.frames import EVER, SHARES, ddl, findings_in_stream, outcomes_of_files, paths_of
from burgrave.engines.cluster.terms import OUTCOMES, Kind
from burgrave.engines.correlation.asking import meaning
from burgrave.engines.events import NO_LOG_SOURCE, LogSource
from burgrave.engines.events.tables import NO_TABLES, Tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming import StreamingQuery

    from burgrave.engines.cluster.handed import HandedRules

FORMS: Final = ("parquet", "json")
COUNTED: Final = "counted"
"""The name under which Spark tells what came of each batch of files."""
_TIME_FORM: Final = "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"
_MARK: Final = "correlations.sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What is followed, and where to. ``folder`` and ``into`` are the same to every machine of the cluster.

    In ``into`` are then ``outcomes``, parted by ``kind`` and ``reported``, ``findings``, and ``checkpoint``.
    """

    folder: Path
    into: Path
    form: str
    lateness: timedelta
    log_source: LogSource = NO_LOG_SOURCE
    tables: Tables = NO_TABLES
    is_once: bool = False
    most_files: int = 1_000
    shares: int = SHARES

    def read(self, spark: SparkSession, handed: HandedRules) -> StreamingQuery:
        """Files are read as they arrive, and what comes of them is written."""
        (self.into / "outcomes").mkdir(parents=True, exist_ok=True)
        paths = paths_of(spark, self.folder, most_files=self.most_files)
        outcomes = outcomes_of_files(paths, handed, log_source=self.log_source, tables=self.tables)
        return self._written(_told(outcomes, _OUTCOMES_TOLD), "outcomes", parted_by=("kind", "reported"))

    def correlate(self, spark: SparkSession, handed: HandedRules) -> StreamingQuery:
        """What was written by ``read`` is correlated. Raises ForeignCheckpoint."""
        self._must_be_of(handed)
        arriving = spark.readStream.format(self.form).schema(ddl(OUTCOMES)).option("timestampFormat", _TIME_FORM)
        outcomes = arriving.option("maxFileAge", EVER).load(str(self.into / "outcomes"))
        found = findings_in_stream(outcomes, handed, lateness=self.lateness, shares=self.shares)
        return self._written(_told(found.where("reported"), {"findings": "count(1)"}), "findings")

    def _written(self, frame: DataFrame, name: str, *, parted_by: tuple[str, ...] = ()) -> StreamingQuery:
        writing = frame.writeStream.format(self.form).option("path", str(self.into / name)).queryName(name)
        writing = writing.option("checkpointLocation", str(self.into / "checkpoint" / name))
        writing = writing.option("timestampFormat", _TIME_FORM).partitionBy(*parted_by)
        return (writing.trigger(availableNow=True) if self.is_once else writing).start()

    def _must_be_of(self, handed: HandedRules) -> None:
        """What correlations remember belongs to those that remembered it."""
        wanted = _mark_of(handed)
        kept = self.into / "checkpoint" / _MARK
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            kept.write_text(wanted, encoding="ascii")
        elif kept.read_text(encoding="ascii") != wanted:
            raise ForeignCheckpoint(
                f"what {kept.parent} remembers belongs to other correlations than these: they ask something else, or "
                "use other rules. Name a new folder to write into, or take the correlations of before"
            )


def _mark_of(handed: HandedRules) -> str:
    told = [meaning(each) for each in sorted(handed.ruleset().correlations, key=lambda each: each.id)]
    return hashlib.sha256(json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def _count(condition: str, of: str = "1") -> str:
    return f"coalesce(sum(CASE WHEN {condition} THEN {of} END), 0)"


_OUTCOMES_TOLD: Final = {
    "files": _count(f"kind = '{Kind.READ}'"),
    "events": _count(f"kind = '{Kind.READ}'", "CAST(fields['events'] AS BIGINT)"),
    "matches": _count(f"kind = '{Kind.MATCH}' AND reported"),
    "unreadable": _count(f"kind = '{Kind.UNREADABLE}'"),
    "refused": _count(f"kind = '{Kind.REFUSED}'"),
}


def _told(frame: DataFrame, counts: Mapping[str, str]) -> DataFrame:
    """The same, and Spark tells of each batch how much there was of what."""
    from pyspark.sql import functions

    return frame.observe(COUNTED, *(functions.expr(text).alias(name) for name, text in counts.items()))
