"""Evidence as a list of the kit: narrowed to units, sorted, in chosen columns, and out as a file on record."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from burgrave.assurance import commands
from burgrave.assurance.tests.shelf import NOON, keep
from burgrave.lists import commands as lists
from burgrave.lists.terms import Audience, SheetFormat
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]


def exported(query: str, actor: Actor) -> list[dict[str, str]]:
    file = io.BytesIO()
    lists.export(commands.EVIDENCE, query, columns=(), sheet_format=SheetFormat.CSV, to=file, actor=actor, now=NOON)
    return list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"))))


def test_evidence_is_narrowed_sorted_and_exported_on_record(
    organisation: Any, alice: Actor, charlie: Actor, client_of: ClientOf, ledger_tail: Callable[[], list[str]]
) -> None:
    keep(
        b"xx",
        unit_id=organisation.sales,
        actor=alice,
        name="b.log",
        effective_from=NOON,
        effective_to=NOON + timedelta(days=1),
    )
    keep(b"y", unit_id=organisation.operations, actor=alice, name="a.log")
    assert [row["name"] for row in exported("sort=name", alice)] == ["a.log", "b.log"]
    (row,) = exported(f"unit={organisation.sales}&unit=x", alice)
    assert (row["name"], row["size_bytes"], row["effective_from"]) == ("b.log", "2", "2026-03-02 12:00:00")
    assert ledger_tail()[-2:] == ["lists.list_exported"] * 2
    with pytest.raises(Forbidden):
        exported("", charlie)
    assert len(lists.chosen(commands.EVIDENCE, selected=(), query="q=log", actor=alice, now=NOON)) == 2
    with pytest.raises(BadInput):
        lists.chosen(commands.EVIDENCE, selected=(), query="q=nothing", actor=alice, now=NOON)

    client = client_of(alice)
    page = client.get(f"/evidence/?sort=-size&unit={organisation.sales}&columns=period&columns=type").content.decode()
    head = page[page.index("<thead") : page.index("</thead>")]
    assert "Period" in head
    assert "SHA-256" not in head
    assert ("b.log" in page, "a.log" in page) == (True, False)
    view_id = lists.save_view(
        commands.EVIDENCE, name="V", query="sort=name", audience=Audience.PRIVATE, actor=alice, now=NOON
    )
    lists.open_by_itself(commands.EVIDENCE, view_id, actor=alice, now=NOON)
    assert client.get("/evidence/")["Location"] == f"/evidence/?sort=name&view={view_id}"


def test_the_page_costs_as_many_statements_with_fifty_rows_and_at_most_twelve(
    organisation: Any, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/evidence/").status_code == 200
        return len(seen)

    keep(b"x", unit_id=organisation.root, actor=alice)
    statements()
    few = statements()
    for number in range(50):
        keep(str(number).encode(), unit_id=organisation.root, actor=alice)
    assert statements() == few <= 12
