"""The register as a report."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pypdf import PdfReader

from burgrave.assets import commands, reports
from burgrave.assets.terms import AssetFilter, AssetId, Lifecycle
from burgrave.assets.tests.house import system
from burgrave.engines.sheets import read_table
from burgrave.ledger.queries import history
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import Forbidden
from burgrave.web.reports import Format
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
Estate = dict[str, AssetId]
TODAY = date(2026, 3, 2)


def register(form: Format, actor: Actor, *, today: date = TODAY) -> bytes:
    return reports.register(form, AssetFilter(), actor=actor, now=NOON, today=today).data


def text_of(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


def test_the_register_says_what_stands_in_the_inventory(estate: Estate, alice: Actor) -> None:
    text = text_of(register(Format.PDF, alice))
    for part in ("Asset register", "Nordhafen Works", "Payroll", "AST-000001", "By owner", "Operations", "Alice Amsel"):
        assert part in text
    assert "Reviews overdue 0" in text


def test_it_is_recorded_who_took_it_with_the_digest_of_the_file(
    estate: Estate, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    data = register(Format.CSV, alice)
    assert ledger_tail() == ["assets.report_made"]
    (record,) = history("assets.report:asset-register")
    facts = {fact.name: fact.value for fact in record.facts}
    assert facts["sha256"] == hashlib.sha256(data).hexdigest()
    assert facts["size_bytes"] == str(len(data))


def test_a_stranger_gets_no_register_and_leaves_no_record(
    estate: Estate, charlie: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    with pytest.raises(Forbidden):
        register(Format.CSV, charlie)
    with pytest.raises(Forbidden):
        commands.record_report("x", format_="csv", sha256="", size_bytes=0, rows=0, actor=charlie, now=NOON)
    assert ledger_tail() == []


def test_bob_reads_only_what_is_in_his_units(estate: Estate, bob: Actor) -> None:
    rows = read_table(register(Format.XLSX, bob)).rows
    assert {row.cells[2] for row in rows} == {"Room", "Server"}


def test_overdue_reviews_are_told(estate: Estate, alice: Actor) -> None:
    assert "3 reviews should have been confirmed" in text_of(register(Format.PDF, alice, today=date(2030, 1, 1)))


def test_an_inventory_of_nothing_in_use_has_no_charts(organisation: CastOrganisation, alice: Actor) -> None:
    assert "Assets by unit" not in text_of(register(Format.PDF, alice))
    commands.add_asset(system("Old", organisation.sales, lifecycle=Lifecycle.DISPOSED), actor=alice, now=NOON)
    text = text_of(register(Format.PDF, alice))
    assert "of which disposed of 1" in text
    assert "Assets by unit" not in text


def test_the_register_is_chinese_for_who_reads_chinese(estate: Estate, alice: Actor) -> None:
    with translation.override("zh-hans"):
        text = text_of(register(Format.PDF, alice))
    assert "资产登记册" in text
    assert "By owner" not in text


@pytest.mark.parametrize("form", Format)
def test_the_page_and_the_api_hand_out_the_same_report(
    form: Format, estate: Estate, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    page = client.post("/assets/register/?q=payroll", {"format": str(form)})
    assert page.status_code == 200
    assert f".{form}" in page["Content-Disposition"]
    sent = client.post(
        "/api/reports/asset-register", json.dumps({"format": str(form)}), content_type="application/json"
    )
    assert sent.status_code == 200
    assert sent["Content-Type"] == page["Content-Type"]
    assert client.post("/assets/register/", {"format": "exe"}).status_code == 422


def test_a_register_asks_as_much_of_fifty_assets_as_of_one(organisation: CastOrganisation, alice: Actor) -> None:
    def fill(start: int, end: int) -> None:
        facts = [system(f"A{each}", organisation.operations, reference=f"R{each}") for each in range(start, end)]
        commands.save_many(facts, actor=alice, now=NOON)

    fill(0, 1)
    register(Format.CSV, alice)
    with CaptureQueriesContext(connection) as few:
        register(Format.CSV, alice)
    fill(1, 50)
    with CaptureQueriesContext(connection) as many:
        register(Format.CSV, alice)
    assert len(many) == len(few) <= 12
