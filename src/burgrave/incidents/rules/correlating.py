"""What of the memory of correlations was let go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DROPPED: Final = ("left_out", "damaged", "hurried", "forgotten_groups", "forgotten_hits")
"""Counts that say that something which could have been found may not have been: the memory was too small, or harmed."""


def dropped(counts: Mapping[str, int]) -> dict[str, int]:
    """Of the counts those that say so."""
    return {name: counts.get(name, 0) for name in DROPPED}


def has_dropped(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Whether more was let go than before."""
    return any(after.get(name, 0) > before.get(name, 0) for name in DROPPED)
