from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from burgrave.people import commands, models, queries, rules
from burgrave.people.errors import (
    Deactivated,
    DelegationTooWide,
    ExpiryHasPassed,
    NotDelegable,
    PermissionNotHeld,
    SelfDelegation,
    TokenForbidden,
)
from burgrave.people.rules import delegation
from burgrave.people.terms import DelegationState, PersonId, UnitId
from burgrave.people.terms.explanations import AskedDelegation, Lack
from burgrave.people.tests.test_tree import UNITS, nodes
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor, system_actor

Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]
WEEK = timedelta(days=7)
TREE = rules.tree_of(nodes([None, 0, 1, 0, 1, 1, 1, 1]))
ALICE, BOB = PersonId(uuid4()), PersonId(uuid4())


def asked(**changed: object) -> AskedDelegation:
    plain: dict[str, object] = {
        "delegator_id": ALICE,
        "delegate_id": BOB,
        "role": "security_officer",
        "role_permissions": frozenset({"assets.read", "assets.edit", "people.manage"}),
        "unit_id": UNITS[1],
        "expires_at": None,
        "units": frozenset(),
        "permissions": frozenset(),
        "begins_at": NOON,
        "ends_at": NOON + WEEK,
    }
    return AskedDelegation(**{**plain, **changed})  # type: ignore[arg-type]  # named by the tests


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"delegate_id": ALICE}, SelfDelegation),
        ({"role": "external_auditor"}, NotDelegable),
        ({"role": "administrator"}, NotDelegable),
        ({"role_permissions": frozenset({"people.manage"})}, NotDelegable),
        ({"permissions": frozenset({"people.manage"})}, DelegationTooWide),
        ({"permissions": frozenset({"ledger.read"})}, DelegationTooWide),
        ({"units": frozenset({UNITS[3]})}, DelegationTooWide),
        ({"units": frozenset({UNITS[0]})}, DelegationTooWide),
        ({"ends_at": NOON}, ExpiryHasPassed),
        ({"begins_at": NOON + WEEK}, ExpiryHasPassed),
        ({"ends_at": NOON + delegation.LONGEST + timedelta(seconds=1)}, DelegationTooWide),
        ({"expires_at": NOON + timedelta(days=1)}, DelegationTooWide),
    ],
    ids=lambda each: getattr(each, "__name__", "") or ",".join(each),
)
def test_what_is_too_wide_is_refused(changed: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        delegation.may_delegate(asked(**changed), tree=TREE, now=NOON)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"permissions": frozenset({"assets.edit"}), "units": frozenset({UNITS[1], UNITS[2]})},
        {"ends_at": NOON + delegation.LONGEST},
        {"expires_at": NOON + WEEK},
    ],
    ids=["whole", "part", "longest", "as long as the grant"],
)
def test_what_is_bounded_is_allowed(changed: dict[str, object]) -> None:
    delegation.may_delegate(asked(**changed), tree=TREE, now=NOON)


def grant_of(actor: Actor, role: str) -> UUID:
    return models.Grant.objects.get(person_id=actor.person_id, role_id=role).pk


def lend(
    actor: Actor,
    to: str,
    *,
    role: str = "head_of_security",
    units: frozenset[UUID] = frozenset(),
    permissions: frozenset[str] = frozenset(),
    begins_at: datetime = NOON,
    ends_at: datetime = NOON + WEEK,
    reason: str = "On leave",
) -> UUID:
    return commands.delegate(
        grant_of(actor, role),
        email=to,
        units=units,
        permissions=permissions,
        begins_at=begins_at,
        ends_at=ends_at,
        reason=reason,
        actor=actor,
        now=NOON,
    )


def at(actor: Actor, when: datetime) -> Actor:
    assert actor.person_id is not None
    return queries.actor_of(actor.person_id, when)


