"""Names of tiles and the port that reads them (c2sp.org/tlog-tiles).

A tile holds up to 256 hashes of one level.
"""

import re
from dataclasses import dataclass
from typing import Protocol

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
MAX_LEVEL = 63

_PATH = re.compile(
    r"tile/(?P<level>0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class TileError(Exception):
    """A tile is not what its name or the tree's size requires."""


class TileMissing(TileError):
    """A tile that the tree's size requires is not stored."""


class TileReader(Protocol):
    """Where tiles are kept."""

    def read(self, level: int, index: int) -> bytes:
        """Return the concatenated 32-byte hashes of the widest stored tile.

        Raises TileMissing when there is none.

        The tile may be wider than the tree asked about needs: a tile's hashes never change once the tree has
        grown over them, so only the first ones are used.
        """


@dataclass(frozen=True, slots=True, order=True)
class TileId:
    """A tile's place.

    ``level`` 0 holds leaf hashes, ``index`` counts tiles of a level, ``width`` counts hashes.
    """

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not 0 <= self.level <= MAX_LEVEL or self.index < 0 or not 1 <= self.width <= TILE_WIDTH:
            raise TileError(
                f"no tile has level {self.level}, index {self.index}, width {self.width}; "
                f"expected level 0 to {MAX_LEVEL}, index from 0, width 1 to {TILE_WIDTH}"
            )

    def path(self) -> str:
        """Return the resource path, such as ``tile/0/x001/067.p/12``; a full tile has no ``.p`` part."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{self.level}/{'/'.join(groups)}{partial}"


def parse_tile_path(path: str) -> TileId:
    """Return the tile that a resource path names; ``parse_tile_path(t.path()) == t``. Raises TileError."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise TileError(f"{path!r} is not a tile path like tile/0/x001/067.p/12")
    index = int(match["index"].replace("x", "").replace("/", ""))
    tile = TileId(int(match["level"]), index, int(match["width"] or TILE_WIDTH))
    if tile.path() != path:
        raise TileError(f"tile path {path!r} is spelled {tile.path()!r}")
    return tile
