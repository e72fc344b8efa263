"""Writing, approving and looking back in a real browser: accessible and quiet, in both languages and themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from accessibility import violations
from browsing import IN_BROWSER, PHONE, WIDE, keep, listen, window
from burgrave.engines.norms import Language
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.policies import commands, models
from burgrave.policies.terms.drafts import Draft
from burgrave.policies.tests.house import BOTH, CHINESE, ENGLISH, ask, norm, published
from burgrave.web.terms import Actor

pytestmark = [
    *IN_BROWSER,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def tab(
    browser: Browser, live_server: LiveServer, alice: Actor, client_of: Callable[[Actor], Client], said: list[str]
) -> Iterator[Page]:
    context = window(browser, live_server.url, client=client_of(alice))
    yield listen(context.new_page(), said)
    context.close()


@pytest.fixture
def library(organisation: CastOrganisation, alice: Actor) -> dict[str, UUID]:
    """One document that was changed, one in review that asks Alice, and one that is being written."""
    root = organisation.root
    officer = hire("Paula Pappel", unit_id=root, roles=(("security_officer", root),))
    changed = norm(root, actor=officer)
    first = published(changed, by=officer, approver=alice, publisher=alice)
    later = NOON + timedelta(days=20)
    second = commands.begin_draft(changed, actor=officer, now=later)
    longer = {Language.ENGLISH: ENGLISH.replace("14", "16"), Language.CHINESE: CHINESE.replace("14", "16")}
    commands.save_draft(second, Draft(sources=longer, summary="16 now"), edition=1, actor=officer, now=later)
    published(changed, by=officer, approver=alice, publisher=alice, now=later)
    asked = norm(root, actor=officer, number="NRM-07")
    review = models.Version.objects.get(document_id=asked)
    commands.comment(review.pk, clause="ID-03", language=None, text="Why 14?", actor=alice, now=later)
    commands.submit(review.pk, ask((alice,)), edition=1, actor=officer, now=later)
    written = norm(root, actor=officer, number="NRM-08")
    draft = models.Version.objects.get(document_id=written)
    return {"changed": changed, "first": first, "second": second, "review": review.pk, "draft": draft.pk}


def addresses(library: dict[str, UUID]) -> dict[str, str]:
    code = models.Version.objects.get(pk=library["second"]).code
    return {
        "list": "/policies/",
        "document": f"/policies/{library['changed']}/",
        "signed": f"/policies/versions/{library['second']}/",
        "review": f"/policies/versions/{library['review']}/",
        "editor": f"/policies/versions/{library['draft']}/text/",
        "submit": f"/policies/versions/{library['draft']}/submit/",
        "redline": f"/policies/versions/{library['second']}/redline/",
        "as_of": "/policies/as-of/?on=2026-03-10",
        "lint": "/policies/lint/",
        "variables": "/policies/variables/",
        "starter": "/policies/starter/",
        "add": "/policies/add/",
        "verified": f"/policies/verify/{code}/",
    }


@pytest.mark.parametrize(
    ("language", "theme", "viewport"),
    [("en", "light", WIDE), ("zh-hans", "dark", PHONE)],
    ids=["English, light and wide", "Chinese, dark and on a phone"],
)
def test_every_page_is_accessible_and_quiet(
    tab: Page, said: list[str], library: dict[str, UUID], language: str, theme: str, viewport: ViewportSize
) -> None:
    tab.set_viewport_size(viewport)
    tab.goto("/policies/")
    address = tab.url.split("/policies")[0]
    for name, value in (("burgrave_theme", theme), ("django_language", language)):
        tab.context.add_cookies([{"name": name, "value": value, "url": address}])
    for name, place in addresses(library).items():
        tab.goto(place)
        keep(tab, f"policies-{name}-{language}-{theme}")
        assert violations(tab) == [], name
        wide: int = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"
    assert said == []


def test_the_preview_follows_what_is_typed(tab: Page, said: list[str], library: dict[str, UUID]) -> None:
    tab.goto(f"/policies/versions/{library['draft']}/text/")
    text = tab.get_by_label("Text in English")
    text.fill("# Passwords\n\nID-03 Passwords shall be appropriately long.\n")
    expect(tab.locator("#preview")).to_contain_text("A vague word")
    expect(tab.locator("#preview article").first).to_contain_text("Passwords shall be appropriately long.")
    text.fill(BOTH[Language.ENGLISH].replace("14", "15"))
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_text("The draft is saved.")).to_be_visible()
    expect(tab.locator("article").first).to_contain_text("15 characters")
    assert said == []


def test_an_approver_approves_on_the_page_of_the_text(tab: Page, said: list[str], library: dict[str, UUID]) -> None:
    tab.goto(f"/policies/versions/{library['review']}/")
    tab.get_by_role("button", name="Approve this text").click()
    expect(tab.get_by_text("The version is approved.")).to_be_visible()
    tab.on("dialog", lambda dialog: dialog.accept())
    tab.get_by_role("button", name="Sign and publish").click()
    expect(tab.get_by_text("The version is signed and in force.")).to_be_visible()
    assert said == []
