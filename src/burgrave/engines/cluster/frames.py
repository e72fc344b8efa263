"""Detection as Spark has it: DataFrames in, DataFrames out. The same functions serve batches and streams."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from burgrave.engines.cluster.correlating import AddressHits, CorrelateInOrder, CorrelateWithState, ReadFindings
from burgrave.engines.cluster.matching import MatchEvents, MatchFiles, ReadFiles
from burgrave.engines.cluster.sharing import files_by_task
from burgrave.engines.cluster.terms import EVENTS, FINDINGS, HITS, MATCHES, OUTCOMES, PATHS, TOLD, Kind
from burgrave.engines.events import NO_LOG_SOURCE, LogSource
from burgrave.engines.events.tables import NO_TABLES, Tables, written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pyspark.sql import DataFrame, SparkSession

    from burgrave.engines.cluster.handed import HandedRules

SHARES: Final = 64
EVER: Final = "36500d"
"""However old a file is when it arrives: by itself Spark passes over those that are a week older than the newest."""
_FILES: Final = "path string, modificationTime timestamp, length bigint, content binary"
_TASKS_A_CORE: Final = 2


def ddl(schema: pa.Schema) -> str:
    """The schema in the words of Spark."""
    return ", ".join(f"`{field.name}` {_type(field.type)}" for field in schema)


def _type(kind: pa.DataType) -> str:
    if pa.types.is_map(kind):
        return f"map<{_type(kind.key_type)}, {_type(kind.item_type)}>"
    if pa.types.is_list(kind):
        return f"array<{_type(kind.value_type)}>"
    if pa.types.is_timestamp(kind):
        return "timestamp"
    return {pa.string(): "string", pa.int64(): "bigint", pa.bool_(): "boolean", pa.binary(): "binary"}[kind]


def paths_frame(spark: SparkSession, paths: Sequence[Path]) -> DataFrame:
    """The files, each whole for one task, small ones many together. Executors must find them under the same paths."""
    cores = spark.sparkContext.defaultParallelism
    found = files_by_task([_size_bytes(path) for path in paths], at_least=_TASKS_A_CORE * cores)
    rows = [[(place, bytearray(os.fsencode(paths[place]))) for place in share] for share in found]
    each_whole = spark.sparkContext.parallelize(rows, len(rows)).flatMap(list)
    return spark.createDataFrame(each_whole, ddl(PATHS))


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # a task that cannot read it either says so
        return 0


def paths_of(spark: SparkSession, folder: Path, *, most_files: int = 1_000) -> DataFrame:
    """A stream of the files that arrive in the folder, each once, at most so many together.

    A file must stand there whole at once, as by a rename. Executors must find it under the same path.
    """
    arriving = spark.readStream.format("binaryFile").schema(_FILES).option("maxFilesPerTrigger", most_files)
    arriving = arriving.option("maxFileAge", EVER)
    arriving = arriving.option("recursiveFileLookup", "true").option("pathGlobFilter", "*")
    # Spark names files by URI; what it would read of them is never asked for.
    path = "url_decode(replace(regexp_replace(path, '^file:/*', '/'), '+', '%2B'))"
    return arriving.load(str(folder)).selectExpr("0L AS file_place", f"encode({path}, 'UTF-8') AS path")


def outcomes_of_files(
    paths: DataFrame, handed: HandedRules, *, log_source: LogSource = NO_LOG_SOURCE, tables: Tables = NO_TABLES
) -> DataFrame:
    """What the files hold for the rules, in the columns of OUTCOMES: matches, and what became of each file."""
    return paths.mapInArrow(MatchFiles(handed, log_source, _mappings(tables)), ddl(OUTCOMES))


def events_of_files(
    paths: DataFrame, *, log_source: LogSource = NO_LOG_SOURCE, tables: Tables = NO_TABLES
) -> DataFrame:
    """The events of the files, in the columns of EVENTS."""
    return paths.mapInArrow(ReadFiles(log_source, _mappings(tables)), ddl(EVENTS))


def _mappings(tables: Tables) -> tuple[str, ...]:
    return tuple(map(written, tables.known))


def outcomes_of_events(events: DataFrame, handed: HandedRules) -> DataFrame:
    """What the events hold for the rules, in the columns of OUTCOMES; ``MatchEvents`` says how events are shaped."""
    return events.mapInArrow(MatchEvents(handed), ddl(OUTCOMES))


def matches_of(outcomes: DataFrame) -> DataFrame:
    """The matches that report by themselves, in the columns of MATCHES."""
    return outcomes.where(f"kind = '{Kind.MATCH}' and reported").select(*MATCHES.names)


def findings_of(outcomes: DataFrame, handed: HandedRules, *, shares: int = SHARES) -> DataFrame:
    """What the correlations find in a batch, in the columns of FINDINGS, and rows of counts."""
    return (
        outcomes.mapInArrow(AddressHits(handed, shares), ddl(HITS))
        .where("family >= 0")
        .repartition("family", "share")
        .sortWithinPartitions("family", "share", "at", "told")
        .mapInArrow(CorrelateInOrder(handed), ddl(FINDINGS))
    )


def findings_in_stream(
    outcomes: DataFrame, handed: HandedRules, *, lateness: timedelta, shares: int = SHARES
) -> DataFrame:
    """What the correlations find in a stream, in the columns of FINDINGS, as soon as event time has passed it.

    Event time is the newest time of all events so far, less ``lateness``; what comes after it is left out, and counted
    by Spark as dropped by the watermark.
    """
    hits = outcomes.mapInArrow(AddressHits(handed, shares), ddl(HITS)).where("at is not null")
    return (
        hits.withWatermark("at", f"{lateness // timedelta(milliseconds=1)} milliseconds")
        .groupBy("family", "share")
        .applyInPandasWithState(
            CorrelateWithState(handed, lateness), ddl(TOLD), "`saved` binary", "append", "EventTimeTimeout"
        )
        .mapInArrow(ReadFindings(handed), ddl(FINDINGS))
    )
