"""Sound chunks are told from others by compiled code, which must count what `expansion` counts, or leave it to that."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from burgrave.engines.events import Event, Limits, chunks, cutting, evtx_reader, log_page, log_shapes, pages, tokens
from burgrave.engines.events.cutting import words_of
from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.expansion import Expansion
from burgrave.engines.events.lines import PADDING
from burgrave.engines.events.log_shapes import Shapes
from burgrave.engines.events.tests.conftest import evtx_of
from burgrave.engines.events.tests.test_blocks import both_ways
from burgrave.engines.events.tests.test_expansion import (
    HEADER,
    NESTED,
    TEXT,
    Piece,
    bomb,
    chunk_with,
    element,
    fragment,
    instance,
    text,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ODD = None


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "WORTH_LOADING", 0)
    monkeypatch.setattr(cutting, "FEWEST_LINES", 1)
    monkeypatch.setattr(pages, "FEWEST", 1)
    monkeypatch.setattr(log_shapes, "WORTH_ASKING", 10_000)
    monkeypatch.setattr(log_shapes, "_free", {})


def surveyed(chunk: bytes, depth: int = 32) -> NDArray[np.int64] | None:
    end = chunks.end_of_records(chunk)
    told = np.zeros((1, tokens.CHUNK_COLUMNS), np.int64)
    told[0, tokens.CHUNK_END] = chunks.CHUNK_BYTES if end is None else end
    wide = words_of(np.frombuffer(chunk + bytes(PADDING), np.uint8))
    found: NDArray[np.int64] = Shapes(Limits(depth=depth)).survey(wide, told)
    return found if len(found) else ODD


def agrees(chunk: bytes, depth: int = 32) -> bool:
    """Whether the chunk is sound; if it is, all is as the slow way has it."""
    found = surveyed(chunk, depth)
    if found is ODD:
        return False
    slots = list(chunks.walk(chunk, chunks.end_of_records(chunk)))
    assert [slot for slot in slots if isinstance(slot, chunks.Gap)] == []
    assert [chunks.Slot(*row) for row in found[:, :3].tolist()] == slots
    expansion = Expansion(chunk, depth=depth)
    assert found[:, 3].tolist() == [expansion.of_record(slot.offset, slot.size) for slot in slots]
    return True


def tree(name: str, *children: Piece) -> Piece:
    """An element of a template, with others in it."""

    def at(offset: int) -> bytes:
        start = element(name, b"")(offset)[:-1]
        out = start
        for child in children:
            out += child(offset + len(out))
        return out + b"\x04"

    return at


def value(index: int) -> Piece:
    return lambda _: struct.pack("<BHB", 0x0D, index, TEXT)


def written(content: str) -> Piece:
    return lambda _: content.encode("utf-16-le")


def event_record(number: int, offset: int, image: str, inner: str) -> bytes:
    """A record as Windows writes it: a template with values, of which one is binary XML with a template again."""
    data = fragment(instance(tree("EventData", tree("Image", value(0)), tree("Line", value(1))), [
        (TEXT, written(image)), (TEXT, written(inner)),
    ]))  # fmt: skip
    system = tree(
        "System",
        tree("EventID", value(0)),
        tree("EventRecordID", value(1)),
        tree("Channel", value(2)),
        tree("Computer", value(3)),
    )
    nested: Piece = lambda _: struct.pack("<BHB", 0x0D, 4, NESTED)  # noqa: E731 - one line of a table
    whole = fragment(
        instance(tree("Event", system, nested), [
            (TEXT, written("4688")), (TEXT, written(str(number))), (TEXT, written("Security")), (TEXT, written("PC")),
            (NESTED, data),
        ])
    )  # fmt: skip
    body = whole(offset + 24)
    size = 24 + len(body) + 4
    return struct.pack("<4sIQQ", b"**\x00\x00", size, number, 0) + body + struct.pack("<I", size)


def chunk_of(count: int, first: int) -> bytes:
    body, last = b"", chunks.RECORDS_START
    for number in range(first, first + count):
        last = chunks.RECORDS_START + len(body)
        body += event_record(number, last, f"C:\\p{number % 3}.exe", f"ä {number}")
    made = bytearray((bytes(chunks.RECORDS_START) + body).ljust(chunks.CHUNK_BYTES, b"\x00"))
    chunks.write_chunk_header(made, count, last, chunks.RECORDS_START + len(body))
    return checked(made)


def checked(made: bytearray) -> bytes:
    """With the checksums that Windows writes."""
    end = chunks.end_of_records(bytes(made)) or chunks.CHUNK_BYTES
    struct.pack_into("<I", made, 52, chunks.zlib.crc32(made[chunks.RECORDS_START : end]))
    struct.pack_into("<I", made, 124, chunks.zlib.crc32(made[:120] + made[128 : chunks.RECORDS_START]))
    return bytes(made)


def test_a_sound_chunk_is_read_as_the_slow_way_reads_it(tmp_path: Path) -> None:
    sound = chunk_of(20, 1)
    assert agrees(sound)
    path = tmp_path / "log.evtx"
    path.write_bytes(evtx_of(sound, chunk_of(5, 21)))
    events, in_columns = both_ways(path)
    assert [event.record_id for event in events] == [str(number) for number in range(1, 26)]
    assert {event.fields["Image"] for event in events} == {"C:\\p0.exe", "C:\\p1.exe", "C:\\p2.exe"}
    assert in_columns == 25


def test_many_sound_chunks_are_decoded_together_and_stay_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    decoder = log_page.PyEvtxParser
    monkeypatch.setattr(
        log_page, "PyEvtxParser", lambda file, threads: given.append(len(file.getvalue())) or decoder(file, threads)
    )
    noisy = bytearray(chunk_of(3, 100))
    noisy[600:640] = b"\xff" * 40
    path = tmp_path / "log.evtx"
    path.write_bytes(evtx_of(*(chunk_of(2, 2 * n + 1) for n in range(20)), bytes(noisy), chunk_of(2, 200)))
    items = list(evtx_reader_blocks(path))
    assert max(given) == chunks.FILE_HEADER_BYTES + 16 * chunks.CHUNK_BYTES
    assert items[:40] == [str(number) for number in range(1, 41)]
    assert items[-2:] == ["200", "201"]
    both_ways(path)


def evtx_reader_blocks(path: Path) -> list[str]:
    from burgrave.engines.events import Block, read_blocks, windows

    blocks = [item for item in read_blocks(path) if isinstance(item, (Event, Block))]
    rows: dict[int, str] = {}
    for window in windows(blocks):
        for batch in window:
            for row in batch.table.to_pylist():
                rows[int(row["_row"])] = row["EventRecordID"]
    return [rows[place] for place in sorted(rows)]


def test_of_a_log_that_windows_was_writing_sound_chunks_are_decoded_together_whatever_their_checksums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    decoder = log_page.PyEvtxParser
    monkeypatch.setattr(
        log_page, "PyEvtxParser", lambda file, threads: given.append(len(file.getvalue())) or decoder(file, threads)
    )
    changed = bytearray(chunk_of(2, 3))
    changed[52] ^= 1
    log = bytearray(evtx_of(chunk_of(2, 1), bytes(changed)))
    path = tmp_path / "log.evtx"
    path.write_bytes(log)
    assert len(evtx_reader_blocks(path)) == 4
    assert max(given) == chunks.FILE_HEADER_BYTES + chunks.CHUNK_BYTES
    log[120] |= chunks.DIRTY
    path.write_bytes(log)
    events, in_columns = both_ways(path)
    assert [event.record_id for event in events] == ["1", "2", "3", "4"]
    assert in_columns == 4
    assert max(given) == chunks.FILE_HEADER_BYTES + 2 * chunks.CHUNK_BYTES


def test_where_the_decoder_fails_at_one_chunk_the_others_are_read_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder = evtx_reader.PyEvtxParser

    class Failing:
        def __init__(self, file: object, threads: int) -> None:
            self._large = len(file.getvalue()) > chunks.FILE_HEADER_BYTES + chunks.CHUNK_BYTES  # type: ignore[attr-defined]
            self._decoder = decoder(file, threads)

        def records_json(self) -> object:
            if self._large:
                raise RuntimeError("broken")
            return self._decoder.records_json()

    path = tmp_path / "log.evtx"
    path.write_bytes(evtx_of(chunk_of(2, 1), chunk_of(2, 3)))
    monkeypatch.setattr(evtx_reader, "PyEvtxParser", Failing)
    monkeypatch.setattr(log_page, "PyEvtxParser", Failing)
    events, _ = both_ways(path)
    assert [event.record_id for event in events] == ["1", "2", "3", "4"]


def test_records_beyond_the_limits_are_refused_in_sound_chunks_too(tmp_path: Path) -> None:
    path = tmp_path / "log.evtx"
    path.write_bytes(evtx_of(chunk_of(3, 1)))
    assert both_ways(path, limits=Limits(record_text_bytes=100))[0] == []
    assert both_ways(path, limits=Limits(depth=1))[0] == []


@pytest.mark.parametrize("field", ["magic", "size", "copy", "number", "end"])
def test_a_record_with_a_header_that_does_not_hold_makes_its_chunk_odd(field: str, tmp_path: Path) -> None:
    made = bytearray(chunk_of(3, 1))
    size = struct.unpack_from("<I", made, 516)[0]
    match field:
        case "magic":
            made[512] = 0
        case "size":
            struct.pack_into("<I", made, 516, 20)
        case "copy":
            struct.pack_into("<I", made, 512 + size - 4, size + 1)
        case "number":
            struct.pack_into("<Q", made, 520, 2**63)
        case _:
            struct.pack_into("<I", made, 48, 512 + size + 10)
    broken = checked(made)
    assert surveyed(broken) is ODD
    path = tmp_path / "log.evtx"
    path.write_bytes(evtx_of(broken))
    both_ways(path)


@pytest.mark.parametrize(("levels", "sound"), [(1, True), (2, True), (3, False), (4, False)])
def test_templates_in_templates_are_counted_or_left_to_the_slow_way(levels: int, sound: bool) -> None:  # noqa: FBT001
    assert agrees(chunk_with(bomb(levels, 3))) is sound


@pytest.mark.parametrize(
    "piece",
    [
        lambda _: b"\x3f",
        lambda _: b"\x05\x02\x00\x00",
        lambda _: b"\x0d\x00\x01\x01",
        lambda _: b"\x06\xff\xff\x00\x00",
        fragment(instance(element("a", b""), [])),
    ],
    ids=["token", "value", "index", "name", "template"],
)
def test_what_is_unusual_inside_of_a_template_is_left_to_the_slow_way(piece: Piece) -> None:
    assert surveyed(chunk_with(fragment(instance(piece, [])))) is ODD


def test_binary_xml_that_is_no_template_is_left_to_the_slow_way() -> None:
    assert surveyed(chunk_with(fragment(element("a", b"", in_template=False)))) is ODD
    assert surveyed(chunk_with(lambda _: b"\x0c\x01" + b"\x00" * 4 + b"\xff" * 4)) is ODD


def test_values_of_a_kind_that_is_not_used_are_not_followed() -> None:
    unused = fragment(instance(element("a", struct.pack("<BHB", 0x0D, 0, TEXT)), [(TEXT, text(5)), (NESTED, text(7))]))
    assert agrees(chunk_with(unused))


def test_a_chunk_that_costs_too_much_to_look_at_is_left_to_the_slow_way() -> None:
    chunk = bytearray(chunks.CHUNK_BYTES)
    chunk[4096:] = b"\x02" * (chunks.CHUNK_BYTES - 4096)
    at = chunks.RECORDS_START
    for step in range(10):
        out = HEADER + b"\x0c\x01" + struct.pack("<III", 0, 4096 + step, 0)
        chunk[at : at + len(out) + 28] = (
            struct.pack("<4sIQQ", b"**\x00\x00", len(out) + 28, 1, 0) + out + struct.pack("<I", len(out) + 28)
        )
        at += len(out) + 28
    chunks.write_chunk_header(chunk, 10, at - len(out) - 28, at)
    assert surveyed(bytes(chunk)) is ODD


def test_more_templates_than_there_is_room_for_are_left_to_the_slow_way() -> None:
    assert agrees(chunk_of(20, 1))
    assert surveyed(chunk_of(70, 1)) is ODD  # each of these records brings two of its own


def test_noise_is_counted_as_the_slow_way_counts_it() -> None:
    chance = random.Random(11)
    good = chunk_of(4, 1)
    end = chunks.end_of_records(good) or 0
    sound = 0
    for _ in range(2_000):
        noisy = bytearray(good)
        for _ in range(chance.choice([1, 1, 4])):
            noisy[chance.randrange(chunks.RECORDS_START, end)] = chance.randrange(256)
        try:
            sound += agrees(bytes(noisy))
        except RecordRefused:
            pytest.fail("a record that the slow way refuses was let through")
    assert sound > 500


def test_chunks_of_real_logs_are_counted_as_the_slow_way_counts_them(real_evtx: list[Path]) -> None:
    seen = sound = 0
    for path in real_evtx:
        content = path.read_bytes()[chunks.FILE_HEADER_BYTES :]
        for at in range(0, len(content), chunks.CHUNK_BYTES):
            chunk = content[at : at + chunks.CHUNK_BYTES]
            if len(chunk) == chunks.CHUNK_BYTES and chunk.startswith(chunks.CHUNK_MAGIC):
                seen += 1
                sound += agrees(chunk)
    assert sound > 0.9 * seen
