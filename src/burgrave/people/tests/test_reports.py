"""Who holds what where, as a report."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation
from pypdf import PdfReader

from burgrave.engines.sheets import read_table
from burgrave.people import commands, models, queries, reports
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import Forbidden
from burgrave.web.reports import Format
from burgrave.web.terms import Actor


def text_of(data: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


def test_every_grant_stands_in_it_and_it_is_recorded(
    alice: Actor, bob: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    written = reports.access(Format.CSV, actor=alice, now=NOON)
    rows = [row.cells for row in read_table(written.data).rows]
    assert [(row[0], row[4], row[5]) for row in rows] == [
        ("Alice Amsel", "Administrator", "Nordhafen Works"),
        ("Alice Amsel", "Head of security", "Nordhafen Works"),
        ("Bob Birnbaum", "Incident responder", "Operations"),
    ]
    assert ledger_tail() == ["people.report_made"]


def test_a_stranger_gets_nothing_and_leaves_no_record(charlie: Actor, ledger_tail: Callable[[], list[str]]) -> None:
    with pytest.raises(Forbidden):
        reports.access(Format.CSV, actor=charlie, now=NOON)
    with pytest.raises(Forbidden):
        commands.record_report("x", format_="csv", sha256="", size_bytes=0, rows=0, actor=charlie, now=NOON)
    assert ledger_tail() == []


def test_what_an_auditor_asks_about_first_is_told(organisation: CastOrganisation, alice: Actor) -> None:
    gone = hire("Erik Esche", unit_id=organisation.sales, roles=(("employee", organisation.sales),))
    models.Person.objects.filter(pk=gone.person_id).update(is_active=False)
    old = hire("Frida Fichte", unit_id=organisation.sales, roles=(("trainer", organisation.sales),))
    models.Grant.objects.filter(person_id=old.person_id).update(expires_at=NOON)
    text = text_of(reports.access(Format.PDF, actor=alice, now=NOON + timedelta(days=100)).data)
    for part in (
        "1 grant belongs to a person who is deactivated",
        "2 grants belong to persons who have not signed in for 90 days",
        "Grants that have ended 1",
        "person deactivated",
        "has ended",
        "never",
    ):
        assert part in text


def test_nothing_is_told_where_nothing_is_doubtful(alice: Actor) -> None:
    text = text_of(reports.access(Format.PDF, actor=alice, now=NOON).data)
    assert "Unused grants" not in text
    assert "deactivated persons" not in text


def test_a_role_of_the_organisation_goes_by_its_own_name(alice: Actor) -> None:
    row = queries.rights(actor=alice, now=NOON, most=1)[0]
    assert len(queries.rights(actor=alice, now=NOON, most=1)) == 1
    with translation.override("zh-hans"):
        assert reports.role_word(row) == "管理员"
    own = type(row)(**{name: getattr(row, name) for name in row.__slots__} | {"role": "own-1", "role_name": "Porter"})
    assert reports.role_word(own) == "Porter"


@pytest.mark.parametrize(("permissions", "how"), [([], "lent"), (["people.read"], "lent in part")])
def test_what_is_lent_stands_with_who_lends_it(permissions: list[str], how: str, alice: Actor, charlie: Actor) -> None:
    grant = models.Grant.objects.get(person_id=alice.person_id, role_id="administrator")
    models.Delegation.objects.create(
        grant=grant,
        delegate_id=charlie.person_id,
        permissions=permissions,
        reason="leave",
        begins_at=NOON,
        ends_at=NOON + timedelta(days=7),
        made_at=NOON,
    )
    (row,) = [row for row in queries.rights(actor=alice, now=NOON, most=9) if row.email == "charlie@example.org"]
    assert (row.granted_by, row.expires_at) == ("Alice Amsel", NOON + timedelta(days=7))
    models.Grant.objects.filter(pk=grant.pk).update(expires_at=NOON + timedelta(days=2))
    rows = queries.rights(actor=alice, now=NOON, most=9)
    assert [each.expires_at for each in rows if each.email == row.email] == [NOON + timedelta(days=2)]
    text = text_of(reports.access(Format.PDF, actor=alice, now=NOON).data)
    assert f"2026-03-04 {how}" in text
    table = read_table(reports.access(Format.CSV, actor=alice, now=NOON).data)
    assert how in [line.cells[6] for line in table.rows]
    assert not [
        each for each in queries.rights(actor=alice, now=NOON + timedelta(days=8), most=9) if each.lent != "not"
    ]


@pytest.mark.parametrize("form", Format)
def test_the_page_and_the_api_hand_out_the_report(
    form: Format, alice: Actor, client_of: Callable[[Actor], Client]
) -> None:
    client = client_of(alice)
    assert client.post("/people/access-report/", {"format": str(form)}).status_code == 200
    sent = client.post("/api/reports/access-rights", json.dumps({"format": str(form)}), content_type="application/json")
    assert sent.status_code == 200
    assert f".{form}" in sent["Content-Disposition"]
