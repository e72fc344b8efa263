"""Large arrays are used again, but never while somebody holds a piece of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from burgrave.engines.events import release_memory, shelf
from burgrave.engines.events.shelf import SHELF, Shelf
from burgrave.engines.events.terms import MEBIBYTE

LARGE = 5 * 1024 * 1024


def place(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_an_array_is_used_again_once_nobody_holds_it() -> None:
    kept = Shelf()
    first = kept.array(LARGE, np.uint8)
    at = place(first)
    second = kept.array(LARGE, np.uint8)
    assert place(second) != at
    assert len(first) == len(second) == LARGE
    del first
    assert place(kept.array(LARGE - 9, np.uint8)) == at


def test_a_piece_of_it_keeps_it_from_being_used_again() -> None:
    kept = Shelf()
    array = kept.array(LARGE, np.uint8)
    array[:3] = 7, 8, 9
    buffer = pa.py_buffer(array[:3])
    at = place(array)
    del array
    assert place(kept.array(LARGE, np.uint8)) != at
    assert buffer.to_pybytes() == b"\x07\x08\x09"
    del buffer
    assert place(kept.array(LARGE, np.uint8)) == at


def test_arrays_of_other_kinds_or_far_too_large_are_left() -> None:
    kept = Shelf()
    at = place(kept.array(5 * LARGE, np.uint8))
    assert place(kept.array(LARGE, np.uint8)) != at
    assert place(kept.array(5 * LARGE // 8, np.int64)) != at
    assert place(kept.array(5 * LARGE, np.uint8)) == at


def test_what_became_too_small_is_given_back_when_a_larger_array_is_made() -> None:
    kept = Shelf()
    held = kept.array(LARGE, np.uint8)
    kept.array(LARGE, np.uint8)
    kept.array(LARGE // 8, np.int64)
    kept.array(2 * LARGE, np.uint8)
    assert [(array.dtype, array.nbytes) for array in kept._arrays] == [
        (np.uint8, 8 * MEBIBYTE),
        (np.int64, 8 * MEBIBYTE),
        (np.uint8, 12 * MEBIBYTE),
    ]
    del held


def test_what_nobody_took_for_long_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_PATIENCE", 3)
    kept = Shelf()
    kept.array(LARGE // 8, np.int64)
    held = kept.array(LARGE // 4, np.int32)
    for _ in range(3):
        assert len(kept._arrays) >= 2
        kept.array(LARGE, np.uint8)
    assert [array.dtype for array in kept._arrays] == [np.int32, np.uint8]
    del held
    kept.array(LARGE, np.uint8)
    assert [array.dtype for array in kept._arrays] == [np.uint8]


def test_small_arrays_are_not_kept() -> None:
    kept = Shelf()
    kept.array(1_000, np.int64)
    assert kept._arrays == []


def test_no_more_is_kept_than_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "KEPT_AT_MOST", 2 * 8 * 1024 * 1024)
    kept = Shelf()
    held = [kept.array(LARGE, np.uint8) for _ in range(5)]
    assert len(kept._arrays) == 2
    for number, array in enumerate(held):
        array[:] = number
    assert [int(array.max()) for array in held] == [0, 1, 2, 3, 4]


def test_memory_can_be_given_back() -> None:
    SHELF.array(LARGE, np.uint8)
    assert SHELF._arrays
    release_memory()
    assert SHELF._arrays == []
