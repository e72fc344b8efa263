"""The portions of a file, one after the other, give what the whole file gives."""

from __future__ import annotations

import codecs
import gzip
import json
from typing import TYPE_CHECKING

import pytest

from burgrave.engines.events import Block, Event, Unreadable, chunks, portions_of, read_blocks
from burgrave.engines.events.tests.test_blocks import FLAT, in_order

if TYPE_CHECKING:
    from pathlib import Path

    from burgrave.engines.events.tests.test_blocks import Told

LINES = [json.dumps(FLAT | {"Image": f"C:\\{number}.exe"}).encode() for number in range(40)]


def told(items: list[Event | Block | Unreadable]) -> tuple[list[Told], list[tuple[str, bytes]]]:
    fit = [item for item in items if not isinstance(item, Unreadable)]
    return in_order(fit), sorted((str(item), item.excerpt) for item in items if isinstance(item, Unreadable))


def whole_and_parts(path: Path, size: int) -> int:
    """How many portions the file has, which give together what it gives."""
    portions = portions_of(path, size=size)
    apart = [item for portion in portions for item in read_blocks(path, portion=portion)]
    assert told(apart) == told(list(read_blocks(path)))
    assert [portion.start for portion in portions[1:]] == [portion.stop for portion in portions[:-1]]
    assert (portions[0].start, portions[-1].stop) == (0, path.stat().st_size)
    assert [portion.is_last for portion in portions] == [False] * (len(portions) - 1) + [True]
    return len(portions)


@pytest.mark.parametrize("size", [1, 150, 151, 152, 1_000, 3_000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n"], ids=["open", "closed", "as Windows ends it"])
def test_lines_are_cut_behind_their_ends(tmp_path: Path, size: int, end: bytes) -> None:
    path = tmp_path / "a.json"
    damaged = [*LINES, b"{broken", b"", LINES[0] * 2, b'{"x":"' + b"y" * 900 + b'"}', *LINES]
    path.write_bytes((end or b"\n").join(damaged) + end)
    assert whole_and_parts(path, size) > 1


def test_a_mark_at_the_start_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(codecs.BOM_UTF8 + b"\n".join(LINES))
    assert whole_and_parts(path, 500) > 5


def test_one_line_longer_than_a_portion_is_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(LINES[0] + b"\n" + b'{"x":"' + b"y" * 3_000_000 + b'"}')
    assert whole_and_parts(path, 1_000_000) == 1


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"\n".join(LINES), mtime=0),
        b"\n".join(LINES).decode().encode("utf-16"),
        b"[" + b",".join(LINES) + b"]",
        b"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>" + b" " * 500,
        b"\x00" * 500,
        b"a,b,c\n" * 200,
        b"Jan  1 00:00:00 host sshd[1]: hello\n" * 20,
        b"{}",
    ],
    ids=["gzip", "UTF-16", "a list", "XML", "zeros", "a table", "syslog", "small"],
)
def test_everything_else_is_read_as_a_whole(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    assert portions_of(path, size=100) == []


def test_what_cannot_be_opened_has_no_portions(tmp_path: Path) -> None:
    assert portions_of(tmp_path, size=1) == portions_of(tmp_path / "none", size=1) == []


def test_event_logs_are_cut_between_chunks(shared_data: Path, tmp_path: Path) -> None:
    logs = sorted((shared_data / "evtx").rglob("*.evtx"), key=lambda path: path.stat().st_size)[-3:]
    for log in logs:
        assert whole_and_parts(log, chunks.CHUNK_BYTES) > 2
        assert whole_and_parts(log, 3 * chunks.CHUNK_BYTES - 1) > 2
    damaged = bytearray(logs[0].read_bytes())
    damaged[:8] = b"damaged!"
    at = chunks.FILE_HEADER_BYTES + chunks.CHUNK_BYTES
    damaged[at : at + 4] = b"\x1f\x8b\x08\x00"
    path = tmp_path / "damaged.evtx"
    path.write_bytes(damaged[: -chunks.CHUNK_BYTES // 2])
    assert whole_and_parts(path, chunks.CHUNK_BYTES) > 2
