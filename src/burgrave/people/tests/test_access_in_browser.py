"""The pages of roles, explanations, delegations and tokens in a real browser: accessible, quiet, as wide as the screen.

With ``BURGRAVE_SCREENSHOTS`` naming a folder, each is kept there as a picture.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright

from accessibility import violations
from burgrave.people import commands, models
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine"),
]
ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"]


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


def faults_of(page: Page, name: str) -> list[str]:
    found = [f"{name}: {fault}" for fault in violations(page)]
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found + ([f"{name}: {overflow} px wider than the screen"] if overflow > 0 else [])


@pytest.mark.parametrize(
    ("theme", "width", "language"),
    [("light", 1280, "en"), ("dark", 390, "en"), ("dark", 1280, "zh-hans"), ("light", 390, "zh-hans")],
    ids=["light-wide-en", "dark-phone-en", "dark-wide-zh", "light-phone-zh"],
)
def test_every_page_is_accessible_quiet_and_fits(
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
    cookies = {name: morsel.value for name, morsel in client_of(alice).cookies.items()} | {"django_language": language}
    noise: list[str] = []
    faults: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,  # type: ignore[arg-type]  # one of the two that are listed above
            has_touch=width < 500,
        )
        context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
        page = context.new_page()
        page.on("console", lambda message: noise.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: noise.append(str(error)))
        for name, address in addresses.items():
            answer = page.goto(live_server.url + address, wait_until="load")
            if answer is None or answer.status != 200:
                faults.append(f"{name}: {answer.status if answer else 'no answer'}")
            faults += faults_of(page, name)
            if folder := os.environ.get("BURGRAVE_SCREENSHOTS"):
                page.screenshot(path=Path(folder) / f"{name}-{theme}-{width}-{language}.png", full_page=True)
        browser.close()
    assert faults == []
    assert noise == []
