"""A joiner confirms on a phone, and the pages of duties in a real browser: accessible, and quiet in the console."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from accessibility import violations
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.policies import commands, models
from burgrave.policies.terms.acknowledging import Cadence, Question, Quiz
from burgrave.policies.terms.exceptions import ExceptionFacts, RiskLevel
from burgrave.policies.terms.runs import RunFacts
from burgrave.policies.tests.duty_house import EVERYBODY, document, publish, work
from burgrave.web.terms import Actor

if TYPE_CHECKING:
    from django.test import Client

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
TEXT = """# Passwords

A password protects what only you may do. It is yours alone.

## Length

1. Everybody shall use at least 14 characters.
2. Everybody shall report a lost password within one hour.
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # The synchronous driver runs its own event loop in this thread; Django would take that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-quic"])
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def opened(browser: Browser, client: Client, url: str, *, viewport: ViewportSize, **chosen: str) -> BrowserContext:
    context = browser.new_context(viewport=viewport, base_url=url)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()} | chosen
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    return context


def must_be_sound(page: Page, address: str) -> None:
    assert violations(page) == [], address
    fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(fits), f"{address} is wider than the screen"


def furnish(organisation: CastOrganisation, actor: Actor) -> tuple[models.Document, list[str]]:
    """Something on every page. Returns the document that is asked of everybody, and the addresses."""
    now = timezone.now()
    found = document(organisation.root)
    version = publish(found, TEXT)
    commands.set_quiz(
        version.pk,
        Quiz(questions=(Question(text="How long?", choices=("8", "14"), right=frozenset({1})),), pass_mark=1),
        actor=actor,
        now=now,
    )
    commands.set_audience(found.pk, EVERYBODY, Cadence(), version=0, actor=actor, now=now)
    models.Clause.objects.create(
        version=version, language="en", ordinal=1, identifier="ID-03", text="at least 14 characters", modality="shall"
    )
    procedure = document(organisation.root, number="PRC-02", kind="procedure", title="Restore")  # type: ignore[arg-type]
    models.Clause.objects.create(
        version=publish(procedure),
        language="en",
        ordinal=1,
        identifier="S-1",
        text="Restore the mail.",
        modality="instruction",
        is_step=True,
    )
    models.Version.objects.update(effective_on=timezone.localdate())
    work(now=now + timedelta(seconds=1))
    today = timezone.localdate()
    exception = commands.request_exception(
        ExceptionFacts(
            document_id=found.pk,
            clause="ID-03",
            unit_id=organisation.root,
            assets=(),
            justification="The press takes 8 characters only.",
            risk=RiskLevel.LOW,
            compensation="",
            starts_on=today,
            ends_on=today + timedelta(days=30),
        ),
        actor=actor,
        now=now,
    )
    run = commands.start_run(
        RunFacts(document_id=procedure.pk, unit_id=organisation.root, starts_on=today, due_on=today),
        actor=actor,
        now=now,
    )
    return found, [
        "/me/policies/",
        f"/me/policies/{found.pk}/",
        "/policies/acknowledgements/",
        "/policies/acknowledgements/people/",
        f"/policies/{found.pk}/audience/",
        f"/policies/versions/{version.pk}/quiz/",
        "/policies/exceptions/",
        f"/policies/exceptions/ask/?document={found.pk}",
        f"/policies/exceptions/{exception}/",
        "/policies/runs/",
        "/policies/runs/start/",
        "/policies/runs/rhythm/",
        f"/policies/runs/{run}/",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_joiner_reads_answers_and_confirms_on_a_phone(
    organisation: CastOrganisation,
    alice: Actor,
    client_of: Callable[[Actor], Client],
    live_server: Any,
    browser: Browser,
) -> None:
    furnish(organisation, alice)
    joiner = hire("Jana Jung", unit_id=organisation.sales)
    assert joiner.person_id
    commands.note_newcomer(joiner.person_id, now=timezone.now())
    work(now=timezone.now() + timedelta(seconds=1))
    context = opened(browser, client_of(joiner), live_server.url, viewport=PHONE)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto("/me/policies/")
    expect(page.get_by_text("0 of 1 confirmed")).to_be_visible()
    must_be_sound(page, "/me/policies/")
    page.get_by_role("link", name="Passwords").click()
    expect(page.get_by_text("Everybody shall use at least 14 characters.")).to_be_visible()
    must_be_sound(page, "the text")
    page.get_by_label("8", exact=True).check()
    page.get_by_role("button", name="I have read this and know it").click()
    expect(page.get_by_text("0 of 1 answers are right")).to_be_visible()
    page.get_by_label("14", exact=True).check()
    page.get_by_role("button", name="I have read this and know it").click()
    expect(page.get_by_text("1 of 1 confirmed")).to_be_visible()
    expect(page.get_by_text("Your confirmation is on record.")).to_be_visible()
    digest = models.Version.objects.get(document__number="POL-01").digest
    assert models.Ask.objects.get(person_id=joiner.person_id).confirmed_digest == digest
    # The browser itself notes an answer of 409, and that a second navigation cuts off the transition of the first.
    assert [line for line in said if "409" not in line and line != "Transition was skipped"] == []
    context.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("theme", "language", "viewport"),
    [("light", "en", WIDE), ("dark", "zh-hans", PHONE)],
    ids=["wide", "dark, Chinese, phone"],
)
def test_every_page_is_accessible_and_the_console_stays_empty(
    organisation: CastOrganisation,
    alice: Actor,
    client_of: Callable[[Actor], Client],
    live_server: Any,
    browser: Browser,
    theme: str,
    language: str,
    viewport: ViewportSize,
) -> None:
    _found, addresses = furnish(organisation, alice)
    chosen = {"burgrave_theme": theme, "django_language": language}
    context = opened(browser, client_of(alice), live_server.url, viewport=viewport, **chosen)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for place, address in enumerate(addresses):
        answer = page.goto(address)
        assert answer
        assert answer.status == 200, address
        if shots := os.environ.get("BURGRAVE_SHOTS"):
            page.screenshot(path=f"{shots}/{viewport['width']}-{theme}-{place:02}.png", full_page=True)
        must_be_sound(page, address)
    assert said == []
    context.close()
