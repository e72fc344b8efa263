"""Tiles and entry bundles as the log's clients read them (c2sp.org/tlog-tiles)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from burgrave.engines import tlog
from burgrave.engines.merkle import HASH_BYTES
from burgrave.engines.tlog import TILE_WIDTH, TileId, TileMissing
from burgrave.ledger import rules
from burgrave.ledger.queries import stored
from burgrave.ledger.terms import MAX_POSITION


class StoredTiles:
    """The tiles in the database, as the tree's engine reads them."""

    def read(self, level: int, index: int) -> bytes:
        """The hashes of the widest stored tile. Raises TileMissing."""
        if index > MAX_POSITION:  # more than the databases can be asked for
            raise TileMissing(f"tile {TileId(level, index).path()} is not stored")
        with connection.cursor() as cursor:
            cursor.execute('SELECT hashes FROM ledger_tile WHERE level = %s AND "index" = %s', (level, index))
            row = cursor.fetchone()
        if row is None:
            raise TileMissing(f"tile {TileId(level, index).path()} is not stored")
        return bytes(row[0])


class GatheredTiles(StoredTiles):
    """The stored tiles, those that paths of a tree are made of read in one query, every other one once."""

    def __init__(self, *, sizes: Iterable[int] = (), positions: Iterable[int] = ()) -> None:
        """``positions`` are entries whose paths are asked for, in trees of the ``sizes``."""
        wanted = {(tile.level, tile.index) for size in sizes for tile in tlog.edge_tiles(size)}
        levels = max((level for level, _ in wanted), default=-1) + 1
        wanted |= {(level, place >> 8 * (level + 1)) for place in positions for level in range(levels)}
        self._tiles: dict[tuple[int, int], bytes] = {}
        if wanted:
            asked = " OR ".join(['level = %s AND "index" = %s'] * len(wanted))
            with connection.cursor() as cursor:
                cursor.execute(
                    f'SELECT level, "index", hashes FROM ledger_tile WHERE {asked}',  # noqa: S608 - words of ours
                    [number for tile in sorted(wanted) for number in tile],
                )
                self._tiles = {(level, index): bytes(hashes) for level, index, hashes in cursor.fetchall()}

    def read(self, level: int, index: int) -> bytes:
        known = self._tiles.get((level, index))
        if known is None:
            known = self._tiles[level, index] = super().read(level, index)
        return known


def tile(wanted: TileId) -> bytes:
    """The hashes of a tile at the width asked for. Raises TileMissing when the tree has not grown that far."""
    hashes = StoredTiles().read(wanted.level, wanted.index)
    if len(hashes) < wanted.width * HASH_BYTES:
        raise TileMissing(f"tile {wanted.path()} is not there yet: {len(hashes) // HASH_BYTES} hashes are stored")
    return hashes[: wanted.width * HASH_BYTES]


def entry_bundle(index: int, *, width: int = TILE_WIDTH) -> bytes:
    """The leaves under a tile of level 0, each with its length in front as 16 bits, big-endian. Raises TileMissing."""
    first = index * TILE_WIDTH
    found = stored.at_positions(range(first, first + width))[::-1]
    if len(found) < width:
        raise TileMissing(f"entry bundle {index} is not there yet: {len(found)} of {width} entries are stored")
    return rules.bound([each.leaf for each in found])
