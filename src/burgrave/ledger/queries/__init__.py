"""Every read of the ledger."""

from burgrave.ledger.queries.listing import copied, position_at, records
from burgrave.ledger.queries.proofs import (
    bundle_records,
    checkpoint,
    checkpoint_of,
    checkpoints,
    growth,
    head,
    proof,
    proof_of,
    proof_steps,
    proof_text,
    standing,
)
from burgrave.ledger.queries.reading import (
    handler_states,
    history,
    kinds,
    neighbours,
    next_record,
    oldest_pending_at,
    openings,
    openings_of,
    pending_count,
    record,
    record_by_id,
)
from burgrave.ledger.queries.tiles import StoredTiles, entry_bundle, tile
from burgrave.ledger.queries.verification import faults, signed_at, verify
from burgrave.ledger.queries.verifying_one import verify_record

__all__ = [
    "StoredTiles",
    "bundle_records",
    "checkpoint",
    "checkpoint_of",
    "checkpoints",
    "copied",
    "entry_bundle",
    "faults",
    "growth",
    "handler_states",
    "head",
    "history",
    "kinds",
    "neighbours",
    "next_record",
    "oldest_pending_at",
    "openings",
    "openings_of",
    "pending_count",
    "position_at",
    "proof",
    "proof_of",
    "proof_steps",
    "proof_text",
    "record",
    "record_by_id",
    "records",
    "signed_at",
    "standing",
    "tile",
    "verify",
    "verify_record",
]
