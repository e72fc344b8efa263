from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client

from burgrave.people import commands, models, queries
from burgrave.people.errors import (
    PermissionNotHeld,
    RoleInUse,
    RoleIsFixed,
    RoleIsRetired,
    RoleNameTaken,
    SelfGrant,
)
from burgrave.people.rules import roles as rules
from burgrave.people.terms import APPOINT, PERMISSIONS, RoleState
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.people.views import words
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]
DESK = frozenset({"people.read", "people.manage"})


def make(actor: Actor, *, name: str = "People desk", permissions: frozenset[str] = DESK) -> str:
    return commands.make_role(name=name, note="Keeps the list.", permissions=permissions, actor=actor, now=NOON)


def give(actor: Actor, person: Actor, role: str, unit_id: UUID) -> UUID:
    assert person.person_id is not None
    return commands.grant(person.person_id, role=role, unit_id=unit_id, expires_at=None, actor=actor, now=NOON)


def edit(actor: Actor, code: str, permissions: frozenset[str], *, version: int = 1, name: str = "People desk") -> None:
    commands.edit_role(code, name=name, note="", permissions=permissions, version=version, actor=actor, now=NOON)


@pytest.fixture
def desk(organisation: CastOrganisation, alice: Actor) -> Actor:
    """Dirk manages the people of the whole organisation and may appoint nobody."""
    return hire("Dirk Distel", unit_id=organisation.root, roles=((make(alice), organisation.root),))


def again(actor: Actor) -> Actor:
    assert actor.person_id is not None
    return queries.actor_of(actor.person_id, NOON)


class TestRules:
    def test_whoever_appoints_passes_on_anything_and_others_what_they_hold(self) -> None:
        wanted = frozenset({"ledger.read", "jobs.read"})
        assert rules.cannot_pass_on(wanted, holds={APPOINT}.__contains__) == frozenset()
        assert rules.cannot_pass_on(wanted, holds={"jobs.read"}.__contains__) == {"ledger.read"}
        rules.must_pass_on(frozenset())
        with pytest.raises(PermissionNotHeld, match=r"yourself: ledger\.read"):
            rules.must_pass_on(frozenset({"ledger.read"}))

    @pytest.mark.parametrize("permissions", [frozenset(), frozenset({"moon.walk"})], ids=["none", "unknown"])
    def test_a_role_has_known_permissions(self, permissions: frozenset[str]) -> None:
        rules.must_be_known(PERMISSIONS)
        with pytest.raises(BadInput):
            rules.must_be_known(permissions)

    @pytest.mark.parametrize(
        ("holds_role", "held", "refused"),
        [(True, "", True), (True, "ledger.read", False), (False, "", False)],
        ids=["gains", "has-it-already", "not-theirs"],
    )
    def test_nobody_widens_their_own_role(self, *, holds_role: bool, held: str, refused: bool) -> None:
        added = frozenset({"ledger.read"})
        if not refused:
            rules.must_not_widen_oneself(added, holds_role=holds_role, holds={held}.__contains__)
            return
        with pytest.raises(SelfGrant, match="would give yourself"):
            rules.must_not_widen_oneself(added, holds_role=holds_role, holds={held}.__contains__)


def test_a_role_is_made_given_changed_and_followed_at_once(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, ledger_tail: Tail
) -> None:
    code = make(alice, name="Night reader", permissions=frozenset({"ledger.read"}))
    give(alice, charlie, code, organisation.operations)
    assert again(charlie).may("ledger.read", organisation.night_shift)
    edit(alice, code, frozenset({"assets.read"}), name="Asset reader")
    now = again(charlie)
    assert (now.may_anywhere("ledger.read"), now.may("assets.read", organisation.operations)) == (False, True)
    row = queries.role(code, actor=alice)
    assert (row.name, row.state, row.version, row.was_given) == ("Asset reader", RoleState.OWN, 2, True)
    assert ledger_tail() == ["people.role_made", "people.grant_made", "people.role_edited"]


def test_a_role_in_use_is_retired_and_not_deleted(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, bob: Actor, ledger_tail: Tail
) -> None:
    code = make(alice)
    give(alice, charlie, code, organisation.sales)
    with pytest.raises(RoleInUse):
        commands.delete_role(code, version=1, actor=alice, now=NOON)
    commands.retire_role(code, version=1, actor=alice, now=NOON)
    commands.retire_role(code, version=2, actor=alice, now=NOON)
    with pytest.raises(RoleIsRetired):
        give(alice, bob, code, organisation.sales)
    assert again(charlie).may("people.read", organisation.sales)
    assert code not in {row.code for row in queries.roles(given=True)}
    assert ledger_tail() == ["people.role_made", "people.grant_made", "people.role_retired"]


def test_a_role_that_nobody_was_given_can_be_deleted(alice: Actor, ledger_tail: Tail) -> None:
    code = make(alice)
    commands.delete_role(code, version=1, actor=alice, now=NOON)
    with pytest.raises(NotFound):
        queries.role(code, actor=alice)
    assert ledger_tail() == ["people.role_made", "people.role_deleted"]


def test_shipped_roles_are_changed_by_nobody(alice: Actor, ledger_tail: Tail) -> None:
    for act in (commands.retire_role, commands.delete_role):
        with pytest.raises(RoleIsFixed):
            act("employee", version=1, actor=alice, now=NOON)
    with pytest.raises(RoleIsFixed):
        edit(alice, "employee", DESK)
    assert ledger_tail() == []


