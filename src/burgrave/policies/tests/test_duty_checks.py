"""The automatic checks of what is known and followed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from burgrave.assurance.terms import Outcome
from burgrave.engines.standing import Result
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.policies import commands, models
from burgrave.policies.queries import CHECKS
from burgrave.policies.queries.duty_checks import acknowledged, reviews_in_time, runs_on_time
from burgrave.policies.tests.duty_house import ask, document, later, publish
from burgrave.web.terms import Actor


def shown(outcome: Outcome) -> list[dict[str, Any]]:
    """What the evidence of the outcome lists."""
    (exhibit,) = outcome.exhibits
    told: dict[str, Any] = json.loads(exhibit.content)
    return list(told["items"])


def test_acknowledgement_passes_from_its_threshold_on(
    organisation: CastOrganisation, alice: Actor, charlie: Actor
) -> None:
    assert acknowledged()(NOON).result is Result.INCONCLUSIVE
    found = document(organisation.root)
    version = ask(found, alice)
    fresh = acknowledged()(NOON)
    assert (fresh.result, fresh.note) == (
        Result.INCONCLUSIVE,
        "nobody's time to confirm is over, so nothing can be said",
    )
    commands.confirm(found.pk, digest=version.digest, actor=charlie, now=NOON)
    assert acknowledged()(NOON).result is Result.PASSED  # the other person still has time
    late = NOON + timedelta(days=100)
    half = acknowledged()(late)
    assert (half.result, half.note) == (
        Result.FAILED,
        "1 of 2 acknowledgements that are given or overdue are given; 95 percent are needed",
    )
    assert {str(name): count for name, count in half.figures.items()} == {"Asked": 2, "Confirmed": 1, "Overdue": 1}
    assert acknowledged(0.5)(late).result is Result.PASSED
    assert shown(half) == [{"document": "POL-01", "asked": 2, "confirmed": 1, "overdue": 1}]


@pytest.mark.parametrize(("ended", "result"), [(0, Result.PASSED), (1, Result.FAILED)], ids=["on time", "late"])
def test_runs_pass_when_they_were_on_time(organisation: CastOrganisation, ended: int, result: Result) -> None:
    assert runs_on_time()(NOON).result is Result.INCONCLUSIVE
    found = document(organisation.root, number="PRC-01", kind="procedure")  # type: ignore[arg-type]
    models.Run.objects.create(
        serial=1,
        document=found,
        pinned=publish(found),
        unit_id=organisation.root,
        state="finished",
        started_at=NOON,
        due_on=NOON.date(),
        ended_at=later(ended),
        changed_at=NOON,
    )
    outcome = runs_on_time()(later(2))
    assert outcome.result is result
    assert f"{1 - ended} of 1 procedure runs" in outcome.note
    (row,) = shown(outcome)
    assert (row["serial"], row["document__number"], row["due_on"]) == (1, "PRC-01", NOON.date().isoformat())


def test_reviews_fail_when_one_is_overdue(organisation: CastOrganisation) -> None:
    assert reviews_in_time(NOON).result is Result.INCONCLUSIVE
    found = document(organisation.root)
    publish(found)
    models.Document.objects.update(review_due_on=NOON.date())
    assert reviews_in_time(NOON).result is Result.PASSED
    late = reviews_in_time(NOON + timedelta(days=1))
    assert (late.result, late.note) == (
        Result.FAILED,
        "1 of 1 documents in force are overdue for their review",
    )
    assert [row["review_due_on"] for row in shown(late)] == [NOON.date().isoformat()]


def test_what_is_made_up_counts_in_no_check(organisation: CastOrganisation, alice: Actor) -> None:
    found = document(organisation.root)
    ask(found, alice)
    models.Document.objects.update(is_sample=True)
    assert {each.name: each.run(NOON).result for each in CHECKS} == {
        "policies.acknowledged": Result.INCONCLUSIVE,
        "policies.runs_on_time": Result.INCONCLUSIVE,
        "policies.reviews_in_time": Result.INCONCLUSIVE,
    }
