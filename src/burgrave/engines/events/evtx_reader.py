"""Windows event logs (.evtx): each failure costs one record.

Chunks in which everything is as it should be are decoded together; the records of others one by one.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import orjson
from evtx import PyEvtxParser

from burgrave.engines.events import chunks
from burgrave.engines.events.blocks import Block
from burgrave.engines.events.chunks import (
    CHUNK_BYTES,
    CHUNKS_TOGETHER,
    FILE_HEADER_BYTES,
    RECORDS_START,
    FileHeader,
    Gap,
    Slot,
)
from burgrave.engines.events.cutting import worth_loading
from burgrave.engines.events.errors import EventFileError, RecordRefused
from burgrave.engines.events.expansion import Expansion
from burgrave.engines.events.flatten import count_keys
from burgrave.engines.events.lines import PADDING
from burgrave.engines.events.log_page import GROUP_TEXT_BYTES, LogPage, Reading, Sound
from burgrave.engines.events.opening import Stream
from burgrave.engines.events.portions import Portion
from burgrave.engines.events.shapes import Origin, event_of
from burgrave.engines.events.terms import EXCERPT_BYTES, Event, Limits, Unreadable

_FILE_HEADER: Final = chunks.file_header(1)
_REASON_CHARACTERS: Final = 300
_CHUNK_COUNT_WRAPS: Final = 65536


def read_evtx(stream: Stream, limits: Limits) -> Iterator[Event | Unreadable]:
    """Yield every record in the order of the file. Raises EventFileError when the stream itself fails."""
    yield from _read(stream, _File(stream.name, limits))  # type: ignore[misc]  # no blocks without a page


def gather_evtx(
    stream: Stream, limits: Limits, *, portion: Portion | None = None, header: bytes = b""
) -> Iterator[Block | Unreadable]:
    """The same events as ``read_evtx`` gives, in blocks; what could not be read comes before its block.

    Of a portion behind the start of a file ``header`` is the file's.
    """
    file = _File(stream.name, limits)
    page = file.page = page_of(file, stream.total)
    try:
        if portion is None or portion.first == 0:
            yield from _read(stream, file, is_last=portion is None or portion.is_last)  # type: ignore[misc]  # no events beside the page
        else:
            whole = len(header) == FILE_HEADER_BYTES and header.startswith(chunks.FILE_MAGIC)
            parsed = chunks.parse_file_header(header) if whole else None
            yield from _read_chunks(stream, file, parsed, first=portion.first, is_last=portion.is_last)  # type: ignore[misc]
    except EventFileError:
        yield from page.block()  # what stands before the failure was read
        raise
    yield from page.block()


@dataclass(slots=True)
class _File:
    """What all chunks of a file have in common; if there is a page, records go there."""

    name: str
    limits: Limits
    page: LogPage | None = None

    def event(self, text: str, number: str) -> Event | str:
        """Make the event of a decoded record, or say why there is none."""
        try:
            record = orjson.loads(text)
            count_keys(record, self.limits)
            return event_of(record, Origin(self.name, number, text, self.limits))
        except orjson.JSONDecodeError as failure:
            return f"it decodes to text that is no JSON: {failure}"
        except RecordRefused as refusal:
            return str(refusal)

    def again(self, number: int, text: bytes | str) -> Event | Unreadable:
        """The event of a record that was taken with others."""
        found = self.event(str(text), str(number))
        if isinstance(found, Event):
            return found
        return Unreadable(self.name, f"record {number}", found, str(text).encode()[:EXCERPT_BYTES])


def _read(stream: Stream, file: _File, *, is_last: bool = True) -> Iterator[Event | Block | Unreadable]:
    block = stream.read(FILE_HEADER_BYTES)
    if not block.startswith(chunks.FILE_MAGIC):
        yield Unreadable(
            stream.name,
            "file header",
            f"it should begin with {chunks.FILE_MAGIC.hex()}, got {block[:8].hex()}; the chunks behind it were read",
            block[:EXCERPT_BYTES],
        )
        header = None
    elif len(block) < FILE_HEADER_BYTES:
        yield Unreadable(
            stream.name,
            "file header",
            f"cut off after {len(block):,} of {FILE_HEADER_BYTES:,} bytes",
            block[:EXCERPT_BYTES],
        )
        return
    else:
        header = chunks.parse_file_header(block)
    yield from _read_chunks(stream, file, header, first=0, is_last=is_last)


def _read_chunks(
    stream: Stream, file: _File, header: FileHeader | None, *, first: int, is_last: bool
) -> Iterator[Event | Block | Unreadable]:
    index = first
    dirty = header is not None and header.dirty
    page = file.page
    while len(block := stream.read(CHUNKS_TOGETHER * CHUNK_BYTES, padding=PADDING)) > PADDING:
        size = len(block) - PADDING
        looks = page is not None and worth_loading(size)
        sounds: Iterator[Sound | None] | None = None
        for at in range(0, size, CHUNK_BYTES):
            if looks and sounds is None:
                sounds = iter(page.survey(block, at, index, dirty=dirty))  # type: ignore[union-attr]  # there is a page
            sound = None if sounds is None else next(sounds, None)
            if sound is None:
                yield from _read_chunk(block[at : min(at + CHUNK_BYTES, size)], index, file, dirty=dirty)
            else:
                page.take(sound)  # type: ignore[union-attr]  # there is a page
            index += 1
            if page is not None and page.full:
                yield from page.block()
                sounds = None  # they were surveyed for the page before
    if is_last and header is not None and header.sound and index < header.chunks and index < _CHUNK_COUNT_WRAPS:
        yield Unreadable(
            stream.name,
            f"chunks {index} to {header.chunks - 1}",
            f"the file header announces {header.chunks} chunks, the file ends after {index}: it is cut off",
        )


def page_of(file: _File, size_bytes: int = 0) -> LogPage:
    reading = Reading(file.limits, file.event, file.again, partial(_singly, file), partial(_refused, file))
    return LogPage(reading, size_bytes)


def _singly(file: _File, chunk: bytes, place: str, parts: list[Slot | Gap]) -> Iterator[Unreadable]:
    """Read some of the records of a chunk, each of which fails by itself."""
    yield from _Records(chunk, place, file).decode(parts)  # type: ignore[misc]  # events go to the page


def _refused(file: _File, chunk: bytes, place: str, slot: Slot, reason: str) -> Unreadable:
    return _Records(chunk, place, file).unreadable(slot, reason)


def _read_chunk(chunk: bytes, index: int, file: _File, *, dirty: bool) -> Iterator[Event | Unreadable]:
    name = file.name
    place = f"chunk {index}"
    whole = len(chunk) == CHUNK_BYTES
    if chunk == bytes(len(chunk)):
        return
    if not whole:
        reason = f"cut off after {len(chunk):,} of {CHUNK_BYTES:,} bytes; its whole records were read"
        yield Unreadable(name, place, reason, chunk[:EXCERPT_BYTES])
        chunk = chunk.ljust(CHUNK_BYTES, b"\x00")
    end = chunks.end_of_records(chunk)
    if chunk[:8] != chunks.CHUNK_MAGIC:
        reason = f"it should begin with {chunks.CHUNK_MAGIC.hex()}, got {chunk[:8].hex()}; its records were read"
        yield Unreadable(name, f"{place}, header", reason, chunk[:EXCERPT_BYTES])
    elif whole and not dirty:
        for fault in chunks.checksum_faults(chunk):
            yield Unreadable(name, place, f"{fault}; what could be decoded was read", chunk[:EXCERPT_BYTES])
    yield from _Records(chunk, place, file).read(list(chunks.walk(chunk, end if whole else None)))


class _Records:
    """Reads the records of one chunk."""

    def __init__(self, chunk: bytes, place: str, file: _File) -> None:
        self._chunk = chunk
        self._place = place
        self._file = file
        self._limits = file.limits
        self._texts: dict[int, int] = {}  # offset of a record -> most bytes of text that it can become

    def read(self, parts: list[Slot | Gap]) -> Iterator[Event | Unreadable]:
        admitted: list[Slot | Gap] = []
        expansion = Expansion(self._chunk, depth=self._limits.depth)
        for part in parts:
            refusal = part.reason if isinstance(part, Gap) else self._refusal(part, expansion)
            if refusal is None:
                admitted.append(part)
            else:
                yield self.unreadable(part, refusal)
                admitted.append(Gap(part.offset, part.size, refusal))
        run = chunks.steppable(admitted)
        reached = {part.offset for part in run}
        for part in admitted:
            if isinstance(part, Slot) and part.offset not in reached:
                yield self.unreadable(part, "it stands too close behind a damaged place to be decoded")
        for group in self._groups(run):
            yield from self.decode(group)

    def _refusal(self, slot: Slot, expansion: Expansion) -> str | None:
        """Say why the decoder may not be given this record, or None when it may."""
        try:
            text_bytes = expansion.of_record(slot.offset, slot.size)
        except RecordRefused as refusal:
            return str(refusal)
        self._texts[slot.offset] = text_bytes
        if text_bytes > self._limits.record_text_bytes:
            return (
                f"it may become {text_bytes:,} bytes when decoded; at most {self._limits.record_text_bytes:,} are read"
            )
        return None

    def _groups(self, run: list[Slot | Gap]) -> Iterator[list[Slot | Gap]]:
        """Cut the run so that the texts of a group, which the decoder holds all at once, stay within bounds."""
        group: list[Slot | Gap] = []
        text_bytes = 0
        for part in run:
            more = self._texts[part.offset] if isinstance(part, Slot) else 0
            if group and text_bytes + more > max(GROUP_TEXT_BYTES, self._limits.record_text_bytes):
                yield group
                group, text_bytes = [Gap(RECORDS_START, part.offset - RECORDS_START, "decoded before")], 0
            group.append(part)
            text_bytes += more
        if group:
            yield group

    def decode(self, run: list[Slot | Gap]) -> Iterator[Event | Unreadable]:
        """Decode the records of a run; the decoder gives one item, or one error, for each part of it."""
        decoder = PyEvtxParser(io.BytesIO(_FILE_HEADER + chunks.rebuilt(self._chunk, run)), 1).records_json()
        for part in run:
            try:
                item = next(decoder, None)
            except RuntimeError as failure:
                item = f"its binary XML cannot be decoded: {failure}"[:_REASON_CHARACTERS]
            if isinstance(part, Slot):
                outcome = item if isinstance(item, str) else self._event(item, part)
                if outcome is not None:
                    yield self.unreadable(part, outcome) if isinstance(outcome, str) else outcome

    def _event(self, item: object, part: Slot) -> Event | str | None:
        """Make the event of a decoded record, or say why there is none; None for one that goes to the page."""
        if not isinstance(item, dict):
            return "the decoder stopped before this record"
        text = str(item["data"])
        if self._file.page is None:
            return self._file.event(text, str(part.number))
        self._file.page.add(text, part.number, partial(self.unreadable, part))
        return None

    def unreadable(self, part: Slot | Gap, reason: str) -> Unreadable:
        last = part.offset + part.size - 1
        what = f"record {part.number}" if isinstance(part, Slot) else f"bytes {part.offset} to {last}"
        excerpt = self._chunk[part.offset : part.offset + min(part.size, EXCERPT_BYTES)]
        return Unreadable(self._file.name, f"{self._place}, {what}", reason, excerpt)
