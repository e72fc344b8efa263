"""Every read of the ledger."""

from burgrave.ledger.queries.proofs import (
    bundle_records,
    checkpoint,
    checkpoint_of,
    head,
    proof,
    proof_steps,
    proof_text,
)
from burgrave.ledger.queries.reading import (
    handler_states,
    history,
    kinds,
    next_record,
    oldest_pending_at,
    openings,
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
    "faults",
    "handler_states",
    "head",
    "history",
    "kinds",
    "next_record",
    "oldest_pending_at",
    "openings",
    "pending_count",
    "proof",
    "proof_steps",
    "proof_text",
    "record",
    "record_by_id",
    "records",
    "signed_at",
    "tile",
    "verify",
]
