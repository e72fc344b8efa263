"""Records that explode when they are decoded."""

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from burgrave.engines.events import Event, Limits, Unreadable, chunks, read_events
from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.expansion import Expansion

Piece = Callable[[int], bytes]
HEADER = b"\x0f\x01\x01\x00"
TEXT, NESTED = 0x01, 0x21


def element(name: str, inside: bytes, *, in_template: bool = True) -> Piece:
    def at(offset: int) -> bytes:
        start = offset + (11 if in_template else 9)
        text = name.encode("utf-16-le")
        named = struct.pack("<IHH", 0, 0, len(name)) + text + b"\x00\x00"
        dependency = b"\xff\xff" if in_template else b""
        body = b"\x02" + inside + b"\x04"
        return b"\x01" + dependency + struct.pack("<II", len(named) + 4 + len(body), start) + named + body

    return at


def instance(body: Piece, values: list[tuple[int, Piece]]) -> Piece:
    """A template that stands where it is used, and its values."""

    def at(offset: int) -> bytes:
        template = HEADER + body(offset + 34 + 4) + b"\x00"
        out = b"\x0c\x01" + struct.pack("<II", 1, offset + 10) + struct.pack("<I16sI", 0, b"", len(template)) + template
        position = offset + len(out) + 4 + 4 * len(values)
        described, content = b"", b""
        for kind, value in values:
            piece = value(position + len(content))
            described += struct.pack("<HBB", len(piece), kind, 0)
            content += piece
        return out + struct.pack("<I", len(values)) + described + content

    return at


def fragment(piece: Piece) -> Piece:
    return lambda offset: HEADER + piece(offset + 4) + b"\x00"


def text(characters: int) -> Piece:
    return lambda _: "x".encode("utf-16-le") * characters


def bomb(levels: int, uses: int) -> Piece:
    """``levels`` templates inside one another, each of which uses its one value ``uses`` times."""
    kind, value = (TEXT, text(100)) if levels == 1 else (NESTED, bomb(levels - 1, uses))
    places = struct.pack("<BHB", 0x0D, 0, kind) * uses
    return fragment(instance(element("a", places), [(kind, value)]))


def chunk_with(piece: Piece) -> bytes:
    body = piece(chunks.RECORDS_START + 24)
    size = 24 + len(body) + 4
    record = struct.pack("<4sIQQ", b"**\x00\x00", size, 1, 0) + body + struct.pack("<I", size)
    bare = bytes(chunks.RECORDS_START) + record
    return chunks.rebuilt(bare.ljust(chunks.CHUNK_BYTES, b"\x00"), [chunks.Slot(chunks.RECORDS_START, size, 1)])


def count(piece: Piece, depth: int = 32) -> int:
    chunk = chunk_with(piece)
    (slot,) = chunks.walk(chunk, chunks.end_of_records(chunk))
    return Expansion(chunk, depth=depth).of_record(slot.offset, slot.size)


def read(path: Path, chunk: bytes, limits: Limits = Limits()) -> list[Event | Unreadable]:  # noqa: B008 - frozen
    path.write_bytes(chunks.file_header(1) + chunk)
    return [
        item for item in read_events(path, limits=limits) if isinstance(item, Event) or "checksum" not in item.reason
    ]


@pytest.mark.parametrize("levels", [4, 5, 6])
def test_a_record_that_decodes_to_gigabytes_is_refused_by_name(tmp_path: Path, levels: int) -> None:
    chunk = chunk_with(bomb(levels, 60))
    (refused,) = read(tmp_path / "log", chunk)
    assert isinstance(refused, Unreadable)
    assert refused.position == "chunk 0, record 1"
    assert "bytes when decoded; at most 8,388,608 are read" in refused.reason


def test_templates_without_end_are_refused_by_name(tmp_path: Path) -> None:
    (refused,) = read(tmp_path / "log", chunk_with(bomb(12, 1)))
    assert isinstance(refused, Unreadable)
    assert "templates are nested deeper than 8" in refused.reason


def test_the_count_is_never_below_what_the_record_becomes(tmp_path: Path) -> None:
    for levels, uses in ((1, 1), (1, 50), (2, 10), (3, 9)):
        (item,) = read(tmp_path / "log", chunk_with(bomb(levels, uses)))
        # These are no Windows events, so they are refused for their shape after decoding, which must be allowed.
        assert isinstance(item, Event) or "when decoded" not in item.reason
        assert count(bomb(levels, uses)) >= 100 * uses**levels


def test_elements_without_end_are_refused() -> None:
    def nested(levels: int) -> Piece:
        def at(offset: int) -> bytes:
            out = b""
            for _ in range(levels):
                out += b"\x01" + struct.pack("<II", 0, offset + len(out) + 9)
                out += struct.pack("<IHH", 0, 0, 1) + b"a\x00\x00\x00\x02"
            return out + b"\x04" * levels

        return at

    assert count(fragment(nested(32))) > 0
    with pytest.raises(RecordRefused, match="nested deeper than 32"):
        count(fragment(nested(33)))


