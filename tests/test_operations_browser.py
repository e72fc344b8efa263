"""The pages of the background work and of notifications in a real browser: accessible, and quiet in the console."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Browser, ViewportSize, expect, sync_playwright

from accessibility import violations
from burgrave.jobs import commands as jobs
from burgrave.jobs.terms import Args, Lease
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Recipients, Urgency, WebhookFacts, Words
from burgrave.people.tests_cast import CastOrganisation
from burgrave.site.wiring import SCHEDULES
from burgrave.web.terms import Actor

if TYPE_CHECKING:
    from django.test import Client

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}

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


def fail(_lease: Lease, _args: Args) -> None:
    raise ValueError("the disk is full")


def furnish(actor: Actor) -> list[str]:
    """Something on every page. Returns the addresses."""
    now = timezone.now()
    jobs.write_schedules(SCHEDULES, now=now)
    job_id = jobs.enqueue("incidents.read_event_file", {"event_file_id": "7"}, now=now, max_attempts=1)
    jobs.run_next({"incidents.read_event_file": fail}, worker="w/any", clock=lambda: now)
    jobs.beat("w", host="h", started_at=now, now=now)
    jobs.fire_now("jobs.prune", now=now)
    assert actor.person_id
    for urgency in Urgency:
        with transaction.atomic():
            notifications.notify(
                topic="incidents.opened",
                to=Recipients(persons=(actor.person_id,)),
                subject="incidents.case:1",
                words=Words(sentence="Incident %(number)s was opened", params={"number": "INC-2026-0001"}),
                link="/",
                urgency=urgency,
                now=now,
            )
    facts = WebhookFacts(name="Chat", url="https://hooks.example.org/")
    webhook = notifications.add_webhook(facts, actor=actor, now=now).webhook_id
    return [
        "/operations/",
        "/operations/jobs/",
        "/operations/jobs/?state=failed",
        f"/operations/jobs/{job_id}/",
        "/operations/schedules/",
        "/operations/schedules/jobs.prune/",
        "/operations/schedules/jobs.prune/change/",
        "/notifications/",
        "/me/notifications/",
        "/notifications/webhooks/",
        "/notifications/webhooks/add/",
        f"/notifications/webhooks/{webhook}/",
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("theme", "language", "viewport"),
    [("light", "en", WIDE), ("dark", "zh-hans", WIDE), ("light", "zh-hans", PHONE)],
    ids=["wide", "dark and Chinese", "phone"],
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
    context = browser.new_context(viewport=viewport, base_url=live_server.url)
    cookies = {name: morsel.value for name, morsel in client_of(alice).cookies.items()}
    cookies |= {"burgrave_theme": theme, "django_language": language}
    context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for address in furnish(alice):
        answer = page.goto(address)
        assert answer
        assert answer.status == 200, address
        assert violations(page) == [], address
        fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert page.evaluate(fits), f"{address} is wider than the screen"
    assert said == []
    page.goto("/notifications/")
    page.locator("main table form button").click()
    expect(page.locator("main table form button")).to_have_count(0)
    context.close()
