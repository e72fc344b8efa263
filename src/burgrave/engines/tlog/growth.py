"""Growing a tree: which tiles come out when entries are appended. Only tiles at the right edge are read."""

from collections.abc import Sequence
from dataclasses import dataclass

from burgrave.engines.merkle import HASH_BYTES
from burgrave.engines.tlog.reading import Hashes, edge_root, edge_tiles, folded
from burgrave.engines.tlog.terms import TILE_WIDTH, TileError, TileId, TileReader


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile to be stored: all its hashes from the tile's first on, concatenated."""

    level: int
    index: int
    hashes: bytes

    @property
    def id(self) -> TileId:
        return TileId(self.level, self.index, len(self.hashes) // HASH_BYTES)


@dataclass(frozen=True, slots=True)
class Appended:
    """The tree after an append.

    ``size`` and ``root`` are the new ones; ``tiles`` holds every tile that is new or wider than before; ``old_root``
    is what the tiles gave before, so that they can be compared with what was signed without reading them twice.
    """

    size: int
    root: bytes
    tiles: tuple[Tile, ...]
    old_root: bytes


def append(reader: TileReader, size: int, leaf_hashes: Sequence[bytes]) -> Appended:
    """Append ``leaf_hashes`` to the tree of ``size`` entries; nothing is stored here.

    The tiles are in the order in which they are safe to store: a tile comes after those that it is computed
    from. Raises TileMissing or TileError when the right edge of the old tree is not stored as ``size``
    requires.
    """
    for given in leaf_hashes:
        if len(given) != HASH_BYTES:
            raise TileError(f"a leaf hash has {HASH_BYTES} bytes, got {len(given)}")
    hashes = Hashes(reader)
    old_edge = {tile.level: hashes.take(tile.level, tile.index, 0, tile.width) for tile in edge_tiles(size)}
    edge: list[list[bytes]] = []
    tiles: list[Tile] = []
    level, stored, added = 0, size, list(leaf_hashes)
    while stored or added:
        row = [*old_edge.get(level, []), *added]
        first_tile = stored // TILE_WIDTH
        full = [row[start : start + TILE_WIDTH] for start in range(0, len(row), TILE_WIDTH)]
        edge.append(full.pop() if len(row) % TILE_WIDTH else [])
        if added:
            rows = [*full, edge[-1]] if edge[-1] else full
            tiles += [Tile(level, first_tile + place, b"".join(each)) for place, each in enumerate(rows)]
        level, stored, added = level + 1, first_tile, [folded(each) for each in full]
    return Appended(
        size + len(leaf_hashes),
        edge_root([row for row in edge if row]),
        tuple(tiles),
        old_root=edge_root(list(old_edge.values())),
    )
