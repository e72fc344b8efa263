from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import burgrave.engines.hunting as engine
from burgrave.events import commands, queries
from burgrave.events.errors import HuntRefused
from burgrave.events.rules import said
from burgrave.events.terms import HuntFilter
from burgrave.events.tests.house import event, kept
from burgrave.events.views.hunt_words import SENTENCES
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import Forbidden, NotFound, Said
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
COLUMNS = ("time", "host.name", "process.executable")


def found(actor: Actor, question: str = "", since: datetime | None = None) -> list[object]:
    wanted = HuntFilter(question=question, since=since)
    page = queries.hunt(wanted, columns=COLUMNS, most=50, skip=0, actor=actor)
    assert page.events == len(page.rows)
    return [row["process.executable"] for row in page.rows]


@pytest.fixture
def estate(organisation: CastOrganisation) -> CastOrganisation:
    """Two events of Operations, in two files, and one of Sales."""
    kept(organisation.operations, [event(1, User="CORP\\alice"), event(2, code="3", DestinationIp="10.0.0.9")])
    kept(organisation.sales, [event(3, computer="SALES-1", CommandLine="whoami /all")])
    return organisation


def test_a_hunt_finds_events_of_the_units_where_one_may_hunt_and_no_others(
    estate: CastOrganisation, alice: Actor, charlie: Actor
) -> None:
    assert found(alice) == ["C:\\a1.exe", "C:\\a2.exe", "C:\\a3.exe"]
    here = Actor(person_id=None, label="x", name="X", allowed={"events.hunt": {estate.sales}})
    assert found(here) == ["C:\\a3.exe"]
    with pytest.raises(Forbidden):
        found(charlie)
    answer = queries.hunt_sql("SELECT count(*) FROM events", actor=here)
    assert answer.rows == ((1,),)
    part = queries.hunt_sources(actor=alice).mixed[0]
    with pytest.raises(HuntRefused, match="cannot be read"):
        queries.hunt_sql(f"SELECT * FROM '{part}'", actor=here)
    with pytest.raises(HuntRefused, match="read_parquet is not at hand"):
        queries.hunt_sql(f"SELECT * FROM read_parquet('{part}')", actor=here)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("user.name:ALICE", ["a1"]),
        ("user.domain:corp AND NOT user.name:bob", ["a1"]),
        ("DestinationIp:10.0.0.*", ["a2"]),
        ("destination.ip:*", ["a2"]),
        ("whoami", ["a3"]),
        ("kind:sysmon_3 OR host.name:sales-?", ["a2", "a3"]),
        ('process.executable:"c:\\\\a1.exe"', ["a1"]),
        ('CommandLine:"whoami *"', []),
        ("NOT CommandLine:*", ["a1", "a2"]),
    ],
)
def test_a_question_finds_what_it_says(
    estate: CastOrganisation, alice: Actor, question: str, expected: list[str]
) -> None:
    assert found(alice, question) == [f"C:\\{name}.exe" for name in expected]
    for unit in (estate.operations, estate.sales):
        commands.compact(unit, NOON.date())
    assert found(alice, question) == [f"C:\\{name}.exe" for name in expected]


def test_a_hunt_has_a_course_of_time_common_values_and_pages(estate: CastOrganisation, alice: Actor) -> None:
    page = queries.hunt(HuntFilter(), columns=COLUMNS, most=2, skip=0, actor=alice)
    assert (page.events, len(page.rows), page.is_more) == (3, 2, True)
    assert sum(count for _begin, _end, count in page.steps) == 3
    assert page.common["host.name"] == (("WS-7", 2), ("SALES-1", 1))
    later = NOON - timedelta(minutes=1)
    assert found(alice, since=later) == ["C:\\a1.exe"]
    rows = list(queries.hunt_rows(HuntFilter(), columns=COLUMNS, most=3, actor=alice))
    page = queries.hunt(HuntFilter(), columns=COLUMNS, most=3, skip=0, actor=alice)
    assert rows == [{name: row[name] for name in COLUMNS} for row in page.rows]
    with pytest.raises(HuntRefused, match="it finds more than 2 events"):
        next(queries.hunt_rows(HuntFilter(), columns=COLUMNS, most=2, actor=alice))


@pytest.mark.parametrize("question", ['"a', "nosuchfield:1", "(a"])
def test_a_question_that_cannot_be_answered_gets_a_sentence(
    estate: CastOrganisation, alice: Actor, question: str, client_of: ClientOf
) -> None:
    with pytest.raises(HuntRefused):
        found(alice, question)
    page = client_of(alice).get("/hunting/", {"q": question})
    assert page.status_code == 422
    assert "hunt" in page.content.decode()


