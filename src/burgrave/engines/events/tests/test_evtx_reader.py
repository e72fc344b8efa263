"""Windows event logs, whole and damaged."""

import gzip
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.engines.events import Event, EventFileError, Limits, Unreadable, chunks, read_events

HEADER, CHUNK = chunks.FILE_HEADER_BYTES, chunks.CHUNK_BYTES


def read(path: Path, data: bytes, **limits: int) -> tuple[list[Event], list[Unreadable]]:
    path.write_bytes(data)
    items = list(read_events(path, limits=Limits(**limits)))
    return [i for i in items if isinstance(i, Event)], [i for i in items if isinstance(i, Unreadable)]


def numbers(events: list[Event]) -> list[str]:
    return [event.record_id for event in events]


def offsets(data: bytes, chunk: int) -> list[int]:
    """Where the records of a chunk begin in the file."""
    start = HEADER + chunk * CHUNK
    body = data[start : start + CHUNK]
    return [start + p.offset for p in chunks.walk(body, chunks.end_of_records(body)) if isinstance(p, chunks.Slot)]


def evtx_file(chunk: bytes) -> bytes:
    return chunks.file_header(1) + chunk


def test_every_record_of_a_sound_log_is_read_in_order(tmp_path: Path, tiny_evtx: bytes) -> None:
    events, bad = read(tmp_path / "log", tiny_evtx)
    assert numbers(events) == ["1", "2", "3", "4", "5", "6"]
    assert not bad
    assert events[0].fields["NewProcessName"] == "C:\\p0.exe"
    assert (events[0].channel, events[0].event_id, events[0].computer) == ("Security", "4688", "PC-1")


def test_one_broken_record_costs_one_record(tmp_path: Path, tiny_evtx: bytes) -> None:
    data = bytearray(tiny_evtx)
    at = offsets(tiny_evtx, 0)[1]
    data[at + 24 : at + 60] = b"\xff" * 36
    events, bad = read(tmp_path / "log", bytes(data))
    assert numbers(events) == ["1", "3", "4", "5", "6"]
    checksum, broken = bad
    assert "checksum of the chunk's records does not hold" in checksum.reason
    assert broken.position == "chunk 0, record 2"
    assert broken.reason == "its binary XML holds the unknown token 0xff"
    assert broken.excerpt.startswith(b"**\x00\x00")
    assert len(broken.excerpt) <= 200


@pytest.mark.parametrize(
    ("offset", "patch", "sentence"),
    [
        (0, b"XXXX", "should begin with 2a2a0000, got 58585858"),
        (4, struct.pack("<I", 0), "says it has 0 bytes"),
        (4, struct.pack("<I", 0xFFFFFF), "it is cut off"),
        (4, struct.pack("<I", 64), "says it has 64 bytes at its start"),
    ],
    ids=["magic", "no size", "huge size", "two sizes"],
)
def test_a_broken_record_header_does_not_hide_the_records_behind_it(
    tmp_path: Path, tiny_evtx: bytes, offset: int, patch: bytes, sentence: str
) -> None:
    data = bytearray(tiny_evtx)
    at = offsets(tiny_evtx, 0)[1] + offset
    data[at : at + len(patch)] = patch
    events, bad = read(tmp_path / "log", bytes(data))
    assert numbers(events) == ["1", "3", "4", "5", "6"]
    assert any(sentence in each.reason for each in bad), bad
    assert any(each.position.startswith("chunk 0, bytes ") for each in bad)


def test_the_first_record_may_be_the_broken_one(tmp_path: Path, tiny_evtx: bytes) -> None:
    data = bytearray(tiny_evtx)
    data[HEADER + 512 : HEADER + 516] = b"\x00" * 4
    events, bad = read(tmp_path / "log", bytes(data))
    assert numbers(events) == ["2", "3", "4", "5", "6"]
    assert len(bad) == 2


def test_the_last_record_may_be_the_broken_one(tmp_path: Path, tiny_evtx: bytes) -> None:
    data = bytearray(tiny_evtx)
    at = offsets(tiny_evtx, 1)[2]
    data[at : at + 4] = b"\x00" * 4
    events, _ = read(tmp_path / "log", bytes(data))
    assert numbers(events) == ["1", "2", "3", "4", "5"]


def test_gaps_are_made_large_enough_to_step_over(make_chunk: Callable[..., bytes]) -> None:
    chunk = make_chunk([{"A": "x"}] * 3)
    one, two, _ = (part for part in chunks.walk(chunk, chunks.end_of_records(chunk)) if isinstance(part, chunks.Slot))
    small, large = chunks.Gap(one.offset + one.size, 8, "small"), chunks.Gap(one.offset + one.size, 80, "large")
    assert chunks.steppable([one, small, two]) == [chunks.Slot(one.offset, one.size + 8, one.number), two]
    assert chunks.steppable([one, large, small, two]) == [one, chunks.Gap(large.offset, 88, "large"), two]
    assert chunks.steppable([small, one, two]) == [chunks.Gap(small.offset, one.size + 8, "small"), two]
    assert chunks.steppable([small]) == []
    assert chunks.steppable([one, small]) == [chunks.Slot(one.offset, one.size + 8, one.number)]


