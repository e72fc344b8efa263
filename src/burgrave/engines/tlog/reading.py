"""Roots and paths out of stored tiles. A path reads a few tiles per level, never the whole log."""

from burgrave.engines.merkle import EMPTY_ROOT, HASH_BYTES, ProofError, node_hash, split
from burgrave.engines.tlog.terms import TILE_HEIGHT, TILE_WIDTH, TileError, TileId, TileReader


class Hashes:
    """The hashes of one tree, each tile read at most once."""

    def __init__(self, reader: TileReader) -> None:
        self._reader = reader
        self._tiles: dict[tuple[int, int], bytes] = {}

    def take(self, level: int, index: int, first: int, count: int) -> list[bytes]:
        """Return ``count`` hashes of a tile from hash ``first`` on.

        Raises TileMissing, or TileError if too narrow.
        """
        tile = self._tiles.get((level, index))
        if tile is None:
            tile = self._tiles[level, index] = self._reader.read(level, index)
        if len(tile) < (first + count) * HASH_BYTES or len(tile) % HASH_BYTES or len(tile) > TILE_WIDTH * HASH_BYTES:
            raise TileError(
                f"tile {TileId(level, index).path()} is stored with {len(tile)} bytes; "
                f"{first + count} hashes of {HASH_BYTES} bytes are needed"
            )
        return [tile[place * HASH_BYTES : (place + 1) * HASH_BYTES] for place in range(first, first + count)]

    def subtree(self, start: int, end: int) -> bytes:
        """Return the hash over entries ``start`` up to ``end``.

        ``start`` is a multiple of the smallest power of two that is not below the number of entries.
        """
        size = end - start
        if size & (size - 1):
            middle = start + split(size)
            return node_hash(self.subtree(start, middle), self.subtree(middle, end))
        level, height_in_tile = divmod(size.bit_length() - 1, TILE_HEIGHT)
        index, first = divmod(start >> level * TILE_HEIGHT, TILE_WIDTH)
        return folded(self.take(level, index, first, 1 << height_in_tile))


def edge_tiles(size: int) -> list[TileId]:
    """Return the partial tiles at the right edge of a tree of ``size`` entries, lowest level first."""
    tiles = []
    level = 0
    while size:
        size, width = divmod(size, TILE_WIDTH)
        if width:
            tiles.append(TileId(level, size, width))
        level += 1
    return tiles


def root(reader: TileReader, size: int) -> bytes:
    """Return the root of the tree of the first ``size`` entries. Raises TileError."""
    return edge_root([Hashes(reader).take(tile.level, tile.index, 0, tile.width) for tile in edge_tiles(size)])


def edge_root(edge: list[list[bytes]]) -> bytes:
    """Fold the hashes of the right-edge tiles, lowest level first, into the root.

    What hangs below a tile's last hash is the incomplete subtree after it, so it joins that tile as one more
    hash.
    """
    below: list[bytes] = []
    for hashes in edge:
        below = [folded([*hashes, *below])]
    return folded(below)


def folded(row: list[bytes]) -> bytes:
    """Return what ``root_of`` of the merkle engine returns, pair by pair instead of by halves.

    A hash without a neighbour moves up as it is: it is the incomplete right side of RFC 9162, 2.1.1.
    """
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        lone = row[-1:] if len(row) % 2 else []
        row = [*map(node_hash, row[::2], row[1::2]), *lone]
    return row[0]


def inclusion_path(reader: TileReader, index: int, size: int) -> list[bytes]:
    """Return the path that verify_inclusion of the merkle engine takes. Raises ProofError, TileError."""
    if not 0 <= index < size:
        raise ProofError(f"entry {index} cannot be in a tree of {size} entries")
    hashes = Hashes(reader)
    start, end = 0, size
    path = []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(hashes.subtree(middle, end))
            end = middle
        else:
            path.append(hashes.subtree(start, middle))
            start = middle
    return path[::-1]


def consistency_path(reader: TileReader, old_size: int, new_size: int) -> list[bytes]:
    """Return the path that verify_consistency of the merkle engine takes. Raises ProofError, TileError."""
    if not 0 < old_size <= new_size:
        raise ProofError(f"a tree of {new_size} entries cannot be shown to grow out of one of {old_size}")
    hashes = Hashes(reader)
    start, end = 0, new_size
    path = []
    while old_size != end:
        middle = start + split(end - start)
        if old_size <= middle:
            path.append(hashes.subtree(middle, end))
            end = middle
        else:
            path.append(hashes.subtree(start, middle))
            start = middle
    if start:
        path.append(hashes.subtree(start, end))
    return path[::-1]
