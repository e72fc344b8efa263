"""What the ledger remembers of imports. Names of files and of mappings are sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from burgrave.ledger.terms import Record, Sealed


def import_subject(import_id: UUID) -> str:
    return f"imports.import:{import_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfImport(Record):
    kind: ClassVar[str] = ""
    import_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (import_subject(self.import_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReceived(_OfImport):
    """A file came in to be imported; nothing of it was read yet."""

    kind: ClassVar[str] = "imports.file_received"
    target: str
    sha256: str
    size_bytes: int
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChecked(_OfImport):
    """A dry run said what the file would do."""

    kind: ClassVar[str] = "imports.file_checked"
    sha256: str
    new: int
    changed: int
    same: int
    faults: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileApplied(_OfImport):
    """Everything in the file was done; what became of each object stands in records of its own before this one."""

    kind: ClassVar[str] = "imports.file_applied"
    target: str
    sha256: str
    new: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportDiscarded(_OfImport):
    """Nothing of the file will be done."""

    kind: ClassVar[str] = "imports.import_discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingSaved(Record):
    """Which column fills which field is kept under a name for the next file."""

    kind: ClassVar[str] = "imports.mapping_saved"
    mapping_id: int
    target: str
    name: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (f"imports.mapping:{self.mapping_id}",)