class TestLending:
    def test_it_holds_between_its_bounds_and_not_a_moment_longer(
        self, organisation: CastOrganisation, alice: Actor, charlie: Actor, ledger_tail: Tail
    ) -> None:
        lend(alice, "Charlie@example.org", begins_at=NOON + timedelta(hours=1))
        moment = timedelta(microseconds=1)
        assert not at(charlie, NOON + timedelta(hours=1) - moment).may_anywhere("ledger.read")
        assert at(charlie, NOON + timedelta(hours=1)).may_everywhere("ledger.read")
        assert at(charlie, NOON + WEEK - moment).may("ledger.read", organisation.night_shift)
        assert not at(charlie, NOON + WEEK).may_anywhere("ledger.read")
        assert ledger_tail() == ["people.grant_delegated"]

    def test_a_part_is_lent(self, organisation: CastOrganisation, alice: Actor, charlie: Actor) -> None:
        lend(
            alice,
            "charlie@example.org",
            units=frozenset({organisation.operations}),
            permissions=frozenset({"incidents.close"}),
        )
        actor = at(charlie, NOON)
        assert set(actor.allowed) == {"incidents.close"}
        assert actor.units("incidents.close") == {organisation.operations, organisation.night_shift}

    def test_nobody_gets_to_manage_people_by_delegation(
        self, organisation: CastOrganisation, alice: Actor, charlie: Actor
    ) -> None:
        code = commands.make_role(
            name="Desk", note="", permissions=frozenset({"people.read", "jobs.read"}), actor=alice, now=NOON
        )
        erna = hire("Erna Esche", unit_id=organisation.root, roles=((code, organisation.root),))
        lend(erna, "charlie@example.org", role=code)
        wider = frozenset({"people.read", "people.manage", "people.appoint"})
        commands.edit_role(code, name="Desk", note="", permissions=wider, version=1, actor=alice, now=NOON)
        assert set(at(charlie, NOON).allowed) == {"people.read"}

    def test_it_ends_with_the_grant_with_the_role_and_with_the_lender(
        self, organisation: CastOrganisation, alice: Actor, charlie: Actor, ledger_tail: Tail
    ) -> None:
        hanna = hire("Hanna Hell", unit_id=organisation.root, roles=(("head_of_security", organisation.root),))
        lend(hanna, "charlie@example.org")
        grant = grant_of(hanna, "head_of_security")
        models.Grant.objects.filter(pk=grant).update(expires_at=NOON + timedelta(days=1))
        assert at(charlie, NOON).may_everywhere("ledger.read")
        assert not at(charlie, NOON + timedelta(days=1)).may_anywhere("ledger.read")
        models.Person.objects.filter(pk=hanna.person_id).update(is_active=False)
        assert not at(charlie, NOON).may_anywhere("ledger.read")
        models.Person.objects.filter(pk=hanna.person_id).update(is_active=True)
        commands.revoke(grant, actor=alice, now=NOON)
        assert not at(charlie, NOON).may_anywhere("ledger.read")
        assert ledger_tail() == [
            "people.grant_delegated",
            "people.delegation_taken_back",
            "people.grant_revoked",
        ]

    def test_what_was_lent_is_not_lent_on(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, ledger_tail: Tail
    ) -> None:
        lend(alice, "charlie@example.org")
        with pytest.raises(NotFound):
            commands.delegate(
                grant_of(alice, "head_of_security"),
                email="bob@example.org",
                units=frozenset(),
                permissions=frozenset(),
                begins_at=NOON,
                ends_at=NOON + WEEK,
                reason="x",
                actor=at(charlie, NOON),
                now=NOON,
            )
        assert queries.lendable(actor=at(charlie, NOON), now=NOON) == ()
        assert [each.role for each in queries.lendable(actor=alice, now=NOON)] == ["head_of_security"]
        assert ledger_tail() == ["people.grant_delegated"]

    def test_a_unit_that_was_moved_away_gives_nothing_more(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor
    ) -> None:
        lend(bob, "charlie@example.org", role="incident_responder", units=frozenset({organisation.night_shift}))
        assert at(charlie, NOON).may("incidents.read", organisation.night_shift)
        commands.move_unit(organisation.night_shift, parent_id=organisation.sales, version=1, actor=alice, now=NOON)
        assert not at(charlie, NOON).may_anywhere("incidents.read")

    def test_bad_words_are_refused(self, alice: Actor, bob: Actor, charlie: Actor, ledger_tail: Tail) -> None:
        for to, reason in (("nobody@example.org", "x"), ("charlie@example.org", " ")):
            with pytest.raises(BadInput):
                lend(alice, to, reason=reason)
        models.Person.objects.filter(pk=charlie.person_id).update(is_active=False)
        with pytest.raises(Deactivated):
            lend(alice, "charlie@example.org")
        by_token = Actor(person_id=alice.person_id, label=alice.label, name=alice.name, token_id=uuid4())
        with pytest.raises(TokenForbidden):
            lend(by_token, "bob@example.org")
        assert ledger_tail() == []


class TestTakingBack:
    @pytest.mark.parametrize("who", ["lender", "receiver", "administrator"])
    def test_those_concerned_and_administrators_end_it_at_once(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, ledger_tail: Tail, who: str
    ) -> None:
        lent = lend(bob, "charlie@example.org", role="incident_responder")
        actor = {"lender": bob, "receiver": at(charlie, NOON), "administrator": alice}[who]
        commands.take_back(lent, actor=actor, now=NOON)
        commands.take_back(lent, actor=actor, now=NOON)
        assert not at(charlie, NOON).may_anywhere("incidents.read")
        assert ledger_tail() == ["people.grant_delegated", "people.delegation_taken_back"]

    def test_strangers_and_readers_do_not(
        self, organisation: CastOrganisation, bob: Actor, charlie: Actor, dora: Actor, ledger_tail: Tail
    ) -> None:
        erna = hire("Erna Esche", unit_id=organisation.sales)
        lent = lend(bob, "charlie@example.org", role="incident_responder")
        with pytest.raises(NotFound):
            commands.take_back(lent, actor=erna, now=NOON)
        with pytest.raises(Forbidden):
            commands.take_back(lent, actor=dora, now=NOON)
        with pytest.raises(NotFound):
            commands.take_back(uuid4(), actor=bob, now=NOON)
        assert ledger_tail() == ["people.grant_delegated"]


