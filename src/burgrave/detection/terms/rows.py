"""The rows that queries give, and how lists are narrowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from burgrave.detection.terms.trials import Noise
from burgrave.detection.terms.words import BatchId, LibraryRuleId, LibraryVersionId, RuleState, VersionState
from burgrave.incidents.terms import Level
from burgrave.web.terms import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryFilterBy:
    """What the list of the library is cut down to; several values of a field mean *or*. ``waits``: a text waits.

    ``noises`` count for a trial alone: what its rules were found to be.
    """

    states: tuple[RuleState, ...] = ()
    levels: tuple[Level, ...] = ()
    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    batch_id: UUID | None = None
    trial_id: UUID | None = None
    noises: tuple[Noise, ...] = ()
    waits: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryRow:
    """A rule of the library, as its newest text says."""

    library_rule_id: LibraryRuleId
    rule_id: str
    title: str
    level: Level
    status: str
    author: str
    licence: str
    logsource: Mapping[str, str]
    techniques: tuple[str, ...]
    tactics: tuple[str, ...]
    path: str
    state: RuleState
    waits: bool
    number: int
    reason: str
    changed_at: datetime
    changed_by: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One text of a rule; ``number`` counts from 1."""

    version_id: LibraryVersionId
    number: int
    state: VersionState
    title: str
    level: Level
    sha256: str
    path: str
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str
    reason: str
    batch_id: BatchId
    batch_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryDetail:
    """A rule with its texts, newest first. ``source`` is the text of ``shown``."""

    row: LibraryRow
    versions: tuple[VersionRow, ...]
    shown: VersionRow
    live: VersionRow | None
    source: str
    live_source: str
    description: str
    falsepositives: tuple[str, ...]
    proposer_id: PersonId | None
    live_version_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """An import of rules. ``waiting`` counts its texts that nobody has decided."""

    batch_id: BatchId
    name: str
    sha256: str
    at: datetime
    by: str
    files: int
    passed_over: int
    new: int
    changed: int
    same: int
    faults: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFaultRow:
    path: str
    line: int
    column: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRow:
    """A rule that ships, or of a folder of this installation, that is switched off."""

    rule_id: str
    title: str
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryFigures:
    """How many rules of the library stand where."""

    states: Mapping[RuleState, int]
    waiting: int
    switched_off: int
    batches: int
