"""The pages of roles, explanations, delegations and tokens in a real browser: accessible, quiet, as wide as the screen.

With ``BURGRAVE_SCREENSHOTS`` naming a folder, each is kept there as a picture.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from browsing import IN_BROWSER, faults_of_all, listen, look, wear, window
from burgrave.people import commands, models
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

pytestmark = [
    *IN_BROWSER,
]


def prepared(organisation: CastOrganisation, alice: Actor, bob: Actor) -> dict[str, str]:
    """One object of each kind, and the address of each page."""
    now = timezone.now()
    role = commands.make_role(
        name="Evidence reader",
        note="For colleagues of internal control who look at single cases.",
        permissions=frozenset({"assurance.read", "ledger.read", "incidents.read"}),
        actor=alice,
        now=now,
    )
    grant = models.Grant.objects.get(person_id=alice.person_id, role_id="head_of_security").pk
    commands.delegate(
        grant,
        email="bob@example.org",
        units=frozenset({organisation.sales}),
        permissions=frozenset({"incidents.close"}),
        begins_at=now,
        ends_at=now + timedelta(days=12),
        reason="Summer leave",
        actor=alice,
        now=now,
    )
    commands.make_token(
        name="Upload of the mail gateway",
        permissions=frozenset({"incidents.submit", "incidents.read"}),
        unit_id=organisation.operations,
        expires_at=now + timedelta(days=90),
        actor=alice,
        now=now,
    )
    asked = "/people/explain/?permission=incidents.close"
    return {
        "roles": "/people/roles/",
        "role": f"/people/roles/{role}/",
        "shipped": "/people/roles/incident_responder/",
        "make-role": "/people/roles/make/",
        "edit-role": f"/people/roles/{role}/edit/",
        "explain-empty": "/people/explain/",
        "explain-yes": f"{asked}&person=bob@example.org&unit={organisation.sales}",
        "explain-no": f"{asked}&person=bob@example.org&unit={organisation.night_shift}",
        "explain-who": f"{asked}&person=&unit={organisation.sales}",
        "move-unit": f"/people/units/{organisation.sales}/move/",
        "delegations": "/me/delegations/",
        "delegate": f"/me/delegations/of/{grant}/",
        "tokens": "/me/tokens/",
        "make-token": "/me/tokens/make/",
        "person": f"/people/{bob.person_id}/",
        "me": "/me/",
    }


@pytest.mark.parametrize(
    ("theme", "width", "language"),
    [("dark", 1280, "en"), ("light", 390, "zh-hans")],
    ids=["dark-wide-en", "light-phone-zh"],
)
def test_every_page_is_accessible_quiet_and_fits(
    browser: Browser,
    said: list[str],
    live_server: Any,
    organisation: CastOrganisation,
    alice: Actor,
    bob: Actor,
    client_of: Callable[[Actor], Client],
    theme: str,
    width: int,
    language: str,
) -> None:
    addresses = prepared(organisation, alice, bob)
    wishes = {"viewport": {"width": width, "height": 900}, "color_scheme": theme, "has_touch": width < 500}
    context = window(browser, live_server.url, client=client_of(alice), **wishes)
    wear(context, live_server.url, look(language=language))
    page = listen(context.new_page(), said)
    assert faults_of_all(page, addresses, picture=f"{theme}-{width}-{language}") == []
    assert said == []
    context.close()
