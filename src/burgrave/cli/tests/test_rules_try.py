"""`burgrave rules try` from the outside."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.utils import timezone

from burgrave.cli.main import main
from burgrave.detection.tests.house import rule_text
from burgrave.events.tests.house import event, kept
from burgrave.people.tests_cast import CastOrganisation
from burgrave.site import boot
from burgrave.web.terms import Actor


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["rules", "try", *map(str, arguments)])


@pytest.fixture
def rules(
    tmp_path: Path, alice: Actor, organisation: CastOrganisation, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Path:
    settings.BURGRAVE_EVENTS = tmp_path / "events"
    monkeypatch.setattr(boot, "boot", lambda: None)
    assert alice.person_id is not None
    now = timezone.now()
    kept(
        organisation.root,
        [event(place, at=now - timedelta(hours=1), Image="C:\\evil.exe") for place in range(3)],
        now=now,
    )
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yml").write_text(rule_text("Alpha"))
    return tmp_path / "rules"


def test_rules_are_tried_on_kept_events_and_said_loudest_first(rules: Path) -> None:
    (rules / "b.yml").write_text(rule_text("Beta", image="none.exe"))
    found = run(rules, "--as", "Alice@example.org", "--last", "day")
    assert found.exit_code == 0, found.output
    first, values, last = found.stdout.splitlines()
    assert first.split() == ["3", "3.0", "a", "day", "loud", "Alpha"]
    assert values.strip() == "Image: C:\\evil.exe (3)"
    assert last.split() == ["0", "0.0", "a", "day", "quiet", "Beta"]
    assert "3 events looked at of 3 that are kept of 1 days" in found.stderr


def test_the_same_is_told_as_json_and_the_exit_code_follows_most_and_faults(rules: Path) -> None:
    told = run(rules, "--as", "alice@example.org", "--format", "json", "--most", "2")
    assert told.exit_code == 1
    (rule,) = json.loads(told.stdout)["rules"]
    assert (rule["matches"], rule["values"]) == (3, {"Image": {"C:\\evil.exe": 3}})
    assert run(rules, "--as", "alice@example.org", "--most", "3").exit_code == 0
    (rules / "bad.yml").write_text("title: [")
    faulty = run(rules, "--as", "alice@example.org")
    assert (faulty.exit_code, "bad.yml" in faulty.stderr) == (1, True)


def test_whoever_is_unknown_or_may_not_hunt_is_told(rules: Path, charlie: Actor) -> None:
    assert charlie.person_id is not None
    assert run(rules, "--as", "nobody@example.org").exit_code == 2
    refused = run(rules, "--as", "charlie@example.org")
    assert (refused.exit_code, "events.hunt" in refused.stderr) == (1, True)
