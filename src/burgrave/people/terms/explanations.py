"""Why somebody may, or may not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from burgrave.web.terms import PersonId, UnitId


class Lack(StrEnum):
    """What a grant or a delegation would need besides, to give the permission here and now."""

    ROLE_LACKS = "role_lacks"
    OTHER_UNIT = "other_unit"
    ENDED = "ended"
    NOT_BEGUN = "not_begun"
    LEFT_OUT = "left_out"
    OTHER_PART = "other_part"
    TAKEN_BACK = "taken_back"
    DELEGATOR_LEFT = "delegator_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """What a delegation narrows a grant to. Empty ``units`` or ``permissions``: the whole of the grant."""

    delegation_id: UUID
    delegator_id: PersonId
    delegator_name: str
    delegator_is_active: bool
    units: tuple[UnitId, ...]
    permissions: frozenset[str]
    begins_at: datetime
    ends_at: datetime
    taken_back_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedDelegation:
    """A delegation that somebody asks for, with the grant that it would come from."""

    delegator_id: PersonId
    delegate_id: PersonId
    role: str
    role_permissions: frozenset[str]
    unit_id: UnitId
    expires_at: datetime | None
    units: frozenset[UnitId]
    permissions: frozenset[str]
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A grant as it stands in the table, held by its own person or lent by them."""

    grant_id: UUID
    role: str
    role_name: str
    role_permissions: frozenset[str]
    unit_id: UnitId
    unit_name: str
    expires_at: datetime | None
    granted_at: datetime
    granted_by: str
    lent: Lent | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When it ends: with the grant or with the delegation, whichever comes first."""
        ends = [end for end in (self.expires_at, self.lent.ends_at if self.lent else None) if end is not None]
        return min(ends, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A claim, and what it lacks to give the permission; with nothing lacking it gives it."""

    claim: Claim
    lacks: tuple[Lack, ...]

    @property
    def gives(self) -> bool:
        return not self.lacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """``because`` holds every claim that gives the permission, ``nearest`` those that come nearest to it.

    ``hidden`` counts claims in units that the reader may not see; ``hidden_gives`` says whether one of them gives it.
    """

    permission: str
    unit_id: UnitId
    allowed: bool
    is_active: bool
    because: tuple[Reason, ...]
    nearest: tuple[Reason, ...]
    hidden: int = 0
    hidden_gives: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedPerson:
    """An explanation with those whom it is about, and the way from the unit up to the root."""

    person_id: PersonId
    person_name: str
    unit_name: str
    unit_path: tuple[str, ...]
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRow:
    """Somebody who may, with the reasons that the reader may see."""

    person_id: PersonId
    name: str
    email: str
    because: tuple[Reason, ...]
    hidden: int
    is_visible: bool
