"""What a hunt found as a file, and the question as SQL, on the page and over the API."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse

from burgrave.engines.hunting.giving import FileFormat
from burgrave.events import commands, queries
from burgrave.events.commands import downloading
from burgrave.events.errors import HuntRefused
from burgrave.events.terms import HuntFile, HuntFilter
from burgrave.events.tests.house import event, kept
from burgrave.ledger import queries as ledger
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import Forbidden
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
Tail = Callable[[], list[str]]


@pytest.fixture
def estate(organisation: CastOrganisation) -> CastOrganisation:
    """Two events of Operations, and one of Sales."""
    kept(organisation.operations, [event(1, User="CORP\\alice"), event(2, code="3", DestinationIp="10.0.0.9")])
    kept(organisation.sales, [event(3, computer="SALES-1", CommandLine="=cmd /all")])
    return organisation


def found(
    actor: Actor, question: str = "", form: FileFormat = FileFormat.JSONL, **more: object
) -> tuple[HuntFile, bytes]:
    to = io.BytesIO()
    wanted = HuntFilter(question=question, **more)  # type: ignore[arg-type]  # the ends of time
    return commands.download_found(wanted, form=form, to=to, actor=actor, now=NOON), to.getvalue()


def test_a_file_holds_what_one_may_hunt_with_a_record(
    estate: CastOrganisation, alice: Actor, charlie: Actor, ledger_tail: Tail
) -> None:
    given, content = found(alice, since=NOON - timedelta(minutes=2), until=NOON)
    rows = [json.loads(line) for line in content.splitlines()]
    assert [row["process.executable"] for row in rows] == ["C:\\a1.exe", "C:\\a2.exe"]
    assert (given.rows, given.is_cut, given.size_bytes) == (2, False, len(content))
    assert {"time", "file", "place", "kind", "raw"} <= set(rows[0])
    here = Actor(person_id=None, label="x", name="X", allowed={"events.hunt": {estate.sales}})
    assert b"SALES-1" in found(here, "kind:sysmon_1", FileFormat.CSV)[1]
    assert b'"\'=cmd /all"' in found(here, form=FileFormat.CSV)[1]
    table = pq.read_table(io.BytesIO(found(alice, form=FileFormat.PARQUET)[1]))
    assert table.column("host.name").to_pylist() == ["WS-7", "WS-7", "SALES-1"]
    assert ledger_tail() == ["events.hunt_downloaded"] * 4
    with pytest.raises(Forbidden):
        found(charlie)
    with pytest.raises(HuntRefused, match="no kept event of this time has a field nosuchfield"):
        found(alice, "nosuchfield:1")
    with pytest.raises(HuntRefused, match="cannot be read"):
        commands.download_answer("DROP TABLE events", form=FileFormat.CSV, to=io.BytesIO(), actor=alice, now=NOON)
    assert ledger_tail() == ["events.hunt_downloaded"] * 4


def test_a_file_is_as_long_as_the_pages_and_says_that_there_is_more(
    estate: CastOrganisation, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "MOST_FOUND", 2)
    given, content = found(alice)
    assert (given.rows, given.is_cut, len(content.splitlines())) == (2, True, 2)
    assert found(alice, "host.name:sales-1")[0].is_cut is False
    to = io.BytesIO()
    sql = "SELECT range AS n FROM range(2000)"
    given = commands.download_answer(sql, form=FileFormat.JSONL, to=to, actor=alice, now=NOON)
    assert (given.rows, given.is_cut, to.getvalue().splitlines()[-1]) == (1_000, True, b'{"n": 999}')


def test_the_page_gives_files_and_the_question_as_sql(
    estate: CastOrganisation, alice: Actor, client_of: ClientOf, ledger_tail: Tail
) -> None:
    client, address = client_of(alice), reverse("events:download")
    shown = client.get("/hunting/", {"q": "CommandLine:*cmd*"}).content.decode()
    for text in ("The same as SQL", "LEFT JOIN", "mode=sql", "1 event, with all common fields", "Parquet"):
        assert text in shown
    answer = client.post(address, {"query": "q=CommandLine%3A*cmd*", "format": "jsonl"})
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a streamed answer
    assert (answer["X-Rows"], answer["X-Cut"], len(content.splitlines())) == ("1", "false", 1)
    assert "-1.jsonl" in answer["Content-Disposition"]
    sql = {"query": "mode=sql&sql=SELECT+42+AS+n", "format": "csv"}
    assert b"42" in b"".join(client.post(address, sql).streaming_content)  # type: ignore[attr-defined]  # likewise
    assert "1 row" in client.get("/hunting/", {"mode": "sql", "sql": "SELECT 42"}).content.decode()
    assert ledger_tail() == ["events.hunt_downloaded"] * 2
    assert client.post(address, {"query": "", "format": "pdf"}).status_code == 422
    assert client.post(address, {"query": "q=%22", "format": "csv"}).status_code == 422
    assert client.post(address, {"query": "mode=sql", "format": "csv"}).status_code == 422
    assert ledger_tail() == ["events.hunt_downloaded"] * 2


def test_the_select_of_a_page_finds_the_same_events(estate: CastOrganisation, alice: Actor) -> None:
    for question in ("NOT DestinationIp:*", "user.name:ALICE OR host.name:sales-1"):
        page = queries.hunt(HuntFilter(question=question), columns=("time", "raw"), most=50, skip=0, actor=alice)
        answer = queries.hunt_sql(page.sql, actor=alice)
        assert [row[1] for row in answer.rows] == [row["raw"] for row in page.rows], page.sql


def test_the_api_gives_files_and_sql(
    estate: CastOrganisation, alice: Actor, client_of: ClientOf, ledger_tail: Tail
) -> None:
    client, address = client_of(alice), reverse("api:download_hunt")
    answer = client.post(address, {"q": "host.name:sales-1", "format": "parquet"}, content_type="application/json")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a streamed answer
    assert (answer["X-Rows"], pq.read_table(io.BytesIO(content)).num_rows) == ("1", 1)
    sql = client.get("/api/events", {"q": "host.name:sales-1"}).json()["sql"]
    answer = client.post(address, {"sql": sql}, content_type="application/json")
    assert b"SALES-1" in b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # likewise
    assert client.post(address, {"q": '"'}, content_type="application/json").status_code == 422
    assert ledger_tail() == ["events.hunt_downloaded"] * 2
    assert ledger.history("events.hunts:downloads")
