"""The chain of the sample: requirements stand in every way, why goes down to evidence, and nothing of it stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from burgrave.assurance import models, queries
from burgrave.assurance.terms import FindingState
from burgrave.engines.standing import Standing
from burgrave.sample import commands
from burgrave.sample.commands import loading
from burgrave.sample.terms import Tongue, Wanted
from burgrave.site.wiring import DESK
from burgrave.web.terms import system_actor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("tongue", list(Tongue))
def test_the_chain_stands_and_leaves(
    organisation: Any, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, tongue: Tongue
) -> None:
    settings.BURGRAVE_BLOBS = tmp_path / "files"
    wanted = {"people", "assets", "chain"}
    monkeypatch.setattr(loading, "PARTS", tuple(part for part in loading.PARTS if part[0] in wanted))
    now, actor = timezone.now(), system_actor()
    commands.load(Wanted(tongue=tongue), desk=DESK, actor=actor, now=now)
    found = queries.standings(now.date())
    assert set(found.values()) >= {
        Standing.MET,
        Standing.STALE,
        Standing.UNPROVEN,
        Standing.NOT_MET,
        Standing.NOT_ASSESSED,
    }
    kept = dict(models.DerivedStanding.objects.values_list("requirement_id", "standing"))
    assert kept == found
    states = set(models.Finding.objects.values_list("state", flat=True))
    assert states == {FindingState.OPEN, FindingState.CLOSED}
    assert models.Evidence.objects.filter(subject__startswith="assurance.run:").count() > 20
    assert queries.gaps_by_asset()
    commands.remove(actor=actor, now=now)
    for table in (models.Framework, models.Requirement, models.Measure, models.Check, models.Finding, models.Reach):
        assert not table.objects.exists()
