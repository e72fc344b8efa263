"""Places for labels, so that none lies on another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: Box) -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


def spread(wanted: Sequence[float], gaps: Sequence[float], low: float, high: float) -> list[float]:
    """Places as near as can be to the wanted ones, in the same order, ``gaps[i]`` apart from the one before.

    ``wanted`` is in the order that is kept; the first gap is ignored. Nearest in the sense of least squares: equal to a
    rising fit (pool adjacent violators) of the wanted places less the gaps before them, then moved inside low to high.
    """
    offsets: list[float] = []
    for place, gap in enumerate(gaps):
        offsets.append(offsets[-1] + gap if place else 0.0)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            total, count = total + pools[-1][0], count + pools[-1][1]
            pools.pop()
        pools.append((total, count))
    fitted = [total / count for total, count in pools for _one in range(count)]
    top = max(low, high - offsets[-1]) if offsets else low
    return [min(max(place, low), top) + offset for place, offset in zip(fitted, offsets, strict=True)]


class Taken:
    """The boxes that are taken."""

    def __init__(self) -> None:
        self._boxes: list[Box] = []

    def first_free(self, candidates: Sequence[Box]) -> Box | None:
        """The first of the candidates that meets nothing, which is taken then."""
        for box in candidates:
            if not any(map(box.meets, self._boxes)):
                self._boxes.append(box)
                return box
        return None

    def take(self, box: Box) -> None:
        self._boxes.append(box)
