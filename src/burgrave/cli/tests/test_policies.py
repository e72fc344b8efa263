"""`burgrave policies` as a script calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from burgrave.cli.main import main
from burgrave.people.tests_cast import CastOrganisation
from burgrave.policies.commands import confirm
from burgrave.policies.models import Ask, Document
from burgrave.policies.tests.duty_house import ask, document, later
from burgrave.web.terms import Actor

pytestmark = pytest.mark.django_db


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["policies", *words, "--as", "alice@example.org"])


@pytest.fixture
def folder(tmp_path: Path, organisation: CastOrganisation, alice: Actor) -> Path:
    assert organisation.root
    assert alice.person_id
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "conduct.md").write_text("# Conduct\n\nEverybody shall be kind.\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("x", encoding="utf-8")
    return tmp_path


def test_a_folder_is_brought_in_after_a_dry_run(folder: Path) -> None:
    dry = run("import", str(folder), "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "new: policies/conduct.md Conduct" in dry.output
    assert "README.md was passed over: no document by its name" in dry.output
    assert not Document.objects.exists()
    done = run("import", str(folder), "--json")
    assert json.loads(done.stdout)["new"] == 1
    assert Document.objects.get().number == "POL-01"
    assert json.loads(run("import", str(folder), "--json").stdout)["same"] == 1


def test_a_broken_file_is_named_with_its_line_and_nothing_is_written(folder: Path) -> None:
    (folder / "broken.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    done = run("import", str(folder))
    assert done.exit_code == 1
    assert "broken.md:3: reading the front matter" in done.output
    assert not Document.objects.exists()


def test_a_single_file_and_a_stranger(folder: Path) -> None:
    single = folder / "policies" / "conduct.md"
    assert run("import", str(single), "--unit", "Operations").exit_code == 0
    assert Document.objects.get().unit.name == "Operations"
    stranger = CliRunner().invoke(main, ["policies", "import", str(single), "--as", "nobody@example.org"])
    assert stranger.exit_code == 2
    single.write_bytes(b"PK\x03\x04broken")
    assert "cannot be opened" in run("import", str(single)).output


def test_the_starter_library_is_adopted_in_one_language(folder: Path) -> None:
    assert folder
    assert run("adopt-starter", "--language", "en").exit_code == 0
    assert Document.objects.count() == 39
    assert set(map(tuple, Document.objects.values_list("languages", flat=True))) == {("en",)}


def rates(*words: str) -> Result:
    return CliRunner().invoke(main, ["policies", "acknowledgements", *words])


def test_rates_are_printed_with_their_denominators_as_of_a_day(
    organisation: CastOrganisation, alice: Actor, charlie: Actor
) -> None:
    """As many as are asked; one of them confirms a day later than the first day that is asked for."""
    found = document(organisation.root)
    version = ask(found, alice)
    asked = Ask.objects.count()
    confirm(found.pk, digest=version.digest, actor=charlie, now=later(1))
    first = json.loads(rates("--on", "2026-03-02", "--format", "json").stdout)
    assert first["all"] == {"asked": asked, "confirmed": 0, "percent": 0.0, "overdue": 0, "opened_only": 0}
    second = json.loads(rates("--on", "2026-03-03", "--format", "json", "--document", "pol-01").stdout)
    assert (second["all"]["confirmed"], second["groups"][0]["name"]) == (1, "POL-01 Passwords")
    assert second["all"]["percent"] == round(100 / asked, 1)
    late = json.loads(rates("--on", "2026-03-20", "--format", "json", "--by", "unit").stdout)
    assert late["all"]["overdue"] == asked - 1
    assert sum(each["asked"] for each in late["groups"]) == asked


def test_rates_as_table_and_csv_and_what_is_below(organisation: CastOrganisation, alice: Actor) -> None:
    found = document(organisation.root, title='=HYPERLINK("x")')
    ask(found, alice)
    count = Ask.objects.count()
    table = rates("--on", "2026-03-02")
    assert [line.split()[-5:] for line in table.stdout.splitlines()][-1] == [str(count), "0", "0.0", "0", "0"]
    lines = rates("--on", "2026-03-02", "--format", "csv").stdout.splitlines()
    assert lines[0] == '"group","asked","confirmed","percent","overdue","opened_only"'
    assert lines[1].startswith('"POL-01 =HYPERLINK(""x"")",')
    assert len(lines) == 2
    failed = rates("--on", "2026-03-02", "--at-least", "90")
    assert (failed.exit_code, "below 90 %: POL-01" in failed.stderr) == (1, True)
    assert rates("--on", "2026-03-02", "--at-least", "0").exit_code == 0
    assert rates("--on", "2026-03-01", "--at-least", "90").exit_code == 0, "nobody was asked yet"


def test_rates_of_an_unknown_document_or_day_are_refused(organisation: CastOrganisation) -> None:
    assert organisation.root
    unknown = rates("--document", "NRM-99")
    assert (unknown.exit_code, "no document" in unknown.stderr) == (1, True)
    assert rates("--on", "yesterday").exit_code == 2
