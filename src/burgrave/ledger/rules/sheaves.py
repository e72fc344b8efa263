"""Sheaves: many leaves in one row, with what opens them, and the keys by which their subjects are found."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from hashlib import sha256

import orjson

from burgrave.ledger.errors import LeafEdited, OpeningEdited
from burgrave.ledger.terms import EPOCH, SALT_BYTES, Salted

HASHED_BYTES = 8
KEY_BYTES = HASHED_BYTES + 2
_LENGTH_BYTES = 2
SLOTS = 256


def bound(leaves: Sequence[bytes]) -> bytes:
    """The leaves one after the other, each behind its length in 16 bits: an entry bundle (c2sp.org/tlog-tiles)."""
    return b"".join([part for leaf in leaves for part in (len(leaf).to_bytes(_LENGTH_BYTES), leaf)])


def unbound(row: bytes, count: int) -> list[bytes]:
    """The ``count`` leaves of a row; of a row of one record the leaf itself. Raises LeafEdited."""
    if count == 1:
        return [row]
    leaves, start = [], 0
    try:
        for _ in range(count):
            (length,) = struct.unpack_from(">H", row, start)
            start += _LENGTH_BYTES + length
            leaves.append(row[start - length : start])
    except struct.error as error:
        raise LeafEdited(f"a row of {count} records holds {len(leaves)}") from error
    if start != len(row):
        raise LeafEdited(f"a row of {count} records has {len(row)} bytes, its leaves take {start}")
    return leaves


def bound_values(values: Sequence[str | None]) -> str:
    """The values of a sealed field of all records of a sheaf, as its opening keeps them."""
    return orjson.dumps(values).decode()


def unbound_openings(openings: Mapping[str, tuple[bytes, str]], count: int) -> list[dict[str, Salted]]:
    """What opens each of the ``count`` records of a row, from its openings by name. Raises OpeningEdited."""
    if count == 1:
        return [{name: Salted(salt, value) for name, (salt, value) in openings.items()}]
    opened: list[dict[str, Salted]] = [{} for _ in range(count)]
    for name, (salts, packed) in openings.items():
        for place, value in enumerate(_values(name, salts, packed, count)):
            if value is not None:
                opened[place][name] = Salted(salts[SALT_BYTES * place : SALT_BYTES * (place + 1)], value)
    return opened


def without(salts: bytes, packed: str, places: AbstractSet[int], *, count: int) -> tuple[bytes, str, set[int]]:
    """Salts and values without those of the records at ``places`` in the sheaf, and where there was one to erase.

    The text is empty when no value is left. Raises OpeningEdited.
    """
    values = _values("a sealed field", salts, packed, count)
    held = {place for place in places if values[place] is not None}
    kept = bytearray(salts)
    for place in held:
        values[place] = None
        kept[SALT_BYTES * place : SALT_BYTES * (place + 1)] = bytes(SALT_BYTES)
    return bytes(kept), bound_values(values) if any(value is not None for value in values) else "", held


def keys_of(subjects: Iterable[Sequence[str]], *, first: int) -> Iterator[tuple[int, bytes]]:
    """The stretch and the key of each subject of the records at the positions from ``first`` on.

    A key is the beginning of the subject's SHA-256, and the place in the stretch in 16 bits.
    """
    epoch, place = divmod(first, EPOCH)
    for own in subjects:
        end = place.to_bytes(KEY_BYTES - HASHED_BYTES)
        for subject in own:
            yield epoch, sha256(subject.encode()).digest()[:HASHED_BYTES] + end
        place += 1
        if place == EPOCH:
            epoch, place = epoch + 1, 0


def slot_of(subject: str) -> int:
    """In which slot the subject is found once its stretch is full."""
    return sha256(subject.encode()).digest()[0]


def merged(blocks: Iterable[bytes]) -> dict[int, bytes]:
    """The keys of all blocks sorted into the slots of a full stretch."""
    slots: dict[int, list[bytes]] = {}
    for block in blocks:
        for start in range(0, len(block), KEY_BYTES):
            slots.setdefault(block[start], []).append(block[start : start + KEY_BYTES])
    return {slot: b"".join(sorted(keys)) for slot, keys in sorted(slots.items())}


def offsets(block: bytes, subject: str) -> list[int]:
    """The places in their stretch of the records about the subject whose keys are in the block."""
    sought = sha256(subject.encode()).digest()[:HASHED_BYTES]
    found = []
    start = block.find(sought)
    while start >= 0:
        if start % KEY_BYTES == 0:
            found.append(int.from_bytes(block[start + HASHED_BYTES : start + KEY_BYTES]))
        start = block.find(sought, start + 1)
    return found


def _values(name: str, salts: bytes, packed: str, count: int) -> list[str | None]:
    try:
        values = orjson.loads(packed)
    except orjson.JSONDecodeError as error:
        raise OpeningEdited(f"the openings of {name} cannot be read: {error}") from error
    is_list = isinstance(values, list) and all(value is None or isinstance(value, str) for value in values)
    if not is_list or len(values) != count or len(salts) != SALT_BYTES * count:
        raise OpeningEdited(f"the openings of {name} are not those of {count} records")
    return list(values)
