"""What the ledger remembers of this domain. Names, e-mail addresses and network addresses are sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from burgrave.ledger.terms import Record, Sealed

ORGANISATION = "people.organisation:1"
FAILED_SIGN_INS = "people.sign_in:failed"


def person_subject(person_id: UUID) -> str:
    return f"people.person:{person_id}"


def role_subject(code: str) -> str:
    return f"people.role:{code}"


def unit_subject(unit_id: UUID) -> str:
    return f"people.unit:{unit_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpLinkIssued(Record):
    kind: ClassVar[str] = "people.set_up_link_issued"
    link_id: UUID
    expires_at: datetime

    def subjects(self) -> tuple[str, ...]:
        return (ORGANISATION,)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationSetUp(Record):
    """The organisation has a name and a first administrator; ``sample`` asks higher floors to load theirs."""

    kind: ClassVar[str] = "people.organisation_set_up"
    root_unit_id: UUID
    administrator_id: UUID
    sample: bool
    name: Sealed
    administrator_name: Sealed
    administrator_email: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (ORGANISATION, person_subject(self.administrator_id), unit_subject(self.root_unit_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfPerson(Record):
    """A record about one person."""

    kind: ClassVar[str] = ""
    person_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (person_subject(self.person_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAdded(OfPerson):
    kind: ClassVar[str] = "people.person_added"
    unit_id: UUID
    name: Sealed
    email: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (person_subject(self.person_id), unit_subject(self.unit_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEdited(OfPerson):
    kind: ClassVar[str] = "people.person_edited"
    unit_id: UUID
    name: Sealed
    email: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDeactivated(OfPerson):
    kind: ClassVar[str] = "people.person_deactivated"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReactivated(OfPerson):
    kind: ClassVar[str] = "people.person_reactivated"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationIssued(OfPerson):
    kind: ClassVar[str] = "people.invitation_issued"
    link_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAccepted(OfPerson):
    kind: ClassVar[str] = "people.invitation_accepted"
    link_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(OfPerson):
    kind: ClassVar[str] = "people.password_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged(OfPerson):
    kind: ClassVar[str] = "people.profile_changed"
    language: str
    theme: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantMade(OfPerson):
    kind: ClassVar[str] = "people.grant_made"
    grant_id: UUID
    role: str
    unit_id: UUID
    expires_at: datetime | None

    def subjects(self) -> tuple[str, ...]:
        return (person_subject(self.person_id), unit_subject(self.unit_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRevoked(OfPerson):
    kind: ClassVar[str] = "people.grant_revoked"
    grant_id: UUID
    role: str
    unit_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (person_subject(self.person_id), unit_subject(self.unit_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAdded(Record):
    kind: ClassVar[str] = "people.unit_added"
    unit_id: UUID
    parent_id: UUID
    name: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (unit_subject(self.unit_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRenamed(Record):
    kind: ClassVar[str] = "people.unit_renamed"
    unit_id: UUID
    name: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (unit_subject(self.unit_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLeft(Record):
    """The made-up people, their roles and units are gone; the records about them stay, their names erased."""

    kind: ClassVar[str] = "people.sample_left"
    root_unit_id: UUID
    persons: int
    grants: int
    units: int

    def subjects(self) -> tuple[str, ...]:
        return (unit_subject(self.root_unit_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMoved(Record):
    """The unit and all below it stand below another unit, and whoever holds a role above it follows."""

    kind: ClassVar[str] = "people.unit_moved"
    unit_id: UUID
    was_below_id: UUID
    parent_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (unit_subject(self.unit_id), unit_subject(self.was_below_id), unit_subject(self.parent_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRole(Record):
    """A record about a role of the organisation's own."""

    kind: ClassVar[str] = ""
    role: str

    def subjects(self) -> tuple[str, ...]:
        return (role_subject(self.role),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleMade(OfRole):
    kind: ClassVar[str] = "people.role_made"
    permissions: tuple[str, ...]
    name: Sealed
    note: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEdited(OfRole):
    """``permissions`` is what the role allows now; whoever holds it may exactly that from here on."""

    kind: ClassVar[str] = "people.role_edited"
    permissions: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    name: Sealed
    note: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRetired(OfRole):
    """Nobody gets the role any more; whoever holds it keeps it until it is taken back or ends."""

    kind: ClassVar[str] = "people.role_retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDeleted(OfRole):
    kind: ClassVar[str] = "people.role_deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantDelegated(OfPerson):
    """The delegate may what the person's grant gives; empty ``unit_ids`` or ``permissions`` lend the whole of it."""

    kind: ClassVar[str] = "people.grant_delegated"
    delegate_id: UUID
    delegation_id: UUID
    grant_id: UUID
    role: str
    unit_ids: tuple[UUID, ...]
    permissions: tuple[str, ...]
    begins_at: datetime
    ends_at: datetime
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (person_subject(self.person_id), person_subject(self.delegate_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationTakenBack(OfPerson):
    kind: ClassVar[str] = "people.delegation_taken_back"
    delegate_id: UUID
    delegation_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (person_subject(self.person_id), person_subject(self.delegate_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMade(OfPerson):
    """The person has a token for these permissions; without a unit it reaches wherever the person does."""

    kind: ClassVar[str] = "people.token_made"
    token_id: UUID
    permissions: tuple[str, ...]
    unit_id: UUID | None
    expires_at: datetime
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(OfPerson):
    kind: ClassVar[str] = "people.token_revoked"
    token_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(OfPerson):
    kind: ClassVar[str] = "people.signed_in"
    address: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut(OfPerson):
    kind: ClassVar[str] = "people.signed_out"
    address: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(Record):
    """Somebody gave an e-mail address with a wrong password; nobody needs to have that address."""

    kind: ClassVar[str] = "people.sign_in_failed"
    failures: int
    email: Sealed
    address: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (FAILED_SIGN_INS,)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutBegan(Record):
    kind: ClassVar[str] = "people.lockout_began"
    failures: int
    until: datetime
    email: Sealed
    address: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (FAILED_SIGN_INS,)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutLifted(OfPerson):
    kind: ClassVar[str] = "people.lockout_lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMade(Record):
    """A report went out as a file with this digest; ``rows`` is how much of the domain it showed."""

    kind: ClassVar[str] = "people.report_made"
    report: str
    format: str
    sha256: str
    size_bytes: int
    rows: int

    def subjects(self) -> tuple[str, ...]:
        return (f"people.report:{self.report}",)
