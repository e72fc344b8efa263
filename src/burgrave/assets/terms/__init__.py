"""Words of information assets.

*Asset*, *owner* and *classification* as in ISO/IEC 27001:2022, A.5.9 and A.5.12; *primary* and *supporting asset* as in
ISO/IEC 27005:2022, B.1. *Protection need* per dimension, and its inheritance along dependencies by the maximum, as in
BSI-Standard 200-2, 8.2. A need is a rank of the classification scheme: 1 is the lowest level, 0 means *not assessed*.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NewType
from uuid import UUID

from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

AssetId = NewType("AssetId", UUID)

READ, EDIT, CLASSIFY, SCHEME = "assets.read", "assets.edit", "assets.classify", "assets.scheme"
NAME_MAX, TEXT_MAX, REFERENCE_MAX, IDENTIFIER_MAX, TAG_MAX = 200, 20_000, 100, 300, 50
MOST_TAGS, MOST_IDENTIFIERS, MOST_REVIEW_DAYS = 30, 200, 3_650
NOT_ASSESSED = 0


class AssetType(StrEnum):
    """The first two are primary assets, the others support them (ISO/IEC 27005:2022, B.1.2)."""

    INFORMATION = "information"
    BUSINESS_PROCESS = "business_process"
    SERVICE = "service"
    SYSTEM = "system"
    SOFTWARE = "software"
    DEVICE = "device"
    NETWORK = "network"
    LOCATION = "location"
    SUPPLIER = "supplier"
    ROLE = "role"


class Lifecycle(StrEnum):
    PLANNED = "planned"
    IN_USE = "in_use"
    RETIRING = "retiring"
    DISPOSED = "disposed"


class Dimension(StrEnum):
    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"


DIMENSIONS = tuple(Dimension)


class DependencyKind(StrEnum):
    """Read as *dependent* kind *support*: a service runs on a system. The support inherits the dependent's need."""

    DEPENDS_ON = "depends_on"
    RUNS_ON = "runs_on"
    STORED_ON = "stored_on"
    CONSISTS_OF = "consists_of"
    LOCATED_IN = "located_in"
    SUPPLIED_BY = "supplied_by"


CONTAINMENT = frozenset({DependencyKind.CONSISTS_OF, DependencyKind.LOCATED_IN})
"""Nothing lies within itself: these two have no cycle. Two services may well depend on each other."""


