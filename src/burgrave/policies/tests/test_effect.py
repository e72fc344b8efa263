"""From which day a version holds, and what happens on that day."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from burgrave.assurance import models as chain
from burgrave.engines.norms import Kind, Language
from burgrave.ledger import queries as ledger
from burgrave.notifications import models as news
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.policies import commands, models, queries
from burgrave.policies.errors import WrongState
from burgrave.policies.rules import acknowledging, effect
from burgrave.policies.terms import DocumentState, LinkKind, VersionState
from burgrave.policies.terms.acknowledging import AudienceKind, AudiencePart, Cadence
from burgrave.policies.terms.drafts import DocumentFacts, Draft
from burgrave.policies.tests.duty_house import work
from burgrave.policies.tests.house import BOTH, ENGLISH, norm, open_version, published
from burgrave.policies.words import stage
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.terms import Actor, system_actor

TODAY, APRIL = NOON.date(), date(2026, 4, 1)
EVERYBODY = (AudiencePart(kind=AudienceKind.EVERYBODY),)


def second(made: UUID, *, by: Actor, approver: Actor, on: date | None, words: str = "16") -> models.Version:
    """The next version, with another length of passwords, published to hold from that day."""
    version = commands.begin_draft(made, actor=by, now=NOON)
    sources = {each: text.replace("14", words) for each, text in BOTH.items()}
    commands.save_draft(version, Draft(sources=sources), edition=1, actor=by, now=NOON)
    published(made, by=by, approver=approver, effective_on=on)
    return models.Version.objects.get(pk=version)


def label_on(made: UUID, day: date) -> str:
    held = queries.in_force(made, on=day)
    return held.label if held else ""


@pytest.mark.parametrize("wanted", [None, TODAY, APRIL], ids=["unsaid", "today", "later"])
def test_a_version_holds_from_today_or_later(wanted: date | None) -> None:
    assert effect.first_day(wanted, today=TODAY) == (wanted or TODAY)


@pytest.mark.parametrize("days", [-1, 367], ids=["yesterday", "more than a year"])
def test_no_version_holds_before_it_was_published_or_in_far_times(days: int) -> None:
    with pytest.raises(BadInput, match="from the day of its publication"):
        effect.first_day(TODAY + timedelta(days=days), today=TODAY)


def test_what_would_have_begun_later_never_held() -> None:
    assert effect.end_of(TODAY, successor_on=APRIL) == APRIL
    assert effect.end_of(APRIL, successor_on=TODAY) == APRIL
    effect.must_not_wait_longer(APRIL, waiting=None, label="1.0")
    effect.must_not_wait_longer(APRIL, waiting=APRIL, label="1.0")
    with pytest.raises(WrongState, match=r"version 2\.0 is published and holds from 2026-03-02"):
        effect.must_not_wait_longer(APRIL, waiting=TODAY, label="2.0")


def test_nobody_is_late_before_a_text_holds() -> None:
    assert acknowledging.counts_from(TODAY, effective_on=APRIL) == APRIL
    assert acknowledging.counts_from(APRIL, effective_on=TODAY) == APRIL
    assert acknowledging.counts_from(TODAY, effective_on=None) == TODAY


@pytest.mark.parametrize(
    ("state", "begins", "ended", "word"),
    [
        ("published", TODAY, None, "In force"),
        ("published", APRIL, None, "Published, not in force yet"),
        ("superseded", TODAY, APRIL, "In force"),
        ("superseded", TODAY, TODAY, "Superseded"),
        ("superseded", APRIL, APRIL, "Superseded before it was in force"),
        ("draft", None, None, "Draft"),
    ],
)
def test_a_version_says_how_it_stands_today(state: str, begins: date | None, ended: date | None, word: str) -> None:
    assert str(stage(VersionState(state), begins=begins, ended=ended, today=TODAY).word) == word


@pytest.mark.django_db
def test_a_version_of_a_later_day_waits_and_then_holds(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    """Until its day what held before holds, in the chain too, and as of any day."""
    made = norm(organisation.root, actor=alice)
    published(made, by=alice, approver=paula)
    version = second(made, by=alice, approver=paula, on=APRIL)
    document = models.Document.objects.get(pk=made)
    assert (version.is_waiting, version.effective_on, document.label, document.stage) == (True, APRIL, "1.0", "")
    assert "effective: 2026-04-01" in version.statement
    assert (label_on(made, date(2026, 3, 31)), label_on(made, APRIL)) == ("1.0", "2.0")
    assert chain.Framework.objects.get(identifier="NRM-06").version == "1.0"
    assert commands.take_effect_some(actor=system_actor(), now=NOON + timedelta(days=29)) == 0
    day = NOON + timedelta(days=30)
    assert commands.take_effect_some(actor=system_actor(), now=day) == 1
    assert commands.take_effect_some(actor=system_actor(), now=day) == 0
    document.refresh_from_db()
    assert (document.label, document.review_due_on, document.reviewed_by) == ("2.0", date(2027, 4, 1), alice.name)
    assert chain.Framework.objects.get(identifier="NRM-06").version == "2.0"
    told = news.News.objects.get(topic="policies.in_force")
    assert told.params == {"number": "NRM-06", "label": "2.0"}
    assert "policies.version_took_effect" in {row.kind for row in ledger.history(f"policies.document:{made}")}


@pytest.mark.django_db
def test_an_earlier_correction_takes_the_place_of_what_waits(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    made = norm(organisation.root, actor=alice)
    first = published(made, by=alice, approver=paula)
    waiting = second(made, by=alice, approver=paula, on=APRIL)
    with pytest.raises(WrongState, match="cannot begin later"):
        second(made, by=alice, approver=paula, on=APRIL + timedelta(days=1), words="17")
    commands.publish(open_version(made).pk, actor=alice, now=NOON)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.is_waiting, waiting.ended_on) == (VersionState.SUPERSEDED, False, APRIL)
    assert models.Version.objects.get(pk=first).ended_on == TODAY
    assert (label_on(made, TODAY), label_on(made, APRIL)) == ("3.0", "3.0")
    assert commands.take_effect_some(actor=system_actor(), now=NOON + timedelta(days=60)) == 0


@pytest.mark.django_db
def test_a_document_that_only_waits_can_be_retired(organisation: CastOrganisation, alice: Actor, paula: Actor) -> None:
    made = norm(organisation.root, actor=alice)
    published(made, by=alice, approver=paula, effective_on=APRIL)
    row = models.Document.objects.get(pk=made)
    assert row.state == DocumentState.NEW
    with pytest.raises(WrongState, match="nothing to confirm"):
        commands.review(made, note="", version=row.version, actor=alice, now=NOON)
    commands.retire(made, reason="a mistake", version=row.version, actor=alice, now=NOON)
    assert queries.in_force(made, on=APRIL) is None
    assert not chain.Framework.objects.filter(identifier="NRM-06").exists()
    assert commands.take_effect_some(actor=system_actor(), now=NOON + timedelta(days=60)) == 0


@pytest.mark.django_db
def test_the_days_to_confirm_are_counted_from_the_first_day(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    """Everybody is asked at publication, has their days from the first day on, and is reminded before they end."""
    made = norm(organisation.root, actor=alice)
    commands.set_audience(made, EVERYBODY, Cadence(due_days=14), version=0, actor=alice, now=NOON)
    version = published(made, by=alice, approver=paula, effective_on=APRIL)
    commands.begin_asking(version, is_major=True, now=NOON)
    work()
    ask = models.Ask.objects.get(person_id=paula.person_id)
    assert (ask.asked_at, ask.due_on) == (NOON, APRIL + timedelta(days=14))
    assert ask.next_reminder_on == APRIL + timedelta(days=7)
    assert commands.remind_some(now=NOON + timedelta(days=30)) == 0
    assert commands.remind_some(now=NOON + timedelta(days=37)) == models.Ask.objects.count()
    shown = queries.duty(made, language="en", actor=paula, today=TODAY)
    commands.confirm(made, digest=shown.digest, actor=paula, now=NOON)
    assert models.Ask.objects.get(pk=ask.pk).confirmed_at == NOON


def replacing(organisation: CastOrganisation, alice: Actor) -> models.Document:
    """A norm whose front matter supersedes NRM-06."""
    source = ENGLISH.replace("title: Passwords", "title: Sign-in\nsupersedes: NRM-06")
    facts = DocumentFacts(kind=Kind.NORM, unit_id=organisation.root, number="NRM-20")
    made = commands.add_document(facts, Draft(sources={Language.ENGLISH: source}), actor=alice, now=NOON)
    return models.Document.objects.get(pk=made)


@pytest.mark.django_db
def test_a_document_that_supersedes_another_retires_it_on_its_first_day(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    old = norm(organisation.root, actor=alice)
    published(old, by=alice, approver=paula)
    new = replacing(organisation, alice)
    link = new.links.get(kind=LinkKind.SUPERSEDES)
    assert (link.target_id, link.words) == (old, "NRM-06")
    published(new.pk, by=alice, approver=paula, effective_on=APRIL)
    assert models.Document.objects.get(pk=old).state == DocumentState.IN_FORCE
    commands.take_effect_some(actor=system_actor(), now=NOON + timedelta(days=30))
    assert models.Document.objects.get(pk=old).state == DocumentState.RETIRED
    assert (label_on(old, date(2026, 3, 31)), label_on(old, APRIL)) == ("1.0", "")
    detail = queries.version(models.Version.objects.get(document=old).pk, actor=alice)
    assert detail.end_reason == "replaced by NRM-20"
    assert [each.words for each in queries.document(old, actor=alice).linked_by] == ["NRM-20"]
    assert not chain.Requirement.objects.filter(framework__identifier="NRM-06", withdrawn_at=None).exists()


@pytest.mark.django_db
def test_what_is_superseded_has_no_version_on_its_way(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    old = norm(organisation.root, actor=alice)
    published(old, by=alice, approver=paula)
    commands.begin_draft(old, actor=alice, now=NOON)
    new = replacing(organisation, alice)
    with pytest.raises(WrongState, match=r"version 1\.1 of NRM-06 is on its way"):
        published(new.pk, by=alice, approver=paula)
    with pytest.raises(Forbidden):
        commands.publish(open_version(new.pk).pk, actor=paula, now=NOON)
    assert models.Document.objects.get(pk=old).state == DocumentState.IN_FORCE
    commands.discard_draft(open_version(old).pk, actor=alice, now=NOON)
    commands.publish(open_version(new.pk).pk, actor=alice, now=NOON)
    assert models.Document.objects.get(pk=old).state == DocumentState.RETIRED


@pytest.mark.django_db
def test_nobody_retires_by_a_front_matter_what_they_may_not_retire(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    """Somebody who publishes in one unit alone names a norm of another one that they do not even see."""
    old = norm(organisation.root, actor=alice)
    published(old, by=alice, approver=paula)
    new = replacing(organisation, alice)
    models.Document.objects.filter(pk=new.pk).update(unit_id=organisation.sales)
    head = hire("Hanna Heine", unit_id=organisation.sales, roles=(("head_of_security", organisation.sales),))
    with pytest.raises(WrongState, match="no document that you may retire"):
        published(new.pk, by=alice, approver=paula, publisher=head)
    assert models.Document.objects.get(pk=old).state == DocumentState.IN_FORCE
