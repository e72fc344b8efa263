"""The owner of a decision knows of it, and hears of it again until it is closed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from burgrave.isms import commands, models
from burgrave.isms.rules.following import reminder
from burgrave.isms.terms.meetings import DecisionState
from burgrave.isms.tests.test_meetings import LATER, TODAY, decision, held
from burgrave.notifications.models import News, Notice
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

DUE = date(2026, 4, 1)


@pytest.mark.parametrize(
    ("days", "reminded", "told"),
    [
        (-8, None, None),
        (-7, None, "soon"),
        (-1, None, "soon"),
        (-1, -7, None),
        (0, -7, "due"),
        (0, 0, None),
        (6, 0, None),
        (7, 0, "due"),
        (14, 7, "late"),
        (30, None, "late"),
    ],
)
def test_an_owner_is_told_before_the_day_on_it_and_once_a_week(
    days: int, reminded: int | None, told: str | None
) -> None:
    before = None if reminded is None else DUE + timedelta(days=reminded)
    assert reminder(DUE, reminded_on=before, today=DUE + timedelta(days=days)) == told


@pytest.mark.django_db
def test_an_owner_knows_of_a_decision_and_its_day(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    meeting = held(organisation, alice, olga)
    commands.decide(meeting, decision(olga), actor=alice, now=LATER)
    told = News.objects.get(topic="isms.decided")
    assert (told.params["number"], told.notices.get().person_id) == ("DEC-0001", olga.person_id)
    commands.decide(meeting, decision(alice), actor=alice, now=LATER)
    assert News.objects.filter(topic="isms.decided").count() == 1, "nobody is told what they wrote themselves"


@pytest.mark.django_db
def test_an_open_decision_is_told_again_and_a_closed_one_is_not(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    meeting = held(organisation, alice, olga)
    first = commands.decide(meeting, decision(olga, due_on=TODAY + timedelta(days=10)), actor=alice, now=LATER)
    assert commands.remind_of_decisions(now=LATER + timedelta(days=2)) == 0
    assert commands.remind_of_decisions(now=LATER + timedelta(days=3)) == 1
    assert commands.remind_of_decisions(now=LATER + timedelta(days=4)) == 0
    assert commands.remind_of_decisions(now=LATER + timedelta(days=10)) == 1
    assert set(Notice.objects.filter(news__topic="isms.decision_due").values_list("person_id", flat=True)) == {
        olga.person_id
    }
    assert commands.remind_of_decisions(now=LATER + timedelta(days=24)) == 1
    told = set(Notice.objects.filter(news__topic="isms.decision_due").values_list("person_id", flat=True))
    assert {olga.person_id, alice.person_id} <= told, "two weeks late, whoever edits there knows it too"
    version = models.Decision.objects.get(pk=first).version
    commands.close_decision(
        first, DecisionState.DONE, outcome="Bought.", version=version, actor=olga, now=LATER + timedelta(days=25)
    )
    assert commands.remind_of_decisions(now=LATER + timedelta(days=60)) == 0
