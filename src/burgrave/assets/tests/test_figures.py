"""Figures of the inventory say what the rows say."""

from __future__ import annotations

import pytest

from burgrave.assets.figures import need_matrix, tone
from burgrave.assets.terms import DEFAULT_SCHEME, AssetType
from burgrave.engines.charts import Tone


@pytest.mark.parametrize(
    ("rank", "expected"), [(0, Tone.SIX), (1, Tone.TWO), (2, Tone.TWO), (3, Tone.THREE), (4, Tone.FOUR), (9, Tone.FOUR)]
)
def test_a_rank_has_a_colour_that_no_state_has(rank: int, expected: Tone) -> None:
    assert len(DEFAULT_SCHEME.levels) == 4
    assert tone(rank, DEFAULT_SCHEME) is expected


def test_the_matrix_counts_and_leaves_blank_what_is_not_there() -> None:
    figure = need_matrix({(AssetType.SYSTEM, 0): 4, (AssetType.INFORMATION, 2): 8}, DEFAULT_SCHEME)
    assert figure.rows == ("Information", "System")
    assert [cell.text for cell in figure.cells[0]] == ["", "", "8", "", ""]
    assert [cell.share for cell in figure.cells[1]] == [0.5, None, None, None, None]


def test_the_matrix_of_an_empty_inventory_has_no_rows() -> None:
    assert need_matrix({}, DEFAULT_SCHEME).rows == ()