def test_a_record_behind_a_tiny_gap_is_read(tmp_path: Path, make_chunk: Callable[..., bytes]) -> None:
    chunk = bytearray(make_chunk([{"A": "x"}, {"B": "y"}]))
    one, two = (part for part in chunks.walk(bytes(chunk), None) if isinstance(part, chunks.Slot))
    shorter = one.size - 8  # the last 8 bytes of the record become a gap: its end token and its size move forward
    chunk[one.offset + shorter - 4 : one.offset + one.size] = struct.pack("<I", shorter) + bytes(8)
    chunk[one.offset + 4 : one.offset + 8] = struct.pack("<I", shorter)
    chunk[48:52] = struct.pack("<I", two.offset + two.size)
    data = evtx_file(bytes(chunk))
    events, bad = read(tmp_path / "log", data)
    assert "2" in numbers(events)
    assert any("too few" in each.reason or "should begin with" in each.reason for each in bad)


def test_a_record_too_close_behind_damage_is_named(tmp_path: Path, make_chunk: Callable[..., bytes]) -> None:
    chunk = bytearray(make_chunk([{"A": "x"}, {"B": "y"}]))
    start = chunks.RECORDS_START
    body = bytes(chunk[start : chunks.CHUNK_BYTES - 8])
    chunk[start:] = bytes(8) + body
    chunk[48:52] = struct.pack("<I", struct.unpack_from("<I", chunk, 48)[0] + 8)
    _, bad = read(tmp_path / "log", evtx_file(bytes(chunk)))
    assert "chunk 0, record 1" in [each.position for each in bad if "too close behind" in each.reason]


def test_a_record_with_a_forged_number_does_not_end_the_reading(tmp_path: Path, tiny_evtx: bytes) -> None:
    data = bytearray(tiny_evtx)
    struct.pack_into("<Q", data, offsets(tiny_evtx, 0)[0] + 8, 2**63)
    events, _ = read(tmp_path / "log", bytes(data))
    assert numbers(events) == ["1", "2", "3", "4", "5", "6"]


