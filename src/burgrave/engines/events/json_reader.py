"""JSON lines: one object a line, in UTF-8 or UTF-16, read block by block."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import orjson

from burgrave.engines.events.blocks import PAGE_BYTES, WINDOW_EVENTS, Block, Gatherer, Structures
from burgrave.engines.events.cutting import Page, cut_page
from burgrave.engines.events.errors import EventFileError, RecordRefused
from burgrave.engines.events.flatten import count_keys
from burgrave.engines.events.lines import UTF8, Encoding, encoding_of, lines_of, pages_of
from burgrave.engines.events.opening import Stream
from burgrave.engines.events.shapes import Origin, event_of
from burgrave.engines.events.skeletons import Structure
from burgrave.engines.events.terms import EXCERPT_BYTES, JSON, MEBIBYTE, Event, Limits, LogSource, Unreadable

_NOT_COMPACT: Final = -8
_FIRST_PAGE_BYTES: Final = 8 * MEBIBYTE
_ENVELOPE: Final = {"Records"}
_SPACE_BEFORE_COLON: Final = re.compile(rb'"[ \t\r\n]+:')


def looks_like_json_lines(head: bytes) -> bool:
    """Whether one of the lines at the start of a file begins an object."""
    encoding = encoding_of(head)
    body = head.removeprefix(encoding.mark)
    if encoding.unit > 1:
        body = body[: len(body) // 2 * 2].decode(encoding.codec, errors="replace").encode()
    return any(line.lstrip().startswith(b"{") for line in body.split(b"\n"))


def read_json_lines(stream: Stream, limits: Limits, log_source: LogSource) -> Iterator[Event | Unreadable]:
    """Yield every line that is not blank, in order. Raises EventFileError when the stream itself fails."""
    encoding = encoding_of(stream.peek(4))
    stream.read(len(encoding.mark))
    reading = _Reading(stream.name, encoding, limits, log_source)
    for number, line, cut in lines_of(stream, encoding, limits.line_bytes):
        yield from reading.items(number, line, cut=cut)


def gather_json_lines(
    stream: Stream, limits: Limits, log_source: LogSource, *, first: int = 1
) -> Iterator[Block | Unreadable]:
    """The same events as ``read_json_lines`` gives, in blocks; what could not be read comes before its block.

    ``first`` is the number of the first line, which is another than 1 behind the start of a file in UTF-8.
    """
    encoding = encoding_of(stream.peek(4)) if first == 1 else UTF8
    stream.read(len(encoding.mark))
    reading = _Reading(stream.name, encoding, limits, log_source)
    gathered = Gatherer(reading.again, log_source)
    sorting = _Sorting(gathered, limits)
    if encoding.unit == 1:
        number = first
        for data, end, cut in pages_of(stream, limits.line_bytes, sorting.page_bytes):
            if cut:
                yield from reading.items(number, data[:end].tobytes(), cut=True)  # type: ignore[misc]  # no event
                number += 1
            else:
                page = cut_page(data, end, longest=limits.line_bytes)
                yield from sorting.page(page, number, reading)
                number += len(page.lines)
                del page
            del data  # before the next page is read
        return
    try:
        for number, line, cut in lines_of(stream, encoding, limits.line_bytes):
            for item in reading.items(number, line, cut=cut):
                if isinstance(item, Event):
                    gathered.put(item)
                else:
                    yield item
            if gathered.full:
                yield from gathered.block()
    except EventFileError:
        yield from gathered.block()  # what stands before the failure was read
        raise
    yield from gathered.block()


class _Sorting:
    """Takes the lines that are one of many alike; all that is asked of a line by itself was asked of it then."""

    def __init__(self, gathered: Gatherer, limits: Limits) -> None:
        self._gathered = gathered
        self._limits = limits
        self._structures = Structures(limits)
        self._compact = 0
        self._wanted = _FIRST_PAGE_BYTES

    def page_bytes(self) -> int:
        """How many bytes the next page should have."""
        return min(self._wanted, PAGE_BYTES)

    def page(self, page: Page, number: int, reading: "_Reading") -> Iterator[Block | Unreadable]:
        """The events of whole lines, the first of which has the number.

        Pages are large where lines become columns, up to the events of a window. An event by itself takes far more
        memory than its line, so where most are that, pages stay small.
        """
        singly = 0
        for line in self._gathered.lay(page, self.asked, lambda line: (number + line, page.line(line))):
            singly += 1
            raw = page.line(line)
            cut = len(raw) > self._limits.line_bytes
            if cut or not self.takes(raw, number + line):
                for item in reading.items(number + line, raw, cut=cut):
                    if isinstance(item, Event):
                        self._gathered.put(item)
                    else:
                        yield item
        lines = max(len(page.lines), 1)
        roomy = WINDOW_EVENTS * (int(page.lines[-1, 1]) // lines + 1) if 2 * singly < lines else 0
        self._wanted = max(_FIRST_PAGE_BYTES, roomy)
        yield from self._gathered.block()

    def asked(self, line: bytes) -> tuple[Structure, list[JSON]] | None:
        """The structure and the leaves of a line; None for one that is to be read by itself."""
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            return None
        if type(value) is not dict or value.keys() == _ENVELOPE:
            return None
        structure, leaves = self._structures.of(value)
        if structure is None or not (self._as_written(value, line) or _names_every_key_once(line, structure.keys)):
            return None
        return structure, leaves

    def takes(self, line: bytes, number: int) -> bool:
        found = self.asked(line)
        if found is not None:
            self._gathered.take(*found, number, line)
        return found is not None

    def _as_written(self, value: JSON, line: bytes) -> bool:
        """Whether the line is what the value is written as, without spaces: then no key stands in it twice.

        Files are written by one program, so after a few lines that are not, it is not tried any more.
        """
        if self._compact < _NOT_COMPACT:
            return False
        same = orjson.dumps(value) == line
        self._compact = min(self._compact + 1, 0) if same else self._compact - 1
        return same


def _names_every_key_once(line: bytes, keys: int) -> bool:
    """Whether the line has no more keys than its value: none stands there twice. False where that is not certain."""
    if line.count(b'":') != keys:
        return False
    return not ((b'" ' in line or b'"\t' in line or b'"\r' in line) and _SPACE_BEFORE_COLON.search(line))


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads the lines of one file, each by itself."""

    file: str
    encoding: Encoding
    limits: Limits
    log_source: LogSource

    def items(self, number: int, line: bytes, *, cut: bool = False) -> Iterator[Event | Unreadable]:
        if cut:
            yield self._unreadable(number, line, f"the line has more than {self.limits.line_bytes:,} bytes")
            return
        codec = self.encoding.codec
        try:
            text = line if self.encoding.unit == 1 else line.decode(codec).encode()
            if not text or text.isspace():
                return
            for place, record, raw in _unwrapped(parse(text, self.limits), str(number), text.strip()):
                yield event_of(record, Origin(self.file, place, raw, self.limits, self.log_source))
        except RecordRefused as refusal:
            yield self._unreadable(number, line, str(refusal))
        except UnicodeDecodeError as failure:
            yield self._unreadable(number, line, f"the line is not valid {codec.upper()}: {failure.reason}")

    def again(self, number: int, line: bytes | str) -> Event | Unreadable:
        """The one item of a line that was taken with others."""
        (item,) = self.items(number, cast("bytes", line))
        return item

    def _unreadable(self, number: int, line: bytes, reason: str) -> Unreadable:
        return Unreadable(self.file, f"line {number}", reason, line[:EXCERPT_BYTES])


