"""`burgrave policies` as a script calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from burgrave.cli.main import main
from burgrave.people.tests_cast import CastOrganisation
from burgrave.policies.models import Document
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
