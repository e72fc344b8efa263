from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner

from burgrave.assets import commands, models
from burgrave.assets.rules import importing
from burgrave.assets.rules.importing import Known, Parsed
from burgrave.assets.terms import DEFAULT_SCHEME, AssetType, IdentifierKind, Lifecycle, Need
from burgrave.cli.assets import assets as cli
from burgrave.engines.sheets import guess, open_sheet
from burgrave.people import models as people
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import Forbidden
from burgrave.web.terms import Actor, PersonId, UnitId

UNIT, ADA = UnitId(uuid4()), PersonId(uuid4())
KNOWN = Known(units={"sales": UNIT}, default_unit=None, persons={"ada@example.org": ADA}, scheme=DEFAULT_SCHEME)


def parse(content: bytes) -> Parsed:
    sheet = open_sheet(content)
    return importing.parse(sheet.header, sheet.rows(), known=KNOWN)


def test_columns_are_found_by_their_names_in_both_languages() -> None:
    header = ("Asset ID", "名称", "资产类型", "部门", "C", "Colour")
    assert guess(header, importing.fields(DEFAULT_SCHEME)).places(header) == {
        "reference": 0,
        "name": 1,
        "type": 2,
        "unit": 3,
        "confidentiality": 4,
    }


def test_a_row_becomes_facts_and_links() -> None:
    text = (
        "id,name,type,unit,owner,c,availability,value,currency,pii,phase,tags,hostname,ip,runs_on,review every days\n"
        'R1,Payroll,服务,Sales,ADA@example.org,极高,2,"1,200.50",eur,是,planned,a;b,PAY-1,192.0.2.1,"R2, R3",90\n'
    )
    parsed = parse(text.encode())
    (facts,) = parsed.facts
    assert parsed.faults == ()
    assert (facts.type, facts.unit_id, facts.owner_id) == (AssetType.SERVICE, UNIT, ADA)
    assert facts.own == Need(confidentiality=4, availability=2)
    assert (facts.value_minor, facts.currency, facts.personal_data) == (120_050, "EUR", True)
    assert (facts.lifecycle, facts.tags, facts.review_every_days) == (Lifecycle.PLANNED, ("a", "b"), 90)
    assert facts.identifiers == ((IdentifierKind.HOSTNAME, "pay-1"), (IdentifierKind.IP, "192.0.2.1"))
    assert [(one, str(kind), other) for one, kind, other in parsed.links] == [
        ("R1", "runs_on", "R2"),
        ("R1", "runs_on", "R3"),
    ]


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        ("type", "thing", "line 2, type: found 'thing', expected one of information"),
        ("unit", "Nowhere", "line 2, unit: found 'Nowhere', expected a unit where you may edit"),
        ("owner", "x@example.org", "line 2, owner: found 'x@example.org', expected the e-mail address"),
        ("c", "Huge", "line 2, c: found 'Huge', expected a level of the scheme: Low"),
        ("value", "a lot", "expected an amount such as"),
        ("value", "1.005", "expected an amount with at most two decimals"),
        ("value", "NaN", "expected an amount with"),
        ("pii", "perhaps", "expected one of yes, no"),
        ("ip", "192.0.2.256", "192.0.2.256 is no IP address"),
        ("review every days", "often", "expected a number of days"),
        ("review every days", "0", "every 1 to 3650 days"),
        ("name", "", "a name of 1 to 200"),
        ("id", "", "expected a reference of its own"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_with_what_was_expected(column: str, cell: str, sentence: str) -> None:
    cells = {"id": "R1", "name": "Payroll", "type": "system", "unit": "Sales"} | {column: cell}
    text = ",".join(cells) + "\n" + ",".join(f'"{each}"' for each in cells.values()) + "\n"
    (fault,) = parse(text.encode()).faults
    assert sentence in str(fault)


def test_two_rows_of_one_reference_and_a_missing_column_are_faults() -> None:
    twice = parse(b"id,name,type,unit\nR1,A,system,Sales\nR1,B,system,Sales\n")
    assert [str(each) for each in twice.faults] == ["line 3, id: found 'R1', expected another one than in line 2"]
    nameless = parse(b"id,colour\nR1,red\n")
    assert [(each.column, each.line) for each in nameless.faults] == [("name", 0), ("type", 0)]
    assert nameless.ignored == ("colour",)


HEADER = "reference,name,type,unit,availability,runs_on\n"


def lines(count: int, *, corrected: int = -1) -> bytes:
    rows = [
        f"H{each},Host {each}{' new' if each == corrected else ''},system,Nordhafen Works / Operations,low,"
        + (f"H{each - 1}" if each else "")
        for each in range(count)
    ]
    return (HEADER + "\n".join(rows)).encode()


def test_a_file_is_imported_corrected_and_imported_again_without_doubling(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    def run(content: bytes, *, dry_run: bool = False) -> tuple[int, int, int]:
        done = commands.import_table(open_sheet(content), dry_run=dry_run, actor=alice, now=NOON)
        assert done.counts is not None
        return done.counts.new, done.counts.changed, done.counts.same

    assert run(lines(20), dry_run=True) == (20, 0, 0)
    assert (models.Asset.objects.count(), ledger_tail()) == (0, [])
    assert run(lines(20)) == (20, 0, 0)
    first = Counter(ledger_tail())
    assert first == {
        "assets.asset_added": 20,
        "assets.asset_classified": 20,
        "assets.dependency_added": 19,
        "assets.assets_saved": 1,
    }
    assert run(lines(20)) == (0, 0, 20)
    assert Counter(ledger_tail()) == first
    assert run(lines(20, corrected=7)) == (0, 1, 19)
    assert (models.Asset.objects.count(), models.Dependency.objects.count()) == (20, 19)
    assert ledger_tail()[60:] == ["assets.asset_edited", "assets.assets_saved"]


def test_what_a_file_has_no_column_for_stays_as_it_was(organisation: CastOrganisation, alice: Actor) -> None:
    def run(text: str) -> models.Asset:
        done = commands.import_table(open_sheet(text.encode()), dry_run=False, actor=alice, now=NOON)
        assert done.faults == ()
        return models.Asset.objects.get()

    email = people.Person.objects.get(pk=alice.person_id).email
    run(
        "id,name,type,unit,owner,description,c,a,value,currency,pii,phase,tags,fqdn,ip,review every days\n"
        f"R1,Host,system,Sales,{email},Old,4,2,10,EUR,yes,retiring,x,a.example.org,192.0.2.1,90\n"
    )
    row = run("id,name,type,unit,a,ip\nR1,Host 2,system,Sales,,192.0.2.2\n")
    assert (row.name, row.description, row.tags, row.owner_id) == ("Host 2", "Old", ["x"], alice.person_id)
    assert (row.value_minor, row.currency, row.personal_data) == (1_000, "EUR", True)
    assert (row.lifecycle, row.review_every_days) == ("retiring", 90)
    assert (row.own_confidentiality, row.own_availability) == (4, 0)
    assert {each.value for each in row.identifiers.all()} == {"a.example.org", "192.0.2.2"}


def test_a_phase_that_a_file_names_is_taken_step_by_step(organisation: CastOrganisation, alice: Actor) -> None:
    def run(phase: str) -> str:
        text = f"id,name,type,unit,phase\nR1,Host,system,Sales,{phase}\n"
        commands.import_table(open_sheet(text.encode()), dry_run=False, actor=alice, now=NOON)
        return models.Asset.objects.get().lifecycle

    assert (run("planned"), run("in use"), run("disposed")) == ("planned", "in_use", "disposed")
    text = b"id,name,type,unit,phase\nR1,Host,system,Sales,in use\n"
    (fault,) = commands.import_table(open_sheet(text), dry_run=False, actor=alice, now=NOON).faults
    assert "stays so" in fault.expected


def test_one_bad_row_keeps_the_whole_file_out(organisation: CastOrganisation, alice: Actor) -> None:
    content = lines(5) + b"\nH9,Host,planet,Operations,low,\n"
    done = commands.import_table(open_sheet(content), dry_run=False, actor=alice, now=NOON)
    assert (done.counts, len(done.faults), models.Asset.objects.count()) == (None, 1, 0)
    circle = b"reference,name,type,unit,consists_of\nA,A,system,Sales,B\nB,B,system,Sales,A\n"
    refused = commands.import_table(open_sheet(circle), dry_run=False, actor=alice, now=NOON)
    assert "".join(map(str, refused.faults)) == (
        "line 2, consists_of: found 'A → B → A', expected nothing that lies within itself or consists of itself, "
        "not even by a detour"
    )
    assert models.Asset.objects.count() == 0


def test_charlie_imports_nothing(organisation: CastOrganisation, charlie: Actor, dora: Actor) -> None:
    for stranger in (charlie, dora):
        with pytest.raises(Forbidden):
            commands.import_table(open_sheet(lines(1)), dry_run=False, actor=stranger, now=NOON)


def test_the_command_says_what_it_did(organisation: CastOrganisation, alice: Actor, tmp_path: Path) -> None:
    email = people.Person.objects.get(pk=alice.person_id).email
    file = tmp_path / "hosts.csv"
    file.write_bytes(lines(3))

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["import", str(file), "--as", email, *arguments])
        return done.exit_code, done.output

    assert run("--dry-run") == (0, "3 would be new, 0 would be changed, 0 as before\n")
    code, output = run("--json")
    assert (code, json.loads(output)["new"], json.loads(output)["mapping"]["name"]) == (0, 3, "name")
    file.write_bytes(lines(3) + b"\nH9,Host,planet,Operations,low,\n")
    code, output = run()
    assert code == 1
    assert "1 of 4 rows cannot be used; nothing was changed" in output
    file.write_bytes(b"PK\x03\x04")
    assert "the workbook is damaged" in run()[1]
    assert CliRunner().invoke(cli, ["import", str(file), "--as", "nobody@example.org"]).exit_code == 2