def test_the_pages_show_events_their_record_and_what_is_kept(
    estate: CastOrganisation, alice: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    file = kept(estate.operations, [event(7, Odd='<script>alert("x")</script>')])
    commands.seal_day(estate.operations, NOON.date(), actor=alice, now=NOON)
    client = client_of(alice)
    shown = client.get("/hunting/").content.decode()
    assert "SALES-1" in shown
    assert f"/hunting/{file}/0/" in shown
    assert "<svg" in shown
    record = client.get(f"/hunting/{file}/0/").content.decode()
    assert "&lt;script&gt;" in record
    assert "<script>alert" not in record
    sql = client.get("/hunting/", {"mode": "sql", "sql": "SELECT Odd FROM sysmon_1 WHERE Odd IS NOT NULL"})
    assert "&lt;script&gt;" in sql.content.decode()
    counted = client.get("/hunting/", {"mode": "sql", "sql": "SELECT kind, count(*) AS n FROM events GROUP BY kind"})
    assert '<th scope="col" class="num">n</th>' in counted.content.decode()
    assert '<td class="num">1</td>' in counted.content.decode()
    assert '<td class="hunt-cell">sysmon_1</td>' in counted.content.decode()
    assert client.get("/hunting/", {"mode": "sql", "sql": "DROP TABLE events"}).status_code == 422
    assert "Sealed" in client.get("/hunting/kept/").content.decode()
    assert (
        client.post("/hunting/kept/retention/", {"days": "90", "segment_days": "60", "version": "1"}).status_code == 302
    )
    assert queries.retention().days == 90
    assert (
        client.post("/hunting/kept/retention/", {"days": "0", "segment_days": "60", "version": "2"}).status_code == 422
    )
    with pytest.raises(NotFound):
        queries.kept_event(uuid4(), 0, actor=alice)
    stranger = client_of(charlie)
    assert {stranger.get(path).status_code for path in ("/hunting/", "/hunting/kept/")} == {403}
    assert stranger.get(f"/hunting/{file}/0/").status_code == 404


def test_a_hunt_is_saved_and_exported_as_a_list(
    estate: CastOrganisation, alice: Actor, client_of: ClientOf, ledger_tail: Callable[[], list[str]]
) -> None:
    client = client_of(alice)
    kept_view = client.post(
        "/lists/events.hunts/views/", {"name": "Whoami", "query": "q=whoami", "audience": "private"}, follow=True
    )
    assert kept_view.status_code == 200, kept_view.request
    assert "Whoami" in kept_view.content.decode()
    sheet = client.post(
        "/lists/events.hunts/export/", {"query": "q=whoami", "columns": ["time", "command"], "format": "csv"}
    )
    text = b"".join(sheet.streaming_content).decode()  # type: ignore[attr-defined]  # a file
    assert "whoami /all" in text
    assert ledger_tail() == ["lists.view_saved", "lists.list_exported"]


def test_a_list_of_more_events_than_a_file_holds_is_refused_and_leaves_no_record(
    estate: CastOrganisation,
    alice: Actor,
    client_of: ClientOf,
    ledger_tail: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("burgrave.events.queries.listing.MOST_EXPORTED", 2)
    client = client_of(alice)
    refused = client.post("/lists/events.hunts/export/", {"query": "", "format": "csv"})
    assert "it finds more than 2 events; narrow it by time or kind" in refused.content.decode()
    assert (refused.status_code, ledger_tail()) == (422, [])
    narrowed = client.post("/lists/events.hunts/export/", {"query": "q=whoami", "format": "xlsx"})
    assert b"".join(narrowed.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]  # a file
    assert ledger_tail() == ["lists.list_exported"]


@pytest.mark.parametrize("files", [1, 50])
def test_a_hunt_takes_the_same_statements_for_one_file_and_for_many(
    organisation: CastOrganisation, alice: Actor, files: int
) -> None:
    for number in range(files):
        kept(organisation.operations, [event(number)])
    with CaptureQueriesContext(connection) as seen:
        assert len(found(alice)) == files
    assert len(seen) == 2


def test_every_sentence_of_the_engine_can_be_said_in_other_languages(estate: CastOrganisation, alice: Actor) -> None:
    written: set[object] = set()
    for path in Path(str(engine.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Phrase":
                written |= {each.value for each in node.args[:1] if isinstance(each, ast.Constant)}
    assert written - {"%(why)s"} == set(SENTENCES)
    with pytest.raises(HuntRefused) as refused:
        found(alice, "nosuchfield:1")
    assert refused.value.words is not None
    why = refused.value.words["why"]
    assert isinstance(why, Said)
    assert (why.sentence, why.words) == ("no kept event of this time has a field %(name)s", {"name": "nosuchfield"})
    assert said("as it is") == "as it is"
