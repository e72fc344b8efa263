"""A Merkle tree kept as tiles of 256 hashes (c2sp.org/tlog-tiles).

Tiles are read through a port; growing the tree is a pure function that returns the tiles to store.
"""

from burgrave.engines.tlog.growth import Appended, Tile, append
from burgrave.engines.tlog.reading import consistency_path, edge_tiles, inclusion_path, root
from burgrave.engines.tlog.terms import (
    TILE_WIDTH,
    TileError,
    TileId,
    TileMissing,
    TileReader,
    parse_tile_path,
)

__all__ = [
    "TILE_WIDTH",
    "Appended",
    "Tile",
    "TileError",
    "TileId",
    "TileMissing",
    "TileReader",
    "append",
    "consistency_path",
    "edge_tiles",
    "inclusion_path",
    "parse_tile_path",
    "root",
]
