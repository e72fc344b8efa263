"""Roots and paths straight from the recursive definitions of RFC 9162.

Slow, obvious, the measure for fast code.
"""

from collections.abc import Sequence

from burgrave.engines.merkle.proofs import EMPTY_ROOT, ProofError, node_hash


def split(size: int) -> int:
    """Return how many of ``size`` >= 2 entries go left: the largest power of two below ``size`` (2.1.1)."""
    return 1 << (size - 1).bit_length() - 1


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """Return the tree's root, MTH(D[n]) of 2.1.1. Time grows with the number of leaves."""
    size = len(leaf_hashes)
    if size == 0:
        return EMPTY_ROOT
    if size == 1:
        return leaf_hashes[0]
    left = split(size)
    return node_hash(root_of(leaf_hashes[:left]), root_of(leaf_hashes[left:]))


def inclusion_path(leaf_hashes: Sequence[bytes], index: int, size: int | None = None) -> list[bytes]:
    """Return the inclusion path, PATH(m, D[n]) of 2.1.3.1, among the first ``size`` leaves.

    Without ``size`` all are taken. Raises ProofError when there is no such entry or no such tree.
    """
    size = len(leaf_hashes) if size is None else size
    if not 0 <= index < size <= len(leaf_hashes):
        raise ProofError(f"entry {index} of {size} cannot be proved from {len(leaf_hashes)} leaves")
    return _path(leaf_hashes[:size], index)


def consistency_path(leaf_hashes: Sequence[bytes], old_size: int, new_size: int | None = None) -> list[bytes]:
    """Return the consistency path, PROOF(m, D[n]) of 2.1.4.1, up to ``new_size`` leaves.

    Without ``new_size`` all are taken. Raises ProofError when either tree does not exist or the old one
    is empty or larger.
    """
    new_size = len(leaf_hashes) if new_size is None else new_size
    if not 0 < old_size <= new_size <= len(leaf_hashes):
        raise ProofError(f"{old_size} in {new_size} cannot be proved from {len(leaf_hashes)} leaves")
    return _subproof(leaf_hashes[:new_size], old_size, is_old_root=True)


def _path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    left = split(len(leaves))
    if index < left:
        return [*_path(leaves[:left], index), root_of(leaves[left:])]
    return [*_path(leaves[left:], index - left), root_of(leaves[:left])]


def _subproof(leaves: Sequence[bytes], old: int, *, is_old_root: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if is_old_root else [root_of(leaves)]
    left = split(len(leaves))
    if old <= left:
        return [*_subproof(leaves[:left], old, is_old_root=is_old_root), root_of(leaves[left:])]
    return [*_subproof(leaves[left:], old - left, is_old_root=False), root_of(leaves[:left])]
