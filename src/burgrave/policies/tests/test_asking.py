"""Who is asked, and when: by audience, at publication, as a joiner, a mover, a leaver."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from burgrave.assets import models as assets
from burgrave.jobs import commands as jobs
from burgrave.notifications.models import Notice
from burgrave.people import models as people
from burgrave.people import queries as queries_of_people
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.policies import commands, models, queries
from burgrave.policies.errors import TooManyRules
from burgrave.policies.handlers import asking
from burgrave.policies.terms.acknowledging import AudienceKind, AudiencePart, Cadence, EndReason
from burgrave.policies.tests.duty_house import EVERYBODY, JOBS, ask, asked, document, later, publish, work
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]


def unit(unit_id: object, *, with_below: bool = True) -> AudiencePart:
    return AudiencePart(kind=AudienceKind.UNIT, unit_id=unit_id, with_below=with_below)  # type: ignore[arg-type]


def test_everybody_is_asked_once_and_the_asking_is_on_record(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, ledger_tail: Tail
) -> None:
    found = document(organisation.root)
    ask(found, alice)
    assert asked(found) == {each.person_id for each in (alice, bob, charlie)}
    assert ledger_tail() == ["policies.audience_set", "policies.acknowledgement_asked"]
    commands.ask_everybody(found.pk, now=NOON)
    work()
    assert models.Ask.objects.count() == 3
    assert len(ledger_tail()) == 2


@pytest.mark.parametrize("with_below", [True, False])
def test_a_unit_with_or_without_what_lies_below(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, *, with_below: bool
) -> None:
    nina = hire("Nina Nacht", unit_id=organisation.night_shift)
    found = document(organisation.root)
    ask(found, alice, parts=(unit(organisation.operations, with_below=with_below),))
    assert asked(found) == ({bob.person_id, nina.person_id} if with_below else {bob.person_id})
    assert charlie.person_id not in asked(found)


def test_roles_and_owners_of_assets_are_audiences_too(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor
) -> None:
    assets.Asset.objects.create(
        number=1,
        name="Ledger",
        type="system",
        unit_id=organisation.sales,
        owner_id=charlie.person_id,
        lifecycle="in_use",
        review_due_on=NOON.date(),
        added_at=NOON,
        changed_at=NOON,
    )
    found = document(organisation.root)
    parts = (
        AudiencePart(kind=AudienceKind.ROLE, role="incident_responder"),
        AudiencePart(kind=AudienceKind.OWNERS, asset_type="system"),
    )
    assert queries.head_count(found.pk, parts, actor=alice, now=NOON) == (2, (1, 1))
    ask(found, alice, parts=parts)
    assert asked(found) == {bob.person_id, charlie.person_id}


def test_a_major_version_asks_again_and_a_minor_one_does_not(
    organisation: CastOrganisation, alice: Actor, charlie: Actor
) -> None:
    found = document(organisation.root)
    first = ask(found, alice)
    commands.confirm(found.pk, digest=first.digest, actor=charlie, now=NOON)

    minor = publish(found, "# Passwords\n\nEverybody shall use fourteen characters.\n", label="1.1")
    commands.begin_asking(minor.pk, is_major=False, now=later(1))
    work(now=later(1))
    assert models.Ask.objects.filter(document=found).count() == 2
    assert queries.rate(on=later(1).date(), document_id=found.pk).confirmed == 1

    major = publish(found, "# Passwords\n\nEverybody shall use 16 characters.\n", label="2.0")
    commands.begin_asking(major.pk, is_major=True, now=later(2))
    work(now=later(2))
    rate = queries.rate(on=later(2).date(), document_id=found.pk)
    assert (rate.asked, rate.confirmed) == (2, 0)
    was = queries.rate(on=later(1).date(), document_id=found.pk)
    assert (was.asked, was.confirmed) == (2, 1)
    assert set(models.Ask.objects.filter(version=first).values_list("end_reason", flat=True)) == {EndReason.REPLACED}


def news(person: Actor) -> None:
    """The handler gets what the dispatcher would hand it."""
    assert person.person_id
    commands.note_newcomer(person.person_id, now=NOON)


def test_movers_and_leavers_drop_out_and_returners_come_back(
    organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
) -> None:
    found = document(organisation.root)
    ask(found, alice, parts=(unit(organisation.operations),))
    row = people.Person.objects.get(pk=bob.person_id)

    row.unit_id = organisation.sales
    row.save()
    news(bob)
    work(now=later(1))
    assert models.Ask.objects.get().end_reason == EndReason.OUTSIDE

    row.unit_id = organisation.night_shift
    row.save()
    news(bob)
    work(now=later(2))
    assert asked(found) == {bob.person_id}

    row.is_active = False
    row.save()
    news(bob)
    work(now=later(3))
    assert models.Ask.objects.get().end_reason == EndReason.LEFT
    assert queries.rate(on=later(3).date()).asked == 0
    assert ledger_tail().count("policies.audience_renewed") == 3


def test_a_narrower_audience_lets_go_of_the_others(organisation: CastOrganisation, alice: Actor, bob: Actor) -> None:
    found = document(organisation.root)
    ask(found, alice)
    commands.set_audience(found.pk, (unit(organisation.operations),), Cadence(), version=1, actor=alice, now=NOON)
    work()
    assert asked(found) == {bob.person_id}


def test_nobody_is_asked_for_what_is_retired(organisation: CastOrganisation, alice: Actor) -> None:
    found = document(organisation.root)
    ask(found, alice)
    assert commands.stop_asking(found.pk, now=NOON) == 1
    assert asked(found) == set()


def test_nothing_is_asked_before_something_is_published(organisation: CastOrganisation, alice: Actor) -> None:
    found = document(organisation.root)
    commands.set_audience(found.pk, EVERYBODY, Cadence(), version=0, actor=alice, now=NOON)
    commands.note_newcomer(alice.person_id, now=NOON)  # type: ignore[arg-type]
    work()
    assert asked(found) == set()
    version = publish(found)
    commands.begin_asking(version.pk, is_major=True, now=NOON)
    work()
    assert asked(found) == {alice.person_id}


def test_a_document_without_audience_asks_nobody(organisation: CastOrganisation, alice: Actor) -> None:
    version = publish(document(organisation.root))
    commands.begin_asking(version.pk, is_major=True, now=NOON)
    work()
    assert not models.Ask.objects.exists()


def test_real_documents_are_not_asked_of_made_up_people(organisation: CastOrganisation, alice: Actor) -> None:
    sample = people.Unit.objects.create(name="Sample", parent_id=organisation.root, is_sample=True, changed_at=NOON)
    made_up = hire("Sam Sample", unit_id=sample.pk)  # type: ignore[arg-type]
    real, pretended = document(organisation.root), document(sample.pk, number="POL-02", sample=True)  # type: ignore[arg-type]
    head = queries_of_people.actor_of(alice.person_id, NOON)  # type: ignore[arg-type]
    ask(real, head)
    ask(pretended, head)
    assert (asked(real), asked(pretended)) == ({alice.person_id}, {made_up.person_id})


def test_a_worker_that_is_killed_between_two_pieces_doubles_nothing(
    organisation: CastOrganisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in range(7):
        hire(f"Person{place} Test", unit_id=organisation.sales)
    monkeypatch.setattr(asking, "CHUNK", 2)
    found = document(organisation.root)
    publish(found)
    commands.set_audience(found.pk, EVERYBODY, Cadence(), version=0, actor=alice, now=NOON)
    calls, whole = 0, commands.ask_some

    class Killed(BaseException):
        pass

    def dies(*arguments: object, **named: object) -> int:
        nonlocal calls
        calls += 1
        done = whole(*arguments, **named)  # type: ignore[arg-type]
        if calls == 3:
            raise Killed
        return done

    monkeypatch.setattr(commands, "ask_some", dies)
    with pytest.raises(Killed):
        jobs.run_next(JOBS, worker="one", clock=lambda: NOON)
    assert models.Ask.objects.count() == 4
    work(now=later(1))
    assert models.Ask.objects.count() == len(asked(found)) == 8
    assert Notice.objects.count() == 8


def test_two_editors_of_an_audience_do_not_overwrite_each_other(organisation: CastOrganisation, alice: Actor) -> None:
    found = document(organisation.root)
    commands.set_audience(found.pk, EVERYBODY, Cadence(), version=0, actor=alice, now=NOON)
    with pytest.raises(StaleEdit, match="nothing was overwritten"):
        commands.set_audience(found.pk, (), Cadence(), version=0, actor=alice, now=NOON)
    strange = AudiencePart(kind=AudienceKind.ROLE, role="nobody")
    with pytest.raises(BadInput, match="not known to you"):
        commands.set_audience(found.pk, (strange,), Cadence(), version=1, actor=alice, now=NOON)
    with pytest.raises(TooManyRules, match="at most 20 rules"):
        commands.set_audience(found.pk, EVERYBODY * 21, Cadence(), version=1, actor=alice, now=NOON)


def test_charlie_sets_no_audience_and_leaves_no_record(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, dora: Actor, ledger_tail: Tail
) -> None:
    found = document(organisation.root)
    with pytest.raises(NotFound):
        commands.set_audience(found.pk, EVERYBODY, Cadence(), version=0, actor=charlie, now=NOON)
    with pytest.raises(Forbidden, match=r"policies\.publish"):
        commands.set_audience(found.pk, EVERYBODY, Cadence(), version=0, actor=dora, now=NOON)
    assert ledger_tail() == []
    assert alice.person_id


def test_asking_a_chunk_costs_the_same_for_one_and_for_many(organisation: CastOrganisation, alice: Actor) -> None:
    found = document(organisation.root)
    version = publish(found)
    commands.set_audience(found.pk, EVERYBODY, Cadence(), version=0, actor=alice, now=NOON)
    row = models.Asking.objects.get()
    many = [hire(f"Person{place} Test", unit_id=organisation.sales).person_id for place in range(12)]
    with CaptureQueriesContext(connection) as one:
        commands.ask_some(row, version, [many[0]], now=NOON)  # type: ignore[list-item]
    with CaptureQueriesContext(connection) as twelve:
        commands.ask_some(row, version, many, now=NOON)  # type: ignore[arg-type]
    assert len(one) == len(twelve)
