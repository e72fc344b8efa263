from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from burgrave.ledger import queries as ledger
from burgrave.people import commands, models, queries
from burgrave.people.errors import (
    Deactivated,
    EmailTaken,
    ExpiryHasPassed,
    GrantStands,
    LastAdministrator,
    LinkIsDead,
    NotSetUp,
    SelfGrant,
    UnitNameTaken,
    WeakPassword,
)
from burgrave.people.terms import Invited, PersonState, RoleCode
from burgrave.people.terms.records import person_subject
from burgrave.people.tests_cast import CAST_PASSWORD, NOON, CastOrganisation, hire
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor, PersonId

Tail = Callable[[], list[str]]


def who(actor: Actor) -> PersonId:
    assert actor.person_id is not None
    return actor.person_id


@pytest.fixture
def manager(organisation: CastOrganisation) -> Actor:
    """Administrator of Operations only."""
    unit = organisation.operations
    return hire("Mona Maurer", unit_id=unit, roles=(("administrator", unit),))


@pytest.fixture
def frieda(organisation: CastOrganisation, alice: Actor) -> Invited:
    return commands.add_person(
        email="Frieda@Example.org", name=" Frieda Funk ", unit_id=organisation.sales, actor=alice, now=NOON
    )


class TestAddPerson:
    def test_the_person_is_invited_and_both_acts_are_recorded(
        self, ledger_tail: Tail, alice: Actor, frieda: Invited
    ) -> None:
        view = queries.person(frieda.person_id, actor=alice, now=NOON)
        assert (view.name, view.email, view.state) == ("Frieda Funk", "frieda@example.org", PersonState.INVITED)
        assert ledger_tail() == ["people.person_added", "people.invitation_issued"]

    def test_the_name_is_sealed_in_the_ledger(self, frieda: Invited) -> None:
        for row in ledger.history(person_subject(frieda.person_id)):
            assert b"Frieda" not in row.leaf
            assert b"frieda" not in row.leaf

    def test_an_address_belongs_to_one_person(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
    ) -> None:
        with pytest.raises(EmailTaken, match="somebody else has the e-mail address bob"):
            commands.add_person(
                email="BOB@example.org", name="Bob Two", unit_id=organisation.sales, actor=alice, now=NOON
            )
        assert ledger_tail() == []

    @pytest.mark.parametrize("visitor", ["charlie", "bob", "dora"])
    def test_whoever_does_not_manage_the_unit_adds_nobody(
        self, request: pytest.FixtureRequest, organisation: CastOrganisation, ledger_tail: Tail, visitor: str
    ) -> None:
        actor = request.getfixturevalue(visitor)
        with pytest.raises((Forbidden, NotFound)):
            commands.add_person(email="x@example.org", name="X", unit_id=organisation.operations, actor=actor, now=NOON)
        assert ledger_tail() == []

    def test_a_manager_adds_below_their_unit_and_not_beside_it(
        self, organisation: CastOrganisation, manager: Actor
    ) -> None:
        commands.add_person(email="x@example.org", name="X", unit_id=organisation.night_shift, actor=manager, now=NOON)
        with pytest.raises(NotFound):
            commands.add_person(email="y@example.org", name="Y", unit_id=organisation.sales, actor=manager, now=NOON)


