"""Every test has a state directory of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from burgrave.people.tests_cast import hire
from burgrave.web.terms import Actor


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.BURGRAVE_HOME = tmp_path
    settings.BURGRAVE_BLOBS = tmp_path / "files"
    return tmp_path


@pytest.fixture
def olga(organisation: Any) -> Actor:
    """Owns systems in Operations."""
    return hire("Olga Orth", unit_id=organisation.operations, roles=(("system_owner", organisation.operations),))