def test_names_are_taken_once_in_any_case_and_edits_know_their_version(alice: Actor) -> None:
    code = make(alice)
    for name in ("people DESK", "Security officer"):
        with pytest.raises(RoleNameTaken):
            make(alice, name=name)
    with pytest.raises(BadInput):
        make(alice, name=" ")
    edit(alice, code, DESK)
    with pytest.raises(StaleEdit, match="Alice Amsel changed this"):
        edit(alice, code, DESK)
    for code in ("nothing", "x" * 60):
        with pytest.raises(NotFound):
            edit(alice, code, DESK)


class TestEscalation:
    """No way leads from managing people to permissions that one does not hold."""

    def test_who_manages_only_a_unit_makes_no_roles(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
    ) -> None:
        local = hire("Lena Lind", unit_id=organisation.sales, roles=(("administrator", organisation.sales),))
        for actor in (local, bob):
            with pytest.raises(Forbidden):
                make(actor)
        assert ledger_tail() == []

    def test_a_desk_makes_and_gives_only_what_it_holds(
        self, organisation: CastOrganisation, desk: Actor, charlie: Actor
    ) -> None:
        with pytest.raises(PermissionNotHeld):
            make(desk, name="Reader", permissions=frozenset({"ledger.read"}))
        with pytest.raises(PermissionNotHeld):
            give(desk, charlie, "internal_auditor", organisation.sales)
        code = make(desk, name="Viewer", permissions=frozenset({"people.read"}))
        with pytest.raises(PermissionNotHeld):
            edit(desk, code, frozenset({"people.read", APPOINT}), name="Viewer")
        give(desk, charlie, code, organisation.sales)
        assert again(charlie).may("people.read", organisation.sales)

    def test_a_desk_takes_over_no_account_that_may_more(
        self, organisation: CastOrganisation, desk: Actor, alice: Actor, bob: Actor
    ) -> None:
        for other in (alice, bob):
            assert other.person_id is not None
            with pytest.raises(PermissionNotHeld):
                commands.invite_again(other.person_id, actor=desk, now=NOON)
        grant = models.Grant.objects.get(person_id=bob.person_id)
        with pytest.raises(PermissionNotHeld):
            commands.revoke(grant.pk, actor=desk, now=NOON)

    def test_nobody_widens_a_role_that_they_hold(
        self, organisation: CastOrganisation, alice: Actor, ledger_tail: Tail
    ) -> None:
        code = make(alice)
        ada = hire(
            "Ada Ahorn",
            unit_id=organisation.root,
            roles=(("administrator", organisation.root), (code, organisation.root)),
        )
        with pytest.raises(SelfGrant, match=r"ledger\.read"):
            edit(ada, code, DESK | {"ledger.read"})
        edit(ada, code, frozenset({"people.read", "jobs.read"}))
        assert ledger_tail() == ["people.role_made", "people.role_edited"]


class TestPages:
    def test_an_administrator_makes_edits_retires_and_deletes_a_role(self, alice: Actor, client_of: ClientOf) -> None:
        client = client_of(alice)
        assert client.get("/people/roles/make/?like=trainer").status_code == 200
        sent = {"name": "Reader", "note": "Reads.", "permissions": ["ledger.read", "assets.read"]}
        made = client.post("/people/roles/make/", sent)
        code = models.Role.objects.get(name="Reader").code
        assert made["Location"] == f"/people/roles/{code}/"
        page = client.get(made["Location"]).content.decode()
        assert "Read the ledger and its proofs" in page
        assert "assets.edit" not in page
        edited = client.post(f"/people/roles/{code}/edit/", {**sent, "permissions": ["ledger.read"], "version": "1"})
        assert edited.status_code == 302
        stale = client.post(f"/people/roles/{code}/edit/", {**sent, "version": "1"})
        assert stale.status_code == 409
        assert client.post("/people/roles/make/", sent).status_code == 409
        assert client.post(f"/people/roles/{code}/retire/", {"version": "2"}).status_code == 302
        assert "Retired" in client.get(f"/people/roles/{code}/").content.decode()
        assert client.post(f"/people/roles/{code}/delete/", {"version": "3"}).status_code == 302
        assert client.get(f"/people/roles/{code}/").status_code == 404

    def test_an_own_role_goes_by_its_name_in_every_list(
        self, organisation: CastOrganisation, alice: Actor, charlie: Actor, client_of: ClientOf
    ) -> None:
        code = make(alice)
        client = client_of(alice)
        sent = {"role": code, "unit": str(organisation.sales)}
        assert client.post(f"/people/{charlie.person_id}/grant/", sent).status_code == 302
        for address in (f"/people/?role={code}", f"/people/{charlie.person_id}/", "/people/roles/"):
            assert "People desk" in client.get(address).content.decode()
        assert "People desk" in client_of(charlie).get("/me/").content.decode()

    @pytest.mark.parametrize("number", [1, 50])
    def test_the_list_takes_one_statement_for_any_number(
        self, alice: Actor, number: int, django_assert_num_queries: Callable[[int], object]
    ) -> None:
        for count in range(number):
            make(alice, name=f"Role {count}")
        with django_assert_num_queries(1):  # type: ignore[attr-defined]  # a context manager of pytest-django
            assert len(queries.roles()) > number


def test_every_permission_has_words_and_a_chapter() -> None:
    assert set(words.PERMISSIONS) == PERMISSIONS
    assert set(words.CHAPTERS) == {permission.split(".")[0] for permission in PERMISSIONS}
