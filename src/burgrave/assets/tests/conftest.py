from __future__ import annotations

import pytest

from burgrave.assets import commands
from burgrave.assets.terms import AssetId, AssetType, DependencyKind, Need
from burgrave.assets.tests.house import system
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.terms import Actor


@pytest.fixture
def estate(organisation: CastOrganisation, alice: Actor) -> dict[str, AssetId]:
    """Payroll runs on a server in a room; the room and the server belong to Operations, the payroll to Sales."""
    made = {
        "payroll": commands.add_asset(
            system("Payroll", organisation.sales, type=AssetType.SERVICE, own=Need(confidentiality=3, availability=2)),
            actor=alice,
            now=NOON,
        ),
        "server": commands.add_asset(
            system("Server", organisation.operations, own=Need(integrity=1)), actor=alice, now=NOON
        ),
        "room": commands.add_asset(
            system("Room", organisation.operations, type=AssetType.LOCATION), actor=alice, now=NOON
        ),
    }
    commands.link(made["payroll"], made["server"], DependencyKind.RUNS_ON, actor=alice, now=NOON)
    commands.link(made["server"], made["room"], DependencyKind.LOCATED_IN, actor=alice, now=NOON)
    return made