class TestSeparationOfDuties:
    """Whoever acts in the stead of somebody is, for what that person made, that person."""

    def test_the_delegate_may_not_judge_the_work_of_the_lender(
        self, organisation: CastOrganisation, alice: Actor, charlie: Actor
    ) -> None:
        lend(alice, "charlie@example.org")
        actor, unit = at(charlie, NOON), UnitId(organisation.sales)
        assert actor.acts_for("incidents.close", unit) == {alice.person_id}
        assert not actor.holds("incidents.close", unit)
        assert not actor.may_apart_from(alice.person_id, "incidents.close", unit)
        assert not actor.may_apart_from(charlie.person_id, "incidents.close", unit)
        assert actor.may_apart_from(PersonId(uuid4()), "incidents.close", unit)
        assert actor.may_apart_from(None, "incidents.close", unit)
        assert not charlie.may_apart_from(None, "incidents.close", unit)

    def test_a_grant_of_ones_own_or_a_second_lender_frees_them(
        self, organisation: CastOrganisation, alice: Actor, charlie: Actor
    ) -> None:
        unit = UnitId(organisation.sales)
        hanna = hire("Hanna Hell", unit_id=organisation.root, roles=(("head_of_security", organisation.root),))
        lend(alice, "charlie@example.org")
        lend(hanna, "charlie@example.org")
        actor = at(charlie, NOON)
        assert actor.acts_for("incidents.close", unit) == {alice.person_id, hanna.person_id}
        assert actor.may_apart_from(alice.person_id, "incidents.close", unit)
        assert charlie.person_id is not None
        commands.grant(
            charlie.person_id,
            role="security_officer",
            unit_id=organisation.sales,
            expires_at=None,
            actor=alice,
            now=NOON,
        )
        actor = at(charlie, NOON)
        assert (actor.holds("incidents.close", unit), actor.acts_for("incidents.close", unit)) == (True, frozenset())
        assert system_actor().acts_for("incidents.close", unit) == frozenset()

    def test_a_token_knows_it_too(self, organisation: CastOrganisation, alice: Actor, charlie: Actor) -> None:
        lend(alice, "charlie@example.org", begins_at=timezone.now() - WEEK, ends_at=timezone.now() + WEEK)
        assert charlie.person_id is not None
        actor = queries.actor_of(charlie.person_id, timezone.now())
        made = commands.make_token(
            name="Script",
            permissions=frozenset({"incidents.close"}),
            unit_id=None,
            expires_at=timezone.now() + WEEK,
            actor=actor,
            now=timezone.now(),
        )
        found = queries.actor_by_token(made.secret, timezone.now())
        assert found is not None
        assert found[0].acts_for("incidents.close", UnitId(organisation.sales)) == {alice.person_id}
        assert found[0].acts_for("ledger.read", UnitId(organisation.sales)) == frozenset()


def test_nobody_takes_over_an_account_through_what_was_lent_to_it(
    organisation: CastOrganisation, alice: Actor, charlie: Actor
) -> None:
    local = hire("Lena Lind", unit_id=organisation.sales, roles=(("administrator", organisation.sales),))
    assert charlie.person_id is not None
    commands.invite_again(charlie.person_id, actor=local, now=NOON)
    now = timezone.now()
    lent = lend(alice, "charlie@example.org", begins_at=now, ends_at=now + WEEK)
    with pytest.raises((Forbidden, PermissionNotHeld)):
        commands.invite_again(charlie.person_id, actor=local, now=now)
    models.Delegation.objects.filter(pk=lent).update(ends_at=now)
    commands.invite_again(charlie.person_id, actor=local, now=now)


