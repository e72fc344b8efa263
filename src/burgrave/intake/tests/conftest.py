"""A source of Operations that is sent over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from burgrave.intake import commands
from burgrave.intake.tests.house import facts_of
from burgrave.people.tests_cast import NOON

if TYPE_CHECKING:
    from pathlib import Path

    from burgrave.intake.terms import LogSourceId
    from burgrave.people.tests_cast import CastOrganisation
    from burgrave.web.terms import Actor


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.BURGRAVE_HOME = tmp_path
    settings.BURGRAVE_BLOBS = tmp_path / "files"
    settings.BURGRAVE_RULES = tmp_path / "rules"
    return tmp_path


@pytest.fixture
def source(organisation: CastOrganisation, alice: Actor) -> LogSourceId:
    return commands.add_log_source(facts_of("Proxy", organisation.operations), actor=alice, now=NOON)