class TestInvitation:
    def test_it_sets_the_password_once(self, frieda: Invited, ledger_tail: Tail) -> None:
        token = frieda.path.split("/")[2]
        assert queries.invitation(token, now=NOON) == ("Frieda Funk", "frieda@example.org")
        assert commands.accept_invitation(token, password=CAST_PASSWORD, now=NOON) == frieda.person_id
        assert models.Person.objects.get(pk=frieda.person_id).check_password(CAST_PASSWORD)
        assert queries.invitation(token, now=NOON) is None
        with pytest.raises(LinkIsDead):
            commands.accept_invitation(token, password="another-long-phrase-1", now=NOON)
        assert ledger_tail()[-1] == "people.invitation_accepted"

    def test_it_dies_after_a_week(self, frieda: Invited) -> None:
        token = frieda.path.split("/")[2]
        with pytest.raises(LinkIsDead):
            commands.accept_invitation(token, password=CAST_PASSWORD, now=NOON + timedelta(days=7))

    def test_a_newer_one_replaces_it(self, alice: Actor, frieda: Invited) -> None:
        newer = commands.invite_again(frieda.person_id, actor=alice, now=NOON)
        with pytest.raises(LinkIsDead):
            commands.accept_invitation(frieda.path.split("/")[2], password=CAST_PASSWORD, now=NOON)
        commands.accept_invitation(newer.path.split("/")[2], password=CAST_PASSWORD, now=NOON)

    def test_a_weak_password_leaves_it_alive(self, frieda: Invited) -> None:
        token = frieda.path.split("/")[2]
        with pytest.raises(WeakPassword, match="too short"):
            commands.accept_invitation(token, password="short", now=NOON)
        commands.accept_invitation(token, password=CAST_PASSWORD, now=NOON)

    def test_it_dies_with_the_person_and_when_the_password_changes(self, alice: Actor, bob: Actor) -> None:
        invited = commands.invite_again(who(bob), actor=alice, now=NOON)
        commands.change_password(old=CAST_PASSWORD, new="another-long-phrase-1", actor=bob, now=NOON)
        with pytest.raises(LinkIsDead):
            commands.accept_invitation(invited.path.split("/")[2], password=CAST_PASSWORD, now=NOON)
        invited = commands.invite_again(who(bob), actor=alice, now=NOON)
        commands.deactivate(who(bob), reason="left", actor=alice, now=NOON)
        with pytest.raises(LinkIsDead):
            commands.accept_invitation(invited.path.split("/")[2], password=CAST_PASSWORD, now=NOON)
        with pytest.raises(Deactivated, match="Bob Birnbaum"):
            commands.invite_again(who(bob), actor=alice, now=NOON)

    def test_the_set_up_link_is_no_invitation(self, db: None) -> None:
        path = commands.issue_set_up_link(NOON)
        assert path is not None
        with pytest.raises(LinkIsDead):
            commands.accept_invitation(path.split("/")[2], password=CAST_PASSWORD, now=NOON)


class TestTakeover:
    """Who manages a unit must not get hold of an account that may more than they do."""

    @pytest.fixture
    def head(self, organisation: CastOrganisation) -> Actor:
        return hire(
            "Hanna Hell",
            unit_id=organisation.operations,
            roles=(("head_of_security", organisation.root),),
        )

    @pytest.mark.parametrize("act", ["invite", "edit", "deactivate", "unlock"])
    def test_a_manager_of_the_home_unit_cannot_act_on_an_account_with_a_role_above(
        self, organisation: CastOrganisation, manager: Actor, head: Actor, ledger_tail: Tail, act: str
    ) -> None:
        person_id = who(head)
        acts = {
            "invite": lambda: commands.invite_again(person_id, actor=manager, now=NOON),
            "edit": lambda: commands.edit_person(
                person_id,
                email="mona2@example.org",
                name="H",
                unit_id=organisation.operations,
                version=1,
                actor=manager,
                now=NOON,
            ),
            "deactivate": lambda: commands.deactivate(person_id, reason="x", actor=manager, now=NOON),
            "unlock": lambda: commands.unlock(person_id, actor=manager, now=NOON),
        }
        with pytest.raises(Forbidden):
            acts[act]()
        assert ledger_tail() == []