class IdentifierKind(StrEnum):
    """What other systems call an asset; with the first three an event finds its asset."""

    HOSTNAME = "hostname"
    FQDN = "fqdn"
    IP = "ip"
    SERIAL = "serial"
    CMDB = "cmdb"
    CPE = "cpe"
    PURL = "purl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A rank per dimension, 0 where nobody has assessed it."""

    confidentiality: int = NOT_ASSESSED
    integrity: int = NOT_ASSESSED
    availability: int = NOT_ASSESSED

    def of(self, dimension: Dimension) -> int:
        return {
            Dimension.CONFIDENTIALITY: self.confidentiality,
            Dimension.INTEGRITY: self.integrity,
            Dimension.AVAILABILITY: self.availability,
        }[dimension]

    @property
    def highest(self) -> int:
        return max(self.confidentiality, self.integrity, self.availability)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level of the scheme; its rank is its place, from 1."""

    rank: int
    name: str
    name_zh: str
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """The levels by which confidentiality, integrity and availability are classified, lowest first."""

    version: int
    levels: tuple[Level, ...]
    made_at: datetime | None = None
    made_by: str = ""

    def name(self, rank: int, *, chinese: bool = False) -> str:
        level = next((each for each in self.levels if each.rank == rank), None)
        if level is None:
            return ""
        return level.name_zh if chinese and level.name_zh else level.name


DEFAULT_SCHEME = Scheme(
    version=0,
    levels=(
        Level(rank=1, name="Low", name_zh="低", meaning="Damage is hardly noticed and mended by the unit itself."),
        Level(rank=2, name="Medium", name_zh="中", meaning="Damage is limited and bearable for the organisation."),
        Level(rank=3, name="High", name_zh="高", meaning="Damage is considerable: contracts, law or reputation."),
        Level(rank=4, name="Very high", name_zh="极高", meaning="Damage threatens people or the organisation itself."),
    ),
)

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}")
"""An address in its one spelling already; everything else is left to `ipaddress`, which takes ten times as long."""


def identifier(kind: IdentifierKind, value: str) -> str:
    """The value in the one spelling by which it is compared. Raises BadInput."""
    value = value.strip()
    if not value or len(value) > IDENTIFIER_MAX or not value.isprintable():
        raise BadInput("an identifier has 1 to %(most)s printable characters", words={"most": str(IDENTIFIER_MAX)})
    match kind:
        case IdentifierKind.IP:
            if _IPV4.fullmatch(value):
                return value
            try:
                return str(ipaddress.ip_address(value))
            except ValueError:
                raise BadInput("%(value)s is no IP address", words={"value": value}) from None
        case IdentifierKind.HOSTNAME | IdentifierKind.FQDN:
            name = value.lower().rstrip(".")
            labels = name.split(".")
            whole = kind is IdentifierKind.FQDN
            if not all(_HOST.fullmatch(label) for label in labels) or whole != (len(labels) > 1):
                raise BadInput(
                    "%(value)s is no host name of this kind; a full name has dots, a short one has none",
                    words={"value": value},
                )
            return name
        case _:
            return value


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFacts:
    """What people say about an asset. ``reference`` is its name in another system, unique where there is one.

    ``value_minor`` counts hundredths of ``currency`` (ISO 4217). Raises BadInput.
    """

    name: str
    type: AssetType
    unit_id: UnitId
    reference: str = ""
    description: str = ""
    owner_id: PersonId | None = None
    custodian_id: PersonId | None = None
    own: Need = field(default_factory=Need)
    value_minor: int | None = None
    currency: str = ""
    personal_data: bool = False
    lifecycle: Lifecycle = Lifecycle.IN_USE
    review_every_days: int = 365
    tags: tuple[str, ...] = ()
    identifiers: tuple[tuple[IdentifierKind, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > NAME_MAX:
            raise BadInput("an asset has a name of 1 to %(most)s characters", words={"most": str(NAME_MAX)})
        if len(self.reference) > REFERENCE_MAX or self.reference != self.reference.strip():
            raise BadInput(
                "a reference has at most %(most)s characters and none of them is a space at its end",
                words={"most": str(REFERENCE_MAX)},
            )
        if len(self.description) > TEXT_MAX:
            raise BadInput("a description has at most %(most)s characters", words={"most": str(TEXT_MAX)})
        if (self.value_minor is None) != (not self.currency) or (self.value_minor or 0) < 0:
            raise BadInput("a value is an amount that is not negative, and its currency")
        if self.currency and not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise BadInput("a currency is written with three capital letters (ISO 4217), such as EUR or CNY")
        if not 1 <= self.review_every_days <= MOST_REVIEW_DAYS:
            raise BadInput("an asset is reviewed every 1 to 3650 days")
        if len(self.tags) > MOST_TAGS or any(not 0 < len(tag) <= TAG_MAX for tag in self.tags):
            raise BadInput(
                "an asset has at most %(tags)s tags of 1 to %(most)s characters",
                words={"tags": str(MOST_TAGS), "most": str(TAG_MAX)},
            )
        if len(self.identifiers) > MOST_IDENTIFIERS:
            raise BadInput("an asset has at most %(most)s identifiers", words={"most": str(MOST_IDENTIFIERS)})


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetChange:
    """What one act says of many assets; what it does not name stays. ``takes_owner`` without one takes it away."""

    owner_id: PersonId | None = None
    takes_owner: bool = False
    custodian_id: PersonId | None = None
    takes_custodian: bool = False
    unit_id: UnitId | None = None
    adds_tag: str = ""
    removes_tag: str = ""
    lifecycle: Lifecycle | None = None
    reason: str = ""
    is_review: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """What the act names, in words of the records."""
        named = (
            ("owner_id", self.takes_owner or self.owner_id),
            ("custodian_id", self.takes_custodian or self.custodian_id),
            ("unit_id", self.unit_id),
            ("tags", self.adds_tag or self.removes_tag),
            ("lifecycle", self.lifecycle),
            ("review", self.is_review),
        )
        return tuple(name for name, is_named in named if is_named)

    def of(self, facts: AssetFacts) -> AssetFacts:
        """What is said of an asset after the act, its phase left out. Raises BadInput."""
        kept = tuple(tag for tag in facts.tags if tag != self.removes_tag)
        tags = kept if not self.adds_tag or self.adds_tag in kept else (*kept, self.adds_tag)
        return replace(
            facts,
            owner_id=self.owner_id if self.takes_owner or self.owner_id else facts.owner_id,
            custodian_id=self.custodian_id if self.takes_custodian or self.custodian_id else facts.custodian_id,
            unit_id=self.unit_id or facts.unit_id,
            tags=tags,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFilter:
    """How a list is narrowed; an empty tuple means every value. ``need`` is the lowest rank in any dimension."""

    text: str = ""
    types: tuple[AssetType, ...] = ()
    units: tuple[UUID, ...] = ()
    lifecycles: tuple[Lifecycle, ...] = ()
    need: int = 0
    personal_data: bool = False
    overdue: bool = False
    unowned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRow:
    """An asset as a list shows it; ``need`` is the effective one."""

    asset_id: AssetId
    number: str
    name: str
    type: AssetType
    unit_id: UnitId
    unit_name: str
    owner_name: str
    lifecycle: Lifecycle
    need: Need
    personal_data: bool
    review_due_on: date
    reference: str
    tags: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetBrief:
    """An asset as far as a scope asks about it."""

    asset_id: AssetId
    number: str
    name: str
    unit_id: UnitId
    type: AssetType
    tags: frozenset[str]
    need: Need


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One asset on the way from which a need comes."""

    asset_id: AssetId
    number: str
    name: str
    rank: int
    is_visible: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why an asset has its rank in a dimension. ``goes_on`` says that the way is longer than the path shows.

    ``path`` runs from the asset itself to the one that was classified so; one step alone when it is its own.
    ``lowered_to`` is what somebody decided instead of the maximum, with the reason.
    """

    dimension: Dimension
    rank: int
    own: int
    path: tuple[PathStep, ...]
    goes_on: bool = False
    lowered_to: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """An asset at the other end of a dependency."""

    dependency_id: int
    kind: DependencyKind
    row: AssetRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetView:
    """The record of an asset. ``needs`` is what it depends on, ``needed_by`` what depends on it.

    ``hidden`` counts those neighbours that the reader may not see.
    """

    row: AssetRow
    facts: AssetFacts
    owner_name: str
    custodian_name: str
    why: tuple[Why, ...]
    needs: tuple[Neighbour, ...]
    needed_by: tuple[Neighbour, ...]
    hidden: int
    lowered: Need
    lowered_reason: str
    reviewed_on: date | None
    reviewed_by: str
    added_at: datetime
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRecord:
    """The record with the visible assets around it, itself among them, and the dependencies between these."""

    view: AssetView
    scheme: Scheme
    around: tuple[AssetRow, ...]
    dependencies: tuple[tuple[AssetId, DependencyKind, AssetId], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCounts:
    """What became of many facts that were saved at once."""

    new: int
    changed: int
    same: int
    ids: Mapping[str, AssetId] = field(default_factory=lambda: MappingProxyType({}))
    new_ids: tuple[UUID, ...] = ()
    changed_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """What a survivor says after a duplicate went into it; ``fields`` are those that it takes from the duplicate.

    ``lowered`` is what stays of the decisions of both. ``moved`` counts the dependencies that come over.
    """

    facts: AssetFacts
    lowered: Need
    lowered_reason: str
    fields: tuple[str, ...]
    moved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Two assets that may be one, the older first: by these identifiers, by their name, or by both."""

    one: AssetRow
    other: AssetRow
    identifiers: tuple[tuple[IdentifierKind, str], ...]
    same_name: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerAsset:
    """A duplicate that went into the asset."""

    asset_id: AssetId
    number: str
    name: str
    merged_at: datetime
    merged_by: str
