"""An incident as a report and as a chart; the charts of the first page."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import translation
from pypdf import PdfReader

from burgrave.engines.charts import Words, render, table_of
from burgrave.engines.sheets import read_table
from burgrave.incidents import commands, figures, queries, reports
from burgrave.incidents.terms import Level
from burgrave.incidents.tests.house import NOON, opened, raised
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import NotFound
from burgrave.web.reports import Format
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
LATER = NOON + timedelta(hours=3)


@pytest.fixture
def number(organisation: CastOrganisation, alice: Actor) -> str:
    """An incident of Operations with two alerts, a timeline, a note, and one entry struck out."""
    alerts = raised(organisation.operations, titles=("Credential dump", "日志被清除"))
    case_id = opened(organisation.operations, *alerts, actor=alice)
    commands.add_timeline_entry(case_id, at=NOON, text="The host was isolated", actor=alice, now=LATER)
    gone = commands.add_timeline_entry(case_id, at=NOON, text="Typed by mistake", actor=alice, now=LATER)
    commands.withdraw_timeline_entry(gone, reason="mistake", actor=alice, now=LATER)
    commands.add_note(case_id, "Asked the owner of the host.", actor=alice, now=LATER)
    return queries.case(case_id, actor=alice).case.number


def text_of(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


def test_the_report_says_what_happened_and_how_it_is_proved(number: str, alice: Actor) -> None:
    text = text_of(reports.incident(Format.PDF, number, actor=alice, now=LATER).data)
    for part in (
        number,
        "Mimikatz on a workstation",
        "Credentials were read.",
        "2 alerts of this incident are not decided yet",
        "Time to detect",
        "The host was isolated",
        "Asked the owner of the host.",
        "日志被清除",
        "T1003.001 (2)",
        "No file is kept for this incident.",
        "burgrave verify bundle.zip",
        "Case opened",
        "awaits its place",
    ):
        assert part in text
    assert "Typed by mistake" not in text


def test_it_is_recorded_who_took_it(number: str, bob: Actor, ledger_tail: Callable[[], list[str]]) -> None:
    unread = replace(bob, allowed={each: units for each, units in bob.allowed.items() if each != "ledger.read"})
    text = text_of(reports.incident(Format.PDF, number, actor=unread, now=LATER).data)
    assert ledger_tail() == ["incidents.report_made"]
    assert "Root of the tree" in text
    assert "Case opened" not in text, "who may not read the ledger is not shown its records"


def test_a_stranger_gets_no_report_and_leaves_no_record(
    number: str, charlie: Actor, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    with pytest.raises(NotFound):
        reports.incident(Format.CSV, number, actor=charlie, now=LATER)
    case_id = queries.case_id_of(number, actor=alice)
    for missing, actor in ((case_id, charlie), (uuid4(), alice)):
        with pytest.raises(NotFound):
            commands.record_report(missing, format_="csv", sha256="", size_bytes=0, actor=actor, now=LATER)
    assert ledger_tail() == []


def test_the_table_holds_everything_with_a_time_in_order(number: str, alice: Actor) -> None:
    rows = [row.cells for row in read_table(reports.incident(Format.CSV, number, actor=alice, now=LATER).data).rows]
    assert [row[1] for row in rows].count("Alert") == 2
    assert rows[-1][2] == "Asked the owner of the host."
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)


def test_a_bare_incident_has_a_report_too(organisation: CastOrganisation, alice: Actor) -> None:
    case_id = opened(organisation.operations, actor=alice)
    found = queries.case(case_id, actor=alice).case.number
    with translation.override("zh-hans"):
        text = text_of(reports.incident(Format.PDF, found, actor=alice, now=LATER).data)
    assert "本事件没有告警。" in text


@pytest.mark.parametrize("form", Format)
def test_the_page_and_the_api_hand_out_the_report(form: Format, number: str, alice: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    page = client.post(f"/incidents/{number}/report/", {"format": str(form)})
    sent = client.post(
        f"/api/incidents/{number}/report", json.dumps({"format": str(form)}), content_type="application/json"
    )
    assert (page.status_code, sent.status_code) == (200, 200)
    assert page["Content-Type"] == sent["Content-Type"]


def test_the_record_and_the_first_page_draw_their_charts(number: str, alice: Actor, client_of: ClientOf) -> None:
    client = client_of(alice)
    record = client.get(f"/incidents/{number}/").content.decode()
    assert "The incident in time" in record
    assert "The host was isolated" in record
    home = client.get("/").content.decode()
    assert "Alerts a day by level" in home
    assert "How long incidents have been open" in home


def test_the_timeline_of_a_case_has_a_lane_for_each_kind(number: str, alice: Actor) -> None:
    detail = queries.case(queries.case_id_of(number, actor=alice), actor=alice)
    figure = figures.case_timeline(detail, now=LATER)
    lanes = {each.lane for each in figure.happenings}
    assert {"Alerts", "Timeline", "Incident"} <= lanes
    assert render(figure, words=Words()).startswith("<svg ")
    assert any(each.goes_on for each in figure.happenings)
    assert all("mistake" not in row[3].text for row in table_of(figure, words=Words()).rows)


def test_the_days_of_the_first_page_are_fourteen_and_hold_every_level(number: str, alice: Actor) -> None:
    view = queries.home(actor=alice, now=LATER)
    assert len(view.days) == 14 * len(Level)
    assert sum(row.alerts for row in view.days) == 2
    figure = figures.alerts_by_day(view.days)
    assert [each.name for each in figure.series] == ["High"]
    assert figure.series[0].bars[-1].value == 2
    with translation.override("zh-hans"):
        assert figures.alerts_by_day(view.days).categories[-1] == "3月2日"


def test_days_without_alerts_are_an_empty_chart(alice: Actor) -> None:
    figure = figures.alerts_by_day(queries.home(actor=alice, now=LATER).days)
    assert (figure.categories, figure.series) == ((), ())


def test_a_case_opened_after_now_is_not_shown_as_negative(number: str, alice: Actor) -> None:
    view = queries.home(actor=alice, now=LATER)
    figure = figures.open_cases(view.cases, now=NOON - timedelta(days=1))
    assert figure.series[0].bars[0].value == 0
