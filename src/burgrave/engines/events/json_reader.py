"""JSON lines: one object a line, in UTF-8 or UTF-16, read block by block."""

import json
import re
from collections.abc import Iterator
from typing import Final

import orjson

from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.flatten import count_keys
from burgrave.engines.events.lines import encoding_of, lines_of
from burgrave.engines.events.opening import Stream
from burgrave.engines.events.shapes import Origin, event_of
from burgrave.engines.events.terms import EXCERPT_BYTES, JSON, Event, Limits, LogSource, Unreadable

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
    for number, line, cut in lines_of(stream, encoding, limits.line_bytes):
        if cut:
            reason = f"the line has more than {limits.line_bytes:,} bytes"
            yield Unreadable(stream.name, f"line {number}", reason, line[:EXCERPT_BYTES])
            continue
        try:
            text = line if encoding.unit == 1 else line.decode(encoding.codec).encode()
            if not text or text.isspace():
                continue
            for place, record, raw in _unwrapped(parse(text, limits), str(number), text.strip()):
                yield event_of(record, Origin(stream.name, place, raw, limits, log_source))
        except RecordRefused as refusal:
            yield Unreadable(stream.name, f"line {number}", str(refusal), line[:EXCERPT_BYTES])
        except UnicodeDecodeError as failure:
            reason = f"the line is not valid {encoding.codec.upper()}: {failure.reason}"
            yield Unreadable(stream.name, f"line {number}", reason, line[:EXCERPT_BYTES])


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
