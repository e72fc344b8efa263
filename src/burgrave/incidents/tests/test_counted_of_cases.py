"""What correlations counted stands with the incident of their alerts: on its page, in its report, in the API."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pypdf import PdfReader

from burgrave.engines.sheets import read_table
from burgrave.incidents import models, queries, reports
from burgrave.incidents.handlers import correlating, rulebook
from burgrave.incidents.queries import counted as counted_queries
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.reports import Format
from burgrave.web.terms import Actor

from .house import NOON
from .house import opened as opened_case
from .test_correlated_reading import OPENED, opened, rules
from .test_reading import lines, received, work

if TYPE_CHECKING:
    from django.test import Client

    ClientOf = Callable[[Actor], Client]

TWELVE = OPENED.replace("gte: 3", "gte: 12")


@pytest.fixture(autouse=True)
def _rules_of_the_test_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, "loaded_rules", partial(rulebook.loaded_rules, shipped=tmp_path / "shipped"))


def incident(organisation: CastOrganisation, actor: Actor, *records: dict[str, object]) -> tuple[str, UUID]:
    """The number of an incident with all alerts of these events, and their file."""
    file_id = received(lines(*records), organisation.operations, actor)
    work()
    alerts = models.Alert.objects.filter(case=None)
    case_id = opened_case(organisation.operations, *alerts, actor=actor)
    return queries.case(case_id, actor=actor).case.number, file_id


def of_minutes(count: int) -> list[dict[str, object]]:
    """So many events within ten minutes, in which so many as twelve count."""
    return opened(*(minute // 2 for minute in range(count)))


def text_of(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


def test_the_page_of_the_incident_says_what_was_counted_and_leads_to_the_events(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf
) -> None:
    rules(home, opened=TWELVE)
    number, file_id = incident(organisation, bob, *of_minutes(15))
    page = client_of(bob).get(f"/incidents/{number}/").content.decode()
    alert = models.Alert.objects.get()
    assert f'<h3><a href="/alerts/{alert.pk}/">Three files opened</a> WS-7.corp</h3>' in page
    assert "12 events in 5 min · " in page
    assert "Measured: 12, the number of events of its rules. The rule asks for at least 12 within 10 min." in page
    assert page.count(f'<a href="/hunting/{file_id}/') == 10
    assert "The first 10 of 12 are shown; the page of the alert has more." in page
    assert "matches are shown" not in page
    assert "alerts of correlations" not in page


def test_who_may_not_hunt_is_led_to_the_file(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burgrave.incidents.views.cases.HUNT", "events.of_nobody")
    rules(home, opened=OPENED)
    number, file_id = incident(organisation, bob, *opened(1, 2, 3))
    page = client_of(bob).get(f"/incidents/{number}/").content.decode()
    assert page.count(f'<a href="/events/{file_id}/"><time ') == 3


def test_an_incident_of_plain_alerts_says_nothing_of_it(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf
) -> None:
    rules(home, opened=OPENED.split("---")[0])
    number, _ = incident(organisation, bob, *opened(1, 2, 3))
    assert "What correlations counted" not in client_of(bob).get(f"/incidents/{number}/").content.decode()
    assert "What correlations counted" not in text_of(reports.incident(Format.PDF, number, actor=bob, now=NOON).data)
    with CaptureQueriesContext(connection) as asked:
        detail = queries.numbered_case(number, actor=bob)
        assert queries.with_counted(detail) == detail
    assert len(asked) == 3


def test_few_matches_of_few_alerts_are_shown_and_the_rest_is_counted(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five matches on WS-7, 20 minutes apart, and one on each of two others."""
    monkeypatch.setattr(counted_queries, "ALERTS_OF_CASE", 2)
    rules(home, opened=OPENED.replace("gte: 3", "gte: 1"))
    records = [*opened(*range(0, 100, 20)), *opened(1, computer="A"), *opened(2, computer="B")]
    number, _ = incident(organisation, bob, *records)
    detail = queries.with_counted(queries.numbered_case(number, actor=bob))
    assert [(each.computer, each.matches, len(each.first)) for each in detail.counted] == [
        ("WS-7.corp", 5, 3),
        ("A", 1, 1),
    ]
    began = [match.counted.began_at for match in detail.counted[0].first]
    assert began == sorted(began)
    page = client_of(bob).get(f"/incidents/{number}/").content.decode()
    assert "The first 3 of 5 matches are shown; the page of the alert has more." in page
    assert "Of 3 alerts of correlations 2 are shown here." in page
    text = text_of(reports.incident(Format.PDF, number, actor=bob, now=NOON).data)
    assert "2 more matches of this alert are not listed." in text
    assert "1 more alert of a correlation is not listed." in text


def test_the_report_lists_the_first_events_and_says_how_many_more_counted(
    organisation: CastOrganisation, bob: Actor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correlating, "LIMITS", replace(correlating.LIMITS, events_named=11))
    rules(home, opened=TWELVE)
    number, _ = incident(organisation, bob, *of_minutes(15))
    text = text_of(reports.incident(Format.PDF, number, actor=bob, now=NOON).data)
    for part in (
        "What correlations counted",
        "Three files opened WS-7.corp",
        "12 events in 5 min",
        "Measured: 12, the number of events of its rules. The rule asks for at least 12 within 10 min.",
        "File opened",
        "event 9 of ",
        "2 more events counted.",
    ):
        assert part in text
    assert "event 10 of " not in text
    with translation.override("zh-hans"):
        chinese = text_of(reports.incident(Format.PDF, number, actor=bob, now=NOON).data)
    assert "关联规则所计" in chinese
    rows = [row.cells for row in read_table(reports.incident(Format.CSV, number, actor=bob, now=NOON).data).rows]
    kinds = [row[1] for row in rows]
    assert (kinds.count("Counted"), kinds.count("Counted event")) == (1, 11)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)


def test_the_api_gives_what_was_counted_with_the_incident(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf
) -> None:
    rules(home, opened=OPENED)
    number, file_id = incident(organisation, bob, *opened(1, 2, 3))
    answer = client_of(bob).get(f"/api/incidents/{number}").json()
    assert [each["is_correlated"] for each in answer["alerts"]] == [True]
    [alert] = answer["counted"]
    assert (alert["alert_id"], alert["matches"]) == (str(models.Alert.objects.get().pk), 1)
    [match] = alert["first"]
    assert match["fields"] == {"Computer": "WS-7.corp"}
    assert [each["event_file_id"] for each in match["counted"]["named"]] == [str(file_id)] * 3


def test_the_page_costs_the_same_for_few_and_for_many(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf
) -> None:
    rules(home, opened=OPENED)
    client = client_of(bob)

    def cost(*records: dict[str, object]) -> int:
        number, _ = incident(organisation, bob, *records)
        address = f"/incidents/{number}/"
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    few = cost(*opened(1, 2, 3, computer="A"))
    many: list[Any] = [record for name in "BCDEFGHIJ" for record in opened(*range(60), computer=name)]
    assert cost(*many) == few <= 15
