"""Measure detection over a cluster of Apache Spark beside the same in one process.

    python benchmarks/detection_spark.py [RULES [EVENTS]] [--times 4] [--passes 3] [--workers 2]

Starts a master and workers of one core each on this machine (`make setup-spark` first). The event files below EVENTS,
or a made-up working day, are read so many times over. Both ways do the same: from files to rows of matches, brought
together in one process. The first pass of each, in which rules are loaded and plans are made, is shown apart; then
come the medians in wall time. On one machine a cluster can at best be as fast as its cores; what it adds is measured.

A task costs a fifth of a second beside its reading, so that small files go many to a task: 276 recorded logs of 70 KB
with 3,140 rules went from 280 events a second with a task for each file to 4,900, where one process has 8,200.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from burgrave.engines.cluster.errors import SparkMissing
from burgrave.engines.cluster.frames import outcomes_of_files, paths_frame
from burgrave.engines.cluster.handed import HandedRules
from burgrave.engines.cluster.matching import MatchFiles
from burgrave.engines.cluster.sessions import java, spark_home, spark_session
from burgrave.engines.cluster.terms import PATHS, Kind
from detection_volume import SHIPPED, loaded_rules, working_day

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from spark_cluster import HOST, standalone_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from pyspark.sql import SparkSession

Counted = tuple[int, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("rules", type=Path, nargs="?", default=SHIPPED)
    parser.add_argument("events", type=Path, nargs="?")
    parser.add_argument("--times", type=int, default=4)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    try:
        spark_home()
        java()
    except SparkMissing as missing:
        print(missing)
        return
    files = sorted(chosen.events.rglob("*.evtx")) if chosen.events else [working_day()]
    paths = files * chosen.times
    rules = HandedRules.of(loaded_rules(chosen.rules))
    print(f"{len(rules.ruleset().rules):,} rules, {len(rules.body):,} bytes to each task's process")
    alone = measured("one process", lambda: in_one_process(paths, rules), chosen.passes)
    with standalone_cluster(chosen.workers) as cluster:
        settings = {"spark.driver.host": HOST, "spark.driver.bindAddress": HOST, "spark.ui.enabled": "false",
                    "spark.executor.memory": "600m"}  # fmt: skip
        spark = spark_session(cluster.url, settings=settings)
        spark.sparkContext.setLogLevel("ERROR")
        spread = measured(
            f"{chosen.workers} workers of one core", lambda: over_the_cluster(spark, paths, rules), chosen.passes
        )
        spark.stop()
    print(f"the cluster is {spread / alone:.2f} times as fast, on a machine of {os.cpu_count()} cores")


def measured(name: str, run: Callable[[], Counted], passes: int) -> float:
    """Events per second, the median of the passes after the first."""
    rates = []
    events = matches = 0
    for _ in range(passes + 1):
        began = time.perf_counter()
        events, matches = run()
        rates.append(events / (time.perf_counter() - began))
    median = statistics.median(rates[1:])
    print(f"{name}: {events:,} events, {matches:,} matches: {median:,.0f} events/s (first pass {rates[0]:,.0f})")
    return median


def in_one_process(paths: list[Path], rules: HandedRules) -> Counted:
    told = [{"file_place": place, "path": os.fsencode(path)} for place, path in enumerate(paths)]
    batches = MatchFiles(rules)([pa.RecordBatch.from_pylist(told, PATHS)])
    return counted(row for batch in batches for row in batch.to_pylist())


def over_the_cluster(spark: SparkSession, paths: list[Path], rules: HandedRules) -> Counted:
    return counted(row.asDict() for row in outcomes_of_files(paths_frame(spark, paths), rules).collect())


def counted(rows: Iterable[dict[str, Any]]) -> Counted:
    events = matches = 0
    for row in rows:
        if row["kind"] == Kind.READ:
            events += int(dict(row["fields"])["events"])
        matches += row["kind"] == Kind.MATCH
    return events, matches


if __name__ == "__main__":
    main()
