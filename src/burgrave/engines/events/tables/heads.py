"""The beginning of a file: whether it is a table, in which encoding and with which delimiter, and its column names."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from burgrave.engines.events.lines import UTF8, UTF8_MARKED, Encoding
from burgrave.engines.events.tables.rows import Cells, NoCells, rows_of
from burgrave.engines.events.tables.terms import DELIMITERS, MOST_COLUMNS, TableMapping

LOOKED_AT: Final = 50
FEWEST: Final = 2
_NAME: Final = re.compile(r"[^\W\d][^\x00-\x1f{}<>=]{0,79}|[@_#][\w.@#-]{1,79}")
_MARKS: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8"))
_SEPARATOR: Final = re.compile(r"sep=(.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """``header`` holds a name for each column, no two alike. ``line`` is where it stands."""

    encoding: Encoding
    delimiter: str
    header: tuple[str, ...]
    line: int
    rows: int
    fitting: int

    @property
    def looks_like_a_table(self) -> bool:
        """Whether the names look like names, and most rows below have as many cells."""
        names = self.header
        return (
            len(names) >= FEWEST
            and all(_NAME.fullmatch(each) and len(each.split()) <= 6 for each in names)  # noqa: PLR2004 - words of a name
            and self.fitting * 2 >= self.rows
        )


def head_of(head: bytes, *, encoding: str = "", delimiter: str = "", longest: int = 1024 * 1024) -> Head | None:
    """What the first bytes of a file say of it as a table; None when there is no line with two cells at its start."""
    text = encoding_in(head, chosen=encoding)
    found: Head | None = None
    named = _separator(head, text)
    for each in delimiter or named or DELIMITERS:
        seen = _seen(head, text, each, longest)
        if seen is not None and (found is None or _weight(seen) > _weight(found)):
            found = seen
    return found


def stream_head(head: bytes, mapping: TableMapping) -> Head | None:
    """How rows of a stream begin, with or without column names: its delimiter gives a cell for each name."""
    seen = (head_of(head, encoding=mapping.encoding, delimiter=each) for each in (mapping.delimiter or DELIMITERS))
    fitting = [each for each in seen if each is not None and len(each.header) == len(mapping.header)]
    return max(fitting, key=lambda each: each.fitting, default=None)


def encoding_in(head: bytes, *, chosen: str = "") -> Encoding:
    """The chosen encoding, that of the byte order mark, UTF-16 by its zeros, UTF-8 or GB 18030, whichever it is."""
    mark = next(((mark, codec) for mark, codec in _MARKS if head.startswith(mark)), None)
    if chosen:
        unit = 2 if chosen.startswith("utf-16") else 1
        return Encoding(chosen, mark[0] if mark is not None and mark[1] == chosen else b"", unit)
    if mark is not None:
        return UTF8_MARKED if mark[1] == "utf-8" else Encoding(mark[1], mark[0], 2)
    first, second = head[::2].count(0), head[1::2].count(0)
    if first or second:
        return Encoding("utf-16-le" if second > first else "utf-16-be", b"", 2)
    if _decodes(head, "utf-8"):
        return UTF8
    return Encoding("gb18030", b"", 1) if _decodes(head, "gb18030") else UTF8


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """A name for each column: those without one are counted, and a name that is there already gets a number."""
    names: list[str] = []
    seen: dict[str, int] = {}
    for place, cell in enumerate(cells, start=1):
        name = " ".join(cell.strip("\ufeff").split()) or f"column {place}"
        key = name.casefold()
        seen[key] = seen.get(key, 0) + 1
        names.append(name if seen[key] == 1 else f"{name} ({seen[key]})")
    return tuple(names)


def is_separator_line(cells: Sequence[str], delimiter: str) -> bool:
    """Whether this is the line by which a spreadsheet program names its delimiter."""
    return _SEPARATOR.fullmatch(delimiter.join(cells).strip()) is not None


def _separator(head: bytes, encoding: Encoding) -> str:
    first = head.removeprefix(encoding.mark)[:20].decode(encoding.codec, errors="replace").split("\n", 1)[0].strip("\r")
    found = _SEPARATOR.fullmatch(first)
    return found[1] if found is not None and found[1] in DELIMITERS else ""


def _weight(head: Head) -> tuple[bool, int]:
    return head.looks_like_a_table, len(head.header)


def _seen(head: bytes, encoding: Encoding, delimiter: str, longest: int) -> Head | None:
    body = head.removeprefix(encoding.mark)
    body = body[: len(body) // encoding.unit * encoding.unit]
    pieces = body.decode(encoding.codec, errors="ignore").split("\n")
    whole = pieces[:-1] if len(pieces) > 1 else pieces
    lines = ((place, each.encode(), False) for place, each in enumerate(whole, start=1))
    rows = rows_of(lines, codec="utf-8", delimiter=delimiter, longest=longest)
    first: Cells | None = None
    count = fitting = 0
    for row in islice(rows, LOOKED_AT):
        if first is None:
            if isinstance(row, NoCells):
                return None
            if is_separator_line(row.cells, delimiter):
                continue
            if not FEWEST <= len(row.cells) <= MOST_COLUMNS:
                return None
            first = row
            continue
        count += 1
        fitting += isinstance(row, Cells) and len(row.cells) == len(first.cells)
    if first is None:
        return None
    return Head(
        encoding=encoding,
        delimiter=delimiter,
        header=column_names(first.cells),
        line=first.line,
        rows=count,
        fitting=fitting,
    )


def _decodes(head: bytes, codec: str) -> bool:
    """Whether the bytes are text in it; the last character may be torn."""
    try:
        codecs.getincrementaldecoder(codec)().decode(head, final=False)
    except UnicodeError:
        return False
    return True
