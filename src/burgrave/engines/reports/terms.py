"""A report as a value: what it says, in order; how it looks is the business of each format."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = str | int | float | Decimal | date | datetime | None
MOST_ROWS = 100_000
DEEPEST = 3


class ReportError(ValueError):
    """A report cannot be made as it is; str() says what was given and what is expected."""


class NoticeTone(StrEnum):
    """What a notice is for; its title says it in words."""

    PLAIN = "plain"
    WARN = "warn"
    ACT = "act"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What the report itself says, in the language of its reader."""

    contents: str = "Contents"
    page: str = "Page {page} of {pages}"
    unseen_title: str = "Characters that could not be shown"
    unseen: str = "The typeface of this report has no form for these characters; each stands as {mark}:"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the first to third level; it stands in the table of contents."""

    text: str
    level: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.level <= DEEPEST:
            raise ReportError(f"a heading has level 1 to {DEEPEST}, got {self.level}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``weight`` is its share of the width."""

    title: str
    weight: float = 1.0
    is_numeric: bool = False

    def __post_init__(self) -> None:
        if not self.weight > 0:
            raise ReportError(f"the column {self.title!r} needs a width above 0, got {self.weight:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows below a head that is repeated on every page. Cells are texts; ``empty`` stands where there is none."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = "–"

    def __post_init__(self) -> None:
        if not self.columns:
            raise ReportError("a table needs a column")
        if len(self.rows) > MOST_ROWS:
            raise ReportError(f"a printed table of {len(self.rows)} rows cannot be read; {MOST_ROWS} at most")
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise ReportError(f"row {number} has {len(row)} cells for {len(self.columns)} columns")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that must not be read over."""

    title: str
    text: str
    tone: NoticeTone = NoticeTone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing of ``engines.charts`` with its caption; ``said`` describes it to whoever does not see it."""

    svg: str
    caption: str
    said: str = ""

    def __post_init__(self) -> None:
        if not self.svg.startswith("<svg "):
            raise ReportError("a chart is a drawing that begins with <svg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A digest, a key, a command: in letters of one width, unbroken where the line allows."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a page of its own."""


Block: TypeAlias = Heading | Paragraph | Facts | Table | Notice | Chart | Code | PageBreak


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A report. ``marking`` stands on every page; ``made_at`` is part of what is said."""

    title: str
    made_at: datetime
    author: str
    blocks: tuple[Block, ...]
    subtitle: str = ""
    language: str = "en"
    marking: str = ""
    organisation: str = ""
    cover: tuple[tuple[str, str], ...] = ()
    has_contents: bool = True
    labels: Labels = field(default_factory=Labels)

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ReportError("a report needs a title")
        if self.made_at.tzinfo is None:
            raise ReportError(f"the time of a report needs its zone, got {self.made_at.isoformat()}")

    @property
    def is_chinese(self) -> bool:
        return self.language.lower().startswith("zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The bytes of a report, and the characters that could not be shown, with how often they stood."""

    data: bytes
    unseen: tuple[tuple[str, int], ...] = ()
