"""Windows event logs (.evtx): each failure costs one record.

Chunks in which everything is as it should be are decoded together; the records of others one by one.
"""

import io
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any, Final

import numpy as np
import orjson
from evtx import PyEvtxParser

from burgrave.engines.events import chunks
from burgrave.engines.events.blocks import Block, Gatherer, Structures
from burgrave.engines.events.chunks import CHUNK_BYTES, FILE_HEADER_BYTES, RECORDS_START, FileHeader, Gap, Slot
from burgrave.engines.events.cutting import cut_page, kernels, worth_loading
from burgrave.engines.events.errors import EventFileError, RecordRefused
from burgrave.engines.events.expansion import Expansion
from burgrave.engines.events.flatten import count_keys
from burgrave.engines.events.lines import sheet_of
from burgrave.engines.events.opening import Stream
from burgrave.engines.events.portions import Portion
from burgrave.engines.events.shapes import Origin, event_of
from burgrave.engines.events.skeletons import Structure
from burgrave.engines.events.terms import EXCERPT_BYTES, JSON, MEBIBYTE, Event, Limits, Unreadable
from burgrave.engines.events.tokens import RECORD_AT, RECORD_NUMBER, RECORD_TEXT_BYTES

_FILE_HEADER: Final = chunks.file_header(1)
_ENCODED_TOGETHER: Final = 256  # records
_REASON_CHARACTERS: Final = 300
GROUP_TEXT_BYTES: Final = 32 * MEBIBYTE
PAGE_CHARACTERS: Final = 32 * MEBIBYTE
CHUNKS_TOGETHER: Final = 16
"""So many chunks are read at once, and given to the decoder, if they are sound."""

_RECORDS_AT_MOST: Final = (CHUNK_BYTES - RECORDS_START) // chunks.SMALLEST_RECORD
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
    page = _Page(_File(stream.name, limits))
    file = _File(stream.name, limits, page)
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


@dataclass(frozen=True, slots=True)
class _File:
    """What all chunks of a file have in common; if there is a page, records go there."""

    name: str
    limits: Limits
    page: "_Page | None" = None

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


@dataclass(frozen=True, slots=True)
class _Sound:
    """A chunk of a block of them in which everything is as it should be; of its ``records`` see `survey`."""

    block: bytes
    at: int
    place: str
    records: Any

    @property
    def chunk(self) -> bytes:
        return self.block[self.at : self.at + CHUNK_BYTES]


