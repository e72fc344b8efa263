"""Segments in which events counted are evidence of an alert: they stay as long as those that it was raised from."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from burgrave.assurance import queries as evidence
from burgrave.custody import commands as custody
from burgrave.events import models as events
from burgrave.incidents import commands, models, queries
from burgrave.incidents.commands import remembered
from burgrave.incidents.handlers import rulebook
from burgrave.incidents.terms import Dismissal, EventFileId, alert_subject
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

from .house import NOON, opened, refs
from .test_correlated_reading import OPENED, rules
from .test_expiring import _commits, expire, finding, left
from .test_stream_correlation import segment, wait_out, work

__all__ = ["_commits"]  # what is done behind a commit is done here too
OVER = NOON + timedelta(days=366)
LONG_OVER = OVER + timedelta(days=91)


@pytest.fixture(autouse=True)
def _rules_of_the_test_alone(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, "loaded_rules", partial(rulebook.loaded_rules, shipped=tmp_path / "shipped"))
    remembered._at_hand.clear()
    settings.BURGRAVE_CORRELATION_LATENESS = timedelta(minutes=2)


def streamed(organisation: CastOrganisation, actor: Actor, home: Path) -> tuple[list[EventFileId], EventFileId]:
    """Three segments with an event each that counts, and one that brings nothing; all were read, an alert raised."""
    rules(home, opened=OPENED)
    counted = [segment(organisation.operations, actor, minute) for minute in (1, 2, 3)]
    plain = segment(organisation.operations, actor, 4, said="nothing")
    work()
    wait_out()
    for row in models.EventFile.objects.all():
        os.utime(evidence.store().path(row.sha256), (NOON.timestamp(), NOON.timestamp()))
    return counted, plain


def alert() -> models.Alert:
    return models.Alert.objects.get()


def dismiss(actor: Actor) -> None:
    commands.dismiss(refs(alert()), dismissal=Dismissal.BENIGN, note="a test of ours", actor=actor, now=NOON)


def test_what_counted_stays_while_the_alert_is_open_and_goes_with_its_end(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    counted, plain = streamed(organisation, bob, home)
    assert left() == {*counted, plain}
    expire(now=OVER)
    assert left() == set(counted)
    dismiss(bob)
    expire(now=OVER)
    assert left() == set()


def test_what_counted_stays_while_the_alert_belongs_to_an_incident(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    counted, _ = streamed(organisation, bob, home)
    case_id = opened(organisation.operations, alert(), actor=bob)
    expire(now=OVER)
    assert left() == set(counted)
    assert {each.event_file_id for each in queries.files_of_case(case_id)} == set(counted)


def test_what_counted_stays_while_a_finding_about_the_alert_is_open(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    counted, _ = streamed(organisation, bob, home)
    dismiss(bob)
    finding(organisation, alert_subject(alert().pk))
    expire(now=OVER)
    assert left() == set(counted)


def test_the_row_of_a_segment_in_which_events_counted_stays_and_with_it_the_match(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: Any
) -> None:
    """Also that of the segment with the last event, which another one brought to light."""
    counted, plain = streamed(organisation, bob, home)
    models.EventFile.objects.update(log_source_id=models.EventFile.objects.get(pk=plain).log_source_id)
    dismiss(bob)
    expire(now=OVER)
    assert left() == set()
    events.Heard.objects.all().delete()  # the retention of kept events is over as well
    expire(now=LONG_OVER)
    assert set(models.EventFile.objects.values_list("pk", flat=True)) == set(counted)
    [match] = queries.alert_detail(alert().pk, actor=bob).matches
    assert match.counted is not None
    assert [each.event_file_id for each in match.counted.named] == counted
    assert client_of(bob).get(f"/alerts/{alert().pk}/").status_code == 200


def test_the_bundle_of_an_incident_has_the_segments_in_which_events_counted(
    organisation: CastOrganisation, alice: Actor, bob: Actor, home: Path
) -> None:
    streamed(organisation, bob, home)
    case_id = opened(organisation.operations, alert(), actor=bob)
    custody.seal_all(now=NOON)
    assert commands.issue_case_bundle(case_id, actor=alice, now=NOON).documents == 3


def sources() -> set[tuple[UUID, UUID]]:
    return set(models.CountedSource.objects.values_list("alert_id", "event_file_id"))


def test_an_alert_knows_the_other_files_once(organisation: CastOrganisation, bob: Actor, home: Path) -> None:
    """Two findings of one alert, the first of them found by the fourth file; one whose row is gone is passed over."""
    rules(home, opened=OPENED)
    files = [segment(organisation.operations, bob, minute) for minute in (1, 2, 3, 21, 22, 23)]
    work()
    models.EventFile.objects.filter(pk=files[4]).delete()
    wait_out()
    assert set(models.AlertSource.objects.values_list("event_file_id", flat=True)) == {files[3], files[5]}
    assert sources() == {(alert().pk, each) for each in files[:4]}
    assert alert().matches == 2


def test_what_was_counted_before_is_linked_when_the_table_comes(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    streamed(organisation, bob, home)
    before = sources()
    assert before
    models.CountedSource.objects.all().delete()
    fill = import_module("burgrave.incidents.migrations.0020_counted_sources").fill
    fill(apps, None)
    fill(apps, None)
    assert sources() == before


def test_raising_costs_the_same_for_few_and_for_many_counted_segments(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    rules(home, opened=OPENED)

    def cost(minute: int, segments: int) -> int:
        for place in range(segments):
            segment(organisation.operations, bob, minute + place / segments, computer=f"WS-{minute}")
        work()
        with CaptureQueriesContext(connection) as asked:
            wait_out()
        return len([each for each in asked if "incidents_countedsource" in each["sql"]])

    assert cost(1, 3) == cost(101, 30) == 1
