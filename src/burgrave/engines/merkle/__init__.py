"""Merkle tree proofs of RFC 9162, 2.1, with SHA-256."""

from burgrave.engines.merkle.proofs import (
    EMPTY_ROOT,
    HASH_BYTES,
    ProofError,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from burgrave.engines.merkle.trees import consistency_path, inclusion_path, root_of, split

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "ProofError",
    "consistency_path",
    "inclusion_path",
    "leaf_hash",
    "node_hash",
    "root_of",
    "split",
    "verify_consistency",
    "verify_inclusion",
]
