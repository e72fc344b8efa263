"""Where `burgrave detect` keeps loaded rules: with this user alone, or nowhere."""

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from burgrave.cli.detecting.caching import own_cache
from burgrave.cli.main import main

RULE = """\
title: A Word
id: 3f1f5c3a-6a0e-4f0b-9f5e-0d1a7f6f2f11
logsource: {product: windows, category: process_creation}
detection:
  selection: {CommandLine|contains: whoami}
  condition: selection
"""
SOURCE = ("--product", "windows", "--category", "process_creation")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "home"
    monkeypatch.setenv("XDG_CACHE_HOME", str(made))
    return made


def run(tmp_path: Path, *options: str) -> Result:
    (tmp_path / "rules").mkdir(exist_ok=True)
    (tmp_path / "rules" / "word.yml").write_text(RULE)
    (tmp_path / "events.jsonl").write_text('{"EventID": 1, "CommandLine": "whoami"}\n')
    return CliRunner().invoke(
        main, ["detect", "--rules", str(tmp_path / "rules"), str(tmp_path / "events.jsonl"), *SOURCE, *options]
    )


def test_the_folder_is_made_for_this_user_alone(home: Path) -> None:
    assert own_cache() == home / "burgrave" / "rules"
    assert stat.S_IMODE((home / "burgrave" / "rules").stat().st_mode) == 0o700
    assert own_cache() == home / "burgrave" / "rules"


def test_a_relative_name_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert own_cache() == tmp_path / ".cache" / "burgrave" / "rules"


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_into_which_others_may_write_is_not_used(home: Path, mode: int) -> None:
    folder = home / "burgrave" / "rules"
    folder.mkdir(parents=True)
    folder.chmod(mode)
    assert own_cache() is None


def test_nothing_is_made_in_the_folder_of_somebody_else(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: home.stat().st_uid + 1)
    assert own_cache() is None
    assert not list(home.iterdir())


def test_the_folder_of_somebody_else_is_not_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_cache() is not None
    monkeypatch.setattr(os, "geteuid", lambda: home.stat().st_uid + 1)
    assert own_cache() is None


def test_where_no_folder_can_be_made_rules_are_loaded_anew(home: Path, tmp_path: Path) -> None:
    home.write_text("a file")
    assert own_cache() is None
    assert run(tmp_path).exit_code == 0


def test_rules_are_kept_and_taken_from_there(home: Path, tmp_path: Path) -> None:
    first = run(tmp_path)
    (kept,) = (home / "burgrave" / "rules").glob("*.rules")
    written = kept.stat().st_mtime_ns
    second = run(tmp_path)
    assert first.exit_code == second.exit_code == 0
    assert first.stdout == second.stdout
    assert "A Word" in second.stdout
    assert kept.stat().st_mtime_ns == written


def test_none_are_kept_where_that_is_not_wanted(home: Path, tmp_path: Path) -> None:
    assert run(tmp_path, "--no-rule-cache").exit_code == 0
    assert not home.exists()
    assert run(tmp_path, "--rule-cache", str(tmp_path / "named")).exit_code == 0
    assert not home.exists()
    assert list((tmp_path / "named").glob("*.rules"))


def test_both_wishes_together_are_refused(home: Path, tmp_path: Path) -> None:
    found = run(tmp_path, "--no-rule-cache", "--rule-cache", str(tmp_path / "named"))
    assert found.exit_code == 2
    assert "exclude each other" in found.output
    assert not home.exists()
