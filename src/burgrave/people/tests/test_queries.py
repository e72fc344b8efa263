from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import uuid4

import pytest

from burgrave.people import models, queries
from burgrave.people.commands import write_roles
from burgrave.people.terms import PERMISSIONS, ROLES, PersonFilter, PersonState, RoleCode
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, UnitId

Counting = Callable[[int], AbstractContextManager[object]]


def staff(organisation: CastOrganisation, number: int) -> None:
    for count in range(number):
        unit = organisation.operations if count % 2 else organisation.sales
        hire(f"Worker{count:03} Wolf", unit_id=unit, roles=(("employee", unit), ("internal_auditor", unit)))


@pytest.mark.parametrize("grants", [0, 1, 6])
def test_an_actor_is_compiled_in_three_statements(
    organisation: CastOrganisation, django_assert_max_num_queries: Counting, grants: int
) -> None:
    roles = tuple((str(role), organisation.operations) for role in list(RoleCode)[:grants])
    person = hire("Paula Pohl", unit_id=organisation.sales, roles=roles)
    assert person.person_id is not None
    with django_assert_max_num_queries(3):
        actor = queries.actor_of(person.person_id, NOON)
    expected: set[str] = set().union(*(ROLES[role] for role in list(RoleCode)[:grants]))
    assert set(actor.allowed) == expected
    assert all(
        actor.units(permission) == {organisation.operations, organisation.night_shift} for permission in expected
    )


def test_a_deactivated_and_an_unknown_person_may_nothing(alice: Actor) -> None:
    models.Person.objects.filter(pk=alice.person_id).update(is_active=False)
    for person_id in (alice.person_id, uuid4()):
        assert person_id is not None
        actor = queries.actor_of(person_id, NOON)
        assert (actor.person_id, dict(actor.allowed)) == (None, {})


def test_the_role_table_follows_the_code(db: None) -> None:
    write_roles()
    models.Role.objects.filter(pk="employee").update(permissions=["people.manage"])
    write_roles()
    table = {role.code: frozenset(role.permissions) for role in models.Role.objects.all()}
    assert table == {str(code): permissions for code, permissions in ROLES.items()}
    assert frozenset().union(*ROLES.values()) == PERMISSIONS


@pytest.mark.parametrize("number", [1, 50])
def test_the_list_of_persons_takes_three_statements(
    organisation: CastOrganisation, alice: Actor, django_assert_num_queries: Counting, number: int
) -> None:
    staff(organisation, number)
    with django_assert_num_queries(3):
        page = queries.persons(PersonFilter(), number=1, size=100, actor=alice, now=NOON)
    assert page.total == number + 1
    assert [row.name for row in page.rows] == sorted(row.name for row in page.rows)


def test_a_list_is_cut_down_by_text_unit_role_and_state(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, dora: Actor
) -> None:
    def names(**wanted: object) -> list[str]:
        page = queries.persons(
            PersonFilter(**wanted),  # type: ignore[arg-type]  # named by the test
            number=1,
            size=50,
            actor=alice,
            now=NOON,
        )
        return [row.name.split()[0] for row in page.rows]

    models.Person.objects.filter(pk=charlie.person_id).update(is_active=False)
    models.Person.objects.filter(pk=dora.person_id).update(password="!")
    assert names() == ["Alice", "Bob", "Charlie", "Dora"]
    assert names(text="BIRN") == names(text="bob@") == ["Bob"]
    assert names(units=(organisation.operations, organisation.sales)) == ["Bob", "Charlie"]
    assert names(roles=("incident_responder", "internal_auditor")) == ["Bob", "Dora"]
    assert names(states=(PersonState.DEACTIVATED,)) == ["Charlie"]
    assert names(states=(PersonState.INVITED, PersonState.DEACTIVATED)) == ["Charlie", "Dora"]
    assert names(states=(PersonState.ACTIVE,)) == ["Alice", "Bob"]


