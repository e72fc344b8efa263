from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from burgrave.engines import merkle
from burgrave.engines.tlog import (
    Appended,
    Tile,
    TileError,
    TileId,
    TileMissing,
    append,
    consistency_path,
    edge_tiles,
    inclusion_path,
    parse_tile_path,
    root,
)
from burgrave.engines.tlog.reading import folded

pytestmark = pytest.mark.engine_only


class Shelf:
    """Keeps the widest tile of each place, and notes what was read."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.reads: list[tuple[int, int]] = []

    def read(self, level: int, index: int) -> bytes:
        self.reads.append((level, index))
        try:
            return self.tiles[level, index]
        except KeyError as fault:
            raise TileMissing(TileId(level, index).path()) from fault

    def store(self, tiles: Iterable[Tile]) -> None:
        for tile in tiles:
            self.tiles[tile.level, tile.index] = tile.hashes


def leaf(number: int) -> bytes:
    return merkle.leaf_hash(b"entry %d" % number)


def grown(size: int, *, step: int = 10_000) -> Shelf:
    shelf, done = Shelf(), 0
    while done < size:
        new = append(shelf, done, [leaf(number) for number in range(done, min(done + step, size))])
        shelf.store(new.tiles)
        done = new.size
    return shelf


BIG = 70_000
big_shelf = grown(BIG)
BIG_LEAVES = [leaf(number) for number in range(BIG)]


def test_a_tree_of_70_000_entries_is_the_tiles_of_the_published_example() -> None:
    widths = {place: len(hashes) // 32 for place, hashes in big_shelf.tiles.items()}
    expected = {(0, index): 256 for index in range(273)} | {(0, 273): 112, (1, 0): 256, (1, 1): 17, (2, 0): 1}
    assert widths == expected
    assert [tile.path() for tile in edge_tiles(BIG)] == [
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]


def test_a_tree_of_256_entries_is_one_full_tile_and_one_hash_above() -> None:
    new = append(Shelf(), 0, [leaf(number) for number in range(256)])
    assert [tile.id.path() for tile in new.tiles] == ["tile/0/000", "tile/1/000.p/1"]
    assert edge_tiles(256) == [TileId(1, 0, 1)]


def test_the_root_of_any_size_is_that_of_the_definition() -> None:
    for size in [*range(70), 255, 256, 257, 511, 512, 513, 4095, 4096, 4097, 65_535, 65_536, 65_537, BIG]:
        assert root(big_shelf, size) == merkle.root_of(BIG_LEAVES[:size])


@given(st.integers(1, BIG), st.data())
@settings(deadline=None, max_examples=200)
def test_every_entry_of_every_size_proves(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(big_shelf, index, size)
    merkle.verify_inclusion(BIG_LEAVES[index], index, size, path, root(big_shelf, size))


@given(st.integers(1, BIG), st.data())
@settings(deadline=None, max_examples=200)
def test_every_size_is_consistent_with_every_later_one(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    path = consistency_path(big_shelf, old, new)
    merkle.verify_consistency(old, new, path, root(big_shelf, old), root(big_shelf, new))


def test_paths_of_small_trees_are_those_of_the_definition() -> None:
    for size in range(1, 40):
        for index in range(size):
            assert inclusion_path(big_shelf, index, size) == merkle.inclusion_path(BIG_LEAVES, index, size)
            old = index + 1
            assert consistency_path(big_shelf, old, size) == merkle.consistency_path(BIG_LEAVES, old, size)


def test_only_the_right_edge_is_read_and_only_what_changed_comes_out() -> None:
    big_shelf.reads.clear()
    new = append(big_shelf, BIG, [leaf(BIG)])
    assert sorted(big_shelf.reads) == [(0, 273), (1, 1), (2, 0)]
    assert [tile.id.path() for tile in new.tiles] == ["tile/0/273.p/113"]


def test_a_path_reads_each_tile_once_and_few_of_them() -> None:
    big_shelf.reads.clear()
    inclusion_path(big_shelf, 12_345, BIG)
    assert len(big_shelf.reads) == len(set(big_shelf.reads)) <= 6


def test_appending_nothing_changes_nothing() -> None:
    assert append(Shelf(), 0, []) == Appended(0, merkle.EMPTY_ROOT, (), merkle.EMPTY_ROOT)
    assert append(big_shelf, BIG, []) == Appended(BIG, root(big_shelf, BIG), (), root(big_shelf, BIG))


def test_a_tile_left_wider_by_a_crash_does_no_harm() -> None:
    shelf = grown(300)
    shelf.store(append(shelf, 300, [leaf(number) for number in range(1000, 1100)]).tiles)
    again = append(shelf, 300, [leaf(number) for number in range(300, 320)])
    assert again.root == merkle.root_of(BIG_LEAVES[:320])


def test_a_missing_tile_is_named() -> None:
    shelf = grown(300)
    del shelf.tiles[0, 1]
    with pytest.raises(TileMissing, match="tile/0/001"):
        append(shelf, 300, [leaf(300)])


@pytest.mark.parametrize("hashes", [b"", bytes(32 * 43), bytes(32 * 44 + 1), bytes(32 * 257)])
def test_a_tile_of_the_wrong_length_is_refused(hashes: bytes) -> None:
    shelf = grown(300)
    shelf.tiles[0, 1] = hashes
    with pytest.raises(TileError, match="tile/0/001 is stored with"):
        root(shelf, 300)


def test_a_leaf_hash_of_another_length_is_refused() -> None:
    with pytest.raises(TileError, match="a leaf hash has 32 bytes, got 31"):
        append(Shelf(), 0, [bytes(32), bytes(31)])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 5), (5, 5)])
def test_no_path_leads_to_an_entry_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(merkle.ProofError, match="cannot be in a tree"):
        inclusion_path(big_shelf, index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5)])
def test_no_path_leads_from_an_empty_or_larger_tree(old: int, new: int) -> None:
    with pytest.raises(merkle.ProofError, match="cannot be shown to grow"):
        consistency_path(big_shelf, old, new)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (TileId(0, 1_234_067), "tile/0/x001/x234/067"),
        (TileId(0, 1067, 12), "tile/0/x001/067.p/12"),
        (TileId(63, 0, 255), "tile/63/000.p/255"),
        (TileId(5, 1_000_000), "tile/5/x001/x000/000"),
    ],
)
def test_a_tile_has_the_path_of_the_specification(tile: TileId, path: str) -> None:
    assert tile.path() == path
    assert parse_tile_path(path) == tile


@given(st.integers(0, 63), st.integers(0, 2**62), st.integers(1, 256))
@settings(deadline=None)
def test_a_tile_survives_its_path(level: int, index: int, width: int) -> None:
    tile = TileId(level, index, width)
    assert parse_tile_path(tile.path()) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1",
        "tile/00/001",
        "tile/64/001",
        "tile/0/x000/001",
        "tile/0/001.p/256",
        "tile/0/001.p/0",
        "tile/0/001.p/012",
        "tile/0/001/002",
        "tile/0/../001",
        "tile/0/001\n",
        "/tile/0/001",
        "tile/0/٠٠١",
    ],
)
def test_another_spelling_of_a_tile_path_is_refused(path: str) -> None:
    with pytest.raises(TileError):
        parse_tile_path(path)


@pytest.mark.parametrize("place", [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_an_impossible_tile_is_not_named(place: tuple[int, int, int]) -> None:
    with pytest.raises(TileError, match="no tile has level"):
        TileId(*place)


class GrowingLog(RuleBasedStateMachine):
    """The tiles, grown by any steps, against the plain list of leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.leaves: list[bytes] = []
        self.root = merkle.EMPTY_ROOT

    @rule(count=st.one_of(st.integers(0, 5), st.integers(250, 260), st.integers(500, 700)))
    def grow(self, count: int) -> None:
        new_leaves = [leaf(len(self.leaves) + number) for number in range(count)]
        old_size, old_root = len(self.leaves), self.root
        new = append(self.shelf, old_size, new_leaves)
        self.shelf.store(new.tiles)
        self.leaves += new_leaves
        self.root = new.root
        assert new.size == len(self.leaves)
        if old_size:
            path = consistency_path(self.shelf, old_size, new.size)
            merkle.verify_consistency(old_size, new.size, path, old_root, new.root)

    @rule(count=st.integers(1, 300))
    def crash_before_the_checkpoint(self, count: int) -> None:
        """Tiles are stored, the size is not: the same places are written again later."""
        lost = [leaf(10**6 + number) for number in range(count)]
        self.shelf.store(append(self.shelf, len(self.leaves), lost).tiles)

    @invariant()
    def the_root_is_that_of_the_definition(self) -> None:
        assert self.root == merkle.root_of(self.leaves) == root(self.shelf, len(self.leaves))


GrowingLog.TestCase.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
TestGrowingLog = GrowingLog.TestCase


@given(st.integers(0, 600))
@settings(max_examples=60, deadline=None)
def test_folding_pair_by_pair_gives_the_root_of_the_definition(size: int) -> None:
    assert folded(BIG_LEAVES[:size]) == merkle.root_of(BIG_LEAVES[:size])


@given(st.integers(0, 2_000), st.integers(0, 300))
@settings(max_examples=40, deadline=None)
def test_growing_says_what_the_tiles_gave_before(size: int, more: int) -> None:
    new = append(big_shelf, size, BIG_LEAVES[size : size + more])
    assert new.old_root == merkle.root_of(BIG_LEAVES[:size])
    assert new.root == merkle.root_of(BIG_LEAVES[: size + more])
