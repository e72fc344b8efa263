"""Lines of a stream of text in UTF-8 or UTF-16, cut block by block and bounded in length."""

import codecs
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from burgrave.engines.events.errors import EventFileError
from burgrave.engines.events.opening import BLOCK_BYTES, Stream
from burgrave.engines.events.shelf import SHELF
from burgrave.engines.events.terms import EXCERPT_BYTES

Sheet: TypeAlias = NDArray[np.uint8]

PADDING: Final = 8
"""So many bytes are behind the lines of a page at least, which whoever cuts it may look at."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How lines are cut and decoded: ``unit`` is the number of bytes of a code unit."""

    codec: str
    mark: bytes
    unit: int

    @property
    def newline(self) -> bytes:
        return "\n".encode(self.codec)


UTF8: Final = Encoding("utf-8", b"", 1)
UTF8_MARKED: Final = Encoding("utf-8", codecs.BOM_UTF8, 1)


def encoding_of(head: bytes) -> Encoding:
    """Tell the encoding from the byte order mark, or from zeros beside the first character."""
    if head.startswith(codecs.BOM_UTF8):
        return UTF8_MARKED
    for codec, mark, ascii_pair in (
        ("utf-16-le", codecs.BOM_UTF16_LE, b"{\x00"),
        ("utf-16-be", codecs.BOM_UTF16_BE, b"\x00{"),
    ):
        if head.startswith(mark):
            return Encoding(codec, mark, 2)
        if head.startswith(ascii_pair):
            return Encoding(codec, b"", 2)
    return UTF8


def lines_of(stream: Stream, encoding: Encoding, longest: int) -> Iterator[tuple[int, bytes, bool]]:
    """Cut the stream into (number from 1, line without its end, whether it was too long and dropped)."""
    newline, unit = encoding.newline, encoding.unit
    number, rest, dropping = 1, b"", b""
    while block := stream.read(BLOCK_BYTES):
        pieces = _split(rest + block, newline, unit)
        rest = pieces.pop()
        for piece in pieces:
            if dropping:
                yield number, dropping, True
                dropping = b""
            else:
                yield number, piece, len(piece) > longest
            number += 1
        if len(rest) > longest:
            dropping = dropping or rest[:EXCERPT_BYTES]
            rest = rest[len(rest) // unit * unit :]
    if dropping:
        yield number, dropping, True
    elif rest:
        yield number, rest, False


def pages_of(stream: Stream, longest: int, size: Callable[[], int]) -> Iterator[tuple[Sheet, int, bool]]:
    """Cut a stream of bytes into (``size()`` bytes of whole lines or some more, where they end, False).

    At least `PADDING` bytes stand behind the lines. Of a line that is so long that it is dropped come how it begins,
    how much that is, and True. Should the stream fail, the lines that were read whole come first, and then the failure.
    """
    dropping = rest = b""
    failure = None
    ended = False
    while not ended:
        wanted = max(size(), 2 * len(rest))
        sheet = SHELF.array(wanted + BLOCK_BYTES + PADDING, np.uint8)
        at, end = _put(sheet, 0, rest), 0
        while at < wanted and not ended:
            try:
                block = stream.read(BLOCK_BYTES)
            except EventFileError as broken:
                failure, block = broken, b""
            ended = not block
            if dropping:
                newline = block.find(b"\n")
                if newline < 0 and not ended:
                    continue
                yield sheet_of([dropping]), len(dropping), True
                dropping, block = b"", block[newline + 1 :] if newline >= 0 else b""
            end = at + block.rfind(b"\n") + 1 if b"\n" in block else end
            at = _put(sheet, at, block)
        if ended and failure is None:
            end = at
        rest = sheet[end:at].tobytes()
        if end:
            yield sheet[: _put(sheet, at, bytes(PADDING))], end, False
        del sheet  # before the next one is made
        if len(rest) > longest:
            dropping, rest = rest[:EXCERPT_BYTES], b""
    if failure is not None:
        raise failure


def _put(sheet: Sheet, at: int, part: bytes) -> int:
    """Copy bytes while they are at hand; gives the place behind them."""
    sheet[at : at + len(part)] = np.frombuffer(part, np.uint8)
    return at + len(part)


def sheet_of(parts: Sequence[bytes]) -> Sheet:
    """The bytes one behind the other, and `PADDING` more."""
    sheet: Sheet = SHELF.array(sum(map(len, parts)) + PADDING, np.uint8)
    at = 0
    for part in (*parts, bytes(PADDING)):
        at = _put(sheet, at, part)
    return sheet


def _split(block: bytes, newline: bytes, unit: int) -> list[bytes]:
    """Split at newlines that stand on a whole code unit."""
    if unit == 1:
        return block.split(newline)
    pieces, start, found = [], 0, block.find(newline)
    while found >= 0:
        if found % unit == 0:
            pieces.append(block[start:found])
            start = found + unit
        found = block.find(newline, found + 1)
    pieces.append(block[start:])
    return pieces
