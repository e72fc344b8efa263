"""CSV as in RFC 4180 and a little more, read line by line: the text is never held whole."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator

from burgrave.engines.phrases import Phrase
from burgrave.engines.sheets.terms import DELIMITERS, Choices, Limits, Line, NotASheet

BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
GUESSES = ("utf-8", "gb18030", "cp1252")
"""In this order; the first that decodes everything is taken, and named."""
STEP = 1024**2
SAMPLE_CHARACTERS = 65_536
NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def encoding_of(content: bytes, *, chosen: str = "") -> str:
    """The encoding in which the whole content is text. Raises NotASheet."""
    marked = next((encoding for mark, encoding in BOMS if content.startswith(mark)), "")
    wanted = chosen or marked
    for encoding in (wanted,) if wanted else GUESSES:
        try:
            _must_decode(content, encoding)
        except UnicodeError:
            continue
        if not wanted and encoding == "gb18030" and _looks_western(content):
            continue
        return encoding
    if wanted:
        raise NotASheet("the bytes are no text in %(encoding)s: choose another encoding", encoding=wanted)
    if _decodes(content, "gb18030"):
        return "gb18030"
    raise NotASheet("the bytes are no text in UTF-8, UTF-16, GB 18030 or Windows-1252")


def delimiter_of(content: bytes, *, encoding: str) -> str:
    """The delimiter that stands most often in the first line with anything in it; a comma when none does."""
    for line in io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline=None):
        if line.strip():
            return max(DELIMITERS, key=line.count)
    return ","


def csv_lines(content: bytes, *, encoding: str, delimiter: str, limits: Limits) -> Iterator[Line]:
    """Every line with its number. Raises NotASheet where quotes do not fit."""
    csv.field_size_limit(max(limits.cell_characters * 4, 131_072))
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise NotASheet(
                "line %(line)s cannot be read as CSV: %(why)s", line=reader.line_num, why=str(error)
            ) from error
        yield reader.line_num, cells


def notes_on(encoding: str, choices: Choices) -> list[str]:
    """What a person should look at when the encoding was guessed and is none of Unicode."""
    if choices.encoding or encoding in {"utf-8", "utf-8-sig"}:
        return []
    return [Phrase("the text is not UTF-8 and was read as %(encoding)s; look at a few names", encoding=encoding)]


def _must_decode(content: bytes, encoding: str) -> None:
    """Return when all of it is text. Raises UnicodeError, or NotASheet for a text with NUL in it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(content)
    for start in range(0, len(content), STEP):
        piece = view[start : start + STEP]
        if "\0" in decoder.decode(bytes(piece), final=start + STEP >= len(content)):
            raise NotASheet("the file holds NUL characters and is no text: send .csv or .xlsx")


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        _must_decode(content, encoding)
    except UnicodeError:
        return False
    return True


def _looks_western(content: bytes) -> bool:
    """Whether GB 18030 would read single signs into the middle of Latin words: then it was a Windows-1252 umlaut."""
    text = content[:SAMPLE_CHARACTERS].decode("gb18030", errors="ignore")
    alone = together = 0
    for found in NOT_ASCII.finditer(text):
        around = text[max(found.start() - 1, 0) : found.start()] + text[found.end() : found.end() + 1]
        if len(found[0]) == 1 and any(each.isascii() and each.isalpha() for each in around):
            alone += 1
        else:
            together += 1
    return alone > together
