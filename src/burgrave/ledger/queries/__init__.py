"""Every read of the ledger."""

from burgrave.ledger.queries.proofs import bundle_records, checkpoint, checkpoint_of, head, proof
from burgrave.ledger.queries.reading import (
    facet_values,
    handler_states,
    history,
    next_record,
    oldest_pending_at,
    pending_count,
    record,
    record_by_id,
    records,
)
from burgrave.ledger.queries.tiles import StoredTiles, entry_bundle, tile
from burgrave.ledger.queries.verification import faults, signed_at, verify

__all__ = [
    "StoredTiles",
    "bundle_records",
    "checkpoint",
    "checkpoint_of",
    "entry_bundle",
    "facet_values",
    "faults",
    "handler_states",
    "head",
    "history",
    "next_record",
    "oldest_pending_at",
    "pending_count",
    "proof",
    "record",
    "record_by_id",
    "records",
    "signed_at",
    "tile",
    "verify",
]
