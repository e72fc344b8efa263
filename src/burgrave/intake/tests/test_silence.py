"""Silence is an alert: once a silence, by the product's own schedule, and cleared when the source is heard again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from burgrave.engines.standing import Result
from burgrave.incidents import queries as incidents
from burgrave.incidents.models import Alert
from burgrave.incidents.terms import AlertFilter
from burgrave.intake import commands, models, queries
from burgrave.intake.commands.watching import note_silences
from burgrave.intake.terms import LogSourceId, SourceKind, SourceState
from burgrave.intake.tests.house import facts_of
from burgrave.jobs import commands as jobs
from burgrave.notifications.models import Notice
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.site.wiring import JOBS, POLICIES, SCHEDULES
from burgrave.web.terms import Actor

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def watched(organisation: CastOrganisation, alice: Actor, bob: Actor) -> LogSourceId:
    """May be silent for an hour; Bob owns it."""
    facts = facts_of("Border", organisation.operations, silent_after=HOUR, owner_id=bob.person_id)
    return commands.add_log_source(facts, actor=alice, now=NOON)


def work(moment: Any) -> None:
    """The schedules of the product fire, and its jobs run, as if it were this moment."""
    jobs.fire_due(now=moment)
    while jobs.run_next(JOBS, worker="w", clock=lambda: moment, policies=POLICIES) is not None:
        pass


def test_the_schedule_raises_one_alert_a_silence_tells_the_owner_and_clears_it(
    watched: LogSourceId, alice: Actor, bob: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    watch = tuple(each for each in SCHEDULES if each.name == "intake.watch")
    jobs.write_schedules(watch, now=NOON)
    for minutes in (1, 59, 60):
        work(NOON + minutes * MINUTE)
    assert Alert.objects.count() == 0
    for minutes in (62, 63, 90):
        work(NOON + minutes * MINUTE)
    (row,) = incidents.alerts(AlertFilter(), actor=alice).rows
    assert (row.title, row.computer, row.level, row.first_at) == ("A log source went silent", "Border", "medium", NOON)
    assert row.about_id == str(watched)
    assert row.cleared_at is None
    assert [(notice.news.topic, notice.news.link) for notice in Notice.objects.filter(person_id=bob.person_id)] == [
        ("intake.silent", f"/log-sources/{watched}/")
    ]
    assert queries.log_source(watched, actor=alice, now=NOON + 2 * HOUR).row.is_silent

    heard_at = NOON + 100 * MINUTE
    commands.note_heard(watched, at=heard_at)
    work(heard_at + MINUTE)
    assert Alert.objects.get().cleared_at == heard_at + MINUTE
    work(heard_at + 2 * HOUR)
    assert Alert.objects.count() == 2
    tail = ledger_tail()
    assert (tail.count("incidents.alert_raised"), tail.count("incidents.alert_cleared")) == (2, 1)


def test_a_source_that_is_paused_or_may_be_silent_is_no_alert(
    watched: LogSourceId, organisation: CastOrganisation, alice: Actor
) -> None:
    commands.add_log_source(facts_of("Files", organisation.sales, kind=SourceKind.UPLOAD), actor=alice, now=NOON)
    assert note_silences(now=NOON + 2 * HOUR) == (1, 0)
    commands.move_log_source(watched, SourceState.PAUSED, reason="", version=1, actor=alice, now=NOON + 2 * HOUR)
    assert note_silences(now=NOON + 3 * HOUR) == (0, 1)
    commands.move_log_source(watched, SourceState.ACTIVE, reason="", version=2, actor=alice, now=NOON + 3 * HOUR)
    assert note_silences(now=NOON + 4 * HOUR) == (0, 0)
    assert note_silences(now=NOON + 5 * HOUR) == (1, 0)


def test_a_silence_that_was_noted_by_another_worker_at_the_same_moment_is_one_alert(watched: LogSourceId) -> None:
    note_silences(now=NOON + 2 * HOUR)
    models.LogSource.objects.update(silence_key="")
    assert note_silences(now=NOON + 2 * HOUR) == (0, 0)
    assert Alert.objects.count() == 1
    models.LogSource.objects.update(silence_key="another", silent_after_seconds=None)
    assert note_silences(now=NOON + 2 * HOUR) == (0, 0)


def test_without_an_owner_whoever_looks_after_sources_is_told(watched: LogSourceId, alice: Actor) -> None:
    models.LogSource.objects.update(owner=None)
    note_silences(now=NOON + 2 * HOUR)
    assert [notice.person_id for notice in Notice.objects.filter(news__topic="intake.silent")] == [alice.person_id]


def test_the_alert_says_what_was_seen_in_the_readers_language(
    watched: LogSourceId, alice: Actor, client_of: Callable[[Actor], Client]
) -> None:
    note_silences(now=NOON + 2 * HOUR)
    alert = Alert.objects.get()
    client = client_of(alice)
    page = client.get(f"/alerts/{alert.pk}/").content.decode()
    assert "Nothing was heard of the log source Border" in page
    assert f"/log-sources/{watched}/" in page
    assert "Matched events" not in page
    client.cookies["django_language"] = "zh-hans"
    assert "未收到日志来源 Border" in client.get(f"/alerts/{alert.pk}/").content.decode()
    commands.note_heard(watched, at=NOON + 3 * HOUR)
    note_silences(now=NOON + 3 * HOUR)
    client.cookies["django_language"] = "en"
    assert "The log source was heard again" in client.get(f"/alerts/{alert.pk}/").content.decode()
    told = client.get(f"/api/alerts/{alert.pk}").json()["alert"]
    assert told["observed"].startswith("Nothing was heard")
    assert client.get(f"/rules/{alert.rule_id}/").status_code == 200


def test_the_check_speaks_of_log_sources(watched: LogSourceId) -> None:
    heard = queries.source_silence(NOON + MINUTE)
    assert (heard.result, list(heard.figures.values())) == (Result.PASSED, [1, 0, 0, 0, 0, 0])
    silent = queries.source_silence(NOON + 2 * HOUR)
    assert (silent.result, list(silent.figures.values())) == (Result.FAILED, [1, 1, 0, 0, 0, 0])
    assert b'"is_silent": true' in silent.exhibits[0].content
    assert timezone.is_aware(NOON)