class _Page:
    """Decoded records, held until there are so many that they become a block."""

    def __init__(self, file: _File) -> None:
        self._file = file
        self._gathered = Gatherer(file.again)
        self._structures = Structures(file.limits)
        self._numbers: list[int] = []
        self._texts: list[str] = []
        self._refusals: dict[int, Callable[[str], Unreadable]] = {}
        self._chunks: list[tuple[int, _Sound]] = []  # with the place of the first record of each
        self._characters = 0
        self._room = np.empty((_RECORDS_AT_MOST, 4), np.int64)

    @property
    def full(self) -> bool:
        return self._characters >= PAGE_CHARACTERS

    def add(self, text: str, number: int, refuse: Callable[[str], Unreadable]) -> None:
        self._refusals[len(self._texts)] = refuse
        self._numbers.append(number)
        self._texts.append(text)
        self._characters += len(text)

    def surveyed(self, block: bytes, first: int, *, dirty: bool) -> Iterator[tuple[int, bytes, list[_Sound]]]:
        """The runs of sound chunks in a block: where each begins, what the decoder gets, and the chunks.

        ``first`` is the number of the block's first chunk. Checksums of a ``dirty`` log are not asked.
        """
        if not worth_loading(len(block)):
            return
        fresh = bytearray(block)
        run: list[_Sound] = []
        text_bytes = 0
        for at in range(0, len(block) - CHUNK_BYTES + 1, CHUNK_BYTES):
            sound = self._survey(block, fresh, at, f"chunk {first + at // CHUNK_BYTES}", dirty=dirty)
            more = 0 if sound is None else int(sound.records[:, RECORD_TEXT_BYTES].sum())
            if run and (sound is None or text_bytes + more > GROUP_TEXT_BYTES):
                yield run[0].at, _written(fresh, run), run
                run, text_bytes = [], 0
            if sound is not None:
                run.append(sound)
                text_bytes += more
        if run:
            yield run[0].at, _written(fresh, run), run

    def _survey(self, block: bytes, fresh: bytearray, at: int, place: str, *, dirty: bool) -> _Sound | None:
        """A chunk, if all is as it should be: then in ``fresh`` it gets a header of its own."""
        content = memoryview(block)[at : at + CHUNK_BYTES]
        end = chunks.end_of_records(content)
        if end is None or (not dirty and chunks.checksum_faults(content)):
            return None
        copied = memoryview(fresh)[at : at + CHUNK_BYTES]
        limits = self._file.limits
        try:
            count = kernels().survey(
                np.frombuffer(content, np.uint8), end, limits.depth, self._room, np.frombuffer(copied, np.uint8)
            )
        except IndexError:  # something points outside of the chunk
            return None
        if count < 1:
            return None
        records = self._room[:count].copy()
        most = records[:, RECORD_TEXT_BYTES]
        if most.max() > limits.record_text_bytes or most.sum() > GROUP_TEXT_BYTES:
            return None
        chunks.write_chunk_header(copied, count, int(records[-1, RECORD_AT]), end)
        return _Sound(block, at, place, records)

    def decode(self, written: bytes, run: list[_Sound]) -> Iterator[Unreadable]:
        """Decode sound chunks: all at once, and each by itself should the decoder fail at one."""
        try:
            decoder = PyEvtxParser(io.BytesIO(written), 1).records_json()
            texts = [item["data"] for item in decoder if item is not None]
        except RuntimeError:
            texts = []
        if len(texts) != sum(len(each.records) for each in run):
            for each in run:
                slots: list[Slot | Gap] = [Slot(*fields) for fields in each.records[:, :RECORD_TEXT_BYTES].tolist()]
                yield from _Records(each.chunk, each.place, self._file).read(slots)  # type: ignore[misc]  # no events
            return
        for each in run:
            self._chunks.append((len(self._numbers), each))
            self._numbers.extend(each.records[:, RECORD_NUMBER].tolist())
        self._texts.extend(texts)
        self._characters += sum(map(len, texts))

    def block(self) -> Iterator[Block | Unreadable]:
        numbers, texts, refusals, taken = self._numbers, self._texts, self._refusals, self._chunks
        self._numbers, self._texts, self._refusals, self._chunks, self._characters = [], [], {}, [], 0
        if not texts:
            return
        # A part at a time, so that memory is used again; record by record, for most are ASCII, and cost a copy.
        parts = [
            b"\n".join([*map(str.encode, texts[at : at + _ENCODED_TOGETHER]), b""])
            for at in range(0, len(texts), _ENCODED_TOGETHER)
        ]
        end = sum(map(len, parts))
        page = cut_page(sheet_of(parts), end, longest=end)
        whole = len(page.lines) == len(texts)  # a line each: the decoder breaks no record into lines

        def record(line: int) -> tuple[int, str]:
            return numbers[line], texts[line]

        for line in self._gathered.lay(page, self._asked, record) if whole else range(len(texts)):
            found = self._asked(texts[line])
            if found is not None:
                self._gathered.take(*found, numbers[line], texts[line])
                continue
            outcome = self._file.event(texts[line], str(numbers[line]))
            if isinstance(outcome, Event):
                self._gathered.put(outcome)
            elif line in refusals:
                yield refusals[line](outcome)
            else:
                yield self._refused(taken, line, outcome)
        yield from self._gathered.block()

    def _refused(self, taken: Sequence[tuple[int, _Sound]], line: int, reason: str) -> Unreadable:
        """What is told of a record of one of the chunks that were decoded together."""
        first, sound = taken[bisect_right(taken, line, key=itemgetter(0)) - 1]
        slot = Slot(*sound.records[line - first, :RECORD_TEXT_BYTES].tolist())
        return _Records(sound.chunk, sound.place, self._file).unreadable(slot, reason)

    def _asked(self, text: bytes | str) -> tuple[Structure, list[JSON]] | None:
        """The structure and the leaves of a record; None for one that is to be read by itself."""
        try:
            record = orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
        structure, leaves = self._structures.of(record)
        return None if structure is None else (structure, leaves)


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
    while block := stream.read(CHUNKS_TOGETHER * CHUNK_BYTES):
        dirty = header is not None and header.dirty
        at = 0
        for begin, written, run in file.page.surveyed(block, index, dirty=dirty) if file.page is not None else ():
            yield from _read_block(block[at:begin], index + at // CHUNK_BYTES, file, dirty=dirty)
            yield from file.page.decode(written, run)  # type: ignore[union-attr]  # there is a page
            at = begin + len(run) * CHUNK_BYTES
        yield from _read_block(block[at:], index + at // CHUNK_BYTES, file, dirty=dirty)
        if file.page is not None and file.page.full:
            yield from file.page.block()
        index += -(-len(block) // CHUNK_BYTES)
    if is_last and header is not None and header.sound and index < header.chunks and index < _CHUNK_COUNT_WRAPS:
        yield Unreadable(
            stream.name,
            f"chunks {index} to {header.chunks - 1}",
            f"the file header announces {header.chunks} chunks, the file ends after {index}: it is cut off",
        )


def _written(fresh: bytearray, run: list[_Sound]) -> bytes:
    """A run of chunks as a file."""
    parts = memoryview(fresh)[run[0].at : run[-1].at + CHUNK_BYTES]
    return b"".join((chunks.file_header(len(run)), parts))


def _read_block(block: bytes, first: int, file: _File, *, dirty: bool) -> Iterator[Event | Unreadable]:
    for place, at in enumerate(range(0, len(block), CHUNK_BYTES)):
        yield from _read_chunk(block[at : at + CHUNK_BYTES], first + place, file, dirty=dirty)


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
            yield from self._decode(group)

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

    def _decode(self, run: list[Slot | Gap]) -> Iterator[Event | Unreadable]:
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
