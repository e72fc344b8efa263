"""The chain of the sample: requirements stand in every way, why goes down to evidence, and nothing of it stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from burgrave.assurance import models, queries
from burgrave.assurance.terms import FindingState
from burgrave.engines.standing import Standing
from burgrave.isms import models as isms_models
from burgrave.isms import queries as isms
from burgrave.isms.terms.applicability import Applies
from burgrave.ledger.models import Opening
from burgrave.policies import models as policies
from burgrave.policies.terms.exceptions import ExceptionState
from burgrave.sample import commands
from burgrave.site.calendar import CALENDAR
from burgrave.web.terms import Actor, system_actor

pytestmark = pytest.mark.django_db

OF_THE_CHAIN = {
    "assurance.check", "assurance.action", "assurance.assertion", "policies.review", "policies.exception",
    "policies.run", "isms.soa",
}  # fmt: skip


def the_chain_stands_and_leaves(now: datetime) -> None:
    """Asked of a company that was loaded then, and is gone afterwards."""
    actor = system_actor()
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
    duties_stand(now)
    a_statement_is_approved_and_another_waits(now)
    the_calendar_shows_every_kind(now)
    said = set(policies.ClauseException.objects.values_list("justification", flat=True))
    assert said <= set(Opening.objects.values_list("value", flat=True))
    commands.remove(actor=actor, now=now)
    for table in (models.Framework, models.Requirement, models.Measure, models.Check, models.Finding, models.Reach):
        assert not table.objects.exists()
    for table in (policies.ClauseException, policies.Run, policies.Ask, policies.Serial, policies.Document):
        assert not table.objects.exists()
    assert not isms_models.StatementOfApplicability.objects.exists()
    assert not said & set(Opening.objects.values_list("value", flat=True))


def duties_stand(now: datetime) -> None:
    """Some confirmed, some are open and some late, one joined; exceptions and runs stand in every state."""
    first = policies.Ask.objects.filter(document__number="POL-01")
    assert first.filter(confirmed_at__isnull=False).exists()
    assert first.filter(confirmed_at=None, due_on__lt=now.date()).exists()
    assert first.filter(confirmed_at=None, asked_at__gte=now - timedelta(days=4)).count() == 1
    assert policies.Ask.objects.filter(confirmed_at=None, due_on__gte=now.date()).count() > 1
    exceptions = {each.state: each for each in policies.ClauseException.objects.all()}
    assert set(exceptions) == {ExceptionState.GRANTED, ExceptionState.EXPIRED, ExceptionState.REQUESTED}
    assert exceptions[ExceptionState.GRANTED].compensation
    finding = models.Finding.objects.get(pk=exceptions[ExceptionState.EXPIRED].finding)
    assert (finding.state, finding.actions.count()) == (FindingState.OPEN, 1)
    runs = list(policies.Run.objects.order_by("started_at").values_list("state", "skipped", "deviated"))
    assert runs == [("finished", 0, 0), ("finished", 1, 1), ("open", 0, 0)]
    assert all(each.serial < 0 for each in (*exceptions.values(), *policies.Run.objects.all()))


def a_statement_is_approved_and_another_waits(now: datetime) -> None:
    framework = queries.framework_named("SAMPLE-ISO27001")
    assert framework is not None
    live = isms.soa_live(framework.framework_id, actor=everywhere(), today=now.date())
    assert (len(live.rows), live.undecided) == (93, 0)
    assert [each.state for each in live.versions] == ["made", "approved"]
    assert {each.applies for each in live.rows} == {Applies.YES, Applies.NO}
    assert {each.standing for each in live.rows} >= {"met", "not_met", "unproven", "not_assessed"}


def the_calendar_shows_every_kind(now: datetime) -> None:
    view = isms.calendar(now.date(), now.date() + timedelta(days=400), actor=everywhere(), today=now.date())
    shown = {each.source for each in (*view.overdue, *view.coming)}
    span = (now.date() - timedelta(days=400), now.date() + timedelta(days=400), everywhere())
    for name in OF_THE_CHAIN:
        with CaptureQueriesContext(connection) as asked:
            found = CALENDAR[name].query(*span)
        assert found.total, name
        assert len(asked) == 1, name
        nobody = CALENDAR[name].query(*span[:2], Actor(person_id=None, label="x:y", name="Nobody"))
        assert nobody.total == 0, name
    assert shown >= OF_THE_CHAIN


def everywhere() -> Actor:
    """Somebody who may read everything, also what is made up."""
    return system_actor()
