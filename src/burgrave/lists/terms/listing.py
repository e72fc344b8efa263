"""What a list is made of: columns, ways to narrow it, acts on many rows, and the views that people keep of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from burgrave.engines.sheets import Cell
from burgrave.web.terms import Actor, UnitId, Words

NAME_MAX, QUERY_MAX = 80, 2_000
MOST_VIEWS = 50
"""Views that one person may keep of one list."""
MOST_AT_ONCE = 5_000
"""Rows that one act changes: all of them in one transaction, or none."""
FIRST_NAMED = 10
"""Rows that are named where an act on many is to be confirmed."""
MOST_EXPORTED = 200_000

Narrowing: TypeAlias = Mapping[str, Sequence[str]]
"""The query of an address: each name with its values."""


def first_of(asked: Narrowing, name: str) -> str:
    """The first value of the name, "" without any."""
    return next(iter(asked.get(name, ())), "")


class Audience(StrEnum):
    """Who sees a view."""

    PRIVATE = "private"
    UNIT = "unit"
    EVERYBODY = "everybody"


class SheetFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListColumn:
    """A column: ``exports`` are the columns of a file that it stands for. A fixed one is always shown."""

    key: str
    label: Words
    exports: tuple[str, ...]
    is_default: bool = True
    is_fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkValue:
    """What an act asks for besides the rows: a choice, or without choices a text, or a day as ISO 8601 writes it."""

    name: str
    label: Words
    choices: tuple[tuple[str, Words], ...] | None = None
    is_required: bool = True
    is_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAct:
    """An act on many rows: ``run`` does it for all of them or raises. ``values`` says what it asks for.

    ``run`` is given each of these values, and none that is not among its choices.
    """

    name: str
    label: Words
    permission: str
    icon: str
    values: Callable[[Actor], tuple[BulkValue, ...]]
    run: Callable[[Sequence[UUID], Mapping[str, str], Actor, datetime], int]


def _nameless(_ids: Sequence[UUID], _most: int, _actor: Actor) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    """A list as the kit knows it: ``whole`` is what it is called where nothing narrows it; "" means all.

    ``ids`` gives the keys of at most so many rows of a narrowed list, ``rows`` all of them as cells by the names of
    ``exports``, in the order of the list. ``names`` says what people know the first so many of these rows by, sorted
    by that and only of rows that the actor may see, some of it perhaps Said.
    """

    name: str
    label: Words
    url_name: str
    permission: str
    columns: tuple[ListColumn, ...]
    ids: Callable[[Narrowing, int, Actor, datetime], Sequence[UUID]]
    rows: Callable[[Narrowing, Actor, datetime], Generator[Mapping[str, Cell], None, None]]
    names: Callable[[Sequence[UUID], int, Actor], Sequence[str]] = _nameless
    acts: tuple[BulkAct, ...] = ()
    whole: Words = ""
    is_table: bool = True

    def __post_init__(self) -> None:
        if self.acts and self.names is _nameless:
            raise ValueError(f"the list {self.name} has acts on many rows and does not say what its rows are called")

    def shown(self, chosen: Sequence[str]) -> tuple[str, ...]:
        """The keys of the columns that are shown, in the order of the list."""
        known = {column.key for column in self.columns} & set(chosen)
        return tuple(
            column.key
            for column in self.columns
            if column.is_fixed or (column.key in known if known else column.is_default)
        )

    def exported(self, chosen: Sequence[str]) -> tuple[str, ...]:
        """The columns of a file that holds what is shown."""
        shown = set(self.shown(chosen))
        return tuple(name for column in self.columns if column.key in shown for name in column.exports)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRow:
    """A view that somebody kept: a list under a name, narrowed and sorted by ``query``."""

    view_id: UUID
    list_name: str
    name: str
    query: str
    audience: Audience
    unit_id: UnitId | None
    unit_name: str
    owner_name: str
    is_mine: bool
    is_default: bool
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How a list stands before one reader.

    ``acts`` are those that the reader may do in some unit, ``go_to`` the query of the view that opens by itself, or "".
    """

    spec: ListSpec
    views: tuple[ViewRow, ...]
    columns: tuple[str, ...]
    acts: tuple[BulkAct, ...] = ()
    go_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file that was written and recorded."""

    rows: int
    sha256: str
    size_bytes: int
