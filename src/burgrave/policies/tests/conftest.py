from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.web.terms import Actor


@pytest.fixture(autouse=True)
def state_directory(tmp_path: Path, settings: Any) -> Path:
    """A place for the key and the files of this test alone."""
    settings.BURGRAVE_HOME = tmp_path
    settings.BURGRAVE_KEY_PASSPHRASE = None
    settings.BURGRAVE_BLOBS = tmp_path / "files"
    return tmp_path


@pytest.fixture
def paula(organisation: CastOrganisation) -> Actor:
    """Security officer of the whole organisation: writes and approves, and does not publish."""
    return hire("Paula Pappel", unit_id=organisation.root, roles=(("security_officer", organisation.root),))


@pytest.fixture
def quentin(organisation: CastOrganisation) -> Actor:
    """Another head of security."""
    return hire("Quentin Quitte", unit_id=organisation.root, roles=(("head_of_security", organisation.root),))
