"""Reports from a script."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from burgrave.cli.main import main
from burgrave.incidents.queries import case
from burgrave.incidents.tests.house import opened
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor


def call(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["report", *arguments])
    return done.exit_code, done.output


@pytest.mark.parametrize("form", ["pdf", "docx", "xlsx", "csv"])
@pytest.mark.parametrize("kind", ["asset-register", "incident", "access"])
def test_a_report_is_written_with_its_digest_and_recorded(
    kind: str,
    form: str,
    organisation: CastOrganisation,
    alice: Actor,
    tmp_path: Path,
    ledger_tail: Callable[[], list[str]],
) -> None:
    number = case(opened(organisation.operations, actor=alice), actor=alice).case.number
    out = tmp_path / f"report.{form}"
    named = [number] if kind == "incident" else []
    code, said = call(kind, *named, "--format", form, "--out", str(out), "--as", "Alice@example.org")
    assert (code, said) == (0, f"sha256:{hashlib.sha256(out.read_bytes()).hexdigest()}  {out}\n")
    assert ledger_tail()[-1].endswith(".report_made")


def test_the_language_is_chosen(alice: Actor, tmp_path: Path) -> None:
    out = tmp_path / "access.csv"
    call("access", "--format", "csv", "--out", str(out), "--as", "alice@example.org", "--language", "zh-hans")
    assert "部门及下级" in out.read_text("utf-8-sig")


def test_nobody_and_nowhere_are_refused(alice: Actor, charlie: Actor, tmp_path: Path) -> None:
    out = str(tmp_path / "x.csv")
    assert "nobody who is active has the e-mail address" in call("access", "--out", out, "--as", "x@example.org")[1]
    code, said = call("access", "--format", "csv", "--out", str(tmp_path / "no" / "x.csv"), "--as", "alice@example.org")
    assert code == 1
    assert "the report was made and recorded" in said
    assert call("access", "--format", "csv", "--out", out, "--as", "charlie@example.org")[0] != 0
    assert not Path(out).exists()
