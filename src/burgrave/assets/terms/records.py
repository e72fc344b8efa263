"""What the domain appends to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from burgrave.assets.terms import AssetType, DependencyKind, Lifecycle
from burgrave.ledger.terms import Record, Sealed


def asset_subject(asset_id: UUID) -> str:
    return f"assets.asset:{asset_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAsset(Record):
    asset_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (asset_subject(self.asset_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetAdded(_OfAsset):
    """An asset stands in the inventory (ISO/IEC 27001:2022, A.5.9)."""

    kind: ClassVar[str] = "assets.asset_added"
    asset_type: AssetType
    unit_id: UUID
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetEdited(_OfAsset):
    """The named fields have new values."""

    kind: ClassVar[str] = "assets.asset_edited"
    fields: tuple[str, ...]
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetClassified(_OfAsset):
    """Somebody assessed the need of the asset itself; 0 means that it was taken back."""

    kind: ClassVar[str] = "assets.asset_classified"
    confidentiality: int
    integrity: int
    availability: int
    scheme_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedLowered(_OfAsset):
    """The asset does not inherit the maximum: 0 means that it does again."""

    kind: ClassVar[str] = "assets.need_lowered"
    confidentiality: int
    integrity: int
    availability: int
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetMoved(_OfAsset):
    """The asset is in another phase of its life."""

    kind: ClassVar[str] = "assets.asset_moved"
    lifecycle: Lifecycle
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetReviewed(_OfAsset):
    """Somebody confirmed that what is said about the asset is still true."""

    kind: ClassVar[str] = "assets.asset_reviewed"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfDependency(Record):
    dependent_id: UUID
    support_id: UUID
    dependency_kind: DependencyKind

    def subjects(self) -> tuple[str, ...]:
        return (asset_subject(self.dependent_id), asset_subject(self.support_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyAdded(_OfDependency):
    """One asset depends on another, which inherits its need."""

    kind: ClassVar[str] = "assets.dependency_added"


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyRemoved(_OfDependency):
    """The dependency is gone, and what was inherited along it."""

    kind: ClassVar[str] = "assets.dependency_removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetsMerged(Record):
    """The duplicate went into the survivor; ``facts`` is all that was said of it, ``fields`` what the survivor took."""

    kind: ClassVar[str] = "assets.assets_merged"
    survivor_id: UUID
    duplicate_id: UUID
    fields: tuple[str, ...]
    dependencies: int
    name: Sealed
    facts: Sealed
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (asset_subject(self.survivor_id), asset_subject(self.duplicate_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetsSaved(Record):
    """Many assets were saved at once; each that is new or changed has a record of its own before this one."""

    kind: ClassVar[str] = "assets.assets_saved"
    new: int
    changed: int
    same: int
    dependencies: int

    def subjects(self) -> tuple[str, ...]:
        return ("assets.inventory:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLeft(Record):
    """The made-up assets and their dependencies are gone; the records about them stay, their names erased."""

    kind: ClassVar[str] = "assets.sample_left"
    assets: int
    dependencies: int

    def subjects(self) -> tuple[str, ...]:
        return ("assets.inventory:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetsChanged(Record):
    """One act changed many assets; each that differs has records of its own before this one."""

    kind: ClassVar[str] = "assets.assets_changed"
    fields: tuple[str, ...]
    assets: int

    def subjects(self) -> tuple[str, ...]:
        return ("assets.inventory:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeDefined(Record):
    """The classification scheme has these levels, lowest first."""

    kind: ClassVar[str] = "assets.scheme_defined"
    version: int
    levels: tuple[str, ...]

    def subjects(self) -> tuple[str, ...]:
        return ("assets.scheme:all",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMade(Record):
    """A report went out as a file with this digest; ``rows`` is how much of the domain it showed."""

    kind: ClassVar[str] = "assets.report_made"
    report: str
    format: str
    sha256: str
    size_bytes: int
    rows: int

    def subjects(self) -> tuple[str, ...]:
        return (f"assets.report:{self.report}",)
