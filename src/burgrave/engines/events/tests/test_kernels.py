"""What is compiled is kept where it can be, and checks every index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from burgrave.engines.events.kernels import compiling, words

if TYPE_CHECKING:
    from collections.abc import Callable


def second(values: Any) -> Any:
    return values[1]


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    njit: Callable[..., Any] = compiling.numba.njit

    def nowhere(function: Callable[..., Any], *, cache: bool = False, **wishes: Any) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(function, **wishes)

    monkeypatch.setattr(compiling.numba, "njit", nowhere)
    assert compiling.compiled(second)(np.array([5, 7])) == 7


def test_an_index_outside_of_its_array_is_an_error() -> None:
    checked = compiling.compiled(second)
    with pytest.raises(IndexError):
        checked(np.array([5]))
    with pytest.raises(IndexError):
        words.same(np.zeros(3, np.uint64), 0, 1, 40)


def test_what_is_kept_is_kept_by_the_source_of_all_of_it() -> None:
    assert compiling.numba.config.CACHE_DIR.endswith(compiling._version())
    assert len(compiling._version()) == 16
