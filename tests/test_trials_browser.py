"""Trials of correlations in a real browser: from the form to what was found, beside what is enabled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize, expect

from accessibility import violations
from browsing import IN_BROWSER, PHONE, WIDE, listen, look, wear, window
from burgrave.detection import commands
from burgrave.detection.terms import Act
from burgrave.detection.tests.house import imported, rule_id
from burgrave.detection.tests.test_correlations import correlation, ids, named
from burgrave.detection.tests.test_trials import asked, work
from burgrave.detection.tests.test_trials_of_correlations import events_of, many
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.web.terms import Actor

if TYPE_CHECKING:
    from django.test import Client


pytestmark = [
    *IN_BROWSER,
    pytest.mark.slow,
]


def furnish(organisation: CastOrganisation, alice: Actor, emil: Actor) -> None:
    """A correlation is enabled, another text of it waits, and events are kept that each finds in its own way."""
    users = ["ann"] * 4 + ["svc-backup@subsidiary.example.org"] * 2 + ["CORP\\an.administrator.with.a.long.name"] * 7
    events_of(organisation.root, *users)
    imported({"a.yml": named("Alpha", "alpha"), "m.yml": many(3)}, actor=alice)
    known = ids()
    commands.decide([known["Alpha"], known["Many"]], Act.APPROVE, Act.ENABLE, actor=emil, now=timezone.now())
    waiting = {
        "a.yml": named("Alpha", "alpha"),
        "m.yml": many(2),
        "l.yml": correlation("Refers to a rule that is not there", "nobody"),
        "b.yml": many(1).replace("Many", "Another").replace(rule_id("Many"), rule_id("Another")),
    }
    imported(waiting, actor=alice)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("theme", "language", "viewport"),
    [("light", "en", WIDE), ("dark", "zh-hans", PHONE)],
    ids=["wide", "dark and Chinese on a phone"],
)
def test_a_correlation_is_tried_and_compared_on_pages_that_read_well(
    organisation: CastOrganisation,
    alice: Actor,
    client_of: Callable[[Actor], Client],
    live_server: Any,
    browser: Browser,
    said: list[str],
    settings: Any,
    tmp_path: Path,
    theme: str,
    language: str,
    viewport: ViewportSize,
) -> None:
    settings.BURGRAVE_EVENTS = tmp_path / "events"
    emil = hire("Emil Eder", unit_id=organisation.root, roles=(("security_officer", organisation.root),))
    furnish(organisation, alice, emil)
    context = window(browser, live_server.url, client=client_of(emil), viewport=viewport)
    wear(context, live_server.url, look(theme=theme, language=language))
    page = listen(context.new_page(), said)
    key = ids()["Many"]

    page.goto(f"/detection/library/{key}/")
    well(page, tmp_path / "rule.png")
    page.locator("#trial button[type=submit]").click()
    page.wait_for_url("**/detection/trials/**")
    well(page, tmp_path / "waiting.png")
    work()
    expect(page.locator("#against")).to_be_visible(timeout=30_000)  # the page follows the work by itself
    expect(page.locator("#events tbody tr")).to_have_count(3)
    assert page.locator("#events .tag").count() == 1
    page.locator("#by-day .chart-caption").scroll_into_view_if_needed()
    page.mouse.wheel(0, 300)
    expect(page.locator("#by-day .chart text", has_text="3").first).to_be_in_viewport()
    well(page, tmp_path / "tried.png")
    page.goto(f"/detection/library/{key}/")
    well(page, tmp_path / "rule-tried.png")

    trial_id = asked(*ids().values(), actor=emil)
    work()
    page.goto(f"/detection/trials/{trial_id}/")
    well(page, tmp_path / "trial.png")
    page.goto(f"/detection/trials/{trial_id}/{ids()['Refers to a rule that is not there']}/")
    well(page, tmp_path / "fault.png")
    page.goto("/detection/trials/")
    well(page, tmp_path / "trials.png")
    assert [line for line in said if "ransition was" not in line] == []  # as a page refreshes while it comes in
    context.close()


def well(page: Page, picture: Path) -> None:
    """Nothing is inaccessible, and nothing sticks out of the page."""
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=picture, full_page=True)
    assert violations(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than its window"
