"""Command lines of these tests keep nothing in the home of a person."""

import pytest


@pytest.fixture(autouse=True)
def _at_home_nowhere(own_cache_home: None) -> None:
    pass
