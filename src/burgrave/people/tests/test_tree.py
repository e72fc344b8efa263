from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.models import Q
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from burgrave.people import commands, models, queries, rules
from burgrave.people.errors import UnitCycle, UnitNameTaken
from burgrave.people.terms import UnitId, UnitNode
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import Forbidden, StaleEdit
from burgrave.web.terms import Actor, system_actor

Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]
UNITS = [UnitId(UUID(int=number)) for number in range(1, 9)]


def nodes(parents: list[int | None]) -> list[UnitNode]:
    return [
        UnitNode(unit_id=UNITS[n], parent_id=None if parent is None else UNITS[parent])
        for n, parent in enumerate(parents)
    ]


@given(st.lists(st.one_of(st.none(), st.integers(0, 7)), min_size=8, max_size=8))
def test_no_graph_of_parents_hangs_and_what_hangs_on_a_cycle_is_nowhere(parents: list[int | None]) -> None:
    tree = rules.tree_of(nodes(parents))
    for number, unit in enumerate(UNITS):
        step, seen = number, set()
        while parents[step] is not None and step not in seen:
            seen.add(step)
            step = parents[step]  # type: ignore[assignment]  # the loop has asked
        stands = parents[step] is None
        assert (tree.above[unit][:1] == (unit,)) is stands
        assert (unit in tree.below(unit)) is stands
        assert all(unit in tree.below(upper) for upper in tree.above[unit])


def test_the_common_part_of_two_units_is_the_lower_one_or_nothing() -> None:
    tree = rules.tree_of(nodes([None, 0, 1, 0, None, None, None, None]))
    assert tree.common(UNITS[0], UNITS[2]) == tree.common(UNITS[2], UNITS[0]) == UNITS[2]
    assert tree.common(UNITS[2], UNITS[3]) is None
    assert tree.tops([UNITS[2], UNITS[1], UNITS[3], uuid4()]) == {UNITS[1], UNITS[3]}  # type: ignore[list-item]  # an unknown unit
    assert tree.root is None


def test_a_reach_is_a_set() -> None:
    tree = rules.tree_of(nodes([None, 0, 1, 0, 3, 3, 3, 3]))
    reach = rules.Reach(tree, frozenset({UNITS[1]}))
    assert reach == {UNITS[1], UNITS[2]}
    assert (len(reach), bool(reach), reach.is_everything) == (2, True, False)
    assert reach | {UNITS[0]} == {UNITS[0], UNITS[1], UNITS[2]}
    assert "nothing" not in reach
    assert rules.Reach(tree, frozenset({UNITS[0]})).is_everything


def places() -> set[tuple[UUID, UUID]]:
    return set(models.Place.objects.values_list("unit_id", "upper_id"))


def expected_places() -> set[tuple[UUID, UUID]]:
    tree = queries.access.current_tree()
    return {(unit, upper) for unit, above in tree.above.items() for upper in above}


