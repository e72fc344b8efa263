"""The spool: what was acknowledged stands, what was torn is seen, and nothing stands twice."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.spool import (
    Appended,
    Closing,
    Frame,
    SpoolError,
    append,
    close_due,
    closed_segments,
    contents_of,
    frames,
    waiting_bytes,
    writing,
)

pytestmark = pytest.mark.engine_only
LATER = Closing(close_at_ms=1_000)
SEGMENT = UUID(int=7)


@pytest.fixture
def ids() -> Iterator[UUID]:
    return (UUID(int=each) for each in count(1))


def put(folder: Path, payload: bytes, ids: Iterator[UUID], **given: Any) -> Appended:
    closing = given.pop("closing", LATER)
    return append(folder, "json", Frame(payload=payload, at_ms=5, **given), closing=closing, new_id=lambda: next(ids))


def taken(folder: Path) -> list[bytes]:
    close_due(folder, "json", now_ms=1_000, longest_ms=10)
    return [frame.payload for path in closed_segments(folder, "json") for frame in contents_of(path)]


def test_batches_come_back_in_their_order_with_all_that_was_said_of_them(tmp_path: Path, ids: Iterator[UUID]) -> None:
    put(tmp_path, b"one", ids, key_sha256=b"k" * 32, dropped=3, cut=4)
    put(tmp_path, b"", ids)
    assert waiting_bytes(tmp_path) > 3
    assert not close_due(tmp_path, "json", now_ms=999, longest_ms=10)
    assert close_due(tmp_path, "json", now_ms=1_000, longest_ms=10)
    (path,) = closed_segments(tmp_path, "json")
    contents = contents_of(path)
    assert [(f.payload, f.key_sha256, f.dropped, f.cut) for f in contents] == [
        (b"one", b"k" * 32, 3, 4),
        (b"", None, 0, 0),
    ]
    assert contents.torn_bytes == 0
    assert not close_due(tmp_path, "json", now_ms=2_000, longest_ms=10)
    assert waiting_bytes(tmp_path / "nowhere") == 0


def test_a_segment_that_was_begun_under_a_later_clock_is_closed_at_once(tmp_path: Path, ids: Iterator[UUID]) -> None:
    put(tmp_path, b"one", ids, closing=Closing(close_at_ms=10_000_000))
    assert close_due(tmp_path, "json", now_ms=5, longest_ms=1_000)


@pytest.mark.parametrize("left", range(1, 80))
def test_a_batch_that_was_cut_anywhere_is_torn_and_those_around_it_stand(
    tmp_path: Path, ids: Iterator[UUID], left: int
) -> None:
    put(tmp_path, b"before", ids)
    size = (tmp_path / "json.open").stat().st_size
    put(tmp_path, b"torn" * 5, ids)
    with (tmp_path / "json.open").open("r+b") as file:
        file.truncate(size + left)
    put(tmp_path, b"after", ids)
    assert sorted(taken(tmp_path)) == [b"after", b"before"]
    torn = [contents for contents in map(contents_of, closed_segments(tmp_path, "json")) if list(contents)]
    assert sum(each.torn_bytes for each in torn) == left


def test_a_batch_whose_pages_never_reached_the_disk_hides_none_behind_it(tmp_path: Path, ids: Iterator[UUID]) -> None:
    put(tmp_path, b"before", ids)
    size = (tmp_path / "json.open").stat().st_size
    put(tmp_path, b"x" * 100, ids)
    with (tmp_path / "json.open").open("r+b") as file:
        file.seek(size + frames.BEFORE_BYTES)
        file.write(bytes(50))
    put(tmp_path, b"after", ids)
    assert taken(tmp_path) == [b"before", b"after"]


def test_a_head_that_was_cut_is_written_anew(tmp_path: Path, ids: Iterator[UUID]) -> None:
    (tmp_path / "json.open").write_bytes(b"BGS")
    put(tmp_path, b"one", ids)
    assert taken(tmp_path) == [b"one"]


def test_a_full_segment_is_closed_and_the_next_begun(tmp_path: Path, ids: Iterator[UUID]) -> None:
    small = Closing(close_at_ms=1_000, most_bytes=100)
    segments = {put(tmp_path, b"x" * 60, ids, closing=small).segment_id for _ in range(3)}
    assert len(segments) == 3
    assert len(taken(tmp_path)) == 3


def test_many_threads_write_at_once_while_somebody_closes(tmp_path: Path, ids: Iterator[UUID]) -> None:
    def write(number: int) -> None:
        put(tmp_path, str(number).encode(), ids)
        close_due(tmp_path, "json", now_ms=1_000, longest_ms=10)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(100)))
    assert sorted(map(int, taken(tmp_path))) == list(range(100))


def together(folder: Path, ids: Iterator[UUID], patch: pytest.MonkeyPatch, fails: BaseException | None) -> Any:
    """Eight threads: the first sync waits until the seven others stand in line; the sync of these may fail."""
    synced, real, line = list[int](), os.fsync, writing._lines.setdefault(folder / "json.open", writing._Line())

    def sync(descriptor: int) -> None:
        synced.append(descriptor)
        end = time.monotonic() + 20
        while len(synced) == 1 and len(line.waiting) < 7 and time.monotonic() < end:
            time.sleep(0.005)
        if fails is not None and len(synced) == 6:
            raise fails
        real(descriptor)

    with patch.context() as patched, ThreadPoolExecutor(8) as pool:
        patched.setattr(os, "fsync", sync)
        return [pool.submit(put, folder, b"%d" % number, ids) for number in range(8)], synced


def test_batches_that_come_meanwhile_go_to_disk_together(
    tmp_path: Path, ids: Iterator[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, synced = together(tmp_path, ids, monkeypatch, None)
    assert len({each.result().segment_id for each in writes}) == 1
    assert len(synced) == 6  # the counts, the head, its folder and the one above, the first batch, the seven others
    assert sorted(taken(tmp_path)) == [b"%d" % number for number in range(8)]


def test_of_batches_that_went_together_none_stands_when_their_sync_fails(
    tmp_path: Path, ids: Iterator[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, _synced = together(tmp_path, ids, monkeypatch, OSError(errno.EIO, "broken"))
    assert [str(each.exception()) for each in writes].count("[Errno 5] broken") == 7
    put(tmp_path, b"after", ids)
    first, last = taken(tmp_path)
    assert first in {b"%d" % number for number in range(8)}
    assert last == b"after"


@pytest.mark.parametrize("others", [0, 1])
def test_who_is_interrupted_while_waiting_leaves_the_line_to_the_next(others: int) -> None:
    class Interrupted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            line.waiting.extend(behind)
            if is_next:
                self.set()
            raise KeyboardInterrupt

    batch = Frame(payload=b"x", at_ms=1)
    for is_next in (False, True):
        line, mine = writing._Line(is_writing=True), writing._Waiting(batch, LATER, turn=Interrupted())
        behind = [writing._Waiting(batch, LATER) for _ in range(others)]
        with pytest.raises(KeyboardInterrupt):
            line.joined(mine)
        assert list(line.waiting) == behind
        assert [each.turn.is_set() for each in behind] == [is_next] * others
        assert line.is_writing is not (is_next and not others)


def test_who_waits_for_one_that_is_interrupted_is_told_so(
    tmp_path: Path, ids: Iterator[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    writes, _synced = together(tmp_path, ids, monkeypatch, KeyboardInterrupt())
    faults = sorted(type(each.exception()).__name__ for each in writes)
    assert faults == ["InterruptedError"] * 6 + ["KeyboardInterrupt", "NoneType"]


def test_nothing_of_a_batch_stands_when_the_disk_is_full(
    tmp_path: Path, ids: Iterator[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, b"one", ids)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            put(tmp_path, b"two", ids)
    put(tmp_path, b"three", ids)
    assert taken(tmp_path) == [b"one", b"three"]


def test_what_is_too_large_or_no_segment_is_refused(
    tmp_path: Path, ids: Iterator[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "MOST_BYTES", 3)
    with pytest.raises(SpoolError, match="at most 3 bytes, got 4"):
        put(tmp_path, b"four", ids)
    for content, words in ((b"x" * 40, "begins with b'BGS1'"), (b"x", "28 bytes, got 1")):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(SpoolError, match=words):
            contents_of(tmp_path / "x")


def test_a_writer_gives_up_where_its_file_is_always_taken_away(
    tmp_path: Path, ids: Iterator[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_is_still", lambda _path, _descriptor: False)
    with pytest.raises(SpoolError, match="was closed 100 times"):
        put(tmp_path, b"one", ids)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_a_flipped_byte_is_never_given_as_what_was_written(payload: bytes, place: int) -> None:
    whole = bytearray(frames.packed(Frame(payload=payload, at_ms=1), SEGMENT))
    whole[place % len(whole)] ^= 0x20
    try:
        frame = frames.unpacked(bytes(whole), SEGMENT)
    except SpoolError:
        return
    assert frame is None
