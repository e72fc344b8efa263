"""Ids of records: UUIDs that begin with the time and grow (RFC 9562, version 7)."""

from __future__ import annotations

import secrets
import struct
from datetime import datetime
from uuid import UUID

from burgrave.ledger.terms import RecordId

_CHANCE_BITS = 32
_COUNTING_BITS = 73
_RANDOM_BITS = 62
_RANDOM = 2**_RANDOM_BITS - 1
_LAST_DIGITS = 0xFFFF


def record_ids(number: int, *, at: datetime) -> list[RecordId]:
    """New ids that begin with the time and grow (RFC 9562, UUID version 7), so that an index of them grows at its end.

    Of the 74 bits below the time, the upper ones start anywhere and count on, the lower ones are chance for each.
    """
    above = _above(at)
    start = secrets.randbits(_COUNTING_BITS)
    chance = struct.unpack(f">{number}I", secrets.token_bytes(4 * number))
    return [
        RecordId(UUID(int=above | (below >> _RANDOM_BITS) << 64 | below & _RANDOM))
        for below in (start + (place + 1 << _CHANCE_BITS) ^ each for place, each in enumerate(chance))
    ]


def id_texts(number: int, *, at: datetime) -> list[str]:
    """New ids as `record_ids` makes them, as text: the count stands before the last eight digits, which are chance."""
    chance = secrets.token_bytes(4 * number).hex()
    first = secrets.randbits(_COUNTING_BITS - _CHANCE_BITS) + 1
    head, texts = "", []
    for place, counted in enumerate(range(first, first + number)):
        if not head or not counted & _LAST_DIGITS:
            head = _id_text(counted << _CHANCE_BITS, at=at)[:-12]
        texts.append(f"{head}{counted & _LAST_DIGITS:04x}{chance[8 * place : 8 * place + 8]}")
    return texts


def _id_text(below: int, *, at: datetime) -> str:
    return str(UUID(int=_above(at) | (below >> _RANDOM_BITS) << 64 | below & _RANDOM))


def _above(at: datetime) -> int:
    """What an id of this moment begins with: milliseconds, version and variant."""
    return (int(at.timestamp() * 1000) & (2**48 - 1)) << 80 | 7 << 76 | 2 << 62
