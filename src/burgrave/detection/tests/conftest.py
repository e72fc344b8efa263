"""Every test has a state directory of its own, so that stored bytes and keys never meet those of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from burgrave.people.tests_cast import hire

if TYPE_CHECKING:
    from pathlib import Path

    from burgrave.people.tests_cast import CastOrganisation
    from burgrave.web.terms import Actor


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.BURGRAVE_HOME = tmp_path
    settings.BURGRAVE_BLOBS = tmp_path / "files"
    settings.BURGRAVE_RULES = tmp_path / "rules"
    return tmp_path


@pytest.fixture
def emil(organisation: CastOrganisation) -> Actor:
    """A second security officer of the whole organisation: decides on what Alice brought."""
    return hire("Emil Eder", unit_id=organisation.root, roles=(("security_officer", organisation.root),))


@pytest.fixture
def erik(organisation: CastOrganisation) -> Actor:
    """A security officer of Sales alone, where no rule belongs."""
    return hire("Erik Ernst", unit_id=organisation.sales, roles=(("security_officer", organisation.sales),))
