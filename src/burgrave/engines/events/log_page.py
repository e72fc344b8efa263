"""A page of records of a Windows event log: those of known shapes become columns, the decoder gets the others.

Of records that become columns the text is decoded only when it is asked for.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
from evtx import PyEvtxParser

from burgrave.engines.events import chunks, tokens
from burgrave.engines.events.blocks import WINDOW_EVENTS, Block, Gatherer, Structures
from burgrave.engines.events.chunks import CHUNK_BYTES, CHUNKS_TOGETHER, Gap, Slot
from burgrave.engines.events.cutting import Page, cut_page, fours_of, kernels, words_of
from burgrave.engines.events.errors import EventFileError
from burgrave.engines.events.lines import PADDING, sheet_of
from burgrave.engines.events.log_shapes import Example, Plan, Shapes, give_back, lend
from burgrave.engines.events.shelf import SHELF
from burgrave.engines.events.skeletons import Structure
from burgrave.engines.events.terms import JSON, MEBIBYTE, Event, Limits, Unreadable

GROUP_TEXT_BYTES: Final = 32 * MEBIBYTE
PAGE_BYTES: Final = 64 * MEBIBYTE
_PAGE_TEXT_BYTES: Final = 1_024 * MEBIBYTE  # that its records may become at most
_TEXT_PART: Final = 2  # of what a record may become, so much may be written of it at most
_ENCODED_TOGETHER: Final = 256  # records

_ROOM_BYTES: Final = PAGE_BYTES + CHUNK_BYTES + PADDING  # it is full once it has PAGE_BYTES

Refuse = Callable[[str], Unreadable]


class Reading(NamedTuple):
    """How a page reads what does not become columns.

    ``event`` makes the event of a decoded record, or says why there is none; ``again`` is the same for records taken
    before; ``singly`` reads records of a chunk one by one, in the midst of gaps; ``refused`` says of a record that it
    cannot be read.
    """

    limits: Limits
    event: Callable[[str, str], Event | str]
    again: Callable[[int, bytes | str], Event | Unreadable]
    singly: Callable[[bytes, str, list[Slot | Gap]], Iterator[Unreadable]]
    refused: Callable[[bytes, str, Slot, str], Unreadable]


@dataclass(slots=True)
class Sound:
    """A chunk in which everything is as it should be, up to the ``end`` of its records and `PADDING` more.

    Of its ``records`` see `tokens.RECORD_AT`; ``first`` is the place of the first one in the page, once it is taken.
    ``text_bytes`` are the most that all may become, and ``odd`` counts those of odd shapes.
    """

    content: memoryview
    end: int
    place: str
    records: Any
    text_bytes: int
    odd: int
    first: int = -1
    texts: list[str | None] | None = None

    @property
    def chunk(self) -> bytes:
        return bytes(self.content[:CHUNK_BYTES]).ljust(CHUNK_BYTES, b"\x00")

    def slot(self, number: int) -> Slot:
        return Slot(*self.records[number, : tokens.RECORD_TEXT_BYTES].tolist())

    def text(self, number: int) -> str:
        """What the decoder makes of a record; all of the chunk are decoded at the first call."""
        if self.texts is None:
            self.texts = decoded([self.renumbered(np.zeros(len(self.records), np.bool_))], len(self.records))
        if self.texts[number] is None:  # it was not reached; the others are out of its way
            others = np.arange(len(self.records)) != number
            self.texts[number] = decoded([self.renumbered(others)], len(self.records))[number]
        text = self.texts[number]
        if text is None:
            where = f"{self.place}, record {self.slot(number).number}"
            raise EventFileError(
                f"{where}: its values were read, but the decoder gives no text; read the log without it"
            )
        return text

    def passed(self) -> Any:
        """The records that the decoder may pass over: none where it may read beyond one into the next."""
        known = self.records[:, tokens.RECORD_SHAPE]
        return (known >= 0) & bool((known != tokens.ODD_SHAPE).all())

    def renumbered(self, passed: Any) -> bytearray:
        """The chunk as the decoder is to get it, without the records that it is to pass over."""
        made = bytearray(self.chunk)
        kernels().renumber(np.frombuffer(made, np.uint8), self.records, passed)
        last = int(self.records[-1, tokens.RECORD_AT])
        chunks.write_chunk_header(made, len(self.records), last, self.end)
        return made


class _Lone(NamedTuple):
    """A decoded record that is to be read with others."""

    place: int
    number: int
    text: str
    refuse: Refuse


class LogPage:
    """Records, held until there are so many that they become a block."""

    def __init__(self, reading: Reading, size_bytes: int) -> None:
        """``size_bytes`` are those of the file, as far as that is known."""
        self._reading = reading
        self._size_bytes = size_bytes
        self._gathered = Gatherer(reading.again)
        self._structures = Structures(reading.limits)
        self._begin()

    def _begin(self) -> None:
        self._shapes: Shapes | None = None
        self._sounds: list[Sound] = []
        self._chunks: list[tuple[int, ...]] = []
        self._table = np.empty((0, 0), np.int64)
        self._content = memoryview(b"")
        self._filled = 0
        self._lone: list[_Lone] = []
        self._records = self._bytes = self._text_bytes = 0

    @property
    def full(self) -> bool:
        return self._bytes >= PAGE_BYTES or self._records >= WINDOW_EVENTS or self._text_bytes >= _PAGE_TEXT_BYTES

    def add(self, text: str, number: int, refuse: Refuse) -> None:
        """Take a record that was decoded by itself."""
        self._lone.append(_Lone(self._records, number, text, refuse))
        self._records += 1
        self._bytes += len(text)

    def survey(self, block: bytes, begin: int, first: int, *, dirty: bool) -> list[Sound | None]:
        """The chunks of a block from a place on; those are None in which not all is as it should be.

        `PADDING` bytes stand behind the block. ``first`` is the number of the first chunk. Checksums of a ``dirty`` log
        are not asked. What is found is good until the page becomes a block.
        """
        if self._shapes is None:
            self._shapes = lend(self._reading.limits)
        places = range(begin, len(block) - PADDING - CHUNK_BYTES + 1, CHUNK_BYTES)
        parts = [memoryview(block)[at : at + CHUNK_BYTES + PADDING] for at in places]
        told = np.zeros((len(parts), tokens.CHUNK_COLUMNS), np.int64)
        told[:, tokens.CHUNK_AT] = places
        told[:, tokens.CHUNK_END] = [_end_of(part, dirty=dirty) for part in parts]
        records = self._shapes.survey(words_of(np.frombuffer(block, np.uint8)), told)
        limits = self._reading.limits
        found: list[Sound | None] = []
        for number, (part, row) in enumerate(zip(parts, told.tolist(), strict=True), first):
            _, end, begins, count, most, text_bytes, odd, _ = row
            fits = count and most <= limits.record_text_bytes and text_bytes <= GROUP_TEXT_BYTES
            own = records[begins : begins + count]
            found.append(Sound(part, end, f"chunk {number}", own, text_bytes, odd) if fits else None)
        return found

    def take(self, sound: Sound) -> None:
        """Take a chunk that was surveyed for this page."""
        count = len(sound.records)
        there = CHUNK_BYTES if sound.odd else sound.end  # the decoder may read beyond an odd record
        at = self._keep(sound.content[: there + PADDING])
        sound.content, sound.first = self._content[at : self._filled], self._records
        row = self._chunks[-1][tokens.CHUNK_ROW] + self._chunks[-1][tokens.CHUNK_COUNT] if self._chunks else 0
        self._chunks.append((at, sound.end, row, count, 0, 0, 0, self._records))
        self._sounds.append(sound)
        self._records += count
        self._bytes += self._filled - at
        self._text_bytes += sound.text_bytes

    def _keep(self, content: memoryview) -> int:
        """Copy the content of a chunk behind those before it; gives its place."""
        at, end = self._filled, self._filled + len(content)
        if end > len(self._content):
            size = self._size_bytes if end <= self._size_bytes <= _ROOM_BYTES else _ROOM_BYTES
            grown = memoryview(SHELF.array(size, np.uint8))
            grown[:at] = self._content[:at]
            self._content = grown
        self._content[at:end] = content
        self._filled = end
        return at

    def block(self) -> Iterator[Block | Unreadable]:
        """What cannot be read, and then everything that was taken since the last block."""
        if not self._records:
            return
        if self._shapes is not None:
            if self._sounds:
                self._table = self._together()
                self._learn(self._shapes, self._table)
                self._transcribed(self._shapes.plan, self._table)
            give_back(self._shapes)
        yield from self._decoded()
        self._begin()
        yield from self._gathered.block()

    def _together(self) -> Any:
        """The records of all chunks, one behind the other; each chunk has its part of them from then on."""
        records = np.concatenate([each.records for each in self._sounds])
        begin = 0
        for sound in self._sounds:
            sound.records = records[begin : begin + len(sound.records)]
            begin += len(sound.records)
        return records

    def _learn(self, known: Shapes, records: Any) -> None:
        """Ask about the shapes of which there are enough records by now."""
        wanted = set(known.meet(records[:, tokens.RECORD_SHAPE]))
        for sound in self._sounds if wanted else ():
            for number in wanted.intersection(sound.records[:, tokens.RECORD_SHAPE].tolist()):
                record = int(np.argmax(sound.records[:, tokens.RECORD_SHAPE] == number))
                known.learn(number, Example(sound.chunk + bytes(PADDING), sound.slot(record)))
                wanted.discard(number)

    def _transcribed(self, plan: Plan, records: Any) -> None:
        """Write the values of all records of known shapes, and lay them out."""
        sounds, numbers = self._sounds, records[:, tokens.RECORD_SHAPE]
        plans, leaves, always, groups = plan.shapes, plan.leaves, plan.always, plan.groups
        fitting = numbers[numbers >= 0]
        rows, many = len(fitting), int(plans[fitting, tokens.PLAN_LEAVES].sum())
        data = SHELF.array(len(always) + self._text_bytes // _TEXT_PART + PADDING, np.uint8)
        data[: len(always)] = np.frombuffer(always, np.uint8)
        values = SHELF.array(many, np.int64)
        lines, first = np.empty((rows, 3), np.int64), np.empty(rows + 1, np.int64)
        places = np.empty(rows, np.int64)
        to = np.zeros(tokens.TO_COLUMNS, np.int64)
        to[tokens.TO_BYTES] = len(always)
        before = np.empty((len(leaves), 3), np.int64), np.zeros(len(plans), np.int64)
        out, room = (data, fours_of(data)), (values, lines, first, places)
        wide = words_of(np.frombuffer(self._content[: self._filled].toreadonly(), np.uint8))
        given = (wide, np.array(self._chunks, np.int64), records)
        _transcribe(given, (plans, leaves), before, (out, room), to)
        end, many, row = to[:3].tolist()
        data[end : end + PADDING] = 0
        data = data[: end + PADDING]
        first[row] = many
        page = Page(
            data=data,
            words=words_of(data),
            lines=lines[:row],
            first=first[: row + 1],
            values=values[:many],
            groups=len(groups),
            leaders=None,
            leads=first[:0],
        )
        places = places[:row]
        firsts = np.array([each.first for each in sounds])

        def found(line: int) -> tuple[Sound, int]:
            sound = sounds[int(np.searchsorted(firsts, places[line], side="right")) - 1]
            return sound, int(places[line]) - sound.first

        def record(line: int) -> tuple[int, str]:
            sound, number = found(line)
            return int(sound.records[number, tokens.RECORD_NUMBER]), sound.text(number)

        for line in self._gathered.lay_told(page, lambda number, _: groups[number], record, places):
            sound, number = found(line)
            sound.records[number, tokens.RECORD_SHAPE] = tokens.LEFT_SHAPE

    def _decoded(self) -> Iterator[Unreadable]:
        """Have the decoder write all other records, and take them as lines of JSON."""
        for run in self._runs():
            left = [each.records[:, tokens.RECORD_SHAPE] < 0 for each in run]
            given = [each.renumbered(each.passed()) for each in run]
            texts = decoded(given, sum(map(len, left)))
            at = 0
            for sound, own in zip(run, left, strict=True):
                for number in np.flatnonzero(own).tolist():
                    text = texts[at + number]
                    if text is None:
                        yield from self._singly(sound, number)
                    else:
                        self._lone.append(self._lone_of(sound, number, text))
                at += len(own)
        lone = sorted(self._lone)
        if not lone:
            return
        written = [each.text for each in lone]
        places = np.array([each.place for each in lone])
        # A part at a time, so that memory is used again; record by record, for most are ASCII, and cost a copy.
        parts = [
            b"\n".join([*map(str.encode, written[at : at + _ENCODED_TOGETHER]), b""])
            for at in range(0, len(written), _ENCODED_TOGETHER)
        ]
        end = sum(map(len, parts))
        page = cut_page(sheet_of(parts), end, longest=end)
        whole = len(page.lines) == len(written)  # a line each: the decoder breaks no record into lines

        def record(line: int) -> tuple[int, str]:
            return lone[line].number, written[line]

        lay, pass_by = self._gathered.lay, self._gathered.pass_by
        for line in lay(page, self._asked, record, places) if whole else pass_by(places):
            yield from self._single(lone[line])

    def _runs(self) -> Iterator[list[Sound]]:
        """The chunks that have records for the decoder, so many that it can hold what they may become."""
        run: list[Sound] = []
        text_bytes = 0
        least = np.zeros(0)
        if self._sounds:
            begins = [each[tokens.CHUNK_ROW] for each in self._chunks]
            least = np.minimum.reduceat(self._table[:, tokens.RECORD_SHAPE], begins)
        for sound in (each for each, number in zip(self._sounds, least.tolist(), strict=True) if number < 0):
            more = int(sound.records[~sound.passed(), tokens.RECORD_TEXT_BYTES].sum())
            if run and (len(run) == CHUNKS_TOGETHER or text_bytes + more > GROUP_TEXT_BYTES):
                yield run
                run, text_bytes = [], 0
            run.append(sound)
            text_bytes += more
        if run:
            yield run

    def _lone_of(self, sound: Sound, number: int, text: str) -> _Lone:
        def refuse(reason: str) -> Unreadable:
            return self._reading.refused(sound.chunk, sound.place, sound.slot(number), reason)

        return _Lone(sound.first + number, int(sound.records[number, tokens.RECORD_NUMBER]), text, refuse)

    def _singly(self, sound: Sound, number: int) -> Iterator[Unreadable]:
        """Have one record decoded that could not be with others."""
        parts: list[Slot | Gap] = [sound.slot(each) for each in range(len(sound.records))]
        for each, part in enumerate(parts):
            if each != number:
                parts[each] = Gap(part.offset, part.size, "another record")
        before, self._records = self._records, sound.first + number
        yield from self._reading.singly(sound.chunk, sound.place, parts)
        self._records = before

    def _single(self, lone: _Lone) -> Iterator[Unreadable]:
        """Read a record by itself."""
        found = self._asked(lone.text)
        if found is not None:
            self._gathered.take(*found, lone.number, lone.text)
            return
        outcome = self._reading.event(lone.text, str(lone.number))
        if isinstance(outcome, Event):
            self._gathered.put(outcome)
        else:
            yield lone.refuse(outcome)

    def _asked(self, text: bytes | str) -> tuple[Structure, list[JSON]] | None:
        """The structure and the leaves of a record; None for one that is to be read by itself."""
        try:
            record = orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
        structure, leaves = self._structures.of(record)
        return None if structure is None else (structure, leaves)


def _end_of(chunk: memoryview, *, dirty: bool) -> int:
    """Where the records of a chunk end; -1 if its header or a checksum is not as it should be."""
    end = chunks.end_of_records(chunk)
    return -1 if end is None or (not dirty and chunks.checksum_faults(chunk)) else end


def _transcribe(
    given: tuple[Any, Any, Any], told: tuple[Any, Any], before: Any, room: tuple[Any, Any], to: Any
) -> None:
    """Write the values of the records of chunks; those of one with which that fails are left to the decoder."""
    _, chunks_given, records = given
    while to[tokens.TO_CHUNK] < len(chunks_given):
        to[tokens.TO_MARK] += 1
        try:
            kernels().transcribe(*given, *told, before, *room, to)
        except IndexError:  # more was written than was reckoned with; nothing of it is to be used
            begin, count = chunks_given[to[tokens.TO_CHUNK], [tokens.CHUNK_ROW, tokens.CHUNK_COUNT]].tolist()
            records[begin : begin + count, tokens.RECORD_SHAPE] = tokens.LEFT_SHAPE
            to[tokens.TO_CHUNK] += 1


def decoded(given: Sequence[bytearray], count: int) -> list[str | None]:
    """What the decoder makes of the records of chunks, of which there are ``count``; None for one at which it fails."""
    written = b"".join([chunks.file_header(len(given)), *given])
    try:
        decoder = PyEvtxParser(io.BytesIO(written), 1).records_json()
    except RuntimeError:
        return [None] * count
    texts: list[str | None] = []
    while len(texts) < count:
        try:
            item = next(decoder, None)
        except RuntimeError:
            item = {"data": None}
        if item is None:  # it stopped before the others
            return texts + [None] * (count - len(texts))
        texts.append(item["data"])
    return texts
