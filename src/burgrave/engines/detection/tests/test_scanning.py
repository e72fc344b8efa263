from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.detection import scanning
from burgrave.engines.detection.scanning import HyperscanScanner, LiteralScanner, PlainScanner, scanner


def found(seeker: LiteralScanner, data: bytes) -> list[tuple[int, int]]:
    places, stops = seeker.scan(np.frombuffer(data, np.uint8))
    return sorted(zip(places.tolist(), stops.tolist(), strict=True))


needs_hyperscan = pytest.mark.skipif(scanning._hyperscan is None, reason="hyperscan has no wheel for this processor")


@pytest.mark.parametrize("kind", [PlainScanner, pytest.param(HyperscanScanner, marks=needs_hyperscan)])
def test_every_occurrence_is_found_overlapping_ones_too(kind: type[PlainScanner | HyperscanScanner]) -> None:
    assert found(kind([b"aa", b"a\0b", b"zz"]), b"aaaa\0b") == [(0, 2), (0, 3), (0, 4), (1, 6)]


@needs_hyperscan
@given(st.sets(st.binary(min_size=1, max_size=4), min_size=1, max_size=5), st.binary(max_size=40))
def test_hyperscan_finds_what_plain_search_finds(literals: set[bytes], data: bytes) -> None:
    ordered = sorted(literals)
    assert found(HyperscanScanner(ordered), data) == found(PlainScanner(ordered), data)


@needs_hyperscan
def test_hyperscan_takes_over_when_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_WORK_OF_PREPARING", 1000)
    seeker = scanner([b"ab"])
    first = found(seeker, b"x" * 500 + b"ab")
    monkeypatch.setattr(PlainScanner, "scan", None)
    assert found(seeker, b"x" * 500 + b"ab") == first == [(0, 502)]


def test_without_hyperscan_plain_search_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_hyperscan", None)
    assert isinstance(scanner([b"a"]), PlainScanner)
