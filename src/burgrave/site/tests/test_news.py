"""What happens in every domain reaches whoever it concerns, once, through the tables of the wiring."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from burgrave.assets import commands as assets
from burgrave.assets.models import Asset
from burgrave.assets.terms import AssetFacts, AssetType
from burgrave.custody import commands as custody
from burgrave.custody.terms import AnchorKind
from burgrave.custody.terms.records import AnchorWentAway, WitnessDisagreed
from burgrave.incidents import commands as incidents
from burgrave.incidents.models import Case, EventFile
from burgrave.incidents.terms import CaseFacts, Level, Severity, records
from burgrave.incidents.tests.house import raised, refs
from burgrave.jobs import commands as jobs
from burgrave.jobs.models import Job
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed
from burgrave.notifications import queries
from burgrave.notifications.models import News
from burgrave.notifications.terms import TOPICS
from burgrave.operations.terms import KIND_WORDS
from burgrave.people import commands as people
from burgrave.people.models import Grant
from burgrave.people.tests_cast import CastOrganisation
from burgrave.site.wiring import HANDLERS, JOBS, POLICIES, SCHEDULES
from burgrave.web.terms import Actor, system_actor


@pytest.fixture
def dispatch(settings) -> Callable[[], None]:
    custody.ensure_log_key(home=settings.BURGRAVE_HOME, passphrase=None)

    def run() -> None:
        now = timezone.now() + timedelta(seconds=1)
        while custody.seal(now=now) is not None:
            pass
        while ledger.dispatch(HANDLERS, now=now):
            pass

    return run


def record(*given: Record, age: timedelta = timedelta()) -> None:
    with transaction.atomic():
        ledger.append_all(given, actor=system_actor(), at=timezone.now() - age)


def run(kind: str, *, later: timedelta = timedelta()) -> None:
    at = timezone.now() + later
    jobs.enqueue(kind, {}, now=at)
    while jobs.run_next({kind: JOBS[kind]}, worker="w", clock=lambda: at):
        pass


def texts(actor: Actor) -> list[str]:
    return [row.text for row in queries.inbox(actor=actor).rows]


@pytest.mark.django_db(transaction=True)
def test_an_incident_is_told_to_responders_and_to_its_lead(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, dispatch: Callable[[], None]
) -> None:
    facts = CaseFacts(title="Secret title", severity=Severity.HIGH, summary="")
    now = timezone.now()
    with transaction.atomic():
        case_id = incidents.open_case(
            facts, lead_id=bob.person_id, unit_id=organisation.operations, actor=alice, now=now
        )
    dispatch()
    assert sorted(texts(bob)) == [
        f"Incident {number(case_id)} is led by you now",
        f"Incident {number(case_id)} was opened",
    ]
    assert texts(charlie) == []
    assert not News.objects.filter(params__icontains="Secret title").exists()
    dispatch()
    assert len(texts(bob)) == 2


def number(case_id: object) -> str:
    return Case.objects.values_list("number", flat=True).get(pk=case_id)


@pytest.mark.django_db(transaction=True)
def test_an_alert_is_told_to_whom_it_is_assigned_and_not_to_who_took_it(
    organisation: CastOrganisation, alice: Actor, bob: Actor, dispatch: Callable[[], None]
) -> None:
    first, second = raised(organisation.operations, titles=("A", "B"))
    now = timezone.now()
    incidents.assign(refs(first), person_id=bob.person_id, actor=alice, now=now)
    incidents.assign(refs(second), person_id=alice.person_id, actor=alice, now=now)
    dispatch()
    assert texts(bob) == ["An alert was assigned to you"]
    assert "An alert was assigned to you" not in texts(alice)


@pytest.mark.django_db(transaction=True)
def test_alerts_of_a_file_are_told_once_a_level_and_critical_ones_urgently(
    organisation: CastOrganisation, alice: Actor, bob: Actor, dispatch: Callable[[], None]
) -> None:
    file_id, unit_id = uuid4(), organisation.operations

    def alert(level: Level) -> records.AlertRaised:
        return records.AlertRaised(
            alert_id=uuid4(),
            event_file_id=file_id,
            unit_id=unit_id,
            rule_id="r",
            rule_sha256="a" * 64,
            level=level,
            computer=Sealed("PC7"),
            first_at=None,
            last_at=None,
            matches=1,
        )

    record(*(alert(level) for level in (Level.CRITICAL, Level.HIGH, Level.HIGH, Level.MEDIUM)))
    dispatch()
    assert sorted(texts(bob)) == [
        "An event file raised alerts of level: Critical",
        "An event file raised alerts of level: High",
    ]
    assert texts(alice) == ["An event file raised alerts of level: High"], "a critical one begins with the nearest"
    assert [row.urgency for row in queries.inbox(actor=bob).rows if row.wants_acknowledgement] == ["urgent"]


@pytest.mark.django_db(transaction=True)
def test_a_file_that_cannot_be_read_is_told_to_those_who_submit(
    organisation: CastOrganisation, bob: Actor, dispatch: Callable[[], None]
) -> None:
    file = EventFile.objects.create(
        unit_id=organisation.operations,
        name="x",
        sha256="a" * 64,
        size_bytes=1,
        evidence_id=uuid4(),
        received_at=timezone.now(),
    )
    record(
        records.EventFileRefused(event_file_id=file.pk, reason=Sealed("torn")),
        records.EventFileRefused(event_file_id=uuid4(), reason=Sealed("gone")),
    )
    dispatch()
    assert texts(bob) == ["An event file could not be read"]


@pytest.mark.django_db(transaction=True)
def test_a_contradicted_ledger_is_told_however_old_and_a_gap_only_while_it_is_news(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, dispatch: Callable[[], None]
) -> None:
    named = {"anchor_kind": AnchorKind.WITNESS, "name": Sealed("w"), "size": 1, "reason": Sealed("x")}
    old = timedelta(days=3)
    record(WitnessDisagreed(**named), AnchorWentAway(**named), age=old)
    dispatch()
    [text] = texts(alice)
    assert text.startswith("The ledger is contradicted from outside")
    record(AnchorWentAway(**named))
    dispatch()
    assert len(texts(alice)) == 2
    assert texts(charlie) == []


@pytest.mark.django_db(transaction=True)
def test_a_lockout_is_told_to_whoever_manages_the_person(
    organisation: CastOrganisation, alice: Actor, bob: Actor, dispatch: Callable[[], None]
) -> None:
    now = timezone.now()
    for email in ("bob@example.org", "nobody@example.org"):
        people.fail_sign_in(
            email=email, address="192.0.2.1", failures=5, locked_until=now + timedelta(minutes=15), now=now
        )
    dispatch()
    assert texts(alice) == ["A sign-in is locked for a while after 5 failed attempts"] * 2
    links = {row.link for row in queries.inbox(actor=alice).rows}
    assert links == {f"/people/{bob.person_id}/", "/ledger/?kind=people.lockout_began"}


@pytest.mark.django_db
def test_due_reviews_are_told_to_owners_and_told_again_only_when_more_fall_due(
    organisation: CastOrganisation, alice: Actor, bob: Actor
) -> None:
    now = timezone.now()
    for owner in (bob.person_id, bob.person_id, None):
        facts = AssetFacts(name="A", type=AssetType.SYSTEM, unit_id=organisation.operations, owner_id=owner)
        assets.add_asset(facts, actor=alice, now=now)
    run("assets.tell_due_reviews")
    assert texts(bob) == []
    Asset.objects.update(review_due_on=now.date() - timedelta(days=1))
    run("assets.tell_due_reviews")
    run("assets.tell_due_reviews", later=timedelta(hours=1))
    assert texts(bob) == ["Assets of yours whose review is due: 2"]
    assert "Assets that nobody owns and whose review is due: 1" in texts(alice)
    run("assets.tell_due_reviews", later=timedelta(days=20))
    assert len(texts(bob)) == 1


@pytest.mark.django_db
def test_a_role_that_ends_within_a_week_is_told_to_its_holder_and_to_whoever_could_renew_it(
    organisation: CastOrganisation, alice: Actor, bob: Actor
) -> None:
    Grant.objects.filter(person_id=bob.person_id).update(expires_at=timezone.now() + timedelta(days=8))
    run("notifications.ending_grants")
    assert texts(bob) == []
    run("notifications.ending_grants", later=timedelta(days=2))
    run("notifications.ending_grants", later=timedelta(days=3))
    assert [text[:24] for text in texts(bob)] == ["A role of yours ends on "]
    assert [text[:28] for text in texts(alice)] == ["A role that you manage ends "]


@pytest.mark.django_db
def test_dead_letters_are_told_once_an_hour_and_kind_and_silent_workers_once(
    organisation: CastOrganisation, alice: Actor, bob: Actor
) -> None:
    def fail(_lease: object, _args: object) -> None:
        raise ValueError("torn")

    now = timezone.now()
    for kind in ("incidents.read_event_file", "incidents.read_event_file", "unheard_of"):
        jobs.enqueue(kind, {}, now=now, max_attempts=1)
        jobs.run_next({kind: fail}, worker="w", clock=lambda: now)
    jobs.beat("gone", host="h", started_at=now, now=now - timedelta(minutes=2))
    run("operations.watch")
    run("operations.watch")
    assert sorted(texts(alice)) == [
        "A worker fell silent without a farewell",
        "Background jobs failed for good: Read an event file",
        "Background jobs failed for good: unheard_of",
    ]
    run("operations.watch", later=timedelta(hours=1))
    assert len(texts(alice)) == 3
    assert texts(bob) == []


def test_every_schedule_has_a_function_and_no_words_are_about_nothing() -> None:
    assert set(KIND_WORDS) <= set(JOBS)
    assert {spec.kind for spec in SCHEDULES} <= set(JOBS)
    assert set(POLICIES) <= set(JOBS)
    assert len({spec.name for spec in SCHEDULES}) == len(SCHEDULES)
    assert {record.kind for record in HANDLERS}
    assert all(topic.code == code for code, topic in TOPICS.items())


@pytest.mark.django_db
def test_the_chores_run(organisation: CastOrganisation) -> None:
    for kind in sorted({spec.kind for spec in SCHEDULES}):
        run(kind)
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
