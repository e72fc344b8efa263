"""Checking proofs.

This page and nothing else decides whether an entry is in a log (RFC 9162, 2.1.3 and 2.1.4).
"""

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without entries (RFC 9162, 2.1.1)."""


class ProofError(Exception):
    """A proof does not show what it was given for; str() says how far it went."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry. The 0x00 prefix keeps an entry from posing as an inner node (RFC 9162, 2.1.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an inner node from its two children. The 0x01 prefix keeps it from posing as an entry."""
    return sha256(b"\x01" + left + right).digest()


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that entry ``index``, 0-based, of the ``size``-entry tree with this ``root`` is ``leaf``.

    ``leaf`` is a leaf hash. ``path`` runs from the leaf's sibling up to the root's child (RFC 9162, 2.1.3.2).
    Raises ProofError.
    """
    if not 0 <= index < size:
        raise ProofError(f"entry {index} cannot be in a tree of {size} entries")
    _must_be_hashes(leaf, root, *path)

    # Up to the level where the entry's way meets the tree's right edge, the bits of the index say which child
    # it is. Above that level it is always a right child, and levels without a left sibling need no hash.
    to_edge = (index ^ (size - 1)).bit_length()
    _must_have_length(path, to_edge + (index >> to_edge).bit_count(), of=f"entry {index} of {size}")

    computed = leaf
    for level, sibling in enumerate(path):
        is_right_child = level >= to_edge or index >> level & 1
        computed = node_hash(sibling, computed) if is_right_child else node_hash(computed, sibling)
    if computed != root:
        raise ProofError(f"path leads to root {computed.hex()}, expected {root.hex()}")


def verify_consistency(old_size: int, new_size: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Check that the ``new_size``-entry tree begins with exactly the entries of the ``old_size``-entry tree.

    ``path`` is in the order of RFC 9162, 2.1.4.1. Nothing can be shown about the empty tree, so ``old_size``
    is at least 1. Two trees of one size are consistent when their roots are equal and the path is empty.
    Raises ProofError.
    """
    if not 0 < old_size <= new_size:
        raise ProofError(f"a tree of {new_size} entries cannot be shown to grow out of one of {old_size}")
    _must_be_hashes(old_root, new_root, *path)
    if old_size == new_size:
        _must_have_length(path, 0, of=f"two trees of {old_size}")
        if old_root != new_root:
            raise ProofError(f"two trees of {old_size} entries have roots {old_root.hex()} and {new_root.hex()}")
        return

    # The walk starts at the largest complete subtree that ends where the old tree ends. If that is the whole
    # old tree, its hash is the old root and is left out of the path.
    start_level = (old_size & -old_size).bit_length() - 1
    last = (old_size - 1) >> start_level
    to_edge = (last ^ ((new_size - 1) >> start_level)).bit_length()
    siblings = to_edge + (last >> to_edge).bit_count()
    start_is_given = int(last != 0)
    _must_have_length(path, start_is_given + siblings, of=f"{old_size} in {new_size}")

    computed_old = computed_new = path[0] if start_is_given else old_root
    for level, sibling in enumerate(path[start_is_given:]):
        if level >= to_edge or last >> level & 1:
            computed_old = node_hash(sibling, computed_old)
            computed_new = node_hash(sibling, computed_new)
        else:
            computed_new = node_hash(computed_new, sibling)
    if computed_old != old_root:
        raise ProofError(f"path leads to old root {computed_old.hex()}, expected {old_root.hex()}")
    if computed_new != new_root:
        raise ProofError(f"path leads to new root {computed_new.hex()}, expected {new_root.hex()}")


def _must_be_hashes(*hashes: bytes) -> None:
    for given in hashes:
        if len(given) != HASH_BYTES:
            raise ProofError(f"a SHA-256 hash has {HASH_BYTES} bytes, got {len(given)}")


def _must_have_length(path: Sequence[bytes], expected: int, *, of: str) -> None:
    if len(path) != expected:
        fault = "too long" if len(path) > expected else "too short"
        raise ProofError(f"path of {len(path)} hashes is {fault} for {of} entries, expected {expected}")
