"""Many literal texts sought in one buffer at once: by Hyperscan, or text by text where Hyperscan is not installed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

_hyperscan: Any
try:
    _hyperscan = import_module("hyperscan")
except ImportError:  # the package has wheels for some processors only
    _hyperscan = None

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_PLACE_BITS = 20  # more literals than 2**20 are never sought at once: RuleLimits.tests bounds them


class LiteralScanner(Protocol):
    def scan(self, data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Every occurrence, overlapping ones too: the literal's place in the list, and the offset just behind it."""


class HyperscanScanner:
    """Seeks all literals in one pass."""

    def __init__(self, literals: Sequence[bytes]) -> None:
        self._database: Any = _hyperscan.Database(mode=_hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=list(literals),
            ids=list(range(len(literals))),
            elements=len(literals),
            flags=[0] * len(literals),
            literal=True,
        )

    def scan(self, data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        found: list[int] = []
        add = found.append

        def on_match(place: int, _start: int, stop: int, _flags: int, _context: object) -> None:
            add(stop << _PLACE_BITS | place)

        self._database.scan(data.data, match_event_handler=on_match)
        packed = np.array(found, np.int64)
        return packed & ((1 << _PLACE_BITS) - 1), packed >> _PLACE_BITS


class PlainScanner:
    """Seeks one literal after the other; slower, and right everywhere."""

    def __init__(self, literals: Sequence[bytes]) -> None:
        self._literals = tuple(literals)

    def scan(self, data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        text = data.tobytes()
        places: list[int] = []
        stops: list[int] = []
        for place, literal in enumerate(self._literals):
            at = text.find(literal)
            while at >= 0:
                places.append(place)
                stops.append(at + len(literal))
                at = text.find(literal, at + 1)
        return np.array(places, np.int64), np.array(stops, np.int64)


def scanner(literals: Sequence[bytes]) -> LiteralScanner:
    """The fastest scanner that is installed. The literals are distinct and not empty."""
    return PlainScanner(literals) if _hyperscan is None else HyperscanScanner(literals)
