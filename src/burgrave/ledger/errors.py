"""Broken promises of the ledger, each named by what should have held.

The faults that `queries.verify` finds are collected in one `LedgerBroken`; each of them is a class here.
"""

from __future__ import annotations

from collections.abc import Sequence

from burgrave.web.errors import Refusal


class LedgerError(Refusal):
    """The ledger refuses, or does not hold; str() is fit to show."""


class NotInTransaction(LedgerError):
    """A record is appended in the transaction of the change that it records, or not at all."""


class NotARecord(LedgerError):
    """A record holds something that cannot stand in a leaf."""


class RecordTooLarge(LedgerError):
    """A leaf has at most 65,535 bytes (c2sp.org/tlog-tiles, entry bundles)."""


class RecordsAreForever(LedgerError):
    """Nothing in the ledger is changed or removed."""


class NothingToErase(LedgerError):
    """No opening of a sealed field stands behind what was named."""


class NoSuchRecord(LedgerError):
    """No record stands at this place."""

    status = 404


class NotSequenced(LedgerError):
    """The record still awaits its place, so nothing can be proved about it yet."""


class NotGrowing(LedgerError):
    """A ledger only grows: the larger checkpoint continues the smaller one."""

    status = 422


class LedgerFault(LedgerError):
    """Something that verification found; subclasses say which promise is broken."""


class Gap(LedgerFault):
    """Positions run from 0 without a hole."""


class Truncation(LedgerFault):
    """Everything that was once in the ledger is still there."""


class Rollback(LedgerFault):
    """The ledger never becomes shorter than a checkpoint that was seen."""


class Fork(LedgerFault):
    """Every checkpoint that was signed lies on the one history that is stored."""


class ForeignKey(LedgerFault):
    """Every checkpoint is signed by the ledger's own key, under its own origin."""


class UnsignedHead(LedgerFault):
    """The newest batch has its checkpoint."""


class CheckpointOrder(LedgerFault):
    """Checkpoints grow in size, and are filed under the size that they sign."""


class LateClock(LedgerFault):
    """No record is dated after the checkpoint that covers it, and checkpoints do not go back in time."""


class LeafEdited(LedgerFault):
    """A stored leaf is canonical JSON of the known form."""


class ColumnEdited(LedgerFault):
    """What lists and filters show of a record is what its leaf says."""


class Replay(LedgerFault):
    """One record has one place: no leaf stands in the ledger twice."""


class OpeningEdited(LedgerFault):
    """The opening of a sealed field fits the commitment in the leaf."""


class OpeningLost(LedgerFault):
    """An opening is missing only where a record says that it was erased."""


class TileEdited(LedgerFault):
    """Every stored tile holds the hashes that follow from the leaves."""


class LedgerBroken(LedgerError):
    """Verification found faults; ``faults`` holds them all, in the order in which they were met."""

    def __init__(self, faults: Sequence[LedgerFault]) -> None:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"the ledger does not verify: {type(faults[0]).__name__}: {faults[0]}{more}")
        self.faults = tuple(faults)
