"""Second factors: what proves, beside the password or instead of it, that somebody is who they say.

*Authenticator*, *multi-factor* and *verifier* are used as in NIST SP 800-63B; *passkey*, *user verification* and
*discoverable* as in WebAuthn Level 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from burgrave.ledger.terms import Record, Sealed
from burgrave.people.terms.records import ORGANISATION, OfPerson


class FactorKind(StrEnum):
    """The spelling of allauth's table."""

    APP = "totp"
    PASSKEY = "webauthn"
    RECOVERY_CODES = "recovery_codes"


class Purpose(StrEnum):
    """What a factor was asked for. ``SIGN_IN_ALONE``: a passkey without any password before it."""

    SIGN_IN = "sign_in"
    SIGN_IN_ALONE = "sign_in_alone"
    CONFIRM = "confirm"


class Proof(StrEnum):
    """By what somebody proved to be who they are."""

    PASSWORD = "password"  # noqa: S105 - a word, not a password
    CODE = "code"
    PASSKEY = "passkey"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRow:
    """One factor of a person; ``left`` counts the unused recovery codes."""

    factor_id: int
    kind: FactorKind
    name: str
    added_at: datetime
    last_used_at: datetime | None
    signs_in_alone: bool = False
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRuleRow:
    """A demand for a second factor: on everybody when ``role`` is empty."""

    role: str
    since: datetime
    grace_days: int
    set_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One rule that binds a person, and since when they are under it."""

    since: datetime
    bound_since: datetime
    grace_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorAdded(OfPerson):
    kind: ClassVar[str] = "people.factor_added"
    factor: str
    factor_id: int
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRenamed(OfPerson):
    kind: ClassVar[str] = "people.factor_renamed"
    factor: str
    factor_id: int
    name: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRemoved(OfPerson):
    kind: ClassVar[str] = "people.factor_removed"
    factor: str
    factor_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesMade(OfPerson):
    """The codes themselves are nowhere in the ledger."""

    kind: ClassVar[str] = "people.recovery_codes_made"
    codes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorUsed(OfPerson):
    kind: ClassVar[str] = "people.factor_used"
    factor: str
    factor_id: int
    purpose: str
    address: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRefused(OfPerson):
    """A wrong, used or outdated code, or an answer of a passkey that does not hold."""

    kind: ClassVar[str] = "people.factor_refused"
    factor: str
    purpose: str
    failures: int
    address: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorsLocked(OfPerson):
    kind: ClassVar[str] = "people.factors_locked"
    failures: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorsReset(OfPerson):
    """An administrator took every factor of the person away, and every session has ended."""

    kind: ClassVar[str] = "people.factors_reset"
    factors: int
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRequired(Record):
    """A second factor is asked for from everybody, or from whoever holds ``role``."""

    kind: ClassVar[str] = "people.factor_required"
    role: str
    grace_days: int

    def subjects(self) -> tuple[str, ...]:
        return (ORGANISATION,)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRequirementLifted(Record):
    kind: ClassVar[str] = "people.factor_requirement_lifted"
    role: str

    def subjects(self) -> tuple[str, ...]:
        return (ORGANISATION,)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One browser in which a person is signed in."""

    session_id: UUID
    began_at: datetime
    last_seen_at: datetime
    address: str
    browser: str
    system: str
    proof: Proof
    is_this: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(OfPerson):
    kind: ClassVar[str] = "people.session_ended"
    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(OfPerson):
    """All sessions of the person ended, or all but the one in which they asked for it."""

    kind: ClassVar[str] = "people.sessions_ended"
    but_one: bool
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityConfirmed(OfPerson):
    """Somebody who was signed in proved again who they are, before a dangerous act."""

    kind: ClassVar[str] = "people.identity_confirmed"
    proof: str
    address: Sealed
