"""The ledger records of detection as content. Reasons and names of files are sealed; ids and digests are plain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from burgrave.detection.terms.attack import ATTACK_SUBJECT
from burgrave.detection.terms.exceptions import rule_exception_subject
from burgrave.detection.terms.layers import layer_subject
from burgrave.detection.terms.placeholders import placeholder_subject
from burgrave.detection.terms.trials import trial_subject
from burgrave.detection.terms.words import batch_subject, library_rule_subject
from burgrave.ledger.terms import Record, Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesImported(Record):
    """Rules came in. Each text that is new has a record of its own before this one."""

    kind: ClassVar[str] = "detection.rules_imported"
    batch_id: UUID
    sha256: str
    name: Sealed
    new: int
    changed: int
    same: int
    faults: int

    def subjects(self) -> tuple[str, ...]:
        return (batch_subject(self.batch_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfRule(Record):
    """``rule_id`` is the id in the text of the rule, ``rule_sha256`` the digest of its file."""

    library_rule_id: UUID
    rule_id: str
    rule_sha256: str

    def subjects(self) -> tuple[str, ...]:
        return (library_rule_subject(self.library_rule_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProposed(_OfRule):
    """A text waits for somebody other than who brought it."""

    kind: ClassVar[str] = "detection.rule_proposed"
    batch_id: UUID
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleApproved(_OfRule):
    """The text that waited is the rule's text now; where the rule is enabled it matches from now on.

    ``trial_id`` is the newest trial of the text on kept events, and ``tried_matches`` what it found; None without one.
    """

    kind: ClassVar[str] = "detection.rule_approved"
    trial_id: UUID | None = None
    tried_matches: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDeclined(_OfRule):
    kind: ClassVar[str] = "detection.rule_declined"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEnabled(_OfRule):
    kind: ClassVar[str] = "detection.rule_enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDisabled(_OfRule):
    kind: ClassVar[str] = "detection.rule_disabled"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRetired(_OfRule):
    kind: ClassVar[str] = "detection.rule_retired"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSwitchedOff(Record):
    """A rule that ships, or of a folder of this installation, is not held against events any more."""

    kind: ClassVar[str] = "detection.rule_switched_off"
    rule_id: str
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (f"detection.switch:{self.rule_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSwitchedOn(Record):
    """Such a rule is held against events again."""

    kind: ClassVar[str] = "detection.rule_switched_on"
    rule_id: str

    def subjects(self) -> tuple[str, ...]:
        return (f"detection.switch:{self.rule_id}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfException(Record):
    exception_id: UUID

    def subjects(self) -> tuple[str, ...]:
        return (rule_exception_subject(self.exception_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExceptionAsked(_OfException):
    """``filter_text`` is the exception as a Sigma filter; it holds values of events, so it is sealed."""

    kind: ClassVar[str] = "detection.exception_asked"
    unit_id: UUID
    rule_id: str
    filter_text: Sealed
    owner_id: UUID
    ends_on: date
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExceptionApproved(_OfException):
    kind: ClassVar[str] = "detection.exception_approved"
    rule_id: str
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExceptionRefused(_OfException):
    kind: ClassVar[str] = "detection.exception_refused"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExceptionRevoked(_OfException):
    kind: ClassVar[str] = "detection.exception_revoked"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExceptionExpired(_OfException):
    """Its last day is over; its events raise alerts again."""

    kind: ClassVar[str] = "detection.exception_expired"
    rule_id: str
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceholderSet(Record):
    """A placeholder of rules stands for ``count`` values in a unit, one a line in ``values``."""

    kind: ClassVar[str] = "detection.placeholder_set"
    placeholder_id: UUID
    unit_id: UUID
    name: str
    count: int
    values: Sealed
    owner_id: UUID
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (placeholder_subject(self.placeholder_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceholderRemoved(Record):
    """It stands for nothing in its unit any more."""

    kind: ClassVar[str] = "detection.placeholder_removed"
    placeholder_id: UUID
    name: str
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (placeholder_subject(self.placeholder_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTried(_OfRule):
    """A text was tried on the kept events of a time, without raising anything."""

    kind: ClassVar[str] = "detection.rule_tried"
    trial_id: UUID
    since: datetime
    until: datetime
    looked_at: int
    matches: int

    def subjects(self) -> tuple[str, ...]:
        return (library_rule_subject(self.library_rule_id), trial_subject(self.trial_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesTried(Record):
    """Many texts were tried at once; ``matches`` are those of all of them."""

    kind: ClassVar[str] = "detection.rules_tried"
    trial_id: UUID
    rules: int
    since: datetime
    until: datetime
    looked_at: int
    matches: int

    def subjects(self) -> tuple[str, ...]:
        return (trial_subject(self.trial_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfLayer(Record):
    layer_id: UUID
    sha256: str

    def subjects(self) -> tuple[str, ...]:
        return (layer_subject(self.layer_id),)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerBrought(_OfLayer):
    """A layer of the ATT&CK Navigator came in. ``count`` techniques stand in it, ``faults`` identifiers are none."""

    kind: ClassVar[str] = "detection.layer_brought"
    name: Sealed
    count: int
    faults: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerReplaced(_OfLayer):
    """Another file took its place; ``was_sha256`` is the digest of the one before."""

    kind: ClassVar[str] = "detection.layer_replaced"
    was_sha256: str
    count: int
    faults: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRemoved(_OfLayer):
    kind: ClassVar[str] = "detection.layer_removed"
    name: Sealed
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackBrought(Record):
    """A release of ATT&CK took the place of the one whose file had the digest ``was_sha256``, "" where none was."""

    kind: ClassVar[str] = "detection.attack_brought"
    release: str
    sha256: str
    was_sha256: str
    count: int
    revoked: int
    deprecated: int

    def subjects(self) -> tuple[str, ...]:
        return (ATTACK_SUBJECT,)
