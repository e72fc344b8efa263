"""Words of imports: a file that came in, what is made of it, and the targets that take it.

A *target* is a kind of objects that files can be imported into. Domains above this one hand theirs down by the table
`IMPORTS` in `site/wiring.py`, so that this domain knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NewType, Protocol, TypeAlias
from uuid import UUID

from burgrave.engines.sheets import Change, Choice, Choices, Fault, Field, Mapped
from burgrave.web.terms import Actor, PersonId

ImportId = NewType("ImportId", UUID)
Tell: TypeAlias = Callable[[int, int], None]
"""Hears how many rows of how many are done; may raise to stop the work."""

CHECK_JOB, APPLY_JOB = "imports.check", "imports.apply"
MOST_FAULTS, MOST_CHANGES = 10_000, 500
"""So many are kept and shown; all are counted."""
NAME_MAX = 100
NO_CHOICES = Choices()


class ImportState(StrEnum):
    """``FOUND_WRONG``: the dry run found faults, or could not read the file at all."""

    RECEIVED = "received"
    CHECKING = "checking"
    FOUND_WRONG = "found_wrong"
    READY = "ready"
    APPLYING = "applying"
    APPLIED = "applied"
    DISCARDED = "discarded"


class Reads(StrEnum):
    """``DOCUMENT``: the file says itself what is what, so that no column is mapped."""

    SHEET = "sheet"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something that a person decides beside the columns; a switch where there are no choices."""

    name: str
    label: str
    label_zh: str
    help: str = ""
    help_zh: str = ""
    choices: tuple[Choice, ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file with everything that was said about it; ``name`` is what whoever sent it calls it, "" where none did."""

    content: bytes
    choices: Choices = NO_CHOICES
    mapped: Mapped | None = None
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a file would do. ``figures`` are further counts, each with its words.

    ``faults_block`` is false where what is faulty is left out and the rest is taken.
    """

    rows: int
    new: int
    changed: int
    same: int
    faults: Sequence[Fault] = ()
    fault_count: int = 0
    faults_block: bool = True
    changes: Sequence[Change] = ()
    notes: Sequence[str] = ()
    figures: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a file did: which objects are new, and which were changed."""

    new: Sequence[UUID]
    changed: Sequence[UUID]
    same: int
    figures: Sequence[tuple[str, int]] = ()


class ImportTarget(Protocol):
    """A kind of objects that files are imported into. Reading raises SheetError or a Refusal."""

    @property
    def kind(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def label_zh(self) -> str: ...
    @property
    def permission(self) -> str: ...
    @property
    def reads(self) -> Reads: ...
    @property
    def accept(self) -> str:
        """Endings of file names, as a file input has them."""

    @property
    def address(self) -> str:
        """Name of the address of one object; it takes the object's id."""

    @property
    def listed(self) -> tuple[str, str]:
        """Where what came in is worked on: the name of the address of the list, and the query that narrows it."""

    def fields(self, *, actor: Actor) -> tuple[Field, ...]: ...
    def options(self, *, actor: Actor) -> tuple[Option, ...]: ...

    def plan(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Plan:
        """What would be done; nothing is changed."""

    def prepare(self, source: Source, *, actor: Actor, now: datetime, tell: Tell) -> Callable[[], Outcome]:
        """The file is read; what is returned does everything inside the caller's transaction, or raises a Refusal."""


Targets: TypeAlias = Mapping[str, ImportTarget]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """An import as a list and its own page show it; the counts are those of the last dry run, or of what was done."""

    import_id: ImportId
    target: str
    state: ImportState
    name: str
    size_bytes: int
    sha256: str
    person_id: PersonId | None
    person_name: str
    created_at: datetime
    changed_at: datetime
    rows: int
    new: int
    changed: int
    same: int
    fault_count: int
    refusal: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    row: ImportRow
    source: Source
    notes: tuple[str, ...]
    figures: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumns:
    """The columns of a file as it is read now. ``is_guessed`` says that nobody said yet what they fill."""

    sheets: tuple[str, ...]
    header: tuple[str, ...]
    mapped: Mapped
    is_guessed: bool
    unused: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMapping:
    mapping_id: int
    name: str
    mapped: Mapped
    saved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBy:
    """Which import touched an object."""

    import_id: ImportId
    name: str
    at: datetime
    is_new: bool


def checking_key(import_id: UUID) -> str:
    return f"imports.check:{import_id}"


def applying_key(import_id: UUID) -> str:
    return f"imports.apply:{import_id}"