@pytest.mark.parametrize(
    ("piece", "sentence"),
    [
        (lambda _: b"\x3f", "unknown token 0x3f"),
        (lambda _: b"\x05\x02\x00\x00", "a value of kind 0x02 where a text is expected"),
        (lambda _: b"\x0c\x01" + b"\x00" * 4 + b"\xff" * 4, "points outside of its chunk"),
        (lambda _: b"\x06\xff\xff\x00\x00", "points outside of its chunk"),
    ],
    ids=["token", "value", "template", "name"],
)
def test_binary_xml_that_cannot_be_followed_is_refused(piece: Piece, sentence: str) -> None:
    with pytest.raises(RecordRefused, match=sentence):
        count(fragment(piece))


def test_more_values_than_a_chunk_can_hold_are_refused() -> None:
    def at(offset: int) -> bytes:
        good = instance(element("a", b""), [])(offset)
        return good[:-4] + struct.pack("<I", 60_000)

    with pytest.raises(RecordRefused, match="60,000 values, more than its chunk can hold"):
        count(fragment(at))


def test_every_kind_of_token_is_counted() -> None:
    def at(offset: int) -> bytes:
        out = element("a", b"", in_template=False)(offset)[:-2]
        out = out.replace(b"\x01", b"\x41", 1)
        out = out[:-1] + struct.pack("<I", 0) if out.endswith(b"\x02") else out + struct.pack("<I", 0)
        name = struct.pack("<I", offset + 9)
        out += b"\x06" + name + b"\x05\x01\x02\x00x\x00y\x00" + b"\x09" + name + b"\x08\x41\x00"
        return out + b"\x02" + b"\x07\x01\x00x\x00" + b"\x0a" + name + b"\x0b\x01\x00x\x00" + b"\x03"

    assert count(fragment(at)) > 6 * (2 + 1 + 1)


def test_a_chunk_that_costs_too_much_to_look_at_is_refused() -> None:
    """Many templates that lie on top of one another are many times the work that the chunk's size suggests."""
    chunk = bytearray(chunks.CHUNK_BYTES)
    chunk[4096:] = b"\x02" * (chunks.CHUNK_BYTES - 4096)
    out = HEADER
    for step in range(20):
        out += b"\x0c\x01" + struct.pack("<III", 0, 4096 + step, 0)
    record = (
        struct.pack("<4sIQQ", b"**\x00\x00", len(out) + 29, 1, 0) + out + b"\x00" + struct.pack("<I", len(out) + 29)
    )
    chunk[512 : 512 + len(record)] = record
    with pytest.raises(RecordRefused, match="more binary XML than its size can carry"):
        Expansion(bytes(chunk), depth=32).of_record(512, len(record))


def test_a_chunk_is_decoded_in_groups_that_stay_small(
    tmp_path: Path, tiny_evtx: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burgrave.engines.events.evtx_reader.GROUP_TEXT_BYTES", 1)
    path = tmp_path / "log"
    path.write_bytes(tiny_evtx)
    chunk = tiny_evtx[chunks.FILE_HEADER_BYTES :][: chunks.CHUNK_BYTES]
    counter = Expansion(chunk, depth=32)
    largest = max(counter.of_record(part.offset, part.size) for part in chunks.walk(chunk, None))
    items = list(read_events(path, limits=Limits(record_text_bytes=largest)))
    assert [item.record_id for item in items if isinstance(item, Event)] == ["1", "2", "3", "4", "5", "6"]


def test_noise_is_counted_or_refused_and_nothing_else() -> None:
    chance = random.Random(7)
    good = bytearray(chunk_with(bomb(3, 5)))
    (slot,) = chunks.walk(bytes(good), chunks.end_of_records(bytes(good)))
    for _ in range(500):
        noisy = bytearray(good)
        for _ in range(chance.choice([1, 4, 40])):
            noisy[chance.randrange(slot.offset + 24, slot.offset + slot.size)] = chance.randrange(256)
        try:
            counted = Expansion(bytes(noisy), depth=32).of_record(slot.offset, slot.size)
        except RecordRefused:
            continue
        assert counted >= 0


def test_real_records_are_admitted(real_evtx: list[Path]) -> None:
    largest = 0
    for path in real_evtx[::10]:
        data = path.read_bytes()[chunks.FILE_HEADER_BYTES :]
        for start in range(0, len(data), chunks.CHUNK_BYTES):
            chunk = data[start : start + chunks.CHUNK_BYTES]
            if chunk.startswith(chunks.CHUNK_MAGIC):
                counter = Expansion(chunk, depth=32)
                for part in chunks.walk(chunk, chunks.end_of_records(chunk)):
                    largest = max(largest, counter.of_record(part.offset, part.size))
    assert 10_000 < largest < 1_000_000
