import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.merkle import (
    ProofError,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

pytestmark = pytest.mark.engine_only

LEAVES = [leaf_hash(b"entry %d" % number) for number in range(130)]

sizes = st.integers(1, len(LEAVES))


def flip_one_bit(data: st.DataObject, path: list[bytes]) -> list[bytes]:
    place = data.draw(st.integers(0, len(path) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = bytearray(path[place])
    flipped[bit // 8] ^= 1 << bit % 8
    return [*path[:place], bytes(flipped), *path[place + 1 :]]


def test_every_entry_of_every_tree_proves_and_nowhere_else() -> None:
    for size in range(1, 34):
        root = root_of(LEAVES[:size])
        for index in range(size):
            path = inclusion_path(LEAVES, index, size)
            verify_inclusion(LEAVES[index], index, size, path, root)
            for other in range(size):
                if other != index:
                    with pytest.raises(ProofError):
                        verify_inclusion(LEAVES[index], other, size, path, root)


def test_every_tree_is_consistent_with_every_later_one() -> None:
    for new in range(1, 34):
        for old in range(1, new + 1):
            path = consistency_path(LEAVES, old, new)
            verify_consistency(old, new, path, root_of(LEAVES[:old]), root_of(LEAVES[:new]))


def test_a_path_without_a_size_is_for_all_leaves() -> None:
    verify_inclusion(LEAVES[5], 5, len(LEAVES), inclusion_path(LEAVES, 5), root_of(LEAVES))
    path = consistency_path(LEAVES, 77)
    verify_consistency(77, len(LEAVES), path, root_of(LEAVES[:77]), root_of(LEAVES))


@given(sizes.filter(lambda size: size > 1), st.data())
@settings(deadline=None)
def test_one_flipped_bit_anywhere_in_an_inclusion_path_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = flip_one_bit(data, inclusion_path(LEAVES, index, size))
    with pytest.raises(ProofError, match="path leads to root"):
        verify_inclusion(LEAVES[index], index, size, path, root_of(LEAVES[:size]))


@given(sizes.filter(lambda size: size > 1), st.data())
@settings(deadline=None)
def test_one_flipped_bit_anywhere_in_a_consistency_path_is_refused(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    path = flip_one_bit(data, consistency_path(LEAVES, old, size))
    with pytest.raises(ProofError, match=r"path leads to (old|new) root"):
        verify_consistency(old, size, path, root_of(LEAVES[:old]), root_of(LEAVES[:size]))


@given(sizes.filter(lambda size: size > 1), st.data())
@settings(deadline=None)
def test_a_rewritten_entry_of_the_old_tree_is_refused_as_a_fork(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    rewritten = data.draw(st.integers(0, old - 1))
    forked = [*LEAVES[:rewritten], leaf_hash(b"rewritten"), *LEAVES[rewritten + 1 : size]]
    with pytest.raises(ProofError):
        verify_consistency(old, size, consistency_path(forked, old), root_of(LEAVES[:old]), root_of(forked))


def test_truncation_is_refused_because_a_log_never_shrinks() -> None:
    with pytest.raises(ProofError, match="a tree of 5 entries cannot be shown to grow out of one of 7"):
        verify_consistency(7, 5, [], root_of(LEAVES[:7]), root_of(LEAVES[:5]))


def test_nothing_can_be_shown_about_the_empty_tree() -> None:
    with pytest.raises(ProofError, match="a tree of 5 entries cannot be shown to grow out of one of 0"):
        verify_consistency(0, 5, [], root_of([]), root_of(LEAVES[:5]))


def test_two_roots_for_one_size_are_refused_as_a_fork() -> None:
    with pytest.raises(ProofError, match="two trees of 4 entries have roots"):
        verify_consistency(4, 4, [], root_of(LEAVES[:4]), root_of(LEAVES[1:5]))


@pytest.mark.parametrize("index", [-1, 8, 9])
def test_an_entry_outside_the_tree_is_refused(index: int) -> None:
    with pytest.raises(ProofError, match=f"entry {index} cannot be in a tree of 8 entries"):
        verify_inclusion(LEAVES[0], index, 8, [], root_of(LEAVES[:8]))


def test_a_path_of_another_length_is_refused_by_name() -> None:
    path = inclusion_path(LEAVES, 3, 8)
    with pytest.raises(ProofError, match="path of 2 hashes is too short for entry 3 of 8 entries, expected 3"):
        verify_inclusion(LEAVES[3], 3, 8, path[:-1], root_of(LEAVES[:8]))
    with pytest.raises(ProofError, match="path of 4 hashes is too long for entry 3 of 8 entries, expected 3"):
        verify_inclusion(LEAVES[3], 3, 8, [*path, path[0]], root_of(LEAVES[:8]))


def test_a_hash_of_another_length_is_refused() -> None:
    with pytest.raises(ProofError, match="a SHA-256 hash has 32 bytes, got 31"):
        verify_inclusion(LEAVES[0][:-1], 0, 1, [], LEAVES[0])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 131)], ids=["negative", "past the end", "larger"])
def test_no_inclusion_path_is_made_for_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ProofError, match="cannot be proved from 130 leaves"):
        inclusion_path(LEAVES, index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (1, 131)], ids=["empty", "reversed", "larger"])
def test_no_consistency_path_is_made_for_what_is_not_there(old: int, new: int) -> None:
    with pytest.raises(ProofError, match="cannot be proved from 130 leaves"):
        consistency_path(LEAVES, old, new)
