from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation

from burgrave.jobs.models import Job
from burgrave.notifications import commands, queries
from burgrave.notifications.errors import BadPreference, NotInTransaction
from burgrave.notifications.models import Mail, News, Notice
from burgrave.notifications.rules.delivery import MAILS_AN_HOUR
from burgrave.notifications.terms import (
    Channel,
    Day,
    DigestEvery,
    OwnPreferences,
    QuietHours,
    Recipients,
    Say,
    Urgency,
    Words,
)
from burgrave.notifications.tests.house import server, tell
from burgrave.people import models as people
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import Forbidden, NotFound
from burgrave.web.terms import Actor, system_actor

Tail = Callable[[], list[str]]


@pytest.fixture
def mailing(settings: Any) -> None:
    settings.BURGRAVE_MAIL = server(1)


def texts(actor: Actor) -> list[str]:
    return [row.text for row in queries.inbox(actor=actor).rows]


def choose(actor: Actor, channel: Channel, **rhythm: Any) -> None:
    commands.change_preferences(OwnPreferences(channels={"incidents.opened": channel}, **rhythm), actor=actor, now=NOON)


def test_news_is_told_to_persons_and_to_holders_once_each(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor
) -> None:
    assert alice.person_id
    tell(to=Recipients(persons=(alice.person_id,), permission="incidents.respond", unit_id=organisation.operations))
    assert texts(alice) == texts(bob) == ["Incident INC-2026-0001 was opened"]
    assert (queries.unread(alice), queries.unread(charlie)) == (1, 0)


def test_the_same_news_is_told_once_under_one_key(alice: Actor, bob: Actor) -> None:
    first = tell(alice, key="case:1")
    assert tell(alice, bob, key="case:1") == first
    assert (News.objects.count(), texts(bob)) == (1, [])