def test_a_decoder_that_stops_early_costs_named_records(
    tmp_path: Path, tiny_evtx: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent:
        def __init__(self, *_: object) -> None: ...

        def records_json(self) -> Iterator[object]:
            return iter(())

    monkeypatch.setattr("burgrave.engines.events.evtx_reader.PyEvtxParser", Silent)
    events, bad = read(tmp_path / "log", tiny_evtx)
    assert not events
    assert [each.reason for each in bad] == ["the decoder stopped before this record"] * 6


def test_bytes_too_few_for_a_record_are_named(tmp_path: Path, make_chunk: Callable[..., bytes]) -> None:
    chunk = bytearray(make_chunk([{"A": "x"}]))
    chunk[48:52] = struct.pack("<I", struct.unpack_from("<I", chunk, 48)[0] + 8)
    events, bad = read(tmp_path / "log", evtx_file(bytes(chunk)))
    assert numbers(events) == ["1"]
    assert "8 bytes are too few for a record" in [each.reason for each in bad]


def test_a_wiped_chunk_header_is_named_and_its_records_are_read(tmp_path: Path, tiny_evtx: bytes) -> None:
    data = bytearray(tiny_evtx)
    data[HEADER : HEADER + 512] = bytes(512)
    events, bad = read(tmp_path / "log", bytes(data))
    assert numbers(events) == ["1", "2", "3", "4", "5", "6"]
    assert [each.position for each in bad] == ["chunk 0, header"]


def test_a_chunk_of_noise_costs_one_chunk(tmp_path: Path, tiny_evtx: bytes) -> None:
    data = tiny_evtx[:HEADER] + b"\xa5" * CHUNK + tiny_evtx[HEADER + CHUNK :]
    events, bad = read(tmp_path / "log", data)
    assert numbers(events) == ["4", "5", "6"]
    assert bad[0].position == "chunk 0, header"


def test_an_empty_chunk_says_nothing(tmp_path: Path, tiny_evtx: bytes) -> None:
    events, bad = read(tmp_path / "log", tiny_evtx + bytes(CHUNK))
    assert len(events) == 6
    assert not bad


def test_a_cut_off_file_gives_its_whole_records_and_names_the_cut(tmp_path: Path, tiny_evtx: bytes) -> None:
    events, bad = read(tmp_path / "log", tiny_evtx[: offsets(tiny_evtx, 1)[2] + 40])
    assert numbers(events) == ["1", "2", "3", "4", "5"]
    assert bad[0].position == "chunk 1"
    assert "cut off after" in bad[0].reason
    assert "it is cut off" in bad[1].reason or "says it has" in bad[1].reason


def test_missing_chunks_are_named(tmp_path: Path, tiny_evtx: bytes) -> None:
    events, bad = read(tmp_path / "log", tiny_evtx[: HEADER + CHUNK])
    assert len(events) == 3
    assert bad[0].position == "chunks 1 to 1"
    assert "announces 2 chunks, the file ends after 1" in bad[0].reason


def test_a_file_header_alone_is_named(tmp_path: Path, tiny_evtx: bytes) -> None:
    events, bad = read(tmp_path / "log", tiny_evtx[:100])
    assert not events
    assert "cut off after 100 of 4,096 bytes" in bad[0].reason


def test_a_wiped_file_header_does_not_hide_the_chunks(tmp_path: Path, tiny_evtx: bytes) -> None:
    events, bad = read(tmp_path / "log", bytes(HEADER) + tiny_evtx[HEADER:])
    assert len(events) == 6
    assert [each.position for each in bad] == ["file header"]


def test_a_changed_record_is_betrayed_by_the_checksum(tmp_path: Path, tiny_evtx: bytes) -> None:
    data = tiny_evtx.replace("p0.exe".encode("utf-16-le"), "q0.exe".encode("utf-16-le"), 1)
    events, bad = read(tmp_path / "log", data)
    assert len(events) == 6
    assert ["they were changed after Windows wrote them" in each.reason for each in bad] == [True]


def test_a_log_still_being_written_is_not_suspected(tmp_path: Path, tiny_evtx: bytes) -> None:
    data = bytearray(tiny_evtx.replace("p0.exe".encode("utf-16-le"), "q0.exe".encode("utf-16-le"), 1))
    data[120] = chunks.DIRTY
    events, bad = read(tmp_path / "log", bytes(data))
    assert len(events) == 6
    assert not bad


def test_a_changed_chunk_header_is_named(tmp_path: Path, tiny_evtx: bytes) -> None:
    data = bytearray(tiny_evtx)
    data[HEADER + 48 : HEADER + 52] = b"\xff" * 4
    events, bad = read(tmp_path / "log", bytes(data))
    assert len(events) == 6
    assert "checksum of the chunk's header" in bad[0].reason


def test_a_record_beyond_the_limits_is_refused_by_name(tmp_path: Path, tiny_evtx: bytes) -> None:
    events, bad = read(tmp_path / "log", tiny_evtx, fields=1)
    assert not events
    assert "more than 1 fields" in bad[0].reason
    _, bad = read(tmp_path / "log", tiny_evtx, record_text_bytes=10)
    assert "bytes when decoded; at most 10 are read" in bad[0].reason


def test_a_log_inside_gzip_is_read(tmp_path: Path, tiny_evtx: bytes) -> None:
    events, bad = read(tmp_path / "log.evtx.gz", gzip.compress(tiny_evtx))
    assert len(events) == 6
    assert not bad


def test_the_progress_ends_at_the_size_of_the_file(tmp_path: Path, tiny_evtx: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(tiny_evtx)
    steps: list[tuple[int, int]] = []
    list(read_events(path, on_progress=lambda done, total: steps.append((done, total))))
    assert steps[-1] == (len(tiny_evtx), len(tiny_evtx))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_bytes_raise_nothing_but_named_errors(tmp_path: Path, tiny_evtx: bytes, data: st.DataObject) -> None:
    mutated = bytearray(tiny_evtx)
    places = [*range(128), *range(HEADER, HEADER + 2000), *range(HEADER + CHUNK, HEADER + CHUNK + 2000)]
    for place, byte in data.draw(st.lists(st.tuples(st.sampled_from(places), st.integers(0, 255)), max_size=30)):
        mutated[place] = byte
    cut = data.draw(st.sampled_from([len(mutated), HEADER + 900, HEADER + CHUNK, 130, HEADER + CHUNK + 700]))
    path = tmp_path / "log"
    path.write_bytes(bytes(mutated[:cut]))
    items: list[Event | Unreadable] = []
    with suppress(EventFileError):
        items.extend(read_events(path))
    assert all(isinstance(item, Event) or (item.reason and item.position) for item in items)


def test_real_logs_lose_no_record(real_evtx: list[Path]) -> None:
    items = [item for path in real_evtx for item in read_events(path)]
    assert [item for item in items if isinstance(item, Unreadable)] == []
    assert len(items) >= 8_000
    assert all(item.at is not None and item.event_id for item in items if isinstance(item, Event))


def test_real_logs_with_noise_in_them_raise_nothing_but_named_errors(tmp_path: Path, real_evtx: list[Path]) -> None:
    for step, source in enumerate(real_evtx[::23]):
        mutated = bytearray(source.read_bytes())
        for place in range(4096 + step, min(len(mutated), 4096 + CHUNK), 997):
            mutated[place] ^= 0x5A
        events, bad = read(tmp_path / "log", bytes(mutated))
        assert bad
        assert len(events) + len(bad) > 1
