"""Several persons at once, on real connections."""

from __future__ import annotations

import pytest

from burgrave.assets import commands, models
from burgrave.assets.terms import AssetId, DependencyKind, Need
from burgrave.assets.tests.house import system
from burgrave.incidents.tests.test_concurrency import at_once
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.terms import Actor

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_number_is_given_twice_when_many_add_at_once(organisation: CastOrganisation, alice: Actor) -> None:
    def add(place: int) -> None:
        commands.add_asset(system(f"Host {place}", organisation.operations), actor=alice, now=NOON)

    at_once(8, add)
    assert sorted(models.Asset.objects.values_list("number", flat=True)) == list(range(1, 9))


def test_what_many_classify_at_once_all_flows_down(organisation: CastOrganisation, alice: Actor) -> None:
    support = commands.add_asset(system("Support", organisation.operations), actor=alice, now=NOON)
    dependents: list[AssetId] = []
    for place in range(6):
        made = commands.add_asset(system(f"Host {place}", organisation.operations), actor=alice, now=NOON)
        commands.link(made, support, DependencyKind.RUNS_ON, actor=alice, now=NOON)
        dependents.append(made)

    def assess(place: int) -> None:
        need = Need(
            confidentiality=4 if place == 1 else 1,
            integrity=3 if place == 2 else 0,
            availability=2 if place == 3 else 0,
        )
        commands.classify(dependents[place], need, version=1, actor=alice, now=NOON)

    at_once(6, assess)
    row = models.Asset.objects.get(pk=support)
    assert (row.need_confidentiality, row.need_integrity, row.need_availability) == (4, 3, 2)
