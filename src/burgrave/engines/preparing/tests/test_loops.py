"""What is prepared is what is called: nothing more is compiled when files are read and matched."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from burgrave.engines.events.tests.test_log_shapes import TEXT, log_of, utf16
from burgrave.engines.preparing import Loops, Prepared, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from burgrave.engines.preparing.loops import _Call

PROGRAM = """
import json, sys
from pathlib import Path

from burgrave.engines.preparing import Loops, prepare

prepare()

from burgrave.engines.detection import compile_rules, load_rules, numbered
from burgrave.engines.detection import kernels as matching
from burgrave.engines.events import cutting, kernels, log_shapes, read_blocks, windows
from burgrave.engines.events.sources import source_of


def known():
    return {
        f"{package.__name__}.{name}": sorted(map(str, getattr(package, name).signatures))
        for package in (kernels, matching)
        for name in package.__all__
    }


before = known()
cutting.WORTH_LOADING = numbered.WORTH_LOADING = 0
log_shapes.WORTH_ASKING = 1
engine = compile_rules(load_rules([Path(sys.argv[1])]))
events = matches = 0
for path in sys.argv[2:]:
    for window in windows(read_blocks(Path(path))):
        for batch in window:
            events += len(batch.events)
            for begin in range(0, batch.table.num_rows, 5):
                matches += len(list(engine.match(batch.table.slice(begin, 5), source=source_of(batch))))
after = known()
print(json.dumps({"before": before, "after": after, "events": events, "matches": matches}))
"""

RULE = """
title: A shell
id: 3f3f9f4c-9f0f-4c5b-8d0e-6a3a3c2b1a00
logsource: {product: windows, service: security}
detection:
  selection: {CommandLine|contains: shell7}
  condition: selection
"""


@pytest.mark.slow
def test_reading_and_matching_compile_nothing_more(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yml").write_text(RULE)
    lines = tmp_path / "events.jsonl"
    lines.write_text(
        "".join(
            json.dumps({"Channel": "Security", "EventID": 4688, "CommandLine": f"shell{n % 9}", "n": n / 7}) + "\n"
            for n in range(200)
        )
    )
    log = log_of(tmp_path / "log.evtx", [[(TEXT, utf16(f"row {row}"))] for row in range(200)])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "rules"), str(lines), str(log)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["matches"] > 0
    assert told["events"] == 400
    assert all(len(kinds) == 1 for kinds in told["before"].values())
    assert told["after"] == told["before"]


class Loop:
    """Takes what Numba would be asked."""

    def __init__(self, *, kept: bool) -> None:
        self.kept = kept
        self.asked: list[object] = []

    class Stats:
        def __init__(self, misses: int) -> None:
            self.cache_misses = {"types": misses}

    @property
    def stats(self) -> Stats:
        return self.Stats(0 if self.kept else len(self.asked))

    def compile(self, types: object) -> None:
        self.asked.append(types)


def test_it_is_told_once_that_something_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    loops = [Loop(kept=True), Loop(kept=False), Loop(kept=False)]
    calls: list[_Call] = [(loop, (1,)) for loop in loops]
    monkeypatch.setattr("burgrave.engines.preparing.loops._calls", lambda _kinds: iter(calls))
    told: list[str] = []
    assert prepare([Loops.LINES], on_compiling=lambda: told.append("compiling")) == Prepared(loops=3, compiled=2)
    assert told == ["compiling"]
    assert [len(loop.asked) for loop in loops] == [1, 1, 1]


def test_nothing_is_told_where_everything_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[_Call] = [(Loop(kept=True), (1,))]
    monkeypatch.setattr("burgrave.engines.preparing.loops._calls", lambda _kinds: iter(calls))
    told: list[str] = []
    assert prepare(on_compiling=lambda: told.append("compiling")) == Prepared(loops=1, compiled=0)
    assert told == []


@pytest.mark.parametrize(
    ("kinds", "loops"),
    [({Loops.LINES}, 5), ({Loops.LOGS}, 7), ({Loops.LINES, Loops.LOGS}, 9), ({Loops.MATCHING}, 7), (set(Loops), 16)],
    ids=["lines", "logs", "both", "matching", "all"],
)
def test_only_what_is_asked_for_is_prepared(kinds: set[Loops], loops: int) -> None:
    assert prepare(kinds).loops == loops
