"""A joiner confirms on a phone, and the pages of duties in a real browser: accessible, and quiet in the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, ViewportSize, expect

from browsing import IN_BROWSER, PHONE, WIDE, faults_of, keep, listen, look, wear, window
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.policies import commands, models
from burgrave.policies.terms.acknowledging import Cadence, Question, Quiz
from burgrave.policies.terms.exceptions import ExceptionFacts, RiskLevel
from burgrave.policies.terms.runs import RunFacts
from burgrave.policies.tests.duty_house import EVERYBODY, document, publish, work
from burgrave.web.terms import Actor

if TYPE_CHECKING:
    from django.test import Client

TEXT = """# Passwords

A password protects what only you may do. It is yours alone.

## Length

1. Everybody shall use at least 14 characters.
2. Everybody shall report a lost password within one hour.
"""

pytestmark = [
    *IN_BROWSER,
    pytest.mark.slow,
]


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
    said: list[str],
) -> None:
    furnish(organisation, alice)
    joiner = hire("Jana Jung", unit_id=organisation.sales)
    assert joiner.person_id
    commands.note_newcomer(joiner.person_id, now=timezone.now())
    work(now=timezone.now() + timedelta(seconds=1))
    context = window(browser, live_server.url, client=client_of(joiner), viewport=PHONE)
    page = listen(context.new_page(), said)
    page.goto("/me/policies/")
    expect(page.get_by_text("0 of 1 confirmed")).to_be_visible()
    assert faults_of(page, "/me/policies/") == []
    page.get_by_role("link", name="Passwords").click()
    expect(page.get_by_text("Everybody shall use at least 14 characters.")).to_be_visible()
    assert faults_of(page, "the text") == []
    page.get_by_label("8", exact=True).check()
    page.get_by_role("button", name="I have read this and know it").click()
    expect(page.get_by_text("0 of 1 answers are right")).to_be_visible()
    page.get_by_label("14", exact=True).check()
    page.get_by_role("button", name="I have read this and know it").click()
    expect(page.get_by_text("1 of 1 confirmed")).to_be_visible()
    expect(page.get_by_text("Your confirmation is on record.")).to_be_visible()
    digest = models.Version.objects.get(document__number="POL-01").digest
    assert models.Ask.objects.get(person_id=joiner.person_id).confirmed_digest == digest
    # The browser itself notes an answer of 409.
    assert [line for line in said if "409" not in line] == []
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
    said: list[str],
    theme: str,
    language: str,
    viewport: ViewportSize,
) -> None:
    _found, addresses = furnish(organisation, alice)
    context = window(browser, live_server.url, client=client_of(alice), viewport=viewport)
    wear(context, live_server.url, look(theme=theme, language=language))
    page = listen(context.new_page(), said)
    for place, address in enumerate(addresses):
        answer = page.goto(address)
        assert answer
        assert answer.status == 200, address
        keep(page, f"duties-{viewport['width']}-{theme}-{place:02}")
        assert faults_of(page, address) == []
    assert said == []
    context.close()
