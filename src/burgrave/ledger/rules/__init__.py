"""What a leaf is made of, read and written without any table."""

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
from burgrave.ledger.rules.writing import SALT_BYTES, record_ids, write, write_all

__all__ = [
    "MAX_BACKOFF",
    "SALT_BYTES",
    "ParsedLeaf",
    "as_seen_by",
    "backoff",
    "commitments",
    "facts",
    "opening_fits",
    "parse_leaf",
    "proof_steps",
    "record_ids",
    "subjects_of",
    "withhold",
    "write",
    "write_all",
]
