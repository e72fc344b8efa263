"""Identifiers, states, and what people type."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from burgrave.web.terms import PersonId

LibraryRuleId = NewType("LibraryRuleId", UUID)
LibraryVersionId = NewType("LibraryVersionId", UUID)
BatchId = NewType("BatchId", UUID)

READ: Final = "incidents.read"
RULES: Final = "incidents.rules"
REASON_MAX: Final = 4_000

MOST_FILES, MOST_FILE_BYTES, MOST_UNPACKED_BYTES = 20_000, 1 << 20, 256 << 20
"""What one archive or folder may hold: files, bytes a file, bytes altogether. SigmaHQ's whole tree has 42 MB."""


def library_rule_subject(library_rule_id: UUID) -> str:
    return f"detection.rule:{library_rule_id}"


def batch_subject(batch_id: UUID) -> str:
    return f"detection.batch:{batch_id}"


class RuleState(StrEnum):
    """Where a rule of the library stands; only what is enabled is held against events."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    ENABLED = "enabled"
    DISABLED = "disabled"
    RETIRED = "retired"


class VersionState(StrEnum):
    """Where one text of a rule stands. ``SUPERSEDED``: another came before anybody decided."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"
    SUPERSEDED = "superseded"


class Act(StrEnum):
    """What may be done to a rule of the library."""

    APPROVE = "approve"
    DECLINE = "decline"
    ENABLE = "enable"
    DISABLE = "disable"
    RETIRE = "retire"


NEEDS_REASON: Final = frozenset({Act.DECLINE, Act.DISABLE, Act.RETIRE})


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCase:
    """A rule as the decision about it needs it; ``proposer_id`` is who brought the text that waits, if one does."""

    title: str
    state: RuleState
    waits: bool
    is_approved: bool
    proposer_id: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """A file that may hold rules, under its path in the archive or folder."""

    path: str
    source: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFiles:
    """What an archive or a folder held: files to load, what was refused with the reason, and how many are no rules."""

    files: tuple[RuleFile, ...]
    refused: tuple[tuple[str, str], ...] = ()
    passed_over: int = 0
