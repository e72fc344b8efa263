"""`burgrave checks`, `burgrave frameworks` and `burgrave standing` over a real installation in a database of tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from burgrave.assurance.tests.chains import check, measure, put_norm
from burgrave.cli.main import main
from burgrave.site import boot
from burgrave.web.terms import Actor


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Any:
    monkeypatch.setattr(boot, "boot", lambda: None)
    settings.BURGRAVE_BLOBS = tmp_path / "files"

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, list(words))

    return run


def test_checks_are_listed_and_run(call: Any, organisation: Any, alice: Actor) -> None:
    home = measure(organisation.operations, actor=alice)
    check(home, actor=alice)
    check(home, actor=alice, automatic="people.second_factors", steps=(), title="Factors")
    listed = json.loads(call("checks", "list", "--format", "json").stdout)
    assert sorted((each["number"], each["state"]) for each in listed) == [
        ("CHK-2026-0001", "never_run"),
        ("CHK-2026-0002", "never_run"),
    ]
    assert "people.second_factors" in call("checks", "list", "--due").stdout
    ran = call("checks", "run", "CHK-2026-0002")
    assert ran.exit_code == 1
    assert "failed" in ran.stdout
    assert call("checks", "run").exit_code == 0
    assert call("checks", "run", "CHK-2026-0001").exit_code == 2


def test_a_framework_is_loaded_and_its_standing_printed(
    call: Any, organisation: Any, alice: Actor, tmp_path: Path
) -> None:
    put_norm("A", actor=alice)
    file = tmp_path / "mine.csv"
    file.write_text("identifier,title\n1,One\n", encoding="utf-8")
    words = ("frameworks", "load", str(file), "--identifier", "MINE", "--title", "Mine", "--as")
    loaded = call(*words, "alice@example.org")
    assert loaded.exit_code == 0, loaded.output
    assert loaded.stdout.startswith("MINE  1 requirements  sha256 ")
    assert call(*words, "nobody@example.org").exit_code == 2
    assert call("frameworks", "load", str(file), "--as", "alice@example.org").exit_code == 1
    told = json.loads(call("standing", "--format", "json").stdout)
    assert told["standings"] == {"MINE:1": "not_assessed", "NRM-05:A": "not_assessed"}
    assert call("standing", "--framework", "MINE").stdout == "not_assessed  MINE:1\n"
    assert call("standing", "--as-of", "1999-01-01").stdout == ""


def test_frameworks_that_ship_along_are_adopted(call: Any, organisation: Any, alice: Actor) -> None:
    told = call("frameworks", "adopt", "MLPS", "--language", "zh-hans", "--as", "alice@example.org")
    assert told.exit_code == 0, told.output
    assert "MLPS  71 requirements" in told.stdout
    assert call("frameworks", "adopt", "PCI", "--as", "alice@example.org").exit_code != 0
    assert "nobody who is active" in call("frameworks", "adopt", "--as", "nobody@example.org").output
