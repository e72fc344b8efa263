"""What a leaf is made of, read and written without any table."""

from burgrave.ledger.rules.ids import record_ids
from burgrave.ledger.rules.reading import (
    MAX_BACKOFF,
    ParsedLeaf,
    as_seen_by,
    backoff,
    commitments,
    facts,
    opening_fits,
    parse_leaf,
    proof_steps,
    subjects_of,
    withhold,
)
from burgrave.ledger.rules.sheaves import (
    KEY_BYTES,
    bound,
    bound_values,
    keys_of,
    merged,
    offsets,
    slot_of,
    unbound,
    unbound_openings,
    without,
)
from burgrave.ledger.rules.writing import bind_all, write, write_all

__all__ = [
    "KEY_BYTES",
    "MAX_BACKOFF",
    "ParsedLeaf",
    "as_seen_by",
    "backoff",
    "bind_all",
    "bound",
    "bound_values",
    "commitments",
    "facts",
    "keys_of",
    "merged",
    "offsets",
    "opening_fits",
    "parse_leaf",
    "proof_steps",
    "record_ids",
    "slot_of",
    "subjects_of",
    "unbound",
    "unbound_openings",
    "withhold",
    "without",
    "write",
    "write_all",
]
