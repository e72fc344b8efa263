"""What the queries give and what the commands answer: frozen values, safe to hand to a template."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from burgrave.web.terms import PersonId, UnitId


class Language(StrEnum):
    ENGLISH = "en"
    SIMPLIFIED_CHINESE = "zh-hans"


class Theme(StrEnum):
    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class PersonState(StrEnum):
    """``INVITED``: active, but no password chosen yet."""

    ACTIVE = "active"
    INVITED = "invited"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How a person wants pages to be."""

    language: str = Language.ENGLISH
    theme: str = Theme.AUTO
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitNode:
    """A unit and its place, as far as the rules need it."""

    unit_id: UnitId
    parent_id: UnitId | None
    is_sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGrant:
    """A grant as far as the rules need it."""

    person_id: PersonId
    role: str
    unit_id: UnitId
    permissions: frozenset[str]
    expires_at: datetime | None
    delegated_by: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantView:
    """A grant that is asked for or asked back, with those who are concerned."""

    person_id: PersonId
    person_name: str
    role: str
    unit_id: UnitId
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A person who was added or invited again, and the path of the link that is shown once."""

    person_id: PersonId
    path: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePerson:
    """Somebody made up, with roles as (role, unit, end). ``joined_at`` may lie back."""

    email: str
    name: str
    unit_id: UnitId
    joined_at: datetime
    language: str = Language.ENGLISH
    time_zone: str = "UTC"
    roles: tuple[tuple[str, UnitId, datetime | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpResult:
    person_id: PersonId
    root_unit_id: UnitId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRow:
    name: str
    root_unit_id: UnitId
    set_up_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedUnit:
    unit_id: UnitId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """A unit in the order of the tree, ``depth`` 0 at the root."""

    unit_id: UnitId
    name: str
    parent_id: UnitId | None
    depth: int
    persons: int
    version: int
    may_manage: bool = False

    @property
    def levels(self) -> range:
        """As many as there are units above, for a template to count."""
        return range(self.depth)


class RoleState(StrEnum):
    """``SHIPPED`` roles follow the program; ``RETIRED`` ones are given to nobody any more."""

    SHIPPED = "shipped"
    OWN = "own"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRow:
    """A role; ``holders`` counts the persons who hold it now, ``was_given`` says whether anybody ever did."""

    code: str
    name: str
    note: str
    permissions: tuple[str, ...]
    state: RoleState
    holders: int
    was_given: bool
    version: int
    changed_by: str
    changed_at: datetime | None

    @property
    def is_own(self) -> bool:
        return self.state is not RoleState.SHIPPED


class DelegationState(StrEnum):
    HOLDS = "holds"
    TO_COME = "to_come"
    ENDED = "ended"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRow:
    """Empty ``units`` or ``permissions``: the whole of the grant."""

    delegation_id: UUID
    grant_id: UUID
    role: str
    role_name: str
    unit_name: str
    units: tuple[str, ...]
    permissions: tuple[str, ...]
    delegator_id: PersonId
    delegator_name: str
    delegate_id: PersonId
    delegate_name: str
    reason: str
    begins_at: datetime
    ends_at: datetime
    made_at: datetime
    state: DelegationState


@dataclass(frozen=True, slots=True, kw_only=True)
class LendableGrant:
    """A grant of the reader's own, and what of it may be lent."""

    grant_id: UUID
    role: str
    role_name: str
    unit_id: UnitId
    unit_name: str
    permissions: tuple[str, ...]
    expires_at: datetime | None


class TokenState(StrEnum):
    WORKS = "works"
    ENDED = "ended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeToken:
    """A fresh token; ``secret`` is shown once and exists nowhere else."""

    token_id: UUID
    secret: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """``hint`` is how the token begins; without a unit it reaches wherever its owner does."""

    token_id: UUID
    owner_id: PersonId
    name: str
    hint: str
    permissions: tuple[str, ...]
    unit_id: UnitId | None
    unit_name: str
    state: TokenState
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    grant_id: UUID
    role: str
    role_name: str
    unit_id: UnitId
    unit_name: str
    expires_at: datetime | None
    is_expired: bool
    granted_at: datetime
    granted_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyMay:
    """One reason why a person may do something: the permission, where it holds, and the grant that gives it."""

    permission: str
    role: str
    role_name: str
    grant_id: UUID
    unit_id: UnitId
    unit_name: str
    units_below: int
    expires_at: datetime | None
    lent_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person in a list."""

    person_id: PersonId
    name: str
    email: str
    unit_id: UnitId
    unit_name: str
    state: PersonState
    roles: tuple[str, ...]
    named_roles: tuple[tuple[str, str], ...]
    last_signed_in_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """A person with everything that the record page shows; ``hidden_grants`` lie in units the reader may not see.

    ``factors`` counts apps and passkeys, not recovery codes.
    """

    person_id: PersonId
    name: str
    email: str
    unit_id: UnitId
    unit_name: str
    state: PersonState
    language: str
    theme: str
    time_zone: str
    joined_at: datetime
    last_signed_in_at: datetime | None
    version: int
    grants: tuple[GrantRow, ...]
    hidden_grants: int
    why: tuple[WhyMay, ...]
    factors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFilter:
    """What a list of persons is cut down to; empty means everything, several values of a field mean *or*."""

    text: str = ""
    units: tuple[UUID, ...] = ()
    roles: tuple[str, ...] = ()
    states: tuple[PersonState, ...] = ()


class Lent(StrEnum):
    """Whether a right is one's own, and if not, how much of the grant was lent."""

    NOT = "not"
    WHOLE = "whole"
    IN_PART = "in_part"


@dataclass(frozen=True, slots=True, kw_only=True)
class RightRow:
    """A role that a person holds in a unit, as an auditor asks for it: granted, or ``lent`` by somebody for a time."""

    person_name: str
    email: str
    home_unit: str
    is_active: bool
    role: str
    role_name: str
    unit_name: str
    granted_at: datetime
    granted_by: str
    expires_at: datetime | None
    is_expired: bool
    last_signed_in_at: datetime | None
    lent: Lent = Lent.NOT

    @property
    def counts(self) -> bool:
        """Whether it gives anything now."""
        return self.is_active and not self.is_expired
