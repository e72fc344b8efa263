from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from burgrave.cli.people import people as cli
from burgrave.engines.sheets import open_sheet
from burgrave.people import commands, models, queries
from burgrave.people.errors import LastAdministrator
from burgrave.people.queries.importing import PeopleSurvey
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.terms import Actor

HEADER = "e-mail;Name;Department;Language;Roles\n"


def read(text: str, *, actor: Actor, units: bool = False) -> queries.ParsedPeople:
    sheet = open_sheet(text.encode())
    return queries.parse_people(sheet.header, sheet.rows(), known=queries.known_places(actor=actor, makes_units=units))


def survey(text: str, *, actor: Actor, units: bool = False, leaving: bool = False) -> PeopleSurvey:
    return queries.survey_people(read(text, actor=actor, units=units), deactivates=leaving, actor=actor, now=NOON)


def bring(text: str, *, actor: Actor, units: bool = False, leaving: bool = False) -> commands.PeopleSaved:
    parsed = read(text, actor=actor, units=units)
    return commands.import_people(parsed, deactivates=leaving, actor=actor, now=NOON)


def test_people_join_with_units_and_roles_and_the_same_again_changes_nothing(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    text = (
        HEADER + 'Gerd@Example.org;Gerd Gans;Sales;zh;"Risk owner@Operations until 2026-12-31; employee"\n'
        "hana@example.org;Hana Hase;Nordhafen Works / Sales / Export / Asia;;\n"
    )
    found = survey(text, actor=alice, units=True)
    assert (found.new, found.changed, found.same, found.grants, len(found.units)) == (2, 0, 0, 2, 1)
    assert ledger_tail() == []
    saved = bring(text, actor=alice, units=True)
    assert (len(saved.new), saved.grants, saved.units) == (2, 2, 2)
    gerd = models.Person.objects.get(email="gerd@example.org")
    assert (gerd.name, gerd.unit_id, gerd.language, gerd.has_usable_password()) == (
        "Gerd Gans",
        organisation.sales,
        "zh-hans",
        False,
    )
    ends = gerd.grants.get(role="risk_owner").expires_at
    assert ends == datetime(2027, 1, 1, tzinfo=UTC)
    hana = models.Person.objects.select_related("unit__parent").get(email="hana@example.org")
    assert (hana.unit.name, hana.unit.parent.name) == ("Asia", "Export")
    assert Counter(ledger_tail()) == {
        "people.unit_added": 2,
        "people.person_added": 2,
        "people.grant_made": 2,
    }
    before = ledger_tail()
    assert alice.person_id is not None
    alice = queries.actor_of(alice.person_id, NOON)  # whose units have grown
    again = bring(text, actor=alice, units=True)
    assert (again.new, again.changed, again.same, ledger_tail() == before) == ((), (), 2, True)


def test_a_corrected_file_edits_and_tells_old_and_new(organisation: CastOrganisation, alice: Actor) -> None:
    bring(HEADER + "gerd@example.org;Gerd Gans;Sales;;\n", actor=alice)
    text = HEADER + "GERD@example.org;Gerd Ganz;Operations;zh;employee\n"
    (change,) = survey(text, actor=alice).changes()
    assert change.fields == (
        ("Name", "Gerd Gans", "Gerd Ganz"),
        ("Unit", "Sales", "Operations"),
        ("Roles", "", "employee"),
    )
    saved = bring(text, actor=alice)
    gerd = models.Person.objects.get(email="gerd@example.org")
    assert (saved.changed, gerd.name, gerd.unit_id, gerd.language, gerd.version) == (
        (gerd.pk,),
        "Gerd Ganz",
        organisation.operations,
        "en",
        2,
    )


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        ("nobody;X;Sales;;", "e-mail", "an e-mail address"),
        ("x@example.org;;Sales;;", "Name", "a name of 1 to 200"),
        ("x@example.org;X;Nowhere;;", "Department", "a unit where you may manage"),
        ("x@example.org;X;Sales / New;;", "Department", "a unit where you may manage"),
        ("x@example.org;X;;;", "Department", "a unit, by its name or its path"),
        ("x@example.org;X;Sales;Klingon;", "Language", "English or Chinese"),
        ("x@example.org;X;Sales;;king", "Roles", "role @ unit until 2027-01-31"),
        ("x@example.org;X;Sales;;employee@Nowhere", "Roles", "a unit where you may manage"),
        ("x@example.org;X;Sales;;employee until 2026-02-30", "Roles", "a day such as"),
        ("x@example.org;X;Sales;;employee until 2020-01-01", "roles", "ends in the past"),
        ("x@example.org;X;Sales;;external_auditor", "roles", "given until a day"),
        ("alice@example.org;Alice Amsel;Nordhafen Works;;employee", "roles", "may not give a role to themselves"),
        ("bob@example.org;Bob Birnbaum;Operations;;incident_responder until 2027-01-01", "roles", "another end"),
    ],
)
def test_what_cannot_be_is_named_by_line_and_column(
    row: str, column: str, sentence: str, organisation: CastOrganisation, alice: Actor, bob: Actor
) -> None:
    (fault,) = survey(HEADER + row + "\n", actor=alice).faults
    assert (fault.line, fault.column, sentence in fault.expected) == (2, column, True), str(fault)
    with pytest.raises(BadInput, match="1 rows cannot be used"):
        bring(HEADER + row + "\n", actor=alice)