class TestEditPerson:
    def edit(self, alice: Actor, person_id: UUID, unit_id: UUID, **changed: object) -> None:
        given = {"email": "bob@example.org", "name": "Bob Birnbaum", "version": 1, **changed}
        commands.edit_person(person_id, unit_id=unit_id, actor=alice, now=NOON, **given)  # type: ignore[arg-type]  # named by the tests

    def test_name_address_and_unit_change(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
    ) -> None:
        self.edit(alice, who(bob), organisation.sales, name="Bob B.", email="B@example.org")
        view = queries.person(who(bob), actor=alice, now=NOON)
        assert (view.name, view.email, view.unit_name, view.version) == ("Bob B.", "b@example.org", "Sales", 2)
        assert ledger_tail() == ["people.person_edited"]

    def test_the_second_editor_is_told_and_nothing_is_overwritten(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
    ) -> None:
        self.edit(alice, who(bob), organisation.operations, name="First")
        with pytest.raises(StaleEdit, match="Alice Amsel changed this") as told:
            self.edit(alice, who(bob), organisation.operations, name="Second")
        assert (told.value.changed_by, told.value.changed_at) == ("Alice Amsel", NOON)
        assert models.Person.objects.get(pk=who(bob)).name == "First"
        assert ledger_tail() == ["people.person_edited"]

    def test_an_address_of_somebody_else_is_refused(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, dora: Actor
    ) -> None:
        with pytest.raises(EmailTaken):
            self.edit(alice, who(bob), organisation.operations, email="Dora@example.org")


class TestGrant:
    def give(self, actor: Actor, person: Actor, unit_id: UUID, **changed: object) -> UUID:
        given = {"role": RoleCode.INTERNAL_AUDITOR, "expires_at": None, **changed}
        return commands.grant(who(person), unit_id=unit_id, actor=actor, now=NOON, **given)  # type: ignore[arg-type]  # named by the tests

    def test_it_holds_in_the_unit_and_below_until_its_end(
        self, organisation: CastOrganisation, alice: Actor, charlie: Actor, ledger_tail: Tail
    ) -> None:
        end = NOON + timedelta(days=30)
        self.give(alice, charlie, organisation.operations, expires_at=end)
        just_before = queries.actor_of(who(charlie), end - timedelta(microseconds=1))
        assert just_before.units("ledger.read") == {organisation.operations, organisation.night_shift}
        assert queries.actor_of(who(charlie), end).allowed == {}
        assert ledger_tail() == ["people.grant_made"]

    def test_nobody_gives_themselves_a_role(
        self, organisation: CastOrganisation, alice: Actor, ledger_tail: Tail
    ) -> None:
        with pytest.raises(SelfGrant, match="Alice Amsel may not give a role to themselves"):
            self.give(alice, alice, organisation.root)
        assert ledger_tail() == []

    def test_the_same_grant_is_not_made_twice_but_an_ended_one_is_replaced(
        self, organisation: CastOrganisation, alice: Actor, charlie: Actor
    ) -> None:
        first = self.give(alice, charlie, organisation.sales, expires_at=NOON + timedelta(hours=1))
        with pytest.raises(GrantStands):
            self.give(alice, charlie, organisation.sales)
        models.Grant.objects.filter(pk=first).update(expires_at=NOON)
        assert self.give(alice, charlie, organisation.sales) != first
        assert models.Grant.objects.filter(person_id=who(charlie)).count() == 1

    def test_an_end_in_the_past_and_a_deactivated_person_are_refused(
        self, organisation: CastOrganisation, alice: Actor, charlie: Actor
    ) -> None:
        with pytest.raises(ExpiryHasPassed):
            self.give(alice, charlie, organisation.sales, expires_at=NOON)
        commands.deactivate(who(charlie), reason="left", actor=alice, now=NOON)
        with pytest.raises(Deactivated):
            self.give(alice, charlie, organisation.sales)

    def test_a_manager_gives_roles_only_in_their_units(
        self, organisation: CastOrganisation, manager: Actor, bob: Actor
    ) -> None:
        self.give(manager, bob, organisation.night_shift)
        with pytest.raises(NotFound):
            self.give(manager, bob, organisation.root)

    @pytest.mark.parametrize("visitor", ["charlie", "dora"])
    def test_a_stranger_and_an_auditor_give_nothing(
        self,
        request: pytest.FixtureRequest,
        organisation: CastOrganisation,
        bob: Actor,
        ledger_tail: Tail,
        visitor: str,
    ) -> None:
        with pytest.raises((Forbidden, NotFound)):
            self.give(request.getfixturevalue(visitor), bob, organisation.operations)
        assert ledger_tail() == []

    def test_nobody_is_found_by_an_unknown_identifier(self, organisation: CastOrganisation, alice: Actor) -> None:
        with pytest.raises(NotFound):
            commands.grant(
                uuid4(),
                role=RoleCode.EMPLOYEE,
                unit_id=organisation.root,
                expires_at=None,
                actor=alice,
                now=NOON,
            )

    def test_before_the_set_up_there_is_nothing_to_grant(self, db: None) -> None:
        nobody = Actor(person_id=None, label="people.nobody", name="Nobody")
        with pytest.raises(NotSetUp):
            commands.grant(uuid4(), role=RoleCode.EMPLOYEE, unit_id=uuid4(), expires_at=None, actor=nobody, now=NOON)


