"""What the domain appends to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from burgrave.ledger.terms import Record, Sealed
from burgrave.lists.terms.listing import Audience, SheetFormat


def list_subject(name: str) -> str:
    return f"lists.list:{name}"


def view_subject(view_id: UUID) -> str:
    return f"lists.view:{view_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSaved(Record):
    """A view of a list stands under a name."""

    kind: ClassVar[str] = "lists.view_saved"
    view_id: UUID
    list_name: str
    audience: Audience
    unit_id: UUID | None
    name: Sealed
    query: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (view_subject(self.view_id), list_subject(self.list_name))


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRemoved(Record):
    """A view is gone for everybody who saw it."""

    kind: ClassVar[str] = "lists.view_removed"
    view_id: UUID
    list_name: str

    def subjects(self) -> tuple[str, ...]:
        return (view_subject(self.view_id), list_subject(self.list_name))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListArranged(Record):
    """A person chose columns, or the view that opens by itself."""

    kind: ClassVar[str] = "lists.list_arranged"
    list_name: str
    columns: tuple[str, ...]
    default_view_id: UUID | None

    def subjects(self) -> tuple[str, ...]:
        return (list_subject(self.list_name),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListExported(Record):
    """Rows left as a file: which list, how narrowed, how many, and the digest of the file."""

    kind: ClassVar[str] = "lists.list_exported"
    list_name: str
    sheet_format: SheetFormat
    columns: tuple[str, ...]
    rows: int
    sha256: str
    size_bytes: int
    query: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (list_subject(self.list_name),)