def test_a_rolled_back_act_is_no_news(alice: Actor, mailing: None) -> None:
    with transaction.atomic():
        tell(alice)
        transaction.set_rollback(True)
    assert (News.objects.count(), Mail.objects.count(), Job.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_news_outside_of_a_transaction_is_refused() -> None:
    with pytest.raises(NotInTransaction, match="it belongs into the transaction"):
        commands.notify(
            topic="incidents.opened", to=Recipients(), subject="", words=Words(sentence="x"), link="/", now=NOON
        )


def test_who_left_is_told_nothing(alice: Actor, bob: Actor) -> None:
    people.Person.objects.filter(pk=bob.person_id).update(is_active=False)
    tell(alice, bob)
    assert Notice.objects.count() == 1


def test_each_reader_is_told_in_their_language(alice: Actor) -> None:
    tell(
        alice,
        words=Words(
            sentence="%(level)s on %(day)s: %(count)s",
            params={"level": Say("High"), "day": Day(date(2026, 3, 2)), "count": 12_345},
        ),
    )
    assert texts(alice) == ["High on 2 Mar 2026: 12,345"]
    with translation.override("zh-hans"):
        assert "2026年3月2日" in texts(alice)[0]


def test_mail_is_one_job_for_each_message(alice: Actor, bob: Actor, mailing: None) -> None:
    tell(alice, bob)
    assert sorted(Job.objects.values_list("kind", flat=True)) == ["notifications.send_mail"] * 2
    assert Mail.objects.count() == 2


def test_without_a_mail_server_everything_stands_in_the_inbox_alone(alice: Actor, settings: Any) -> None:
    settings.BURGRAVE_MAIL = None
    tell(alice)
    assert (Notice.objects.count(), Mail.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("channel", "notices", "mails", "digest"),
    [
        (Channel.NONE, 0, 0, 0),
        (Channel.IN_APP, 1, 0, 0),
        (Channel.DIGEST, 1, 0, 1),
        (Channel.MAIL, 1, 1, 0),
    ],
)
def test_a_person_chooses_the_way(
    alice: Actor, mailing: None, channel: Channel, notices: int, mails: int, digest: int
) -> None:
    choose(alice, channel)
    tell(alice)
    assert Notice.objects.count() == notices
    assert Mail.objects.count() == mails
    assert Notice.objects.filter(wants_digest=True).count() == digest


def test_mail_waits_for_the_end_of_quiet_hours_unless_it_is_urgent(alice: Actor, mailing: None) -> None:
    choose(alice, Channel.MAIL, quiet=QuietHours(start=11, end=14))
    tell(alice)
    tell(alice, urgency=Urgency.URGENT)
    waits, goes = Job.objects.order_by("id")
    assert (waits.run_at - NOON, goes.run_at - NOON) == (timedelta(hours=2), timedelta())


def test_a_flood_is_held_back_for_the_digest(alice: Actor, mailing: None) -> None:
    for _ in range(MAILS_AN_HOUR + 3):
        tell(alice)
    assert Mail.objects.count() == MAILS_AN_HOUR
    assert Notice.objects.filter(wants_digest=True).count() == 3
    tell(alice, now=NOON + timedelta(hours=2))
    assert Mail.objects.count() == MAILS_AN_HOUR + 1


def test_a_digest_gathers_what_waited_once_a_day(alice: Actor, mailing: None, settings: Any) -> None:
    choose(alice, Channel.DIGEST, hour=12)
    tell(alice), tell(alice)
    assert commands.gather_digests(now=NOON - timedelta(minutes=1)) == 0
    assert commands.gather_digests(now=NOON) == 1
    mail = Mail.objects.get()
    assert (mail.is_digest, mail.notices.count()) == (True, 2)
    tell(alice)
    assert commands.gather_digests(now=NOON + timedelta(hours=1)) == 0
    assert commands.gather_digests(now=NOON + timedelta(days=1)) == 1
    settings.BURGRAVE_MAIL = None
    assert commands.gather_digests(now=NOON + timedelta(days=2)) == 0


def test_a_weekly_digest_waits_and_who_left_gets_none(alice: Actor, bob: Actor, mailing: None) -> None:
    choose(alice, Channel.DIGEST, digest=DigestEvery.WEEK, weekday=3)
    choose(bob, Channel.DIGEST)
    tell(alice, bob)
    people.Person.objects.filter(pk=bob.person_id).update(is_active=False)
    assert commands.gather_digests(now=NOON) == 0
    assert commands.gather_digests(now=NOON + timedelta(days=3)) == 1


def test_reading_is_ones_own(alice: Actor, bob: Actor) -> None:
    tell(alice), tell(alice)
    first, second = Notice.objects.order_by("id")
    assert commands.mark_read(first.pk, actor=alice, now=NOON) == "/incidents/INC-2026-0001/"
    assert queries.unread(alice) == 1
    assert commands.mark_all_read(actor=alice, now=NOON) == 1
    for stranger in (bob, system_actor()):
        with pytest.raises(NotFound, match="no notice of yours"):
            commands.mark_read(second.pk, actor=stranger, now=NOON)
        with pytest.raises(NotFound, match="no notice of yours"):
            commands.acknowledge(second.pk, actor=stranger, now=NOON)
    with pytest.raises(NotFound):
        commands.mark_read(2**70, actor=alice, now=NOON)
    with pytest.raises(NotFound):
        queries.notice(second.pk, actor=bob)
    assert commands.mark_all_read(actor=system_actor(), now=NOON) == 0
    assert queries.unread(system_actor()) == 0


def test_acknowledging_urgent_news_is_recorded_once(alice: Actor, bob: Actor, ledger_tail: Tail) -> None:
    tell(alice, bob, urgency=Urgency.URGENT)
    tell(alice)
    for actor in (alice, bob):
        for notice in Notice.objects.filter(person_id=actor.person_id):
            commands.acknowledge(notice.pk, actor=actor, now=NOON)
    assert ledger_tail() == ["notifications.news_acknowledged"]
    row = next(row for row in queries.inbox(actor=bob).rows if row.acknowledged_at)
    assert (row.acknowledged_by, row.wants_acknowledgement) == ("Alice Amsel", False)


def test_preferences_are_recorded_and_bad_ones_refused(alice: Actor, ledger_tail: Tail) -> None:
    choose(alice, Channel.NONE, hour=6, quiet=QuietHours(start=22, end=6))
    held = queries.preferences(actor=alice)
    assert held.channels["incidents.opened"] is Channel.NONE
    assert held.channels["access.lockout"] is Channel.DIGEST
    assert (held.hour, held.quiet) == (6, QuietHours(start=22, end=6))
    with pytest.raises(BadPreference, match="there is no topic weather"):
        commands.change_preferences(OwnPreferences(channels={"weather": Channel.NONE}), actor=alice, now=NOON)
    with pytest.raises(BadPreference, match="an hour of 0 to 23"):
        commands.change_preferences(OwnPreferences(hour=24), actor=alice, now=NOON)
    with pytest.raises(Forbidden):
        commands.change_preferences(OwnPreferences(), actor=system_actor(), now=NOON)
    assert ledger_tail() == ["notifications.preferences_changed"]


def test_old_news_is_pruned(alice: Actor, mailing: None) -> None:
    tell(alice)
    assert commands.prune(now=NOON + timedelta(days=180)) == 0
    assert commands.prune(now=NOON + timedelta(days=181)) == 1
    assert (Notice.objects.count(), Mail.objects.count()) == (0, 0)


@pytest.mark.parametrize("count", [1, 50])
def test_the_inbox_and_its_count_cost_the_same_at_any_length(
    alice: Actor, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        tell(alice, urgency=Urgency.URGENT)
    for notice in Notice.objects.all():
        commands.acknowledge(notice.pk, actor=alice, now=NOON)
    with django_assert_num_queries(3):
        queries.inbox(actor=alice)
    with django_assert_num_queries(1):
        queries.unread(alice)


@pytest.mark.parametrize("count", [1, 50])
def test_telling_many_costs_few_statements(
    organisation: CastOrganisation, count: int, django_assert_num_queries: Any, settings: Any
) -> None:
    settings.BURGRAVE_MAIL = None
    crowd = [hire(f"P{place} Person", unit_id=organisation.root) for place in range(count)]
    with django_assert_num_queries(11):
        tell(*crowd, key="crowd")
    assert Notice.objects.count() == count
