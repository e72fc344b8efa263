"""Records that become columns without being decoded must be what the decoder makes of them, or be left to it."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING, Any

import pytest

from burgrave.engines.events import Block, cutting, evtx_reader, log_page, log_shapes, pages, read_blocks
from burgrave.engines.events import slot_codes as of
from burgrave.engines.events.chunks import (
    CHUNK_BYTES,
    FILE_HEADER_BYTES,
    RECORDS_START,
    end_of_records,
    write_chunk_header,
)
from burgrave.engines.events.tests.conftest import evtx_of
from burgrave.engines.events.tests.test_blocks import both_ways
from burgrave.engines.events.tests.test_expansion import NESTED, TEXT, Piece, fragment, instance
from burgrave.engines.events.tests.test_surveying import checked, chunk_of, tree, value, written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Given = tuple[int, bytes]
TEXTS = 0x81


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "WORTH_LOADING", 0)
    monkeypatch.setattr(cutting, "FEWEST_LINES", 1)
    monkeypatch.setattr(pages, "FEWEST", 1)
    monkeypatch.setattr(pages, "WORTH_A_DICTIONARY", 100)
    monkeypatch.setattr(log_shapes, "WORTH_ASKING", 1)
    monkeypatch.setattr(log_shapes, "_free", {})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records each file for the decoder had that it was not to pass over."""
    found: list[int] = []
    decoded = log_page.decoded

    def counting(given: Sequence[bytearray], count: int) -> list[str | None]:
        texts = decoded(given, count)
        found.append(sum(text != '{"Event":null}' for text in texts))
        return texts

    monkeypatch.setattr(log_page, "decoded", counting)
    return found


def plain(content: bytes) -> Piece:
    return lambda _: content


def record_of(number: int, offset: int, values: Sequence[Given], data: Piece | None = None) -> bytes:
    """A record of the channel Security with a field for each value."""
    fields = data or tree(
        "EventData", *(tree(f"F{place}", _place(place, kind)) for place, (kind, _) in enumerate(values))
    )
    inner = fragment(instance(fields, [(kind, plain(content)) for kind, content in values]))
    system = tree("System", tree("EventID", value(0)), tree("EventRecordID", value(1)), tree("Channel", value(2)))
    whole = fragment(
        instance(
            tree("Event", system, _place(3, NESTED)),
            [
                (0x06, plain(struct.pack("<H", 4688))),
                (0x0A, plain(struct.pack("<Q", number))),
                (TEXT, written("Security")),
                (NESTED, inner),
            ],
        )
    )
    body = whole(offset + 24)
    size = 24 + len(body) + 4
    return struct.pack("<4sIQQ", b"**\x00\x00", size, number, 0) + body + struct.pack("<I", size)


def _place(index: int, kind: int) -> Piece:
    return plain(struct.pack("<BHB", 0x0D, index, kind & 0x7F))


def chunks_of(rows: Sequence[Sequence[Given]], data: Piece | None = None) -> list[bytes]:
    """Chunks with a record for each row of values."""
    found, body, last, many = [], b"", RECORDS_START, 0

    def close() -> None:
        made = bytearray((bytes(RECORDS_START) + body).ljust(CHUNK_BYTES, b"\x00"))
        write_chunk_header(made, many, last, RECORDS_START + len(body))
        found.append(checked(made))

    for number, values in enumerate(rows, 1):
        record = record_of(number, RECORDS_START + len(body), values, data)
        if RECORDS_START + len(body) + len(record) > CHUNK_BYTES or many == 40:
            close()
            body, many = b"", 0
            record = record_of(number, RECORDS_START, values, data)
        last = RECORDS_START + len(body)
        body += record
        many += 1
    close()
    return found


def log_of(path: Path, rows: Sequence[Sequence[Given]], data: Piece | None = None) -> Path:
    path.write_bytes(evtx_of(*chunks_of(rows, data)))
    return path


def utf16(content: str) -> bytes:
    return content.encode("utf-16-le", "surrogatepass")


