"""Correlators that this process has at hand, so that a step need not read the state again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from uuid import UUID

    from burgrave.engines.correlation import Correlator, Limits

MOST_BYTES: Final = 64 * 1024 * 1024
"""What the correlators at hand hold together, as it would be written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A correlator after so many steps of a memory."""

    memory_id: UUID
    steps: int
    limits: Limits
    correlator: Correlator


_lock = threading.Lock()
_at_hand: OrderedDict[UUID, Remembered] = OrderedDict()


def taken(memory_id: UUID) -> Remembered | None:
    """The correlator of the memory, which is at hand no more: whoever takes it changes it."""
    with _lock:
        return _at_hand.pop(memory_id, None)


def keep(remembered: Remembered) -> None:
    """The correlator is at hand; those that were not used for longest make room."""
    with _lock:
        _at_hand[remembered.memory_id] = remembered
        while sum(each.correlator.windows.size for each in _at_hand.values()) > MOST_BYTES:
            _at_hand.popitem(last=False)
