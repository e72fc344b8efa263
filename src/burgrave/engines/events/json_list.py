"""One JSON list of records, or an object that holds nothing but a list ``Records``, read value by value.

Exports of clouds come so, on one line or on many. Only one record is held at a time, whatever the size of the list.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Final

from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.json_reader import parse
from burgrave.engines.events.lines import Encoding, encoding_of
from burgrave.engines.events.opening import BLOCK_BYTES, Stream
from burgrave.engines.events.shapes import Origin, event_of
from burgrave.engines.events.terms import EXCERPT_BYTES, Event, Limits, LogSource, Unreadable

_BEGINNING: Final = re.compile(r'[ \t\r\n]*(?:(?P<list>\[)|\{[ \t\r\n]*"Records"[ \t\r\n]*:[ \t\r\n]*\[)')
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()
_HEAD_CHARACTERS: Final = 1_000


def looks_like_json_list(head: bytes) -> bool:
    """Whether the file begins a list, or an object whose first key is ``Records`` and holds one."""
    encoding = encoding_of(head)
    body = head.removeprefix(encoding.mark)[: _HEAD_CHARACTERS * encoding.unit]
    return _BEGINNING.match(body.decode(encoding.codec, errors="replace").lstrip("\ufeff")) is not None


def read_json_list(stream: Stream, limits: Limits, log_source: LogSource) -> Iterator[Event | Unreadable]:
    """Yield the records in order. What stands behind a damaged place cannot be told apart: it is one `Unreadable`.

    Raises EventFileError when the stream itself fails.
    """
    encoding = encoding_of(stream.peek(4))
    stream.read(len(encoding.mark))
    text, number = _Text(stream, encoding, limits.line_bytes), 0
    try:
        while (beginning := text.take(_BEGINNING)) is not None:
            for raw in _values(text):
                number += 1
                origin = Origin(stream.name, str(number), raw.encode(), limits, log_source)
                try:
                    yield event_of(parse(origin.raw, limits), origin)  # type: ignore[arg-type] # encoded above
                except RecordRefused as refusal:
                    yield Unreadable(stream.name, f"record {number}", str(refusal), raw.encode()[:EXCERPT_BYTES])
            if not beginning["list"]:
                text.expect("}", "the end of the object around Records")
        if not text.is_over():
            raise RecordRefused("something stands behind the end of the list")
    except (RecordRefused, UnicodeDecodeError) as refusal:
        reason = f"{_sentence(refusal)}; what follows could not be read"
        yield Unreadable(stream.name, f"behind record {number}", reason, text.rest()[:EXCERPT_BYTES])


def _sentence(refusal: Exception) -> str:
    if isinstance(refusal, UnicodeDecodeError):
        return f"the text is not valid {refusal.encoding.upper()}: {refusal.reason}"
    return str(refusal)


def _values(text: "_Text") -> Iterator[str]:
    """The texts of the values up to the end of the list, which is taken too. Raises RecordRefused."""
    if text.found("]"):
        return
    while True:
        yield text.value()
        if text.found("]"):
            return
        text.expect(",", "a comma or the end of the list")


class _Text:
    """The text of a stream, of which no more is held than a record may have."""

    def __init__(self, stream: Stream, encoding: Encoding, longest: int) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding.codec)()
        self._longest = longest
        self._held = ""
        self._at = 0
        self._ended = False

    def _more(self, size: int = BLOCK_BYTES) -> bool:
        if self._ended:
            return False
        block = self._stream.read(size)
        self._ended = not block
        self._held = self._held[self._at :] + self._decoder.decode(block, final=self._ended)
        self._at = 0
        return True

    def _skip_space(self) -> None:
        while True:
            space = _SPACE.match(self._held, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._held) or not self._more():
                return

    def is_over(self) -> bool:
        self._skip_space()
        return self._at >= len(self._held)

    def rest(self) -> bytes:
        return self._held[self._at : self._at + EXCERPT_BYTES].encode("utf-8", errors="replace")

    def found(self, sign: str) -> bool:
        """Take the sign if it is next."""
        self._skip_space()
        is_next = self._held.startswith(sign, self._at)
        self._at += len(sign) if is_next else 0
        return is_next

    def expect(self, sign: str, what: str) -> None:
        if not self.found(sign):
            given = self._held[self._at : self._at + 20]
            raise RecordRefused(f"expected {what}, got {given!r}" if given else f"the file ends where {what} is due")

    def take(self, beginning: re.Pattern[str]) -> re.Match[str] | None:
        """What matches at this place, or None."""
        self._skip_space()
        while len(self._held) - self._at < _HEAD_CHARACTERS and self._more():
            pass
        found = beginning.match(self._held, self._at)
        self._at = found.end() if found else self._at
        return found

    def value(self) -> str:
        """The text of the next value, read on in steps that double until it is whole. Raises RecordRefused."""
        self._skip_space()
        step = BLOCK_BYTES
        while True:
            begun = self._at
            try:
                _, end = _DECODER.raw_decode(self._held, begun)
            except json.JSONDecodeError as fault:
                if len(self._held) - begun > self._longest:
                    raise RecordRefused(
                        f"a record has more than {self._longest:,} characters, or is damaged"
                    ) from fault
                if not self._more(step):
                    raise RecordRefused(f"it is no JSON: {fault.msg}") from fault
            except RecursionError as fault:
                raise RecordRefused("objects are nested deeper than can be read") from fault
            else:
                if end < len(self._held) or not self._more(step):
                    self._at = end
                    return self._held[begun:end]
            step *= 2
