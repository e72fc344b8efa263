"""The pages that draw charts and hand out reports in a real browser: accessible, quiet, as wide as the screen.

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
from burgrave.assets import commands as assets
from burgrave.assets.terms import AssetFacts, AssetId, AssetType, DependencyKind, Need
from burgrave.incidents import commands, models, queries
from burgrave.incidents.terms import Level
from burgrave.incidents.tests.house import event_file, found_events, opened, read, rule
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

pytestmark = [
    *IN_BROWSER,
]
TITLES = (("Credential dump", Level.CRITICAL), ("计划任务可疑", Level.HIGH), ("Event log cleared", Level.MEDIUM))


def estate(organisation: CastOrganisation, alice: Actor) -> AssetId:
    """A service on three floors of supports, one of them in a circle; the database is answered."""
    now = timezone.now()

    def add(name: str, kind: AssetType, **need: int) -> AssetId:
        facts = AssetFacts(name=name, type=kind, unit_id=organisation.operations, own=Need(**need))
        return assets.add_asset(facts, actor=alice, now=now)

    orders = add("Order handling", AssetType.BUSINESS_PROCESS, availability=4)
    customers = add("客户数据", AssetType.INFORMATION, confidentiality=4, integrity=3)
    erp = add("ERP production", AssetType.SERVICE, integrity=2)
    database = add("Database cluster of the head office", AssetType.SYSTEM)
    directory = add("Directory", AssetType.SERVICE)
    host = add("Hypervisor north", AssetType.DEVICE)
    room = add("Data centre north", AssetType.LOCATION)
    for dependent, kind, support in (
        (orders, DependencyKind.DEPENDS_ON, erp),
        (customers, DependencyKind.STORED_ON, database),
        (erp, DependencyKind.DEPENDS_ON, database),
        (erp, DependencyKind.DEPENDS_ON, directory),
        (directory, DependencyKind.DEPENDS_ON, erp),
        (database, DependencyKind.RUNS_ON, host),
        (directory, DependencyKind.RUNS_ON, host),
        (host, DependencyKind.LOCATED_IN, room),
    ):
        assets.link(dependent, support, kind, actor=alice, now=now)
    return database


def incident(organisation: CastOrganisation, alice: Actor) -> str:
    """An incident with three alerts of two weeks and two entries."""
    now = timezone.now()
    for place, (title, level) in enumerate(TITLES):
        version = rule(title, level=level)
        for day in range(0, 14, place + 2):
            found = found_events([version], [0, 5 + day], computer=f"WS-{day}.corp")
            read(event_file(organisation.operations), found, now=now - timedelta(days=day, hours=1))
    alerts = models.Alert.objects.order_by("-raised_at", "pk")[:3]
    case_id = opened(organisation.operations, *alerts, actor=alice)
    for minutes, text in ((90, "The host was taken off the network"), (30, "所有口令已重置")):
        at = now - timedelta(minutes=minutes)
        commands.add_timeline_entry(case_id, at=at, text=text, actor=alice, now=now)
    models.Case.objects.filter(pk=case_id).update(opened_at=now - timedelta(hours=2))
    return queries.case(case_id, actor=alice).case.number


@pytest.mark.parametrize(
    ("theme", "width", "language"),
    [("light", 1280, "en"), ("dark", 390, "zh-hans")],
    ids=["light-wide-en", "dark-phone-zh"],
)
def test_every_page_with_a_chart_is_accessible_quiet_and_fits(
    browser: Browser,
    said: list[str],
    live_server: Any,
    organisation: CastOrganisation,
    alice: Actor,
    client_of: Callable[[Actor], Client],
    theme: str,
    width: int,
    language: str,
) -> None:
    database, number = estate(organisation, alice), incident(organisation, alice)
    addresses = {
        "home": "/",
        "incident": f"/incidents/{number}/",
        "asset": f"/assets/{database}/",
        "map": f"/assets/{database}/map/?depth=4",
        "board": "/assets/board/",
        "people": "/people/",
    }
    wishes = {"viewport": {"width": width, "height": 900}, "color_scheme": theme, "has_touch": width < 500}
    context = window(browser, live_server.url, client=client_of(alice), **wishes)
    wear(context, live_server.url, look(language=language))
    page = listen(context.new_page(), said)
    assert faults_of_all(page, addresses, picture=f"{theme}-{width}-{language}") == []
    page.goto("/assets/board/")
    page.locator("details.menu summary", has_text="登记册" if language != "en" else "Asset register").click()
    with page.expect_download() as caught:
        page.get_by_role("button", name="PDF").click()
    assert caught.value.path().read_bytes().startswith(b"%PDF-1.7")
    assert said == []
    context.close()
