from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from burgrave.jobs import commands as jobs
from burgrave.notifications import commands, queries
from burgrave.notifications.handlers import escalate
from burgrave.notifications.models import Notice
from burgrave.notifications.terms import Escalation, Recipients, Urgency
from burgrave.notifications.tests.house import tell
from burgrave.people import queries as people
from burgrave.people.models import Delegation, Grant
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]
QUARTER = timedelta(minutes=15)


def work(*, minutes: int) -> None:
    at = NOON + timedelta(minutes=minutes)
    while jobs.run_next({"notifications.escalate": escalate}, worker="w/any", clock=lambda: at):
        pass


def told() -> list[str]:
    names = people.names(Notice.objects.values_list("person_id", flat=True))
    return sorted(names.values())


@pytest.fixture
def nina(organisation: CastOrganisation) -> Actor:
    """Responds in the night shift alone."""
    unit = organisation.night_shift
    return hire("Nina Nacht", unit_id=unit, roles=(("incident_responder", unit),))


@pytest.fixture
def urgent(organisation: CastOrganisation, alice: Actor, bob: Actor, nina: Actor) -> None:
    escalation = Escalation(permission="incidents.triage", unit_id=organisation.night_shift, after=QUARTER)
    tell(to=Recipients(), urgency=Urgency.URGENT, escalation=escalation)


def test_urgent_news_goes_from_the_nearest_up_the_tree_while_nobody_takes_care(urgent: None, ledger_tail: Tail) -> None:
    assert told() == ["Nina Nacht"]
    work(minutes=14)
    assert told() == ["Nina Nacht"]
    work(minutes=15)
    assert told() == ["Bob Birnbaum", "Nina Nacht"]
    work(minutes=30)
    assert told() == ["Alice Amsel", "Bob Birnbaum", "Nina Nacht"]
    work(minutes=45)
    work(minutes=600)
    assert len(told()) == 3
    assert ledger_tail() == ["notifications.news_escalated"] * 2
    assert sorted(Notice.objects.values_list("step", flat=True)) == [0, 1, 2]


def test_what_somebody_takes_care_of_goes_no_further(urgent: None, nina: Actor, ledger_tail: Tail) -> None:
    commands.mark_read(Notice.objects.get().pk, actor=nina, now=NOON)
    work(minutes=15)
    assert len(told()) == 2, "reading is not taking care"
    commands.acknowledge(Notice.objects.get(person_id=nina.person_id).pk, actor=nina, now=NOON)
    work(minutes=600)
    assert len(told()) == 2
    assert ledger_tail() == ["notifications.news_escalated", "notifications.news_acknowledged"]


def test_a_step_that_runs_twice_is_taken_once(urgent: None) -> None:
    news_id = queries.inbox(actor=people.actor_of(Notice.objects.get().person_id, NOON)).rows[0].news_id
    assert commands.escalate(news_id, step=1, now=NOON) == 1
    assert commands.escalate(news_id, step=1, now=NOON) == 0


def test_news_that_is_told_to_somebody_goes_to_the_nearest_others(
    organisation: CastOrganisation, charlie: Actor, bob: Actor
) -> None:
    escalation = Escalation(permission="incidents.triage", unit_id=organisation.operations)
    tell(charlie, urgency=Urgency.URGENT, escalation=escalation)
    assert told() == ["Charlie Cordes"]
    work(minutes=15)
    assert told() == ["Bob Birnbaum", "Charlie Cordes"]


def test_the_ladder_names_everybody_on_their_lowest_rung(
    organisation: CastOrganisation, alice: Actor, bob: Actor, nina: Actor
) -> None:
    rungs = people.ladder("incidents.triage", organisation.night_shift, now=NOON)
    assert rungs == ((nina.person_id,), (bob.person_id,), (alice.person_id,))
    assert people.ladder("incidents.triage", organisation.sales, now=NOON) == ((alice.person_id,),)


def lend(grant_of: Actor, to: Actor, **options: Any) -> None:
    [grant] = Grant.objects.filter(person_id=grant_of.person_id)
    day = timedelta(days=1)
    given = {"begins_at": NOON - day, "ends_at": NOON + day, "made_at": NOON - day, "reason": "holiday", **options}
    Delegation.objects.create(grant=grant, delegate_id=to.person_id, **given)


def test_a_deputy_comes_right_after_whom_they_stand_in_for(
    organisation: CastOrganisation, alice: Actor, bob: Actor, nina: Actor, charlie: Actor
) -> None:
    lend(nina, charlie)
    rungs = people.ladder("incidents.triage", organisation.night_shift, now=NOON)
    assert rungs == ((nina.person_id,), (charlie.person_id,), (bob.person_id,), (alice.person_id,))


@pytest.mark.parametrize(
    "options",
    [
        {"ends_at": NOON},
        {"begins_at": NOON + timedelta(hours=1)},
        {"taken_back_at": NOON - timedelta(hours=1)},
        {"permissions": ["incidents.read"]},
        {"units": [str(UUID(int=7))]},
    ],
    ids=["over", "not begun", "taken back", "another permission", "another unit"],
)
def test_what_is_not_lent_here_and_now_makes_no_deputy(
    organisation: CastOrganisation, nina: Actor, charlie: Actor, options: dict[str, Any]
) -> None:
    lend(nina, charlie, **options)
    assert people.ladder("incidents.triage", organisation.night_shift, now=NOON) == ((nina.person_id,),)


def test_a_deputy_for_a_unit_above_stands_in_below_too(
    organisation: CastOrganisation, bob: Actor, charlie: Actor
) -> None:
    lend(bob, charlie, units=[str(organisation.operations)], permissions=["incidents.triage"])
    rungs = people.ladder("incidents.triage", organisation.night_shift, now=NOON)
    assert rungs == ((bob.person_id,), (charlie.person_id,))
