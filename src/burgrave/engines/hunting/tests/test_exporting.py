"""What a question finds, from a process of its own: once, in order, within bounds, and only as long as it is taken."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from burgrave.engines.hunting import asking, processes, running
from burgrave.engines.hunting.errors import HuntFailed
from burgrave.engines.hunting.exporting import exported
from burgrave.engines.hunting.running import Hunt
from burgrave.engines.hunting.selecting import selected
from burgrave.engines.hunting.sources import HuntLimits, Sources
from burgrave.engines.hunting.terms import BATCH_ROWS, Extent, Range
from burgrave.engines.hunting.tests.test_hunting import ALL_TIMES, COMMON, NOON, SHOWN, store

__all__ = ["store"]
COLUMNS = ("time", "place", "kind", "host.name", "raw")
LIMITS = HuntLimits()
MANY = 20_000


def taken(given: Sources, question: str = "", span: Range = ALL_TIMES, **how: Any) -> list[dict[str, Any]]:
    wanted: dict[str, Any] = {"columns": COLUMNS, "extent": Extent.ALL, "most": 9, "limits": LIMITS} | how
    with exported(question, given, span, **wanted) as (schema, batches):
        assert tuple(schema.names) == wanted["columns"]
        return [row for batch in batches for row in batch.to_pylist()]


@pytest.fixture
def many(tmp_path: Path) -> Sources:
    """So many events of a kilobyte that no pipe holds them."""
    rows = [
        {
            "time": NOON + timedelta(seconds=place * 7 % MANY),
            "file": "f",
            "place": place,
            "kind": "a",
            "raw": "x" * 1_000,
        }
        for place in range(MANY)
    ]
    pq.write_table(COMMON.empty_table(), tmp_path / "schema.parquet")
    pq.write_table(pa.Table.from_pylist(rows, COMMON), tmp_path / "many.parquet")
    return Sources(
        schema=str(tmp_path / "schema.parquet"), columns=SHOWN, narrow={"a": [str(tmp_path / "many.parquet")]}
    )


@pytest.mark.parametrize(
    ("question", "span"),
    [
        ("", ALL_TIMES),
        ("host.name:WS-* AND NOT Image:y.exe", ALL_TIMES),
        ("Image:*.exe OR it's:q", ALL_TIMES),
        ("NOT Image:*", ALL_TIMES),
        ('"raw 1" OR dc%1 OR kind:b', ALL_TIMES),
        ("raw", Range(NOON + timedelta(minutes=1), NOON + timedelta(minutes=2))),
        ("host.name:nowhere", ALL_TIMES),
    ],
    ids=str,
)
def test_all_or_the_newest_are_what_a_page_shows(store: Sources, question: str, span: Range) -> None:
    with Hunt(store, asking.read(question), span) as hunt:
        expected = hunt.rows(COLUMNS, most=9)
    assert taken(store, question, span) == expected
    assert taken(store, question, span, most=len(expected) or 1) == expected
    assert taken(store, question, span, extent=Extent.NEWEST, most=2) == expected[:2]


def test_it_seeks_once_and_gives_many_batches_in_order(many: Sources) -> None:
    with exported("", many, ALL_TIMES, columns=COLUMNS, extent=Extent.ALL, most=MANY, limits=LIMITS) as (_, batches):
        places = [batch.column("place").to_pylist() for batch in batches]
    assert max(map(len, places)) <= BATCH_ROWS
    found = [place for some in places for place in some]
    assert found == sorted(range(MANY), key=lambda place: (-(place * 7 % MANY), place))


@pytest.mark.parametrize(
    ("question", "how", "sentence"),
    [
        ("", {"most": 4}, "it finds more than 4 events; narrow it by time or kind"),
        ("nope:1", {}, "no kept event of this time has a field nope"),
        ("", {"limits": replace(LIMITS, seconds=0.01)}, "took longer than 0.01 seconds and was stopped"),
        ("", {"limits": replace(LIMITS, answer_bytes=10)}, "it finds more than 0 MiB"),
        ("", {"columns": ("nope",)}, '"nope" not found'),
    ],
    ids=["rows", "field", "time", "bytes", "column"],
)
def test_what_it_cannot_do_is_said(store: Sources, question: str, how: dict[str, Any], sentence: str) -> None:
    with pytest.raises(HuntFailed, match=sentence):
        taken(store, question, **how)


def test_its_memory_is_bounded(many: Sources) -> None:
    """Where it would be too much it is said, and no row is told twice or passed over before."""
    with pytest.raises(HuntFailed, match="more memory"):
        taken(many, most=MANY, limits=replace(LIMITS, memory_mb=16))


def test_few_rows_are_found_among_more_than_its_memory_holds(many: Sources) -> None:
    """What is held are places, not the events among which these are."""
    span = Range(NOON, NOON + timedelta(seconds=99))
    few = replace(LIMITS, memory_mb=20)
    assert len(taken(many, span=span, most=MANY, limits=few, columns=SHOWN)) == 100
    assert len(taken(many, span=span, most=50, extent=Extent.NEWEST, limits=few, columns=SHOWN)) == 50


@pytest.mark.parametrize("extent", Extent)
def test_rows_that_are_put_in_order_a_part_at_a_time_are_the_same(
    store: Sources, monkeypatch: pytest.MonkeyPatch, extent: Extent
) -> None:
    monkeypatch.setattr(running, "PUT_IN_ORDER", 2)
    with Hunt(store, asking.read(""), ALL_TIMES) as hunt:
        expected = hunt.rows(COLUMNS, most=9)
        assert len(expected) > 4
        _, batches = hunt.batches(COLUMNS, extent=extent, most=9, size=3)
        assert [row for batch in batches for row in batch.to_pylist()] == expected


def test_the_time_is_that_of_the_whole_export_however_slowly_it_is_taken(many: Sources) -> None:
    limits = replace(LIMITS, seconds=3)
    with exported("", many, ALL_TIMES, columns=COLUMNS, extent=Extent.ALL, most=MANY, limits=limits) as (_, batches):
        slowly = (time.sleep(0.3) for _batch in batches)
        with pytest.raises(HuntFailed, match="took longer than 3 seconds"):
            list(slowly)


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*given: Any, **wishes: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*given, **wishes))
        return started[-1]

    with monkeypatch.context() as changed:
        changed.setattr(processes.subprocess, "Popen", start)
        yield started


@pytest.mark.parametrize("extent", Extent)
def test_whoever_takes_no_more_ends_the_search(many: Sources, monkeypatch: pytest.MonkeyPatch, extent: Extent) -> None:
    with (
        watched(monkeypatch) as started,
        exported("", many, ALL_TIMES, columns=COLUMNS, extent=extent, most=MANY, limits=LIMITS) as (_, batches),
    ):
        assert next(batches).num_rows
        assert started[0].poll() is None
    assert started[0].returncode == -signal.SIGKILL


def test_an_answer_that_breaks_off_is_not_taken_for_the_whole(many: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        watched(monkeypatch) as started,
        exported("", many, ALL_TIMES, columns=COLUMNS, extent=Extent.ALL, most=MANY, limits=LIMITS) as (_, batches),
    ):
        next(batches)
        started[0].kill()
        with pytest.raises(HuntFailed, match="needed more memory or time than it may use and was stopped"):
            list(batches)


def test_rows_of_sql_come_as_they_are_found(store: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of more rows than any memory holds are there, and then the process is gone."""
    limits = replace(LIMITS, rows=10**9, answer_bytes=10**12)
    endless = "SELECT a.range AS n FROM range(1000000) a, range(1000000) b"
    with watched(monkeypatch) as started, selected(endless, store, limits=limits) as found:
        rows = found.rows()
        assert len([next(rows) for _ in range(3 * BATCH_ROWS)]) == 3 * BATCH_ROWS
        assert found.columns == (("n", "BIGINT"),)
    assert started[0].returncode == -signal.SIGKILL