class TestRevoke:
    def test_access_ends_at_once(self, alice: Actor, bob: Actor, ledger_tail: Tail) -> None:
        grant = models.Grant.objects.get(person_id=who(bob))
        commands.revoke(grant.pk, actor=alice, now=NOON)
        assert queries.actor_of(who(bob), NOON).allowed == {}
        assert ledger_tail() == ["people.grant_revoked"]

    def test_the_last_administrator_cannot_be_removed(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
    ) -> None:
        grant = models.Grant.objects.get(person_id=who(alice), role_id="administrator")
        for others in ("none", "ends", "has-no-password"):
            if others == "ends":
                commands.grant(
                    who(bob),
                    role=RoleCode.ADMINISTRATOR,
                    unit_id=organisation.root,
                    expires_at=NOON + timedelta(days=1),
                    actor=alice,
                    now=NOON,
                )
            if others == "has-no-password":
                models.Grant.objects.filter(person_id=who(bob)).update(expires_at=None)
                models.Person.objects.filter(pk=who(bob)).update(password="!never-chosen")
            with pytest.raises(LastAdministrator, match="Alice Amsel is the last administrator"):
                commands.revoke(grant.pk, actor=alice, now=NOON)
            with pytest.raises(LastAdministrator):
                commands.deactivate(who(alice), reason="x", actor=alice, now=NOON)
        assert ledger_tail() == ["people.grant_made"]

    def test_an_administrator_can_go_when_another_remains(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor
    ) -> None:
        commands.grant(
            who(bob),
            role=RoleCode.ADMINISTRATOR,
            unit_id=organisation.root,
            expires_at=None,
            actor=alice,
            now=NOON,
        )
        commands.deactivate(who(alice), reason="retired", actor=queries.actor_of(who(bob), NOON), now=NOON)
        assert queries.actor_of(who(alice), NOON).allowed == {}

    def test_charlie_revokes_nothing(self, bob: Actor, charlie: Actor, dora: Actor, ledger_tail: Tail) -> None:
        grant = models.Grant.objects.get(person_id=who(bob))
        with pytest.raises(NotFound):
            commands.revoke(grant.pk, actor=charlie, now=NOON)
        with pytest.raises(Forbidden):
            commands.revoke(grant.pk, actor=dora, now=NOON)
        assert ledger_tail() == []


class TestDeactivate:
    def test_doing_it_twice_records_it_once(self, alice: Actor, bob: Actor, ledger_tail: Tail) -> None:
        for _ in range(2):
            commands.deactivate(who(bob), reason="left", actor=alice, now=NOON)
        for _ in range(2):
            commands.reactivate(who(bob), actor=alice, now=NOON)
        assert ledger_tail() == ["people.person_deactivated", "people.person_reactivated"]

    def test_the_reason_is_sealed(self, alice: Actor, bob: Actor) -> None:
        commands.deactivate(who(bob), reason="moved to Ruritania", actor=alice, now=NOON)
        (row,) = ledger.history(person_subject(who(bob)))
        assert b"Ruritania" not in row.leaf
        assert [fact.value for fact in row.facts if fact.name == "reason"] == ["moved to Ruritania"]


