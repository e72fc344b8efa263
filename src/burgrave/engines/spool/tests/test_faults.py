"""A full disk or a kill at every call: what was acknowledged stands once, and nothing is left for ever."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from burgrave.engines.spool import (
    Closing,
    Frame,
    Reason,
    SpoolError,
    append,
    close_due,
    closed_segments,
    contents_of,
    damaged_segments,
    note_refusal,
    refused,
)
from burgrave.engines.spool.refusals import NAME
from burgrave.engines.spool.tests.disk import Disk, Fault, dies, small_disk

pytestmark = pytest.mark.engine_only
SMALL = Closing(close_at_ms=1_000, most_bytes=80)
DAY_MS = 86_400_000
SECONDS = 60


def put(folder: Path, payload: str) -> None:
    append(folder, "json", Frame(payload=payload.encode(), at_ms=5), closing=SMALL, new_id=uuid4)


def work(folder: Path, say: Callable[[str], None]) -> None:
    """Batches that begin a folder, fill a segment and close it, and a refusal that is counted."""
    for number in range(3):
        payload = f"{number}" * 30
        say(f"begun {payload}")
        with suppress(OSError):
            put(folder, payload)
            say(f"kept {payload}")
    with suppress(OSError):
        close_due(folder, "json", now_ms=1_000, longest_ms=10)
    with suppress(OSError):
        note_refusal(folder, Reason.DISK, at_ms=5)


def stands_once(folder: Path, said: list[str], *, also: bool) -> None:
    """Every acknowledged batch is there once, and of others at most what was under way when the process was gone."""
    put(folder, "after")
    close_due(folder, "json", now_ms=1_000, longest_ms=10)
    found = [frame.payload.decode() for path in closed_segments(folder, "json") for frame in contents_of(path)]
    kept = [line.split()[1] for line in said if line.startswith("kept")]
    under_way = {said[-1].split()[1]} if also and said and said[-1].startswith("begun") else set()
    assert len(found) == len(set(found))
    assert {*kept, "after"} <= set(found) <= {*kept, "after"} | under_way
    assert not damaged_segments(folder)
    assert all(path.name == NAME or path.suffix == ".closed" for path in folder.iterdir())
    assert refused(folder, now_ms=5).disk <= 1


@pytest.mark.parametrize("stays", [False, True])
def test_a_disk_that_is_full_at_any_call_loses_nothing_that_was_acknowledged(tmp_path: Path, *, stays: bool) -> None:
    for at in count():
        folder, said = tmp_path / str(at) / "source", list[str]()
        disk = Disk(Fault.FULL, at, stays=stays)
        with disk.at_work():
            work(folder, said.append)
        if disk.calls <= at:
            break
        stands_once(folder, said, also=False)
    assert at > 20


def killed_at_every_call(root: Path, fault: Fault) -> int:
    for at in count():
        folder = root / fault.value / str(at) / "source"

        def child(say: Callable[[str], None], folder: Path = folder, at: int = at) -> None:
            with Disk(fault, at).at_work():
                work(folder, say)

        said, was_killed = dies(child)
        if not was_killed:
            return at
        stands_once(folder, said, also=True)
    raise AssertionError


CHILD = """
import sys
from pathlib import Path
from burgrave.engines.spool.tests.disk import Fault
from burgrave.engines.spool.tests.test_faults import killed_at_every_call
for fault in (Fault.KILL, Fault.HALF):
    print(fault.value, killed_at_every_call(Path(sys.argv[1]), fault))
"""


def test_a_kill_at_any_call_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    kills, halves = (int(line.split()[1]) for line in done.stdout.splitlines())
    assert kills > 20
    assert halves > 5


def fill(folder: Path, kept: list[str]) -> None:
    for number in count():
        payload = f"{number:05d}" * 2_000
        put(folder, payload)
        kept.append(payload)


def test_a_disk_that_is_really_full_takes_nothing_half_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="256k") as disk:
        folder, kept = disk / "spool" / "source", list[str]()
        put(folder, "first")
        (disk / "other").write_bytes(bytes(100_000))
        with pytest.raises(OSError, match="No space left"):
            fill(folder, kept)
        for at_ms in (DAY_MS, DAY_MS + 1):
            note_refusal(folder, Reason.DISK, at_ms=at_ms)  # its file stands already, full disk or not
        note_refusal(folder, Reason.WAITING, at_ms=3 * DAY_MS)
        assert (refused(folder, now_ms=3 * DAY_MS).disk, refused(folder, now_ms=3 * DAY_MS).last_disk_ms) == (
            2,
            DAY_MS + 1,
        )
        assert (refused(folder, now_ms=9 * DAY_MS).disk, refused(folder, now_ms=9 * DAY_MS).waiting) == (0, 1)
        (disk / "other").unlink()
        put(folder, "after")
        close_due(folder, "json", now_ms=1_000, longest_ms=10)
        found = [frame.payload.decode() for path in closed_segments(folder, "json") for frame in contents_of(path)]
        assert sorted(found) == sorted(["first", *kept, "after"])
        assert kept


def test_what_is_no_segment_is_kept_aside_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    for name in ("json.open", "json.open"):
        (tmp_path / name).write_bytes(bytes(100))
        put(tmp_path, "one")
    (tmp_path / "json.open").write_bytes(bytes(100))
    assert not close_due(tmp_path, "json", now_ms=1_000, longest_ms=10)
    assert [path.name for path in damaged_segments(tmp_path)] == [f"json.open.{each}.damaged" for each in range(3)]
    with pytest.raises(SpoolError):
        contents_of(damaged_segments(tmp_path)[0])
    assert refused(tmp_path / "nowhere", now_ms=1).disk == 0
