"""`burgrave rules import` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from burgrave.cli.main import main
from burgrave.detection import models
from burgrave.detection.tests.house import NOON, rule_text, zipped
from burgrave.engines.attack.tests.bundles import bundle
from burgrave.incidents import models as incidents
from burgrave.site import boot
from burgrave.web.terms import Actor


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["rules", "import", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path, alice: Actor, monkeypatch: pytest.MonkeyPatch, settings: object) -> Path:
    settings.BURGRAVE_HOME = tmp_path / "home"  # type: ignore[attr-defined] # the settings of the test
    monkeypatch.setattr(boot, "boot", lambda: None)
    found = tmp_path / "checkout"
    (found / "rules").mkdir(parents=True)
    (found / ".git").mkdir()
    (found / "rules" / "a.yml").write_text(rule_text("Alpha"))
    (found / "rules" / "bad.yml").write_text("title: [")
    (found / ".git" / "x.yml").write_text("x")
    (found / "rules" / "link.yml").symlink_to("/etc/passwd")
    assert alice.person_id is not None
    return found


def test_a_folder_comes_in_and_the_same_again_changes_nothing(folder: Path) -> None:
    tried = run(folder, "--as", "Alice@example.org", "--dry-run")
    assert (tried.exit_code, tried.stdout) == (
        0,
        "1 would be new, 0 would be changed, 0 as before, 2 cannot run\n",
    )
    assert "rules/link.yml:1: it is a link" in tried.stderr
    assert not models.Rule.objects.exists()
    done = run(folder, "--as", "alice@example.org", "--json")
    told = json.loads(done.stdout)
    assert (told["new"], [each["path"] for each in told["faults"]]) == (1, ["rules/link.yml", "rules/bad.yml"])
    assert models.Batch.objects.get().name == "checkout"
    again = run(folder, "--as", "alice@example.org")
    assert again.stdout == "0 new, 0 changed, 1 as before, 2 cannot run\n"


def test_strict_refuses_everything_for_one_rule_that_cannot_run(folder: Path) -> None:
    done = run(folder, "--as", "alice@example.org", "--strict")
    assert (done.exit_code, "nothing was changed" in done.stderr) == (1, True)
    assert not models.Batch.objects.exists()


def test_an_archive_comes_in_and_a_broken_one_is_refused(folder: Path) -> None:
    packed = folder / "r.zip"
    packed.write_bytes(zipped({"a.yml": rule_text("Alpha")}))
    assert run(packed, "--as", "alice@example.org").stdout.startswith("1 new")
    packed.write_bytes(packed.read_bytes()[:40])
    done = run(packed, "--as", "alice@example.org")
    assert (done.exit_code, "cannot be opened" in done.stderr) == (1, True)
    assert run(folder, "--as", "nobody@example.org").exit_code == 2


def test_a_release_of_attack_comes_in_and_tags_that_it_revokes_are_told(folder: Path) -> None:
    incidents.RuleVersion.objects.create(
        rule_id="r", sha256="b" * 64, title="R", level="high", level_rank=3, path="r.yml", source="x",
        origin="library", tags=["attack.t1086"], loaded_at=NOON,
    )  # fmt: skip
    file = folder / "enterprise-attack.json"
    file.write_bytes(bundle())
    call = ["rules", "attack", str(file), "--as"]
    done = CliRunner().invoke(main, [*call, "alice@example.org"])
    assert (done.exit_code, done.stdout) == (
        0,
        "ATT&CK 99.1: 2 tactics, 3 current techniques, 2 revoked, 1 deprecated\n",
    )
    assert done.stderr == "T1086 is revoked, now T1059.001: 1 live rules\n"
    assert "nobody who is active" in CliRunner().invoke(main, [*call, "nobody@example.org"]).output
    plan = folder / "plan.json"
    techniques = [{"techniqueID": each, "score": 1} for each in ("T1059", "T1490", "T1086")]
    whole = {"name": "Plan", "versions": {"layer": "4.5"}, "domain": "enterprise-attack", "techniques": techniques}
    plan.write_text(json.dumps(whole))
    bring = ["rules", "layer", str(plan), "--as", "alice@example.org"]
    for _again in range(2):
        done = CliRunner().invoke(main, bring)
        assert (done.exit_code, done.stdout) == (0, "T1059 Interpreter\nT1490 Inhibit recovery\n")
    told = "Plan: 3 techniques, 2 without a live rule, 1 whose rules hear nothing, 0 covered, 0 not known\n"
    assert done.stderr == told
    assert models.AttackLayer.objects.get().version == 2
    plan.write_text("{}")
    refused = CliRunner().invoke(main, bring)
    assert (refused.exit_code, "names no techniques. In the Navigator" in refused.output) == (1, True)
    assert "nobody who is active" in CliRunner().invoke(main, [*bring[:-1], "x@example.org"]).output
    file.write_bytes(b"[]")
    refused = CliRunner().invoke(main, [*call, "alice@example.org"])
    assert (refused.exit_code, "no STIX bundle, around byte 0" in refused.output) == (1, True)
