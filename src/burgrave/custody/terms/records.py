"""What custody appends to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from burgrave.custody.terms import AnchorKind
from burgrave.ledger.terms import Record, Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAnchor(Record):
    """``size`` records of the ledger were signed when it was asked; ``name`` may be an address."""

    anchor_kind: AnchorKind
    name: Sealed
    size: int

    def subjects(self) -> tuple[str, ...]:
        return (f"custody.anchor:{self.anchor_kind}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessDisagreed(_OfAnchor):
    """Something outside remembers another past than the one that is stored here."""

    kind: ClassVar[str] = "custody.witness_disagreed"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorWentAway(_OfAnchor):
    """An anchor has not answered for a while; what is recorded meanwhile is not held from outside yet."""

    kind: ClassVar[str] = "custody.anchor_went_away"
    reason: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorReturned(_OfAnchor):
    """The anchor holds the ledger again, the records of the gap included."""

    kind: ClassVar[str] = "custody.anchor_returned"
    away_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointTimestamped(_OfAnchor):
    """A time stamping authority signed the checkpoint of ``size`` records."""

    kind: ClassVar[str] = "custody.checkpoint_timestamped"
    token_sha256: str
