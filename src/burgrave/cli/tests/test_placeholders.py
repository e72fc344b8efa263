"""`--placeholders FILE` of the commands that load rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from burgrave.cli import placeholders
from burgrave.cli.main import main

RULE = """\
title: Elsewhere
id: 00000000-0000-4000-8000-000000000003
level: low
author: Ada
logsource: {product: linux, service: x}
detection: {selection: {Host|expand: '%Admins_Workstations%'}, condition: not selection}
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture
def case(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yml").write_text(RULE)
    (tmp_path / "values.yml").write_text('"%Admins_Workstations%": [ws-1, 7]\n')
    (tmp_path / "x.jsonl").write_text('{"Host": "ws-1"}\n{"Host": "ws-2"}\n{"Host": "7"}\n')
    return tmp_path


def test_rules_run_with_the_values_of_the_file_and_are_faults_without(case: Path) -> None:
    bare = run("rules", "lint", case / "rules")
    assert (bare.exit_code, "a.yml:6" in bare.stdout, "%Admins_Workstations%" in bare.stdout) == (1, True, True)
    assert run("rules", "lint", "--placeholders", case / "values.yml", case / "rules").exit_code == 0
    asked = ("--product", "linux", "--service", "x", "--placeholders", case / "values.yml")
    found = run("detect", "--rules", case / "rules", "--format", "jsonl", "--no-progress", *asked, case / "x.jsonl")
    assert [json.loads(line)["record_id"] for line in found.stdout.splitlines()] == ["2"]
    heard = run("rules", "coverage", "--rules", case / "rules", *asked, case / "x.jsonl")
    assert "1 of 1 log sources heard" in heard.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[a]", "it holds list; expected a map"),
        ("a: b", "expected a map of names to lists of texts"),
        ("a: [{b: c}]", "expected a map of names to lists of texts"),
        ("a: [", "neither YAML nor JSON"),
        ("'a%b': [c]", "1 to 200 characters"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_a_sentence(case: Path, text: str, sentence: str) -> None:
    (case / "values.yml").write_text(text)
    refused = run("rules", "lint", "--placeholders", case / "values.yml", case / "rules")
    assert (refused.exit_code, sentence in " ".join(refused.stderr.replace("│", "").split())) == (2, True)


def test_a_file_that_is_too_large_is_refused(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placeholders, "MOST_BYTES", 5)
    refused = run("rules", "lint", "--placeholders", case / "values.yml", case / "rules")
    assert (refused.exit_code, "more than 5 bytes" in refused.stderr) == (2, True)
