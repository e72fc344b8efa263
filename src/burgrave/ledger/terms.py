"""Words of the ledger, in the spelling of their standards.

*Leaf*, *inclusion proof* and *consistency proof* as in RFC 9162; *checkpoint* and *tile* as in C2SP tlog-checkpoint and
tlog-tiles; *canonical* as in RFC 8785. A *sealed* field stands in the leaf as a salted commitment; its *opening*
(salt and value) is kept beside the ledger and can be erased without harm to any proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, NewType, TypeAlias
from uuid import UUID

RecordId = NewType("RecordId", UUID)

LEAF_VERSION = 1
SIGNED_AT = "signed-at "
"""Begins the extension line of a checkpoint that says when it was signed, in RFC 3339."""

OPENINGS_ERASED = "ledger.openings_erased"
MAX_LEAF_BYTES = 65_535
"""The length prefix of an entry bundle has 16 bits (c2sp.org/tlog-tiles)."""

MAX_POSITION = 2**63 - 1
EPOCH = 2**15
"""So many positions share a stretch of the index of subjects."""
FIRST_FRESH_SLOT = 256
"""Slots below hold the keys of full stretches, by their first byte; those from here on the keys of one batch each."""

MOST_IN_A_SHEAF = 256
SALT_BYTES = 16

ACTOR_NAME = "actor_name"
"""The field of every body that seals the name of who acted."""

SUBJECT = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*(:[0-9A-Za-z_.-]{1,80})?")
KIND = re.compile(r"[a-z][a-z_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value that must be erasable: a name, title, free text, address, file name, account."""

    value: str


