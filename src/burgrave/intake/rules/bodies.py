"""What a sender's body is: JSON lines, one JSON list, or lines of text, each also inside gzip."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from burgrave.intake.errors import TooLarge
from burgrave.web.errors import BadInput

MOST_BODY_BYTES: Final = 8 * 1024 * 1024
MOST_UNPACKED_BYTES: Final = 32 * 1024 * 1024
_GZIP: Final = b"\x1f\x8b"
_MARK: Final = b"\xef\xbb\xbf"
_DECODER: Final = json.JSONDecoder()
_BLANK: Final = " \t\r\n"


class Form(StrEnum):
    """What is kept together in a segment: a reader tells the format of a file from its beginning."""

    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Lines:
    """The batch as lines, each ended."""

    form: Form
    payload: bytes


def lines_of(body: bytes) -> Lines:
    """The body as lines of one form, as it was sent otherwise. Raises BadInput, TooLarge.

    Lines of JSON are not looked into: what cannot be read in one is counted and kept when the segment is read.
    """
    plain = (_unpacked(body) if body.startswith(_GZIP) else body).removeprefix(_MARK)
    if b"\0" in plain:
        raise BadInput(
            "the body is no text in UTF-8: it holds NUL bytes",
            mend="Send JSON lines or lines of text; hand in other files on the page of event files.",
        )
    begins = plain.lstrip()[:1]
    if not begins:
        raise BadInput("the body holds nothing", mend="Send at least one line.")
    if begins == b"[":
        listed = _items(plain)
        if listed is not None:
            return Lines(Form.JSON, listed)
    ended = plain if plain.endswith(b"\n") else plain + b"\n"
    return Lines(Form.JSON if begins == b"{" else Form.TEXT, ended)


def _unpacked(body: bytes) -> bytes:
    """Every member of the gzip stream, up to the limit."""
    parts, left, size = [], body, 0
    while left:
        inflater = zlib.decompressobj(wbits=31)
        try:
            parts.append(inflater.decompress(left, MOST_UNPACKED_BYTES + 1 - size))
        except zlib.error as fault:
            raise BadInput("the body is damaged gzip: %(fault)s", words={"fault": str(fault)}) from fault
        size += len(parts[-1])
        if size > MOST_UNPACKED_BYTES:
            raise TooLarge(
                "the body unpacks to more than %(most)s bytes",
                words={"most": f"{MOST_UNPACKED_BYTES:,}"},
                mend="Send smaller batches.",
            )
        if not inflater.eof:
            raise BadInput("the body is gzip that ends before its last member is complete")
        left = inflater.unused_data.lstrip(b"\0")
    return b"".join(parts)


def _items(plain: bytes) -> bytes | None:
    """The items of a JSON list, one a line; None for text that only begins like one. Raises BadInput."""
    try:
        text = plain.decode("utf-8")
    except UnicodeDecodeError:
        return None
    start = text.index("[") + 1
    if text[start:].lstrip(_BLANK)[:1] not in {"{", "]"}:
        return None  # such as a line of text that begins with a time in brackets
    return "".join(f"{item}\n" for item in _walk(text, start)).encode()


def _walk(text: str, position: int) -> Iterator[str]:
    """Each item as it is written, without its line breaks: a string of JSON holds none."""
    position = _after_blanks(text, position)
    is_first = True
    while text[position : position + 1] != "]":
        if not is_first:
            if text[position : position + 1] != ",":
                raise _no_list(position)
            position = _after_blanks(text, position + 1)
        try:
            _item, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as fault:
            raise _no_list(position) from fault
        yield text[position:end].replace("\r", " ").replace("\n", " ")
        position, is_first = _after_blanks(text, end), False
    if text[position + 1 :].strip(_BLANK):
        raise _no_list(position + 1)


def _after_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BLANK:
        position += 1
    return position


def _no_list(position: int) -> BadInput:
    return BadInput(
        "the body begins as a JSON list and is none: at character %(place)s",
        words={"place": str(position)},
        mend="Send one list of objects, or one object a line.",
    )