def of_kind(kind: int, chance: random.Random) -> bytes:
    """A value that the format allows."""
    if kind in WIDTHS:
        return chance.choice([chance.randbytes(WIDTHS[kind]), b"\x00" * WIDTHS[kind], b"\xff" * WIDTHS[kind]])
    return OTHERS.get(kind, some_utf16)(chance)


def some_utf16(chance: random.Random) -> bytes:
    return utf16(some_text(chance))


def some_sid(chance: random.Random) -> bytes:
    many = chance.randrange(0, 9)
    return struct.pack("BB", 1, many) + chance.randbytes(6 + 4 * many)


def some_text(chance: random.Random) -> str:
    letters = chance.choice(["abcdefg ./-", 'a"\\\n\t\r/<&>', "aä€ж漢", "a😀b", "0123456789", "\x01\x7fab"])
    return "".join(chance.choices(letters, k=chance.randrange(0, 20)))


WIDTHS = {
    of.INT8: 1, of.UINT8: 1, of.INT16: 2, of.UINT16: 2, of.INT32: 4, of.UINT32: 4, of.INT64: 8, of.UINT64: 8,
    of.GUID: 16, of.HEX32: 4, of.HEX64: 8,
}  # fmt: skip
OTHERS: dict[int, Callable[[random.Random], bytes]] = {
    of.TIME: lambda chance: struct.pack("<Q", chance.randrange(0, 2_650_000_000_000_000_000)),
    of.SID: some_sid,
    of.BINARY: lambda chance: chance.randbytes(chance.randrange(0, 20)),
    of.BOOLEAN: lambda chance: struct.pack("<I", chance.choice([0, 1, 1, 0, 7])),
    of.SIZE: lambda chance: chance.randbytes(chance.choice([4, 8])),
    TEXTS: lambda chance: b"".join(some_utf16(chance) + b"\x00\x00" for _ in range(chance.randrange(1, 4))),
}
KINDS = (TEXT, *WIDTHS, of.TIME, of.SID, of.BINARY, of.BOOLEAN, of.SIZE, TEXTS)


def test_records_of_a_shape_become_columns_and_are_decoded_only_when_asked_for(
    tmp_path: Path, asked: list[int]
) -> None:
    path = tmp_path / "log.evtx"
    path.write_bytes(evtx_of(chunk_of(20, 1), chunk_of(20, 21)))
    (block,) = [item for item in read_blocks(path) if isinstance(item, Block)]
    assert [len(each.positions) for each in block.columns] == [40]
    assert asked == []
    assert block.columns[0].event(25).record_id == "26"
    assert asked == [20]
    events, in_columns = both_ways(path)
    assert in_columns == 40
    assert [event.fields["Line"] for event in events] == [f"ä {number}" for number in range(1, 41)]


def test_a_record_before_which_the_decoder_stopped_is_decoded_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.evtx"
    path.write_bytes(evtx_of(chunk_of(20, 1)))
    (block,) = [item for item in read_blocks(path) if isinstance(item, Block)]
    decoder = log_page.PyEvtxParser
    given: list[int] = []

    class Stopping:
        def __init__(self, file: Any, threads: int) -> None:
            given.append(threads)
            self._decoder = decoder(file, threads)

        def records_json(self) -> Any:
            items = list(self._decoder.records_json())
            return iter(items[:5] if len(given) == 1 else items)

    monkeypatch.setattr(log_page, "PyEvtxParser", Stopping)
    events = block.columns[0]
    assert [events.event(row).record_id for row in (3, 7, 19)] == ["4", "8", "20"]
    assert len(given) == 3


def test_a_chunk_that_points_outside_costs_those_beside_it_nothing(tmp_path: Path) -> None:
    outside = bytearray(chunk_of(20, 21))
    struct.pack_into("<I", outside, RECORDS_START + 24 + 10, 0x7FFFFFFF)  # where its template stands
    path = tmp_path / "log.evtx"
    path.write_bytes(evtx_of(chunk_of(20, 1), checked(outside), chunk_of(20, 41), checked(outside), chunk_of(20, 61)))
    events, in_columns = both_ways(path)
    assert in_columns >= 60
    assert len(events) >= 60


