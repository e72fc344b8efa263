"""Several persons at once on one version, on real connections."""

from __future__ import annotations

from uuid import UUID

import pytest

from burgrave.incidents.tests.test_concurrency import at_once
from burgrave.ledger import queries as ledger
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.policies import commands, models, queries
from burgrave.policies.errors import DigestOutdated, NotAsked, PolicyError
from burgrave.policies.terms import Verdict, VersionState
from burgrave.policies.terms.acknowledging import Cadence
from burgrave.policies.terms.drafts import Draft
from burgrave.policies.tests.duty_house import EVERYBODY, work
from burgrave.policies.tests.house import BOTH, ask, digest, norm, open_version
from burgrave.web.terms import Actor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def approvers(organisation: CastOrganisation) -> tuple[Actor, ...]:
    """Four security officers who wrote nothing."""
    return tuple(
        hire(f"{name} Amtmann", unit_id=organisation.root, roles=(("security_officer", organisation.root),))
        for name in ("Ulf", "Vera", "Wim", "Xenia")
    )


def kinds(document_id: UUID) -> list[str]:
    return [row.kind for row in ledger.history(f"policies.document:{document_id}")]


def test_two_approvals_at_once_both_count_and_complete_the_plan_once(
    organisation: CastOrganisation, alice: Actor, approvers: tuple[Actor, ...]
) -> None:
    """Two of two approve in the same moment: both are on record, exactly one completes the plan."""
    made = norm(organisation.root, actor=alice)
    version = open_version(made)
    commands.submit(version.pk, ask(approvers[:2], quorum=2), edition=1, actor=alice, now=NOON)
    seen, completes = digest(version.pk), [False, False]

    def approve(place: int) -> None:
        completes[place] = commands.approve(version.pk, sha256=seen, actor=approvers[place], now=NOON)

    at_once(2, approve)
    version.refresh_from_db()
    assert sorted(completes) == [False, True]
    assert version.state == VersionState.APPROVED
    assert {each.person_id for each in version.decisions.all()} == {each.person_id for each in approvers[:2]}
    assert kinds(made).count("policies.approval_given") == 2


def test_the_approval_too_many_is_refused_with_a_sentence_and_nothing_is_lost(
    organisation: CastOrganisation, alice: Actor, approvers: tuple[Actor, ...]
) -> None:
    """One of four is enough: whoever comes second is told that nobody is asked any more."""
    made = norm(organisation.root, actor=alice)
    version = open_version(made)
    commands.submit(version.pk, ask(approvers), edition=1, actor=alice, now=NOON)
    seen = digest(version.pk)
    refused: list[PolicyError] = []

    def approve(place: int) -> None:
        try:
            commands.approve(version.pk, sha256=seen, actor=approvers[place], now=NOON)
        except PolicyError as refusal:
            refused.append(refusal)

    at_once(4, approve)
    version.refresh_from_db()
    assert version.state == VersionState.APPROVED
    assert [each.verdict for each in version.decisions.all()] == [Verdict.APPROVED]
    assert len(refused) == 3
    assert all(str(each) and each.mend for each in refused)
    assert kinds(made).count("policies.approval_given") == 1


def test_one_who_approves_twice_in_the_same_moment_counts_once(
    organisation: CastOrganisation, alice: Actor, approvers: tuple[Actor, ...]
) -> None:
    made = norm(organisation.root, actor=alice)
    version = open_version(made)
    commands.submit(version.pk, ask(approvers[:2], quorum=2), edition=1, actor=alice, now=NOON)
    seen = digest(version.pk)
    refused: list[NotAsked] = []

    def approve(_place: int) -> None:
        try:
            commands.approve(version.pk, sha256=seen, actor=approvers[0], now=NOON)
        except NotAsked as refusal:
            refused.append(refusal)

    at_once(3, approve)
    version.refresh_from_db()
    assert (version.state, version.decisions.count(), len(refused)) == (VersionState.IN_REVIEW, 1, 2)


def test_an_approval_and_a_rejection_at_once_leave_one_of_both(
    organisation: CastOrganisation, alice: Actor, approvers: tuple[Actor, ...]
) -> None:
    made = norm(organisation.root, actor=alice)
    version = open_version(made)
    commands.submit(version.pk, ask(approvers[:2]), edition=1, actor=alice, now=NOON)
    seen = digest(version.pk)
    refused: list[PolicyError] = []

    def decide(place: int) -> None:
        try:
            if place:
                commands.reject(version.pk, reason="14 is too few", actor=approvers[1], now=NOON)
            else:
                commands.approve(version.pk, sha256=seen, actor=approvers[0], now=NOON)
        except PolicyError as refusal:
            refused.append(refusal)

    at_once(2, decide)
    version.refresh_from_db()
    assert (version.decisions.count(), len(refused)) == (1, 1)
    assert version.state in {VersionState.APPROVED, VersionState.DRAFT}


def test_a_text_that_is_replaced_while_many_confirm_is_confirmed_by_nobody_unread(
    organisation: CastOrganisation, alice: Actor, paula: Actor, approvers: tuple[Actor, ...]
) -> None:
    """While four confirm version 1.0 a major one is published: each confirmed exactly what they saw, or nothing."""
    made = norm(organisation.root, actor=alice)
    first = _published(made, alice, paula)
    commands.set_audience(made, EVERYBODY, Cadence(), version=0, actor=alice, now=NOON)
    work()
    seen = models.Version.objects.get(pk=first).digest
    second = commands.begin_draft(made, actor=alice, now=NOON)
    longer = {each: text.replace("14", "16") for each, text in BOTH.items()}
    commands.save_draft(second, Draft(sources=longer), edition=1, actor=alice, now=NOON)
    commands.submit(second, ask((paula,)), edition=2, actor=alice, now=NOON)
    commands.approve(second, sha256=digest(second), actor=paula, now=NOON)
    outdated: list[DigestOutdated] = []

    def act(place: int) -> None:
        if place == 4:
            commands.publish(second, actor=alice, now=NOON)
            return
        try:
            commands.confirm(made, digest=seen, actor=approvers[place], now=NOON)
        except DigestOutdated as refusal:
            outdated.append(refusal)

    at_once(5, act)
    confirmed = models.Ask.objects.filter(document_id=made, confirmed_at__isnull=False)
    assert {(each.confirmed_digest, each.confirmed_id) for each in confirmed} <= {(seen, first)}
    assert confirmed.count() + len(outdated) == 4
    assert kinds(made).count("policies.acknowledged") == confirmed.count()
    for each in approvers:
        assert queries.duty(made, language="en", actor=each, today=NOON.date()).digest != seen


def _published(made: UUID, alice: Actor, paula: Actor) -> UUID:
    version = open_version(made)
    commands.submit(version.pk, ask((paula,)), edition=version.edition, actor=alice, now=NOON)
    commands.approve(version.pk, sha256=digest(version.pk), actor=paula, now=NOON)
    commands.publish(version.pk, actor=alice, now=NOON)
    return version.pk
