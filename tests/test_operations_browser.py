"""The pages of the background work and of notifications in a real browser: accessible, and quiet in the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Browser, ViewportSize, expect

from browsing import IN_BROWSER, PHONE, WIDE, faults_of, listen, look, wear, window
from burgrave.jobs import commands as jobs
from burgrave.jobs.terms import Args, Lease
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Recipients, Urgency, WebhookFacts, Words
from burgrave.people.tests_cast import CastOrganisation
from burgrave.site.wiring import SCHEDULES
from burgrave.web.terms import Actor

if TYPE_CHECKING:
    from django.test import Client


pytestmark = [
    *IN_BROWSER,
    pytest.mark.slow,
]


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
    [("dark", "en", WIDE), ("light", "zh-hans", PHONE)],
    ids=["wide and dark", "phone"],
)
def test_every_page_is_accessible_and_the_console_stays_empty(
    organisation: CastOrganisation,
    alice: Actor,
    client_of: Callable[[Actor], Client],
    live_server: Any,
    browser: Browser,
    said: list[str],
    theme: str,
    language: str,
    viewport: ViewportSize,
) -> None:
    context = window(browser, live_server.url, client=client_of(alice), viewport=viewport)
    wear(context, live_server.url, look(theme=theme, language=language))
    page = listen(context.new_page(), said)
    for address in furnish(alice):
        answer = page.goto(address)
        assert answer
        assert answer.status == 200, address
        assert faults_of(page, address) == []
    assert said == []
    page.goto("/notifications/")
    page.locator("main table form button").click()
    expect(page.locator("main table form button")).to_have_count(0)
    context.close()