@pytest.mark.parametrize("most", [1, 50, 70])
def test_a_page_that_is_full_in_the_midst_of_what_was_read_at_once_goes_on_with_the_rest(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_page, "WINDOW_EVENTS", most)
    cut = bytearray(chunk_of(20, 41))
    cut[600] ^= 1  # a checksum does not hold
    path = tmp_path / "log.evtx"
    sound = [chunk_of(20, first) for first in range(1, 400, 20)]
    path.write_bytes(evtx_of(*sound[:2], bytes(cut), *sound[3:]))
    blocks = [item for item in read_blocks(path) if isinstance(item, Block)]
    assert [block.count for block in blocks[:-1]] == [-(-most // 20) * 20] * (len(blocks) - 1)
    assert len(blocks) == -(-400 // blocks[0].count)
    events, in_columns = both_ways(path)
    assert [event.record_id for event in events] == [str(number) for number in range(1, 401)]
    assert in_columns >= 380


def test_a_page_makes_room_for_more_than_the_file_was_said_to_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.evtx"
    path.write_bytes(evtx_of(*(chunk_of(20, first) for first in range(1, 100, 20))))
    page_of = evtx_reader.page_of
    monkeypatch.setattr(evtx_reader, "page_of", lambda file, _: page_of(file, 1_000))
    monkeypatch.setattr(log_page, "_ROOM_BYTES", 4 * CHUNK_BYTES)
    events, in_columns = both_ways(path)
    assert len(events) == in_columns == 100


@pytest.mark.parametrize("kind", KINDS)
def test_values_of_each_kind_are_written_as_the_decoder_writes_them(
    kind: int, tmp_path: Path, asked: list[int]
) -> None:
    chance = random.Random(kind)
    rows = [[(kind, of_kind(kind, chance)), (TEXT, utf16(f"row {row}"))] for row in range(300)]
    events, _ = both_ways(log_of(tmp_path / "log.evtx", rows))
    assert len(events) == 300
    assert len({event.fields.get("F0") for event in events}) > 1
    list(read_blocks(tmp_path / "log.evtx"))
    assert sum(asked) < 700, "each is decoded once to be compared; few of them are to be decoded for reading"


def test_any_values_become_what_the_decoder_makes_of_them(tmp_path: Path) -> None:
    chance = random.Random(5)
    shapes = [chance.choices(KINDS, k=chance.randrange(1, 8)) for _ in range(12)]
    rows = []
    for _ in range(600):
        shape = chance.choice(shapes)
        rows.append([(0, b"") if chance.random() < 0.05 else (kind, of_kind(kind, chance)) for kind in shape])
    events, in_columns = both_ways(log_of(tmp_path / "log.evtx", rows))
    assert len(events) == 600
    assert in_columns > 500


ODD: dict[str, Given] = {
    "half a pair at the end": (TEXT, utf16("ab\ud83d")),
    "half a pair": (TEXT, utf16("a\ude00bcdefgh")),
    "two first halves": (TEXT, utf16("\ud83d\ud83d\ude00")),
    "a zero first": (TEXT, utf16("\x00abc")),
    "a zero inside": (TEXT, utf16("abcdef\x00ghijklmn")),
    "a zero behind": (TEXT, utf16("abc\x00")),
    "half a unit": (TEXT, utf16("ab") + b"c"),
    "a byte as a number of two": (of.UINT16, b"\x07"),
    "nothing as a number": (of.UINT32, b""),
    "no time": (of.TIME, b"\xff" * 8),
    "a time after the year 9999": (of.TIME, struct.pack("<Q", 2_660_000_000_000_000_000)),
    "a leap day": (of.TIME, struct.pack("<Q", 125_967_744_000_000_000 + 59 * 864_000_000_000)),
    "the last of a year": (of.TIME, struct.pack("<Q", 126_227_807_999_999_999)),
    "the first time": (of.TIME, bytes(8)),
    "a security identifier cut off": (of.SID, b"\x01\x05" + bytes(10)),
    "longer than it is": (of.SID, b"\x01\x0f" + bytes(6) + b"\x05\x00\x00\x00"),
    "of 0 parts": (of.SID, b"\x01\x00" + bytes(6)),
    "texts not closed": (TEXTS, utf16("ab\x00cd")),
    "no texts": (TEXTS, b""),
    "empty texts": (TEXTS, bytes(6)),
    "one empty text": (TEXTS, bytes(2)),
    "texts with an empty one": (TEXTS, utf16("a\x00\x00b\x00")),
    "texts with half a pair": (TEXTS, utf16("a\ud83d\x00b\x00")),
    "texts of one": (TEXTS, utf16("only\x00")),
    "text of bytes": (0x02, b"plain"),
    "a fraction": (0x0C, struct.pack("<d", 0.1)),
    "a time in parts": (0x12, struct.pack("<8H", 2026, 11, 4, 26, 1, 2, 3, 4)),
    "numbers": (0x88, struct.pack("<3I", 1, 2, 3)),
    "an unknown kind": (0x7E, b"abcd"),
    "a handle": (0x20, bytes(8)),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_value_among_others_of_its_kind_becomes_what_the_decoder_makes_of_it(odd: str, tmp_path: Path) -> None:
    kind = ODD[odd][0]
    chance = random.Random(3)
    usual = kind if kind in KINDS else TEXT
    rows = [[(usual, of_kind(usual, chance)), (of.UINT32, struct.pack("<I", row))] for row in range(30)]
    for place in (0, 7, 29):
        rows[place][0] = ODD[odd]
    both_ways(log_of(tmp_path / "log.evtx", rows))
    both_ways(log_of(tmp_path / "alone.evtx", [[ODD[odd], ODD[odd]]] * 3))


def test_a_field_that_a_value_names_is_left_to_the_decoder(tmp_path: Path, asked: list[int]) -> None:
    name = b"\x06" + struct.pack("<I", 0)

    def named(offset: int) -> bytes:
        """<EventData><Data Name="%0">%1</Data></EventData>."""

        def element(name: str, at: int, attributes: int) -> bytes:
            said = struct.pack("<IHH", 0, 0, len(name)) + utf16(name) + b"\x00\x00"
            more = b"\x00\x00\x00\x00" if attributes else b""
            return bytes([0x01 | attributes]) + b"\xff\xff" + struct.pack("<II", 0, at + 11) + said + more

        out = element("EventData", offset, 0) + b"\x02"
        out += element("Data", offset + len(out), 0x40)
        said = struct.pack("<IHH", 0, 0, 4) + utf16("Name") + b"\x00\x00"
        out += name[:1] + struct.pack("<I", offset + len(out) + 5) + said
        return out + _place(0, TEXT)(0) + b"\x02" + _place(1, TEXT)(0) + b"\x04\x04"

    rows = [[(TEXT, utf16(f"Field{row % 3}")), (TEXT, utf16(f"value {row}"))] for row in range(30)]
    events, _ = both_ways(log_of(tmp_path / "log.evtx", rows, named))
    assert [event.fields[f"Field{row % 3}"] for row, event in enumerate(events)] == [
        f"value {row}" for row in range(30)
    ]


def test_a_text_put_together_of_several_values_is_left_to_the_decoder(tmp_path: Path) -> None:
    def both(offset: int) -> bytes:
        inside: Callable[[int], bytes] = lambda _: _place(0, TEXT)(0) + _place(1, TEXT)(0)  # noqa: E731
        return tree("EventData", tree("Both", inside))(offset)

    rows = [[(TEXT, utf16("left ")), (TEXT, utf16(f"right {row}"))] for row in range(30)]
    events, _ = both_ways(log_of(tmp_path / "log.evtx", rows, both))
    assert [event.fields["Both"] for event in events] == [f"left right {row}" for row in range(30)]


def test_a_value_in_two_places_comes_out_in_both(tmp_path: Path) -> None:
    twice = tree("EventData", tree("One", value(0)), tree("Other", value(0)))
    rows = [[(TEXT, utf16(f"value {row}"))] for row in range(30)]
    events, in_columns = both_ways(log_of(tmp_path / "log.evtx", rows, twice))
    assert in_columns == 30
    assert all(event.fields["One"] == event.fields["Other"] == f"value {row}" for row, event in enumerate(events))


def test_booleans_are_told_apart(tmp_path: Path) -> None:
    chance = random.Random(8)
    rows = [[(of.BOOLEAN, struct.pack("<I", chance.randrange(2))) for _ in range(9)] for _ in range(60)]
    _, in_columns = both_ways(log_of(tmp_path / "log.evtx", rows))
    assert in_columns == 60


def test_without_room_for_more_shapes_records_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_shapes, "_SHAPES_AT_MOST", 4)
    rows: list[list[Given]] = [[(TEXT, b"x\x00")] * (1 + row % 5) for row in range(40)]
    both_ways(log_of(tmp_path / "log.evtx", rows))
    monkeypatch.setattr(log_shapes, "_SHAPES_AT_MOST", 4_096)
    monkeypatch.setattr(log_shapes, "_KEPT_BYTES", 600)
    both_ways(log_of(tmp_path / "log.evtx", rows))


def test_shapes_are_known_to_the_next_file_and_forgotten_when_there_is_hardly_room_for_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[int] = []
    ask = log_shapes._learned

    def learn(number: int, *given: Any) -> object:
        learned.append(number)
        return ask(number, *given)

    monkeypatch.setattr(log_shapes, "_learned", learn)
    path = log_of(tmp_path / "log.evtx", [[(TEXT, b"x\x00")]] * 5)
    for _ in range(3):
        list(read_blocks(path))
    assert len(learned) == 1
    monkeypatch.setattr(log_shapes, "_NEARLY_FULL", 0.0)
    for _ in range(3):
        list(read_blocks(path))
    assert len(learned) == 3


def test_noise_in_values_and_templates_is_read_as_the_slow_way_reads_it(tmp_path: Path) -> None:
    chance = random.Random(21)
    kinds = [TEXT, of.UINT32, of.TIME, of.SID, of.BOOLEAN, TEXTS, of.HEX64]
    rows = [[(kind, of_kind(kind, chance)) for kind in kinds] for _ in range(12)]
    (sound,) = chunks_of(rows)
    end = end_of_records(sound) or 0
    path = tmp_path / "log.evtx"
    columns = 0
    for _ in range(250):
        noisy = bytearray(sound)
        for _ in range(chance.choice([1, 1, 3])):
            noisy[chance.randrange(RECORDS_START, end)] = chance.randrange(256)
        path.write_bytes(evtx_of(checked(noisy), sound))
        columns += both_ways(path)[1]
    assert columns > 250 * 12


def test_noise_in_real_logs_is_read_as_the_slow_way_reads_it(real_evtx: list[Path], tmp_path: Path) -> None:
    """Sizes that are wrong let the decoder read beyond a record, where it must find what it finds otherwise."""
    chance = random.Random(16)
    path = tmp_path / "log.evtx"
    columns = 0
    for _ in range(200):
        noisy = bytearray(chance.choice(real_evtx).read_bytes()[FILE_HEADER_BYTES : FILE_HEADER_BYTES + CHUNK_BYTES])
        end = end_of_records(noisy) or CHUNK_BYTES
        for _ in range(chance.choice([1, 2, 5, 20])):
            noisy[chance.randrange(RECORDS_START, end)] = chance.randrange(256)
        path.write_bytes(evtx_of(checked(noisy)))
        columns += both_ways(path)[1]
    assert columns > 1_000


def test_real_logs_are_read_as_the_decoder_has_them(real_evtx: list[Path]) -> None:
    together = apart = 0
    for path in real_evtx[::3]:
        events, in_columns = both_ways(path)
        together += in_columns
        apart += len(events) - in_columns
    assert together > 20 * apart
