"""A real cluster, one master and two workers: its answers are those of one process, row for row."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner

from burgrave.cli.main import main
from burgrave.engines.cluster.errors import SparkMissing
from burgrave.engines.cluster.frames import (
    events_of_files,
    findings_in_stream,
    findings_of,
    matches_of,
    outcomes_of_events,
    outcomes_of_files,
    paths_frame,
    paths_of,
)
from burgrave.engines.cluster.handed import HandedRules
from burgrave.engines.cluster.sessions import java, sentence_of, spark_home, spark_session
from burgrave.engines.detection import FilterUse, RuleSet, load_rules
from spark_cluster import HOST, Cluster, standalone_cluster

from .made import RULES, event_files, found_in, local_findings, local_matches, matched_in, process, rules_in

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.usefixtures("own_cache_home"),
    # PySpark is written for more versions of its libraries than this one, and says so.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::ResourceWarning"),
]
SETTINGS = {
    "spark.executor.memory": "512m",
    "spark.driver.host": HOST,
    "spark.driver.bindAddress": HOST,
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "4",
    "spark.default.parallelism": "4",
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    try:
        spark_home()
        java()
    except SparkMissing as missing:
        pytest.skip(str(missing))
    with standalone_cluster() as found:
        yield found


@pytest.fixture(scope="module")
def spark(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    warehouse = tmp_path_factory.mktemp("warehouse")
    session = spark_session(cluster.url, settings={**SETTINGS, "spark.sql.warehouse.dir": str(warehouse)})
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def detected(*arguments: str | Path) -> tuple[int, str, str]:
    shown = CliRunner().invoke(main, ["detect", "--format", "jsonl", *map(str, arguments)])
    return shown.exit_code, shown.stdout, shown.stderr


def test_the_command_gives_the_same_lines_as_on_one_machine(cluster: Cluster, tmp_path: Path) -> None:
    """First, since the command ends its session."""
    rules_in(tmp_path)
    event_files(tmp_path / "logs")
    call = (f"--rules={tmp_path}", "--unreadable", tmp_path / "unreadable", tmp_path / "logs")
    expected = detected(*call)
    kept = (tmp_path / "unreadable").read_text()
    settings = [f"--spark-setting={name}={value}" for name, value in SETTINGS.items()]
    code, lines, said = detected(f"--spark={cluster.url}", *settings, *call)
    assert (code, lines) == expected[:2] == (1, lines)
    assert lines.count("\n") > 20
    assert {"began", "measured"} <= json.loads(lines.splitlines()[-1]).keys()
    assert (tmp_path / "unreadable").read_text() == kept != ""
    told = [line for line in expected[2].splitlines() if "CPU second" not in line]
    assert [line for line in told if line not in said] == []
    assert "242 events of 8 files" in said


def following(cluster: Cluster, tmp_path: Path, *more: str) -> list[str]:
    settings = [f"--spark-setting={name}={value}" for name, value in SETTINGS.items()]
    call = [sys.executable, "-m", "burgrave", "detect", f"--spark={cluster.url}", *settings, f"--rules={tmp_path}"]
    call += ["--follow", "--into", str(tmp_path / "into"), "--format", "jsonl", "--lateness", "30", *more]
    return [*call, str(tmp_path / "arriving")]


def written_lines(folder: Path) -> list[dict[str, Any]]:
    """What Spark says that it wrote; what a killed run left behind it does not name."""
    named: dict[str, Path] = {}
    for log in sorted((folder / "_spark_metadata").iterdir(), key=lambda each: int(each.name.partition(".")[0] or -1)):
        if not log.name.startswith("."):
            for line in log.read_text().splitlines()[1:]:
                path = Path(unquote(urlsplit(json.loads(line)["path"]).path))
                named[path.name] = path
    return [json.loads(line) for path in named.values() for line in path.read_text("utf-8").splitlines()]


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + 240
    while not condition():
        assert process.poll() is None, said.read_text()[-3_000:]
        assert time.monotonic() < deadline, said.read_text()[-3_000:]
        time.sleep(0.5)


def test_a_followed_folder_goes_on_after_a_kill_and_gives_what_one_machine_gives(
    cluster: Cluster, tmp_path: Path
) -> None:
    """A process of its own, killed at once in the middle; then Ctrl-C; then what is left, once."""
    ruleset = rules_in(tmp_path)
    made = event_files(tmp_path / "made", count=3, events=60)[:3]
    arriving, said = tmp_path / "arriving", tmp_path / "said"
    arriving.mkdir()
    outcomes, environment = tmp_path / "into" / "outcomes", {**os.environ, "SPARK_LOCAL_IP": HOST}

    def files_read() -> int:
        return len(list(outcomes.glob("kind=read/**/*.json")))

    def go_on(path: Path, how: signal.Signals, so_many: int) -> int:
        with said.open("ab") as log:
            process = subprocess.Popen(following(cluster, tmp_path), stderr=log, stdout=log, env=environment)
            lay(arriving, path.name, path.read_text(encoding="utf-8").splitlines())
            wait_for(lambda: files_read() >= so_many, process, said)
            process.send_signal(how)
            return process.wait(timeout=120)

    assert go_on(made[0], signal.SIGKILL, 1) == -signal.SIGKILL
    assert go_on(made[1], signal.SIGINT, 2) == 130
    lay(arriving, made[2].name, made[2].read_text(encoding="utf-8").splitlines())
    lay(arriving, "later.jsonl", [process(1, 100_000, "late", "x")])
    lay(arriving, "odd.jsonl", ['{"message": '])
    once = following(cluster, tmp_path, "--once")
    done = subprocess.run(once, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    assert "unreadable" in done.stderr
    assert f"written into {tmp_path / 'into'}" in done.stderr

    expected, hits = local_matches(ruleset, made)
    laid = {str(path): str(arriving / path.name) for path in made}
    names = sorted((name.replace(*_moved(name, laid)), rule, fields) for name, rule, fields in expected)
    found = [row for row in written_lines(outcomes) if "rule_id" in row]
    kept = [{**row, "kind": "match", "reported": True} for row in found if row["rule_id"] not in ruleset.silent]
    assert matched_in(kept) == names
    moved = [replace(hit, event=hit.event.replace(*_moved(hit.event, laid))) for hit in hits]
    told = written_lines(tmp_path / "into" / "findings")
    for row in told:
        row |= {name: datetime.fromisoformat(row[name]) for name in ("began_at", "ended_at")}
        row["event_times"] = list(map(datetime.fromisoformat, row["event_times"]))
    findings = local_findings(ruleset, moved)
    assert found_in(told) == findings != []
    assert all(each[-1] for each in findings)

    (tmp_path / "rules.yml").write_text(RULES.replace("gte: 3", "gte: 4"), encoding="utf-8")
    refused = subprocess.run(once, capture_output=True, text=True, env=environment, check=False)
    assert (refused.returncode, "belongs to other correlations" in refused.stderr) == (2, True)


def rows(frame: Any) -> list[dict[str, Any]]:
    return [row.asDict() for row in frame.collect()]


@pytest.fixture
def ruleset(tmp_path: Path) -> RuleSet:
    return rules_in(tmp_path)


def test_files_and_events_in_a_batch(spark: Any, tmp_path: Path, ruleset: RuleSet) -> None:
    files = event_files(tmp_path / "logs")
    expected, hits = local_matches(ruleset, files)
    rules = HandedRules.of(ruleset)
    paths = paths_frame(spark, files)
    outcomes = outcomes_of_files(paths, rules).persist()
    assert matched_in(rows(outcomes)) == expected
    assert found_in(rows(findings_of(outcomes, rules, shares=8))) == local_findings(ruleset, hits)
    shuffled = events_of_files(paths).repartition(5, "_computer", "_record_id")
    assert matched_in(rows(outcomes_of_events(shuffled, rules))) == expected


def test_real_events_and_real_rules(spark: Any, shared_data: Path) -> None:
    folder, logs = shared_data / "sigma" / "rules" / "windows", shared_data / "evtx"
    if not folder.is_dir() or not logs.is_dir():
        pytest.skip(f"no real rules in {folder} or no event files in {logs}")
    ruleset = load_rules([folder], filters=FilterUse.APPLIED)
    files = sorted(logs.rglob("*.evtx"))
    expected, _ = local_matches(ruleset, files)
    assert len(expected) > 1_000
    assert matched_in(rows(outcomes_of_files(paths_frame(spark, files), HandedRules.of(ruleset)))) == expected


def test_other_code_on_an_executor_is_said(spark: Any, ruleset: RuleSet, tmp_path: Path) -> None:
    rules = replace(HandedRules.of(ruleset), code="0" * 64, said="burgrave 9")
    with pytest.raises(Exception, match="Traceback") as failure:
        outcomes_of_files(paths_frame(spark, event_files(tmp_path / "logs", count=1)), rules).collect()
    said = sentence_of(failure.value)
    assert said.startswith("this executor (")
    assert "the driver has burgrave 9, code 000000000000. Install the same Burgrave" in said


def lay(folder: Path, name: str, lines: list[str]) -> None:
    """A file stands in the folder at once and whole, as Spark asks of whoever writes there."""
    whole = folder.parent / f".{name}"
    whole.write_text("\n".join(lines), encoding="utf-8")
    whole.rename(folder / name)


def test_a_stream_goes_on_from_its_checkpoint(spark: Any, tmp_path: Path, ruleset: RuleSet) -> None:
    """Files arrive in three rounds; the query ends after each and goes on from what it kept."""
    made = event_files(tmp_path / "made", count=3, events=60)[:3]
    expected, hits = local_matches(ruleset, made)
    folder, kept = tmp_path / "arriving", tmp_path / "kept"
    folder.mkdir()
    rules = HandedRules.of(ruleset)

    def go_on() -> None:
        outcomes = outcomes_of_files(paths_of(spark, folder, most_files=1), rules)
        queries = [
            (matches_of(outcomes), "matches"),
            (findings_in_stream(outcomes, rules, lateness=timedelta(minutes=30), shares=2), "findings"),
        ]
        for frame, name in queries:
            writing = frame.writeStream.format("parquet").option("path", str(kept / name))
            writing = writing.option("checkpointLocation", str(kept / f"{name}-checkpoint"))
            query = writing.trigger(availableNow=True).start()
            query.awaitTermination()
            assert query.exception() is None

    for path in made:
        lay(folder, path.name, path.read_text(encoding="utf-8").splitlines())
        go_on()
    lay(folder, "later.jsonl", [process(1, 100_000, "late", "x")])
    go_on()
    matches = [{**row, "kind": "match", "reported": True} for row in rows(spark.read.parquet(str(kept / "matches")))]
    assert len(expected) > 5
    laid = {str(path): str(folder / path.name) for path in made}
    names = sorted((name.replace(*_moved(name, laid)), rule, fields) for name, rule, fields in expected)
    assert matched_in(matches) == names
    moved = [replace(hit, event=hit.event.replace(*_moved(hit.event, laid))) for hit in hits]
    findings = local_findings(ruleset, moved)
    assert len(findings) > 3
    assert found_in(rows(spark.read.parquet(str(kept / "findings")))) == findings


def _moved(name: str, laid: dict[str, str]) -> tuple[str, str]:
    old = name.partition("\x1f")[0]
    return old, laid[old]


def test_a_worker_that_is_killed_loses_and_doubles_nothing(
    spark: Any, cluster: Cluster, tmp_path: Path, ruleset: RuleSet
) -> None:
    """The last test of this cluster: one of its two workers is gone afterwards."""
    files = event_files(tmp_path / "logs", count=24, events=400)
    expected, hits = local_matches(ruleset, files)
    rules = HandedRules.of(ruleset)
    outcomes = outcomes_of_files(paths_frame(spark, files), rules).persist()
    killed = threading.Event()

    def kill() -> None:
        tracker = spark.sparkContext.statusTracker()
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
            if any(stage is not None and stage.numCompletedTasks >= 4 for stage in stages):
                cluster.kill(cluster.processes[-1])
                killed.set()
                return
            time.sleep(0.005)

    thread = threading.Thread(target=kill)
    thread.start()
    found = matched_in(rows(outcomes))
    thread.join()
    assert killed.is_set()
    assert found == expected
    assert found_in(rows(findings_of(outcomes, rules, shares=8))) == local_findings(ruleset, hits)