class TestExplained:
    def test_why_names_the_lender_and_what_is_missing(
        self, organisation: CastOrganisation, alice: Actor, charlie: Actor
    ) -> None:
        assert charlie.person_id is not None
        lent = lend(
            alice,
            "charlie@example.org",
            units=frozenset({organisation.operations}),
            permissions=frozenset({"incidents.close"}),
            begins_at=NOON + timedelta(hours=1),
        )
        later = NOON + timedelta(hours=2)

        def lacks(permission: str, unit_id: UnitId, when: datetime) -> tuple[str, ...]:
            answer = queries.explain(charlie.person_id, permission, unit_id, actor=alice, now=when)  # type: ignore[arg-type]  # asserted above
            return answer.explanation.nearest[0].lacks

        assert lacks("incidents.close", organisation.operations, NOON) == (Lack.NOT_BEGUN,)
        assert lacks("incidents.close", organisation.operations, NOON + WEEK) == (Lack.ENDED,)
        assert lacks("incidents.close", organisation.sales, later) == (Lack.OTHER_PART,)
        assert lacks("ledger.read", organisation.operations, later) == (Lack.LEFT_OUT,)
        answer = queries.explain(charlie.person_id, "incidents.close", organisation.night_shift, actor=alice, now=later)
        assert answer.explanation.because[0].claim.lent is not None
        assert answer.explanation.because[0].claim.lent.delegator_name == "Alice Amsel"
        who = queries.who_may("incidents.close", organisation.night_shift, number=1, size=9, actor=alice, now=later)
        assert [row.name for row in who.rows] == ["Alice Amsel", "Charlie Cordes"]
        assert [name for _key, name in queries.holders("incidents.close", organisation.sales, now=later)] == [
            "Alice Amsel"
        ]
        models.Person.objects.filter(pk=alice.person_id).update(is_active=False)
        assert lacks("incidents.close", organisation.operations, later) == (Lack.DELEGATOR_LEFT,)
        models.Person.objects.filter(pk=alice.person_id).update(is_active=True)
        commands.take_back(lent, actor=alice, now=later)
        assert lacks("incidents.close", organisation.operations, later) == (Lack.TAKEN_BACK,)

    def test_both_profiles_show_it(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, client_of: ClientOf
    ) -> None:
        lend(
            bob,
            "charlie@example.org",
            role="incident_responder",
            begins_at=timezone.now() - WEEK,
            ends_at=timezone.now() + WEEK,
        )
        for person in (bob, charlie):
            page = client_of(alice).get(f"/people/{person.person_id}/").content.decode()
            assert "On leave" in page
            own = client_of(person).get("/me/delegations/").content.decode()
            assert "On leave" in own
        assert "lent by Bob Birnbaum" in client_of(alice).get(f"/people/{charlie.person_id}/").content.decode()
        rows = queries.delegations_of(bob.person_id, actor=alice, now=NOON)  # type: ignore[arg-type]  # Bob is a person
        assert [row.state for row in rows] == [DelegationState.TO_COME]
        erna = hire("Erna Esche", unit_id=organisation.sales)
        assert queries.delegations_of(bob.person_id, actor=erna, now=NOON) == ()  # type: ignore[arg-type]  # as above


class TestPages:
    def test_a_role_is_delegated_and_taken_back(
        self, organisation: CastOrganisation, bob: Actor, charlie: Actor, client_of: ClientOf
    ) -> None:
        client, address = client_of(bob), f"/me/delegations/of/{grant_of(bob, 'incident_responder')}/"
        assert client.get(address).status_code == 200
        day = (timezone.now() + timedelta(days=5)).date().isoformat()
        sent = {
            "email": "charlie@example.org",
            "reason": "Leave",
            "first_day": "",
            "last_day": day,
            "permissions": ["incidents.read"],
            "units": [str(organisation.night_shift)],
        }
        far = {**sent, "last_day": (timezone.now() + timedelta(days=400)).date().isoformat()}
        assert client.post(address, far).status_code == 422
        assert client.post(address, sent)["Location"] == "/me/delegations/"
        assert client_of(charlie).get("/api/alerts").status_code == 200
        lent = models.Delegation.objects.get()
        assert client.post(f"/me/delegations/{lent.pk}/take-back/")["Location"] == "/me/delegations/"
        assert client_of(charlie).get("/api/alerts").status_code == 403
        assert client.get(f"/me/delegations/of/{uuid4()}/").status_code == 404


@pytest.mark.parametrize("number", [1, 50])
def test_the_list_takes_the_same_statements_for_any_number(
    organisation: CastOrganisation,
    alice: Actor,
    charlie: Actor,
    number: int,
    django_assert_num_queries: Callable[[int], object],
) -> None:
    for _ in range(number):
        lend(alice, "charlie@example.org", units=frozenset({organisation.operations}))
    assert charlie.person_id is not None
    with django_assert_num_queries(2):  # type: ignore[attr-defined]  # a context manager of pytest-django
        assert len(queries.delegations_of(charlie.person_id, actor=alice, now=NOON)) == number
    with django_assert_num_queries(1):  # type: ignore[attr-defined]  # a context manager of pytest-django
        queries.actor_of(charlie.person_id, NOON)
