"""The library of the sample stands in every state of a document's life, in two languages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.policies import models, queries
from burgrave.sample.commands import library, loading
from burgrave.sample.commands import organisation as company
from burgrave.sample.terms import Tongue, Wanted
from burgrave.site.wiring import DESK
from burgrave.web.terms import system_actor


@pytest.mark.parametrize("tongue", Tongue)
def test_documents_stand_in_every_state(organisation: CastOrganisation, tongue: Tongue) -> None:
    begun = loading._begin(Wanted(tongue=tongue), desk=DESK, actor=system_actor(), now=NOON)
    company.load_people(begun)
    library.load_documents(begun)
    begun.copy = 1
    library.load_documents(begun)
    rows = models.Document.objects.filter(is_sample=True)
    assert set(rows.values_list("state", flat=True)) == {"new", "in_force", "retired"}
    assert set(rows.values_list("stage", flat=True)) == {"", "draft", "in_review", "approved"}
    assert all(row.languages == ["en", "zh-hans"] for row in rows)
    passwords = rows.get(number="NRM-06")
    month_ago = NOON.date() - timedelta(days=30)
    first, second = (queries.in_force(passwords.pk, on=day) for day in (month_ago, NOON.date()))
    assert first
    assert second
    assert (first.label, second.label, second.is_major) == ("1.0", "2.0", True)
    assert organisation.root