def test_a_reader_sees_the_persons_of_their_units_only(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor
) -> None:
    reader = hire("Rita Roth", unit_id=organisation.operations, roles=(("security_officer", organisation.operations),))
    page = queries.persons(PersonFilter(), number=1, size=50, actor=reader, now=NOON)
    assert {row.name for row in page.rows} == {"Bob Birnbaum", "Rita Roth"}
    assert charlie.person_id is not None
    with pytest.raises(NotFound):
        queries.person(charlie.person_id, actor=reader, now=NOON)
    assert {unit.name for unit in queries.units_tree(actor=reader)} == {"Operations", "Night shift"}
    with pytest.raises(NotFound):
        queries.unit(organisation.sales, actor=reader)


def test_roles_in_units_that_the_reader_may_not_see_are_counted_but_not_shown(
    organisation: CastOrganisation,
) -> None:
    seen = hire(
        "Sven Sand",
        unit_id=organisation.operations,
        roles=(("employee", organisation.operations), ("administrator", organisation.root)),
    )
    reader = hire("Rita Roth", unit_id=organisation.operations, roles=(("security_officer", organisation.operations),))
    assert seen.person_id is not None
    view = queries.person(seen.person_id, actor=reader, now=NOON)
    assert ([grant.role for grant in view.grants], view.hidden_grants) == (["employee"], 1)
    (row,) = queries.persons(PersonFilter(text="Sven"), number=1, size=50, actor=reader, now=NOON).rows
    assert row.roles == ("employee",)


def test_a_record_says_why_for_every_permission(organisation: CastOrganisation, alice: Actor, bob: Actor) -> None:
    assert bob.person_id is not None
    models.Grant.objects.create(
        person_id=bob.person_id,
        role_id="administrator",
        unit_id=organisation.sales,
        granted_at=NOON,
        expires_at=NOON,
    )
    view = queries.person(bob.person_id, actor=alice, now=NOON)
    assert [grant.is_expired for grant in view.grants] == [True, False]
    assert {reason.permission for reason in view.why} == set(ROLES[RoleCode.INCIDENT_RESPONDER])
    assert {(reason.role, reason.unit_name, reason.units_below) for reason in view.why} == {
        ("incident_responder", "Operations", 1)
    }


def test_the_tree_lists_parents_before_children(
    organisation: CastOrganisation, alice: Actor, django_assert_num_queries: Counting
) -> None:
    with django_assert_num_queries(1):
        rows = queries.units_tree(actor=alice)
    assert [(row.name, row.depth) for row in rows] == [
        ("Nordhafen Works", 0),
        ("Operations", 1),
        ("Night shift", 2),
        ("Sales", 1),
    ]
    assert rows[2].levels == range(2)
    assert all(row.may_manage for row in rows)


def test_holders_are_those_who_may_in_a_unit_or_above(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor, dora: Actor
) -> None:
    def first_names(permission: str, unit_id: UnitId) -> list[str]:
        return [name.split()[0] for _person, name in queries.holders(permission, unit_id, now=NOON)]

    assert first_names("incidents.respond", organisation.night_shift) == ["Alice", "Bob"]
    assert first_names("incidents.respond", organisation.sales) == ["Alice"]
    assert first_names("incidents.read", organisation.sales) == ["Alice", "Dora"]
    models.Grant.objects.filter(person_id=bob.person_id).update(expires_at=NOON)
    assert first_names("incidents.respond", organisation.night_shift) == ["Alice"]
    assert len(queries.holders("incidents.respond", organisation.sales, now=NOON + timedelta(days=1))) == 1


def test_names_are_known_of_those_who_left_too(alice: Actor, bob: Actor) -> None:
    models.Person.objects.filter(pk=bob.person_id).update(is_active=False)
    assert bob.person_id is not None
    assert alice.person_id is not None
    known = queries.names([alice.person_id, bob.person_id, uuid4()])
    assert known == {alice.person_id: "Alice Amsel", bob.person_id: "Bob Birnbaum"}


def test_before_the_set_up_there_is_no_organisation(db: None) -> None:
    assert queries.organisation() is None
    assert not queries.is_set_up()
