"""Columns of a table are matched to fields: guessed from their names, or said by a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from burgrave.engines.sheets.terms import Row

NOTHING: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value of an enumeration, in two languages, and how else it is written."""

    value: str
    label: str
    label_zh: str
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a column may hold. ``choices`` is empty where any text may stand."""

    name: str
    label: str
    label_zh: str
    spellings: tuple[str, ...] = ()
    is_required: bool = False
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """Which column fills which field, and what stands for which choice: ``values[field][text in small letters]``."""

    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: NOTHING)

    def places(self, header: Sequence[str]) -> dict[str, int]:
        """Where in a row every field stands; a column that this table has not is left out."""
        at = {plain(name): place for place, name in enumerate(header)}
        return {name: at[plain(column)] for name, column in self.columns.items() if plain(column) in at}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a row cannot be used: ``found`` in the column, what was expected there, and what to do."""

    line: int
    column: str
    found: str
    expected: str
    mend: str = ""
    cells: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: found {self.found!r:.80}, expected {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of one object: ``fields`` are name, old and new; empty ``key`` for one that is new."""

    line: int
    key: str
    name: str
    fields: tuple[tuple[str, str, str], ...]


def plain(name: str) -> str:
    """A column name as names are compared: without regard to case, lines below words, and marks at the end."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").strip(" *:\u3000\uff1a").split())


def guess(header: Sequence[str], fields: Sequence[Field]) -> Mapped:
    """The column of every field whose name or label, in any known spelling, stands in the header; each column once."""
    at = {plain(name): name for name in header}
    columns: dict[str, str] = {}
    taken: set[str] = set()
    for each in fields:
        for spelling in (each.name, each.label, each.label_zh, *each.spellings):
            column = at.get(plain(spelling))
            if column is not None and column not in taken:
                columns[each.name] = column
                taken.add(column)
                break
    return Mapped(columns=columns)


def translated(row: Row, places: Mapping[str, int], mapped: Mapped) -> dict[str, str]:
    """The text of every mapped field, with what stands for a choice put in its place."""
    cells = {name: row.cells[place] for name, place in places.items()}
    for name, meant in mapped.values.items():
        if name in cells:
            cells[name] = meant.get(cells[name].casefold(), cells[name])
    return cells


def spellings(field: Field) -> Iterator[tuple[str, str]]:
    """Every text that stands for a choice of the field, with the value that it stands for."""
    for each in field.choices:
        for text in (each.value, each.label, each.label_zh, *each.spellings):
            yield text, each.value


def chosen(text: str, field: Field) -> str | None:
    """The value that a text stands for, in any of its spellings; None when it is none of them."""
    wanted = plain(text)
    return next((value for spelling, value in spellings(field) if plain(spelling) == wanted), None)
