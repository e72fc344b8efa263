"""`burgrave detect --workers`: several processes find what one finds, in the same order."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from burgrave.cli.detecting import run as running
from burgrave.cli.detecting import sharing

from .test_detect import found, rule, run, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from burgrave.cli.detecting.sharing import Piece, Share
    from burgrave.cli.detecting.stopping import Stop


@pytest.fixture
def case(tmp_path: Path) -> Path:
    rule(tmp_path / "rules", 1, "evil")
    rule(tmp_path / "rules", 2, "worse", level="low")
    events = tmp_path / "events"
    events.mkdir()
    for number in range(4):
        lines = [started(10 * number + line, "evil and worse" if line % 2 else "good") for line in range(3)]
        (events / f"{number}.jsonl").write_text("\n".join([*lines, "{broken", json.dumps({"a": 1})]))
    (events / "4.jsonl").write_text("")
    return tmp_path


def at_once(
    work: Callable[[Sequence[Piece]], Share], shares: Sequence[Sequence[Piece]], *, workers: int, stop: Stop
) -> Iterator[Share]:
    """As ``shared``, without processes."""
    assert workers > 1
    assert not stop.asked
    return map(work, shares)


def test_what_each_share_finds_makes_up_the_whole(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("--rules", case / "rules", case / "events", "--format", "jsonl")
    alone = run(*arguments, "--unreadable", case / "alone")
    handed: list[Piece] = []

    def noted(
        work: Callable[[Sequence[Piece]], Share], shares: Sequence[Sequence[Piece]], *, workers: int, stop: Stop
    ) -> Iterator[Share]:
        handed.extend(piece for share in shares for piece in share)
        return at_once(work, shares, workers=workers, stop=stop)

    monkeypatch.setattr(running, "shared", noted)
    monkeypatch.setattr(running, "can_share", lambda: True)
    monkeypatch.setattr(sharing, "SMALLEST_SHARE", 1)
    monkeypatch.setattr(sharing, "SHARES_EACH", 8)
    shared = run(*arguments, "--unreadable", case / "shared", "--workers", "2")
    assert any(piece.portion is not None for piece in handed)
    assert found(shared) == found(alone) != []
    assert shared.stdout == alone.stdout
    assert shared.exit_code == alone.exit_code == 1
    assert (case / "shared").read_text() == (case / "alone").read_text() != ""
    told = [line for line in alone.stderr.splitlines() if "CPU seconds" not in line]
    assert sorted(line for line in shared.stderr.splitlines() if "CPU seconds" not in line) == sorted(told)


def test_a_run_that_cannot_fork_stays_in_one_process(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "can_share", lambda: False)
    monkeypatch.setattr(running, "shared", None)
    monkeypatch.setattr(sharing, "SMALLEST_SHARE", 1)
    shown = run("--rules", case / "rules", case / "events", "--format", "jsonl", "--workers", "2")
    assert len(found(shown)) == 8


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_two_processes_write_what_one_writes(case: Path) -> None:
    events = case / "large"
    events.mkdir()
    for number in range(3):
        lines = [started(line, f"evil {number} " + "x" * 900_000) for line in range(5)]
        (events / f"{number}.jsonl").write_text("\n".join(lines))
    written = []
    for workers in ("1", "2"):
        command = [sys.executable, "-m", "burgrave", "detect", str(events), "--rules", str(case / "rules")]
        command += ["--format", "csv", "--workers", workers]
        shown = subprocess.run(command, capture_output=True, check=True, timeout=60)
        written.append(shown.stdout)
    assert written[0] == written[1]
    assert written[0].count(b"evil 2 ") == 5


@pytest.mark.parametrize(
    ("sizes", "workers", "expected"),
    [
        ([], 2, []),
        ([1, 2, 3], 1, [[0, 1, 2]]),
        ([9, 1, 1, 9], 1, [[0], [1, 2, 3]]),
        ([4, 4, 4], 64, [[0], [1], [2]]),
        ([0, 0, 5], 2, [[0, 1, 2]]),
    ],
    ids=["none", "small", "large ones", "each its own", "empty ones"],
)
def test_files_are_cut_into_runs_of_about_the_same_size(
    sizes: list[int], workers: int, expected: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "SMALLEST_SHARE", 4 if workers > 1 else 8)
    files = [Path(str(number)) for number in range(len(sizes))]
    cut = sharing.cut(files, sizes, workers)
    assert [[int(piece.path.name) for piece in share] for share in cut] == expected