def test_rows_of_sql_that_break_off_are_not_the_whole(store: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = replace(LIMITS, rows=10**9, answer_bytes=50_000)
    with selected("SELECT * FROM range(100000)", store, limits=limits) as found:
        rows = found.rows()
        assert next(rows) == (0,)
        with pytest.raises(HuntFailed, match="the answer is longer than 50,000 characters"):
            list(rows)


ASKER = """
import json, sys
from burgrave.engines.hunting import processes
from burgrave.engines.hunting.exporting import exported
from burgrave.engines.hunting.selecting import selected
from burgrave.engines.hunting.sources import HuntLimits, Sources
from burgrave.engines.hunting.terms import Extent, Range

given, limits = Sources(**json.loads(sys.argv[1])), HuntLimits(seconds=60, rows=10**9)
popen = processes.subprocess.Popen

def start(*words, **wishes):
    process = popen(*words, **wishes)
    print(process.pid, flush=True)
    return process

processes.subprocess.Popen = start
if sys.argv[2] == "sql":
    sql = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range * b.range = 7"
    with selected(sql, given, limits=limits) as found:
        list(found.rows())
else:
    with exported("", given, Range(), columns=["raw"], extent=Extent.ALL, most=10**6, limits=limits) as (_, batches):
        next(batches)
        print("taken", flush=True)
        sys.stdin.read()
"""


@pytest.mark.parametrize("kind", ["sql", "question"])
def test_a_search_does_not_outlive_a_program_that_is_killed(many: Sources, kind: str) -> None:
    given = json.dumps({"schema": many.schema, "columns": many.columns, "narrow": many.narrow})
    asker = subprocess.Popen(
        [sys.executable, "-c", ASKER, given, kind], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert asker.stdout is not None
    pid = int(asker.stdout.readline())
    if kind == "question":
        assert asker.stdout.readline() == "taken\n"
    else:
        time.sleep(1)
    assert is_there(pid)
    asker.kill()
    asker.communicate()
    within(10, lambda: not is_there(pid))


def is_there(pid: int) -> bool:
    """Whether the process runs; one that waits to be reaped does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text() and os.kill(pid, 0) is None
    except (FileNotFoundError, ProcessLookupError):
        return False


def within(seconds: float, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
