"""The loops check every index."""

from __future__ import annotations

import numpy as np
import pytest

from burgrave.engines.events.kernels import words


def test_an_index_outside_of_its_array_is_an_error() -> None:
    with pytest.raises(IndexError):
        words.same(np.zeros(3, np.uint64), 0, 1, 40)
