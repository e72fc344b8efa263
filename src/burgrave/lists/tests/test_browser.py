"""The search and the palette in a real browser: by keyboard, accessible, and quiet in the console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from accessibility import violations
from browsing import DRESSED, DRESSES, IN_BROWSER, WIDE, keep, listen, look, wear, window
from burgrave.lists import commands
from burgrave.lists.terms import Entry
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

pytestmark = [
    *IN_BROWSER,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def tab(
    browser: Browser,
    live_server: LiveServer,
    organisation: CastOrganisation,
    alice: Actor,
    client_of: Callable[[Actor], Client],
    said: list[str],
) -> Iterator[Page]:
    titles = (("AST-000001", "Payroll server", "hr-01 工资系统"), ("AST-000002", "工资系统", "payroll"))
    commands.index(
        Entry(
            kind="assets.asset",
            object_id=uuid4(),
            unit_id=organisation.operations,
            identifier=identifier,
            title=title,
            text=text,
        )
        for identifier, title, text in titles
    )
    context = window(browser, live_server.url, client=client_of(alice))
    yield listen(context.new_page(), said)
    context.close()


@pytest.mark.parametrize(("theme", "viewport", "language"), DRESSES, ids=DRESSED)
def test_the_search_has_no_accessibility_violation_and_an_empty_console(
    tab: Page, live_server: LiveServer, said: list[str], theme: str, viewport: ViewportSize, language: str
) -> None:
    tab.set_viewport_size(viewport)
    tab.goto("/search/?q=payroll")
    wear(tab.context, live_server.url, look(theme=theme, language=language))
    tab.goto("/search/?q=payroll")
    expect(tab.locator(".hits li")).to_have_count(2)
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    keep(tab, f"search-{viewport['width']}-{theme}-{language}")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("工资")
    expect(tab.locator("#palette-list [role=option]")).to_have_count(3)
    assert violations(tab) == []
    keep(tab, f"palette-{viewport['width']}-{theme}-{language}")
    assert said == []


def test_the_palette_is_worked_by_keys_alone(tab: Page, said: list[str]) -> None:
    tab.goto("/me/")
    tab.keyboard.press("/")
    field = tab.get_by_role("combobox", name="Search or do something")
    expect(field).to_be_focused()
    expect(tab.get_by_role("option", name="Alerts Detect and respond")).to_be_visible()
    field.fill("add an as")
    expect(tab.locator("#palette-list [aria-selected=true]")).to_have_text("Add an asset")
    active = field.get_attribute("aria-activedescendant")
    assert active
    assert tab.locator("#palette-list [aria-selected=true]").get_attribute("id") == active
    tab.keyboard.press("ArrowDown")
    expect(tab.locator("#palette-list [aria-selected=true]")).to_contain_text("Show all")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/assets/add/")
    tab.wait_for_load_state("networkidle")
    tab.keyboard.press("Meta+k")
    expect(tab.locator("#palette")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.locator("#palette")).to_be_hidden()
    assert said == []


def test_typing_on_the_page_of_the_search_narrows_it(tab: Page, said: list[str]) -> None:
    tab.goto("/search/")
    tab.locator("#found-search").fill("工资系统")
    expect(tab.locator(".hits li")).to_have_count(2)
    expect(tab.locator(".hits mark").first).to_have_text("工资系统")
    assert "q=" in tab.url
    assert said == []


def test_without_a_script_the_field_above_leads_to_the_search(
    browser: Browser, tab: Page, live_server: LiveServer
) -> None:
    tab.goto("/me/")
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, viewport=WIDE)
    context.add_cookies(tab.context.cookies())  # type: ignore[arg-type]  # what it gives it takes
    plain = context.new_page()
    plain.goto("/me/")
    plain.locator("#top-search").fill("payroll")
    plain.keyboard.press("Enter")
    expect(plain.locator(".hits li")).to_have_count(2)
    context.close()