class TestMove:
    def test_access_follows_the_unit_and_the_record_says_where_from(
        self, organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Tail
    ) -> None:
        assert places() == expected_places()
        commands.move_unit(organisation.night_shift, parent_id=organisation.sales, version=1, actor=alice, now=NOON)
        assert places() == expected_places()
        assert bob.person_id is not None
        assert not queries.actor_of(bob.person_id, NOON).may("incidents.read", organisation.night_shift)
        commands.move_unit(organisation.sales, parent_id=organisation.operations, version=1, actor=alice, now=NOON)
        assert places() == expected_places()
        assert queries.actor_of(bob.person_id, NOON).may("incidents.read", organisation.night_shift)
        commands.move_unit(organisation.sales, parent_id=organisation.operations, version=2, actor=alice, now=NOON)
        assert ledger_tail() == ["people.unit_moved", "people.unit_moved"]

    @pytest.mark.parametrize("to", ["operations", "night_shift"])
    def test_a_unit_comes_below_nothing_that_stands_below_it(
        self, organisation: CastOrganisation, alice: Actor, ledger_tail: Tail, to: str
    ) -> None:
        with pytest.raises(UnitCycle, match="cannot stand below"):
            commands.move_unit(
                organisation.operations, parent_id=getattr(organisation, to), version=1, actor=alice, now=NOON
            )
        with pytest.raises(UnitCycle):
            commands.move_unit(organisation.root, parent_id=organisation.sales, version=1, actor=alice, now=NOON)
        assert ledger_tail() == []

    def test_both_places_must_be_managed_and_the_version_known(
        self, organisation: CastOrganisation, alice: Actor, ledger_tail: Tail
    ) -> None:
        with pytest.raises(StaleEdit):
            commands.move_unit(organisation.sales, parent_id=organisation.operations, version=7, actor=alice, now=NOON)
        both = tuple(("administrator", unit) for unit in (organisation.night_shift, organisation.sales))
        local = hire("Lena Lind", unit_id=organisation.sales, roles=both)
        with pytest.raises(Forbidden):
            commands.move_unit(organisation.night_shift, parent_id=organisation.sales, version=1, actor=local, now=NOON)
        assert ledger_tail() == []

    def test_two_of_one_name_never_stand_side_by_side(self, organisation: CastOrganisation, alice: Actor) -> None:
        commands.add_unit(name="sales", parent_id=organisation.operations, actor=alice, now=NOON)
        with pytest.raises(UnitNameTaken):
            commands.move_unit(organisation.sales, parent_id=organisation.operations, version=1, actor=alice, now=NOON)
        assert places() == expected_places()

    def test_the_page_moves_it(self, organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
        client, address = client_of(alice), f"/people/units/{organisation.sales}/move/"
        assert client.get(address).status_code == 200
        cycle = client.post(address, {"parent": str(organisation.sales), "version": "1"})
        assert cycle.status_code == 409
        sent = {"parent": str(organisation.operations), "version": "1"}
        assert client.post(address, sent)["Location"] == "/people/units/"
        assert models.Unit.objects.get(pk=organisation.sales).parent_id == organisation.operations


def test_many_units_at_once_have_their_places_too(organisation: CastOrganisation, alice: Actor) -> None:
    models.Unit.objects.bulk_create(
        models.Unit(name=f"Team {number}", parent_id=organisation.sales, changed_at=NOON) for number in range(5)
    )
    assert places() == expected_places()
    assert len(queries.actor_of(alice.person_id, NOON).units("people.read")) == 9  # type: ignore[arg-type]  # Alice is a person


def test_the_filter_names_tops_and_not_units(organisation: CastOrganisation, alice: Actor, bob: Actor) -> None:
    assert queries.within(alice, "people.read") == queries.within(system_actor(), "people.read") == Q()
    assert queries.within(bob, "people.manage") == Q(pk__in=())
    found = models.Unit.objects.filter(queries.within(bob, "incidents.read", "pk"))
    assert set(found.values_list("pk", flat=True)) == {organisation.operations, organisation.night_shift}
    statement = str(found.query)
    assert organisation.operations.hex in statement.replace("-", "")
    assert organisation.night_shift.hex not in statement.replace("-", "")


def test_a_rolled_back_change_of_the_tree_leaves_no_trace_in_the_cache(
    organisation: CastOrganisation, alice: Actor
) -> None:
    assert alice.person_id is not None
    with transaction.atomic():
        made = commands.add_unit(name="Gone", parent_id=organisation.sales, actor=alice, now=NOON)
        assert queries.actor_of(alice.person_id, NOON).may("people.read", made)
        transaction.set_rollback(True)
    other = commands.add_unit(name="Stays", parent_id=organisation.sales, actor=alice, now=NOON + timedelta(1))
    actor = queries.actor_of(alice.person_id, NOON)
    assert (actor.may("people.read", made), actor.may("people.read", other)) == (False, True)
