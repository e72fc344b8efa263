from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.assets import commands as assets
from burgrave.assets.terms import DEFAULT_SCHEME, AssetFacts, AssetType, IdentifierKind, Need
from burgrave.incidents import models
from burgrave.incidents.tests.house import NOON, opened, raised
from burgrave.incidents.views.named import named_assets
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]


def test_an_alert_and_its_incident_name_the_asset_and_what_it_needs(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    (alert,) = raised(organisation.operations, titles=("Credential dump",))
    facts = AssetFacts(
        name="Payroll desk",
        type=AssetType.DEVICE,
        unit_id=organisation.operations,
        own=Need(confidentiality=4),
        identifiers=((IdentifierKind.FQDN, alert.computer),),
    )
    assets.add_asset(facts, actor=alice, now=NOON)
    case_id = opened(organisation.operations, alert, actor=alice)
    number = models.Case.objects.values_list("number", flat=True).get(pk=case_id)
    for address in (f"/alerts/{alert.pk}/", f"/incidents/{number}/"):
        page = client_of(alice).get(address).content.decode()
        assert "Payroll desk" in page, address
        assert "Very high" in page, address


def test_without_permission_or_computer_nothing_is_named_and_nothing_asked(
    organisation: CastOrganisation, alice: Actor
) -> None:
    stranger = hire("Sven", unit_id=organisation.operations, roles=())
    with CaptureQueriesContext(connection) as counted:
        assert named_assets(stranger, ["ws-7.corp"], scheme=DEFAULT_SCHEME) == ()
        assert named_assets(alice, ["", ""], scheme=DEFAULT_SCHEME) == ()
    assert len(counted) == 0
