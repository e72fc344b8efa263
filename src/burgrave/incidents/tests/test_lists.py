"""Alerts, incidents, event files and rules as lists of the kit: views, columns, files, and acts on many rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from burgrave.incidents import commands, models
from burgrave.incidents.errors import NotAMember, ReasonMissing, WrongState
from burgrave.incidents.terms import AlertState, CaseState, Dismissal, Severity
from burgrave.incidents.tests.house import event_file, opened, raised, version_of
from burgrave.lists import commands as lists
from burgrave.lists.terms import Audience, ListSpec, SheetFormat
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]
TITLES = ("Credential dump", "Log cleared", "New service")
PAGES = {"/alerts/": commands.ALERTS, "/incidents/": commands.CASES, "/events/": commands.FILES}


@pytest.fixture
def desk(organisation: CastOrganisation) -> list[models.Alert]:
    return raised(organisation.operations, titles=TITLES)


def act(
    spec: ListSpec, name: str, actor: Actor, *, ids: Sequence[UUID] = (), query: str | None = None, **values: str
) -> int:
    confirmed = int(values.pop("confirmed", str(len(ids))))
    return lists.act_on_many(spec, name, values, selected=ids, query=query, confirmed=confirmed, actor=actor, now=NOON)


def exported(spec: ListSpec, query: str, actor: Actor, *columns: str) -> list[dict[str, str]]:
    file = io.BytesIO()
    lists.export(spec, query, columns=columns, sheet_format=SheetFormat.CSV, to=file, actor=actor, now=NOON)
    return list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"))))


def test_all_alerts_that_match_are_acknowledged_assigned_dismissed_and_reopened(
    desk: list[models.Alert], bob: Actor, ledger_tail: Tail
) -> None:
    before = len(ledger_tail())
    assert act(commands.ALERTS, "acknowledge", bob, query="", confirmed="3") == 3
    assert ledger_tail()[before:] == ["incidents.alert_acknowledged"] * 3
    assert set(models.Alert.objects.values_list("state", "assigned_to")) == {(AlertState.ACKNOWLEDGED, bob.person_id)}
    one = [desk[0].pk]
    assert act(commands.ALERTS, "assign", bob, ids=one, person="") == 1
    assert act(commands.ALERTS, "assign", bob, ids=one, person=str(bob.person_id)) == 1
    assert act(commands.ALERTS, "dismiss", bob, ids=one, dismissal="benign", note="A test of the team.") == 1
    assert ledger_tail()[before + 3 :] == ["incidents.alert_assigned"] * 2 + ["incidents.alert_dismissed"]
    desk[0].refresh_from_db()
    assert (desk[0].dismissal, desk[0].dismissal_note, desk[0].version) == (Dismissal.BENIGN, "A test of the team.", 5)
    assert act(commands.ALERTS, "reopen", bob, query="state=dismissed", confirmed="1", reason="More came up.") == 1


def test_an_act_on_alerts_is_done_for_all_or_for_none(
    desk: list[models.Alert], bob: Actor, charlie: Actor, alice: Actor, ledger_tail: Tail
) -> None:
    act(commands.ALERTS, "acknowledge", bob, ids=[desk[1].pk])
    before = ledger_tail()
    with pytest.raises(WrongState):
        act(commands.ALERTS, "acknowledge", bob, ids=[each.pk for each in desk])
    with pytest.raises(NotFound):
        act(commands.ALERTS, "acknowledge", bob, ids=[desk[0].pk, uuid4()])
    with pytest.raises(Forbidden):
        act(commands.ALERTS, "acknowledge", charlie, ids=[desk[0].pk])
    with pytest.raises(ReasonMissing):
        act(commands.ALERTS, "dismiss", bob, ids=[desk[0].pk], dismissal="benign", note=" ")
    with pytest.raises(BadInput):
        act(commands.ALERTS, "dismiss", bob, ids=[desk[0].pk], dismissal="boring", note="x")
    with pytest.raises(BadInput):
        act(commands.ALERTS, "assign", bob, ids=[desk[0].pk], person="x")
    with pytest.raises(NotAMember):
        act(commands.ALERTS, "assign", bob, ids=[desk[0].pk], person=str(charlie.person_id))
    assert ledger_tail() == before
    assert models.Alert.objects.get(pk=desk[0].pk).state == AlertState.NEW


def test_alerts_of_a_unit_where_one_may_not_triage_are_left_alone(
    organisation: CastOrganisation, desk: list[models.Alert], bob: Actor
) -> None:
    (other,) = raised(organisation.sales)
    with pytest.raises(NotFound):
        act(commands.ALERTS, "acknowledge", bob, ids=[desk[0].pk, other.pk])
    assert set(models.Alert.objects.values_list("state", flat=True)) == {AlertState.NEW}


def test_incidents_get_a_lead_and_a_severity_together(
    organisation: CastOrganisation, bob: Actor, charlie: Actor, ledger_tail: Tail
) -> None:
    cases = [opened(organisation.operations, actor=bob) for _each in range(3)]
    before = len(ledger_tail())
    assert act(commands.CASES, "lead", bob, query="", confirmed="3", lead=str(bob.person_id)) == 3
    assert act(commands.CASES, "lead", bob, ids=cases, lead=str(bob.person_id)) == 0
    assert act(commands.CASES, "severity", bob, ids=cases[:2], severity="critical") == 2
    assert ledger_tail()[before:] == ["incidents.case_changed"] * 5
    assert sorted(models.Case.objects.values_list("severity", "lead_id")) == [
        (Severity.CRITICAL, bob.person_id),
        (Severity.CRITICAL, bob.person_id),
        (Severity.HIGH, bob.person_id),
    ]
    assert act(commands.CASES, "lead", bob, ids=cases[:1], lead="") == 1
    with pytest.raises(BadInput):
        act(commands.CASES, "severity", bob, ids=cases, severity="x")
    with pytest.raises(NotAMember):
        act(commands.CASES, "lead", bob, ids=cases, lead=str(charlie.person_id))
    with pytest.raises(Forbidden):
        act(commands.CASES, "severity", charlie, ids=cases, severity="low")
    commands.move_case(cases[0], CaseState.CONTAINED, reason="", version=version_of(cases[0]), actor=bob, now=NOON)
    commands.merge_case(cases[1], into_id=cases[0], version=version_of(cases[1]), actor=bob, now=NOON)
    written = ledger_tail()
    with pytest.raises(WrongState):
        act(commands.CASES, "severity", bob, ids=cases, severity="low")
    assert ledger_tail() == written


def test_each_list_is_exported_as_it_is_narrowed(
    organisation: CastOrganisation, desk: list[models.Alert], bob: Actor, ledger_tail: Tail
) -> None:
    opened(organisation.operations, desk[0], actor=bob)
    act(commands.ALERTS, "dismiss", bob, ids=[desk[1].pk], dismissal="duplicate", note="")
    assert [row["title"] for row in exported(commands.ALERTS, "", bob)] == [desk[2].rule.title]
    (row,) = exported(commands.ALERTS, "state=dismissed", bob, "decided")
    assert (row["dismissal"], row["title"]) == ("duplicate", desk[1].rule.title)
    (row,) = exported(commands.CASES, "", bob)
    assert (row["severity"], row["alerts"], row["undecided"], row["lead"]) == ("high", "1", "1", "")
    assert exported(commands.CASES, "state=closed", bob) == []
    files = exported(commands.FILES, "sort=name", bob)
    assert [(row["state"], row["matches"]) for row in files] == [("read", "2")] * 3
    rules = exported(commands.RULES, "sort=-title", bob)
    assert [(row["title"], row["matches"], row["is_live"]) for row in rules] == [
        (title, "2", "yes") for title in ("New service", "Log cleared", "Credential dump")
    ]
    assert ledger_tail()[-6:] == ["lists.list_exported"] * 6


def test_moments_and_figures_are_such_in_a_spreadsheet(desk: list[models.Alert], bob: Actor) -> None:
    file = io.BytesIO()
    lists.export(commands.ALERTS, "", columns=(), sheet_format=SheetFormat.XLSX, to=file, actor=bob, now=NOON)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue())).get_sheet_by_index(0).to_python()
    found: dict[str, Any] = dict(zip(sheet[0], sheet[1], strict=True))
    assert found["matches"] == 2
    assert found["raised_at"] == NOON.replace(tzinfo=None)


@pytest.mark.parametrize("spec", commands.LISTS, ids=lambda spec: spec.name)
def test_all_that_match_are_found_by_their_keys(
    desk: list[models.Alert], bob: Actor, charlie: Actor, spec: ListSpec
) -> None:
    opened(bob_unit(desk), actor=bob)
    found = lists.chosen(spec, selected=(), query="", actor=bob, now=NOON)
    assert len(found) == {"incidents.cases": 1}.get(spec.name, 3)
    assert len(spec.names(found, 2, bob)) == (min(2, len(found)) if spec.acts else 0)
    assert not spec.names(found, 2, charlie)
    with pytest.raises((Forbidden, BadInput)):
        lists.chosen(spec, selected=(), query="", actor=charlie, now=NOON)


def bob_unit(desk: list[models.Alert]) -> Any:
    return desk[0].unit_id


@pytest.mark.parametrize("page", [*PAGES, "/rules/"])
def test_a_page_costs_as_many_statements_with_fifty_rows_and_at_most_twelve(
    organisation: CastOrganisation, bob: Actor, client_of: ClientOf, page: str
) -> None:
    client = client_of(bob)

    def fill(count: int) -> None:
        for each in range(count):
            raised(organisation.operations, titles=(f"Rule {count} {each}",))
            opened(organisation.operations, actor=bob)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(page).status_code == 200
        return len(seen)

    fill(1)
    statements()
    few = statements()
    fill(50)
    assert statements() == few <= 12


def test_the_queue_offers_views_a_file_and_acts_on_all(
    desk: list[models.Alert], bob: Actor, client_of: ClientOf
) -> None:
    client = client_of(bob)
    page = client.get("/alerts/").content.decode()
    assert "all 3 rows that match" in page
    assert "/lists/incidents.alerts/export/" in page
    assert 'name="columns"' in page
    chosen = {"act": "assign", "selected": f"{desk[0].pk}:1", "next": "/alerts/?q=dump"}
    asking = client.post("/lists/incidents.alerts/act/", chosen)
    asked = asking.content.decode()
    assert "1 row will be changed" in asked
    assert f"<li>{desk[0].rule.title} · {desk[0].computer}</li>" in asked
    done = client.post(
        "/lists/incidents.alerts/act/", {**chosen, "selected": str(desk[0].pk), "confirmed": "1", "person": ""}
    )
    assert done["Location"] == "/alerts/?q=dump"
    view_id = lists.save_view(
        commands.ALERTS, name="Bob's", query="assigned=me", audience=Audience.PRIVATE, actor=bob, now=NOON
    )
    lists.open_by_itself(commands.ALERTS, view_id, actor=bob, now=NOON)
    assert client.get("/alerts/")["Location"] == f"/alerts/?assigned=me&view={view_id}"
    narrowed = client.get(f"/alerts/?assigned=me&view={view_id}").content.decode()
    assert "What waits" in narrowed


@pytest.mark.parametrize(
    ("page", "column", "head"),
    [
        ("/incidents/", "closed", "Closed"),
        ("/incidents/", "changed", "Changed"),
        ("/events/", "by", "Received by"),
        ("/events/", "sha256", "SHA-256"),
        ("/rules/", "path", "Path"),
    ],
)
def test_columns_are_chosen(
    organisation: CastOrganisation,
    desk: list[models.Alert],
    bob: Actor,
    client_of: ClientOf,
    page: str,
    column: str,
    head: str,
) -> None:
    opened(organisation.operations, actor=bob)
    event_file(organisation.operations)
    client = client_of(bob)
    shown = client.get(page, {"columns": column}).content.decode()
    table = shown[shown.index("<thead") : shown.index("</thead>")]
    assert head in table
    assert ">Severity<" not in table


def test_a_view_that_opens_by_itself_leads_there(bob: Actor, client_of: ClientOf) -> None:
    client = client_of(bob)
    for page, spec, query in (
        ("/incidents/", commands.CASES, "lead=me"),
        ("/events/", commands.FILES, "state=read"),
        ("/rules/", commands.RULES, "retired=yes"),
    ):
        view_id = lists.save_view(spec, name="V", query=query, audience=Audience.PRIVATE, actor=bob, now=NOON)
        lists.open_by_itself(spec, view_id, actor=bob, now=NOON)
        assert client.get(page)["Location"] == f"{page}?{query}&view={view_id}"
