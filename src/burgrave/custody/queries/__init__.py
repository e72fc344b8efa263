"""Every read of custody."""

from burgrave.custody.queries.keeping import (
    anchors,
    copied_checkpoints,
    copies_at,
    cosigned_checkpoints,
    fingerprint,
    kept_checkpoints,
    log_key,
    storage,
    timestamp,
    timestamps,
    verifier,
    verifier_of,
    verify_statement,
)
from burgrave.custody.queries.verified import checkpoints, verified_growth, verified_record

__all__ = [
    "anchors",
    "checkpoints",
    "copied_checkpoints",
    "copies_at",
    "cosigned_checkpoints",
    "fingerprint",
    "kept_checkpoints",
    "log_key",
    "storage",
    "timestamp",
    "timestamps",
    "verified_growth",
    "verified_record",
    "verifier",
    "verifier_of",
    "verify_statement",
]