def test_one_address_in_two_cases_and_a_missing_column_are_faults(organisation: CastOrganisation, alice: Actor) -> None:
    (fault,) = survey(HEADER + "a@example.org;A;Sales;;\nA@EXAMPLE.org;B;Sales;;\n", actor=alice).faults
    assert str(fault).startswith("line 3, e-mail: found 'A@EXAMPLE.org', expected another address than in line 2")
    assert [each.column for each in survey("colour\nred\n", actor=alice).faults] == ["email", "name"]
    long = "Nordhafen Works" + " / x" * 25
    (deep,) = survey(HEADER + f"a@example.org;A;{long};;\n", actor=alice, units=True).faults
    assert "at most 20 levels" in deep.expected
    (far,) = survey(HEADER + "a@example.org;A;Moon / Base;;\n", actor=alice, units=True).faults
    assert far.mend == "write the whole path from a unit that there is"


def test_somebody_new_without_a_unit_is_a_fault_where_there_are_several(
    organisation: CastOrganisation, alice: Actor, bob: Actor
) -> None:
    found = survey("email,name\nnew@example.org,New\nbob@example.org,Bob B.\n", actor=alice)
    assert [(each.line, each.expected) for each in found.faults] == [(2, "a unit for somebody who is new")]
    assert [each.wanted.name for each in found.decisions] == ["Bob B."]
    (roleless,) = survey("email,name,roles\nnew@example.org,New,employee\n", actor=alice).faults
    assert "a unit after @" in roleless.expected


def test_nobody_passes_on_what_they_do_not_hold_or_touches_who_outranks_them(
    organisation: CastOrganisation, alice: Actor
) -> None:
    role = commands.make_role(
        name="Clerk", note="", permissions=frozenset({"people.read", "people.manage"}), actor=alice, now=NOON
    )
    clerk = hire("Kim Kranich", unit_id=organisation.sales, roles=((str(role), organisation.sales),))
    hire("Olaf Otter", unit_id=organisation.sales, roles=(("security_officer", organisation.sales),))
    hire("Petra Pirol", unit_id=organisation.operations)
    faults = survey(
        "email,name,roles\n"
        "new@example.org,New,security_officer\n"
        "olaf@example.org,Olaf O.,\n"
        "petra@example.org,Petra P.,\n",
        actor=clerk,
    ).faults
    assert ["cannot pass on" in faults[0].expected, "could not have given" in faults[1].expected] == [True, True]
    assert "nobody outside of your units" in faults[2].expected
    found = survey("email,name\nnew@example.org,New\n", actor=clerk, leaving=True)
    assert (found.leaving, found.staying) == ([], 1)