class TestUnits:
    def test_a_unit_grows_below_another_and_inherits_access(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
    ) -> None:
        made = commands.add_unit(name=" Early shift ", parent_id=organisation.operations, actor=alice, now=NOON)
        assert queries.actor_of(who(bob), NOON).may("incidents.triage", made)
        assert ledger_tail() == ["people.unit_added"]

    def test_siblings_have_different_names_whatever_the_case(
        self, organisation: CastOrganisation, alice: Actor, ledger_tail: Tail
    ) -> None:
        with pytest.raises(UnitNameTaken, match="SALES"):
            commands.add_unit(name="SALES", parent_id=organisation.root, actor=alice, now=NOON)
        with pytest.raises(UnitNameTaken):
            commands.rename_unit(organisation.operations, name="Sales", version=1, actor=alice, now=NOON)
        commands.add_unit(name="Sales", parent_id=organisation.operations, actor=alice, now=NOON)
        assert ledger_tail() == ["people.unit_added"]

    def test_the_second_who_renames_is_told(
        self, organisation: CastOrganisation, alice: Actor, ledger_tail: Tail
    ) -> None:
        commands.rename_unit(organisation.sales, name="Market", version=1, actor=alice, now=NOON)
        with pytest.raises(StaleEdit):
            commands.rename_unit(organisation.sales, name="Selling", version=1, actor=alice, now=NOON)
        assert queries.unit(organisation.sales, actor=alice).name == "Market"
        assert ledger_tail() == ["people.unit_renamed"]

    def test_a_stranger_changes_no_unit(
        self, organisation: CastOrganisation, charlie: Actor, dora: Actor, ledger_tail: Tail
    ) -> None:
        with pytest.raises(NotFound):
            commands.rename_unit(organisation.sales, name="Mine", version=1, actor=charlie, now=NOON)
        with pytest.raises(Forbidden):
            commands.add_unit(name="Mine", parent_id=organisation.sales, actor=dora, now=NOON)
        assert ledger_tail() == []


class TestProfile:
    def change(self, actor: Actor, **changed: str | int) -> None:
        given = {"language": "zh-hans", "theme": "dark", "time_zone": "Asia/Shanghai", "version": 1, **changed}
        commands.change_own_profile(actor=actor, now=NOON, **given)  # type: ignore[arg-type]  # named by the tests

    def test_even_charlie_chooses_language_theme_and_time_zone(self, charlie: Actor, ledger_tail: Tail) -> None:
        self.change(charlie)
        preferences, version = queries.preferences_of(who(charlie))
        assert (preferences.language, preferences.theme, preferences.time_zone, version) == (
            "zh-hans",
            "dark",
            "Asia/Shanghai",
            2,
        )
        assert ledger_tail() == ["people.profile_changed"]

    @pytest.mark.parametrize("changed", [{"language": "xx"}, {"theme": "pink"}, {"time_zone": "Mars/Olympus"}], ids=str)
    def test_what_burgrave_does_not_know_is_refused(
        self, charlie: Actor, ledger_tail: Tail, changed: dict[str, str]
    ) -> None:
        with pytest.raises(BadInput):
            self.change(charlie, **changed)
        assert ledger_tail() == []

    def test_a_second_window_is_told(self, charlie: Actor) -> None:
        self.change(charlie)
        with pytest.raises(StaleEdit):
            self.change(charlie, theme="light")

    def test_nobody_has_no_profile(self, organisation: CastOrganisation) -> None:
        with pytest.raises(Forbidden):
            self.change(Actor(person_id=None, label="people.nobody", name="Nobody"))