def _unwrapped(value: JSON, place: str, raw: bytes) -> Iterator[tuple[str, JSON, bytes]]:
    """The record itself, or those of an envelope that holds nothing but ``Records``, as CloudTrail writes them."""
    records = value.get("Records") if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(records, list):
        yield place, value, raw
        return
    for number, record in enumerate(records, start=1):
        yield f"{place}.{number}", record, orjson.dumps(record)


def parse(text: bytes, limits: Limits) -> JSON:
    """Parse one JSON value; refuses what is ambiguous or beyond the limits. Raises RecordRefused."""
    try:
        value: JSON = orjson.loads(text)
    except orjson.JSONDecodeError as failure:
        raise RecordRefused(_sentence(failure, text)) from failure
    keys = count_keys(value, limits)
    if text.count(b'":') != keys or _SPACE_BEFORE_COLON.search(text):
        _refuse_double_keys(text)
    return value


def _refuse_double_keys(text: bytes) -> None:
    """Look closely at an object that may name a key twice; its values would hide one another."""

    def pairs(items: list[tuple[str, JSON]]) -> None:
        seen: set[str] = set()
        for key, _ in items:
            if key in seen:
                raise RecordRefused(f"the key {key[:80]!r} stands twice in one object")
            seen.add(key)

    json.loads(text, object_pairs_hook=pairs)


def _sentence(failure: orjson.JSONDecodeError, text: bytes) -> str:
    """Name the promise that the text breaks, where the parser's own words do not."""
    around = text[max(0, failure.pos - 1) : failure.pos + 9]
    if around.lstrip(b": ,[-").startswith((b"NaN", b"Infinity")):
        return f"NaN and Infinity are no JSON numbers (at character {failure.pos})"
    if "surrogate" in failure.msg:
        return f"it holds half of a surrogate pair, or bytes that are not UTF-8 (at character {failure.pos})"
    if "depth limit" in failure.msg:
        return "objects are nested deeper than 1,000"
    if "infinity" in failure.msg:
        return f"a number is too large for any machine (at character {failure.pos})"
    return f"it is no JSON: {failure.msg} (at character {failure.pos})"