def test_who_is_missing_leaves_only_where_that_is_asked_for(
    organisation: CastOrganisation, alice: Actor, bob: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    text = HEADER + "gerd@example.org;Gerd Gans;Sales;;\n"
    assert survey(text, actor=alice).leaving == []
    found = survey(text, actor=alice, leaving=True)
    assert [name for _key, name in found.leaving] == ["Bob Birnbaum <bob@example.org>"]
    assert found.changes()[0].fields == (("Active", "yes", "no"),)
    saved = bring(text, actor=alice, leaving=True)
    assert (saved.left, models.Person.objects.get(email="bob@example.org").is_active) == (1, False)
    assert ledger_tail()[-1] == "people.person_deactivated"
    (fault,) = survey(HEADER + "bob@example.org;Bob;Operations;;\n", actor=alice).faults
    assert fault.mend.startswith("reactivate the person first")


def test_the_last_administrator_does_not_leave_by_a_file(organisation: CastOrganisation, alice: Actor) -> None:
    other = hire(
        "Zoe Zander",
        unit_id=organisation.root,
        roles=(("administrator", organisation.root), ("head_of_security", organisation.root)),
    )
    models.Grant.objects.filter(person_id=other.person_id, role="administrator").update(
        expires_at=NOON + timedelta(days=1)
    )
    with pytest.raises(LastAdministrator):
        bring(HEADER + "gerd@example.org;Gerd Gans;Sales;;\n", actor=other, leaving=True)
    assert not models.Person.objects.filter(email="gerd@example.org").exists()


def test_a_role_that_ended_is_given_anew_and_old_links_of_who_gains_power_die(
    organisation: CastOrganisation, alice: Actor, bob: Actor
) -> None:
    models.Grant.objects.filter(person_id=bob.person_id).update(expires_at=NOON - timedelta(days=1))
    commands.invite_again(bob.person_id, actor=alice, now=NOON)
    saved = bring(HEADER + "bob@example.org;Bob Birnbaum;Operations;;incident_responder\n", actor=alice)
    assert (saved.grants, models.Grant.objects.filter(person_id=bob.person_id).count()) == (1, 1)
    assert not models.OneTimeLink.objects.filter(person_id=bob.person_id).exists()


def test_only_who_has_no_password_yet_is_invited_and_a_second_list_kills_the_first(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor
) -> None:
    saved = bring(HEADER + "gerd@example.org;Gerd Gans;Sales;;\n", actor=alice)
    (first,) = commands.invite_many([*saved.new, bob.person_id], actor=alice, now=NOON)
    (second,) = commands.invite_many(list(saved.new), actor=alice, now=NOON)
    assert (first.email, first.path != second.path) == ("gerd@example.org", True)
    token = second.path.split("/")[2]
    assert queries.invitation(token, now=NOON) == ("Gerd Gans", "gerd@example.org")
    assert queries.invitation(first.path.split("/")[2], now=NOON) is None
    assert commands.invite_many(list(saved.new), actor=charlie, now=NOON) == ()


def test_strangers_bring_nobody(organisation: CastOrganisation, charlie: Actor, dora: Actor) -> None:
    for stranger in (charlie, dora):
        with pytest.raises(Forbidden):
            bring(HEADER + "gerd@example.org;Gerd Gans;Sales;;\n", actor=stranger)


def test_a_thousand_people_cost_few_statements(
    organisation: CastOrganisation, alice: Actor, django_assert_max_num_queries: Callable[..., object]
) -> None:
    rows = "".join(f"p{each}@example.org;Person {each};Sales;;employee\n" for each in range(1_000))
    with django_assert_max_num_queries(200):  # type: ignore[attr-defined]
        assert len(bring(HEADER + rows, actor=alice).new) == 1_000


def test_the_command_says_what_it_did_and_writes_links_once(
    organisation: CastOrganisation, alice: Actor, tmp_path: Path
) -> None:
    file, links = tmp_path / "people.csv", tmp_path / "links.csv"
    file.write_text(HEADER + "gerd@example.org;Gerd Gans;Sales;;employee\n")

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["import", str(file), "--as", "alice@example.org", *arguments])
        return done.exit_code, done.output

    code, output = run("--dry-run")
    assert (code, "Gerd Gans <gerd@example.org>: new" in output) == (0, True)
    assert "1 would be new, 0 would be changed, 0 as before; new roles: 1" in output
    assert run("--links", str(links))[0] == 0
    assert ("/join/" in links.read_text(), links.stat().st_mode & 0o777) == (True, 0o600)
    assert '"same": 1' in run("--json", "--dry-run")[1]
    file.write_text(HEADER + "gerd;Gerd Gans;Sales;;\n")
    code, output = run()
    assert (code, "1 faults in 1 rows; nothing was changed" in output) == (1, True)
    file.write_bytes(b"PK\x03\x04")
    assert "the workbook is damaged" in run()[1]
    assert CliRunner().invoke(cli, ["import", str(file), "--as", "nobody@example.org"]).exit_code == 2
