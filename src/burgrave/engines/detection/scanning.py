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
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

_WORK_OF_A_CALL = 200  # bytes that could be searched while one search is being started
_WORK_OF_PREPARING = 4_000_000  # bytes times literals
_PLACE_BITS = 20  # more literals than 2**20 are never sought at once: RuleLimits.tests bounds them


class LiteralScanner(Protocol):
    def scan(self, data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Every occurrence, overlapping ones too: the literal's place in the list, and the offset just behind it."""


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


class HyperscanScanner:
    """Seeks all literals in one pass, save those with a NUL: Hyperscan's Python binding cuts them off there."""

    def __init__(self, literals: Sequence[bytes]) -> None:
        places = range(len(literals))
        self._apart = np.array([place for place in places if b"\0" in literals[place]], np.int64)
        self._plain = PlainScanner([literals[place] for place in self._apart])
        together = [place for place in places if b"\0" not in literals[place]]
        self._database: Any = None
        if together:
            self._database = _hyperscan.Database(mode=_hyperscan.HS_MODE_BLOCK)
            self._database.compile(
                expressions=[literals[place] for place in together],
                ids=together,
                elements=len(together),
                flags=[0] * len(together),
                literal=True,
            )

    def scan(self, data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        found: list[int] = []
        add = found.append

        def on_match(place: int, _start: int, stop: int, _flags: int, _context: object) -> None:
            add(stop << _PLACE_BITS | place)

        if self._database is not None and len(data):
            self._database.scan(data.data, match_event_handler=on_match)
        packed = np.array(found, np.int64)
        places, stops = packed & ((1 << _PLACE_BITS) - 1), packed >> _PLACE_BITS
        if not len(self._apart):
            return places, stops
        apart, ends = self._plain.scan(data)
        return np.concatenate([places, self._apart[apart]]), np.concatenate([stops, ends])


class PatientScanner:
    """Seeks plainly until that has cost about as much as Hyperscan takes to prepare, then by Hyperscan."""

    def __init__(self, literals: Sequence[bytes]) -> None:
        self._literals = tuple(literals)
        self._scanner: LiteralScanner = PlainScanner(literals)
        self._work = 0

    def scan(self, data: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        self._work += len(self._literals) * (len(data) + _WORK_OF_A_CALL)
        if self._work > _WORK_OF_PREPARING and isinstance(self._scanner, PlainScanner):
            self._scanner = HyperscanScanner(self._literals)
        return self._scanner.scan(data)


def scanner(literals: Sequence[bytes]) -> LiteralScanner:
    """The fastest scanner that is installed. The literals are distinct and not empty."""
    return PlainScanner(literals) if _hyperscan is None else PatientScanner(literals)


def present(literals: Sequence[bytes]) -> Callable[[Any], set[int]] | None:
    """A function of a buffer: which of the literals stand in it, in any case of their ASCII letters.

    None without Hyperscan. The places of literals with a NUL are always among those that stand in it.
    """
    if _hyperscan is None:
        return None
    always = {place for place, literal in enumerate(literals) if b"\0" in literal}
    places = [place for place in range(len(literals)) if place not in always]
    database = _hyperscan.Database(mode=_hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[literals[place] for place in places],
        ids=places,
        elements=len(places),
        flags=[_hyperscan.HS_FLAG_CASELESS | _hyperscan.HS_FLAG_SINGLEMATCH] * len(places),
        literal=True,
    )

    def standing(buffer: Any) -> set[int]:
        found = set(always)
        add = found.add
        database.scan(buffer, match_event_handler=lambda place, *_: add(place))
        return found

    return standing
