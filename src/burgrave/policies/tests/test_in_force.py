"""What held on a day."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from burgrave.engines.norms import Kind, Language
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.policies import models, queries
from burgrave.policies.terms import VersionState


@pytest.fixture
def norm(organisation: CastOrganisation) -> models.Document:
    """Version 1.0 held from 1 February to 9 March, 2.0 holds since 10 March."""
    document = models.Document.objects.create(
        number="NRM-06", kind=Kind.NORM, title="Passwords", unit_id=organisation.root, added_at=NOON, changed_at=NOON
    )
    spans = ((date(2026, 2, 1), date(2026, 3, 10)), (date(2026, 3, 10), None))
    for ordinal, (begins, ends) in enumerate(spans, 1):
        version = models.Version.objects.create(
            document=document,
            ordinal=ordinal,
            label=f"{ordinal}.0",
            state=VersionState.SUPERSEDED if ends else VersionState.PUBLISHED,
            effective_on=begins,
            ended_on=ends,
            made_at=NOON,
            changed_at=NOON,
        )
        models.VersionText.objects.create(version=version, language=Language.ENGLISH, title="Passwords", source="x")
        models.Clause.objects.create(
            version=version,
            language=Language.ENGLISH,
            ordinal=1,
            identifier="ID-03",
            text=f"at least {10 + ordinal} characters",
            modality="shall",
        )
    return document


@pytest.mark.parametrize(
    ("day", "label"),
    [(date(2026, 1, 31), None), (date(2026, 2, 1), "1.0"), (date(2026, 3, 9), "1.0"), (date(2026, 3, 10), "2.0")],
    ids=["before", "first day", "last day", "successor"],
)
def test_a_day_finds_the_version_that_held_on_it(norm: models.Document, day: date, label: str | None) -> None:
    found = queries.in_force(norm.pk, on=day)
    assert (found.label if found else None) == label


def test_a_clause_is_that_of_the_day(norm: models.Document) -> None:
    before = queries.clause(norm.pk, "ID-03", on=date(2026, 3, 9))
    after = queries.clause(norm.pk, "ID-03", on=date(2026, 3, 10), language=Language.ENGLISH)
    assert before
    assert after
    assert (before.text, after.text) == ("at least 11 characters", "at least 12 characters")


def test_nothing_is_found_where_nothing_held(norm: models.Document) -> None:
    assert queries.clause(norm.pk, "ID-03", on=date(2020, 1, 1)) is None
    assert queries.clause(norm.pk, "ID-99", on=date(2026, 3, 10)) is None
    assert queries.in_force(uuid4(), on=date(2026, 3, 10)) is None