Plain: TypeAlias = str | int | bool | UUID | datetime | date | StrEnum | None
FieldValue: TypeAlias = Plain | tuple[Plain, ...] | Sealed
Leaf: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Base of everything that is recorded: a subclass is a frozen dataclass, ``kind`` is ``domain.what_happened``."""

    kind: ClassVar[str]

    def subjects(self) -> tuple[str, ...]:
        """What the record is about, each as ``domain.noun:<id>``; its history is found under each of them."""
        raise TypeError(f"{type(self).__name__} does not say what it is about")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningsErased(Record):
    """The sealed fields of the named records can no longer be read by anybody."""

    kind: ClassVar[str] = OPENINGS_ERASED
    about: str
    record_ids: tuple[UUID, ...]
    reason: Sealed

    def subjects(self) -> tuple[str, ...]:
        return (self.about,) if self.about else ()


class Salted(NamedTuple):
    """The opening of one sealed field."""

    salt: bytes
    value: str


class Written(NamedTuple):
    """A record turned into its leaf; ``openings`` are kept beside it."""

    record_id: RecordId
    kind: str
    at: datetime
    actor_label: str
    subjects: tuple[str, ...]
    leaf: bytes
    openings: Mapping[str, Salted]


class Sheaf(NamedTuple):
    """Records of one kind, actor and moment, turned into leaves that are stored together.

    ``openings`` holds for each sealed field the salts of all records, one after the other, and their values; None
    where a record has nothing sealed in that field.
    """

    kind: str
    at: datetime
    actor_label: str
    record_ids: Sequence[str]
    subjects: Sequence[tuple[str, ...]]
    leaves: Sequence[bytes]
    openings: Mapping[str, tuple[bytes, Sequence[str | None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDrillRun(Record):
    """Attacks were played on a copy of the first ``size`` records; ``undetected`` names those that nobody refused."""

    kind: ClassVar[str] = "ledger.drill_run"
    size: int
    attacks: int
    refused: int
    undetected: tuple[str, ...]

    def subjects(self) -> tuple[str, ...]:
        return ("ledger.drill",)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedRecord:
    """A record with everything that a copy of it needs."""

    record_id: RecordId
    kind: str
    at: datetime
    actor_label: str
    leaf: bytes
    openings: Mapping[str, Salted]


class OpeningState(StrEnum):
    """What a reader may see of a field."""

    PLAIN = "plain"
    SEALED = "sealed"
    ERASED = "erased"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One field of a record as it is shown.

    ``value`` is empty when erased or withheld, ``commitment`` the hex in the leaf.
    """

    name: str
    value: str
    state: OpeningState
    commitment: str = ""

    @property
    def words(self) -> str:
        return in_words(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record as a handler gets it: ``body`` is the leaf's, ``opened`` the sealed values that still exist."""

    record_id: RecordId
    position: int
    kind: str
    at: datetime
    actor_label: str
    subjects: tuple[str, ...]
    body: Mapping[str, object]
    opened: Mapping[str, str]

    def uuid(self, name: str) -> UUID:
        """An id in the body. Raises KeyError or ValueError when the field holds none."""
        return UUID(str(self.body[name]))

    def text(self, name: str) -> str | None:
        """A plain text or the opened value of a sealed one; None when it was erased."""
        value = self.body[name]
        return self.opened.get(name) if isinstance(value, Mapping) else str(value)


Handler: TypeAlias = Callable[[StoredRecord], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the tree stands: ``size`` entries under ``root``."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Head):
    """The head with its signed checkpoint, None before the first.

    ``pending`` records await their place; ``failing`` handlers of records met an error last.
    """

    checkpoint: str | None
    pending: int
    failing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownHead(Head):
    """The head after a batch; ``before`` is the old one, with the root that the stored tiles gave for it."""

    before: Head


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A record as pages show it; ``position`` is None while it awaits its place."""

    record_id: RecordId
    position: int | None
    kind: str
    at: datetime
    actor_label: str
    actor_name: str
    subjects: tuple[str, ...]
    facts: tuple[Fact, ...]
    leaf: bytes = field(repr=False)
    is_withheld: bool = False
    """The sealed fields still stand, but this reader is not shown them."""

    @property
    def words(self) -> str:
        return in_words(self.kind.partition(".")[2])

    @property
    def domain(self) -> str:
        return self.kind.partition(".")[0]

    @property
    def actor_erased(self) -> bool:
        return not self.actor_name and not self.is_withheld and self.actor_label.partition(":")[0] != "system"

    @property
    def actor_withheld(self) -> bool:
        return self.is_withheld and self.actor_label.partition(":")[0] != "system"


HistoryRow = RecordRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """The record beside another, as far as a link to it needs."""

    position: int
    kind: str

    @property
    def words(self) -> str:
        return in_words(self.kind.partition(".")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list of records is narrowed to; empty means everything. The span goes up to ``until``, without it."""

    kinds: tuple[str, ...] = ()
    actor_label: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def has_span(self) -> bool:
        return self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """A stretch of the list, newest first; ``older`` is the position to ask for next, None at the end.

    ``is_searching``: fewer rows were found than asked for, although there may be more beyond ``older``.
    """

    rows: tuple[RecordRow, ...]
    older: int | None
    is_searching: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRow:
    """A signed checkpoint as a list shows it. Nothing of it is verified yet."""

    size: int
    root: bytes
    signed_at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What shows that the tree of ``old`` is the beginning of the tree of ``new``: the path of RFC 9162, 2.1.4."""

    old: CheckpointRow
    new: CheckpointRow
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVerified:
    """What was looked at of one record, all of it sound. ``erased`` counts sealed fields that nobody can open."""

    position: int
    leaf_hash: bytes
    size: int
    root: bytes
    openings: int
    erased: int
    signed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What shows that a leaf stands at ``position`` in the tree that ``checkpoint`` signs."""

    position: int
    size: int
    leaf: bytes
    path: tuple[bytes, ...]
    root: bytes
    checkpoint: str


class Side(StrEnum):
    """On which side of a node its neighbour stands."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofStep:
    """Hash the node with ``neighbour``, which covers records ``first`` to ``last``, and get ``result``."""

    number: int
    side: Side
    neighbour: str
    first: int
    last: int
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedField:
    """A sealed field with its salt: HMAC-SHA256 of the value under the salt is the commitment. All in hex."""

    name: str
    salt: str
    value: str
    commitment: str

    @property
    def words(self) -> str:
        return in_words(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerState:
    """How far a handler got: the next position that it looks at, and why it does not go on."""

    name: str
    position: int
    attempts: int
    error: str
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a verification went through, all of it sound."""

    size: int
    root: bytes
    checkpoints: int
    tiles: int
    openings: int
    erased: int
    pending: int

    def __str__(self) -> str:
        return (
            f"{self.size} records under root {self.root.hex()} are sound, with {self.checkpoints} checkpoints, "
            f"{self.tiles} tiles and {self.openings} openings; {self.erased} have erased fields, "
            f"{self.pending} more await their place"
        )


def time_text(at: datetime) -> str:
    """RFC 3339 in UTC with six digits of a second. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"a time in a record needs its zone, got {at.isoformat()}")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def storable(text: str) -> str:
    """The text as every database keeps it: NUL as its symbol, and half of a surrogate pair as a question mark."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode("utf-8")


def storable_json(value: Any) -> Any:
    """The JSON value with each of its texts as ``storable`` makes it; names of maps stay."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [storable_json(each) for each in value]
    if isinstance(value, dict):
        return {name: storable_json(each) for name, each in value.items()}
    return value


def in_words(name: str) -> str:
    """``case_opened`` as "Case opened"; the sentence is the key of its translation."""
    return name.replace("_", " ").strip().capitalize()
