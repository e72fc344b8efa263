"""A writer of tiny Windows event logs, so that the readers are tested without anybody's real files."""

import os
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from burgrave.engines.events import chunks

Element = tuple[str, "str | Sequence[Element]"]


def _element(element: Element, offset: int) -> bytes:
    """Binary XML of one element without attributes, at ``offset`` of its chunk."""
    name, content = element
    text = name.encode("utf-16-le")
    start = offset + 9
    head = struct.pack("<IHH", 0, 0, len(name)) + text + b"\x00\x00"
    inner = b"\x02"
    if isinstance(content, str):
        value = content.encode("utf-16-le")
        inner += b"\x05\x01" + struct.pack("<H", len(value) // 2) + value
    else:
        for child in content:
            inner += _element(child, start + len(head) + len(inner))
    inner += b"\x04"
    return struct.pack("<BII", 1, 4 + len(head) + len(inner), start) + head + inner


def record(number: int, offset: int, fields: dict[str, str]) -> bytes:
    data: Element = ("EventData", list(fields.items()))
    system: Element = (
        "System",
        [("EventID", "4688"), ("EventRecordID", str(number)), ("Channel", "Security"), ("Computer", "PC-1")],
    )
    body = b"\x0f\x01\x01\x00" + _element(("Event", [system, data]), offset + 28) + b"\x00"
    size = 24 + len(body) + 4
    return struct.pack("<4sIQQ", b"**\x00\x00", size, number, 0) + body + struct.pack("<I", size)


def chunk_of(rows: Sequence[dict[str, str]], first: int = 1) -> bytes:
    body, last = b"", chunks.RECORDS_START
    for number, row in enumerate(rows, first):
        last = chunks.RECORDS_START + len(body)
        body += record(number, last, row)
    end = chunks.RECORDS_START + len(body)
    high = first + len(rows) - 1
    head = bytearray(chunks.RECORDS_START)
    struct.pack_into("<8sQQQQIIII", head, 0, b"ElfChnk\x00", first, high, first, high, 128, last, end, zlib.crc32(body))
    struct.pack_into("<I", head, 124, zlib.crc32(bytes(head[:120] + head[128:])))
    return (bytes(head) + body).ljust(chunks.CHUNK_BYTES, b"\x00")


def evtx_of(*chunk_bytes: bytes) -> bytes:
    head = bytearray(chunks.file_header(1))
    struct.pack_into("<H", head, 42, len(chunk_bytes))
    struct.pack_into("<I", head, 124, zlib.crc32(bytes(head[:120])))
    return bytes(head) + b"".join(chunk_bytes)


@pytest.fixture
def make_chunk() -> Callable[..., bytes]:
    return chunk_of


@pytest.fixture
def make_evtx() -> Callable[..., bytes]:
    return evtx_of


@pytest.fixture(scope="session")
def tiny_evtx() -> bytes:
    """Two chunks with three records each, numbers 1 to 6."""
    rows = [{"NewProcessName": f"C:\\p{n}.exe", "CommandLine": "p /x"} for n in range(3)]
    return evtx_of(chunk_of(rows, 1), chunk_of(rows, 4))


@pytest.fixture(scope="session")
def real_evtx() -> list[Path]:
    """Every real event log of the shared data, sorted."""
    named = os.environ.get("BURGRAVE_SHARED_DATA")
    root = Path(named) if named else Path(__file__).parents[6] / "shared" / "data"
    files = sorted((root / "evtx").rglob("*.evtx"))
    if not files:
        pytest.skip(f"no real event logs under {root / 'evtx'}; set BURGRAVE_SHARED_DATA to the folder that has them")
    return files
