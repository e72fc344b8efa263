"""`burgrave rules try` from the outside."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.utils import timezone

from burgrave.cli.main import main
from burgrave.detection import commands, queries
from burgrave.detection.terms import Act
from burgrave.detection.terms.placeholders import PlaceholderFacts
from burgrave.detection.tests.house import imported, rule_text
from burgrave.detection.tests.test_correlations import correlation, ids, named
from burgrave.detection.tests.test_trials import asked, work
from burgrave.events.tests.house import event, kept
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.site import boot
from burgrave.web.terms import Actor, UnitId


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


def test_older_events_are_tried_by_all_times_or_by_days(rules: Path, organisation: CastOrganisation) -> None:
    old = datetime(2019, 3, 5, 14, tzinfo=UTC)
    kept(organisation.root, [event(9, at=old, Image="C:\\evil.exe")], now=timezone.now())

    def matches(*arguments: str) -> int:
        told = run(rules, "--as", "alice@example.org", "--format", "json", *arguments)
        return int(json.loads(told.stdout)["rules"][0]["matches"])

    assert matches("--last", "year") == 3
    assert matches("--last", "all") == 4
    assert matches("--from", "2019-03-05", "--to", "2019-03-05") == 1
    assert matches("--to", "2019-03-04", "--from", "2019-01-01") == 0
    wrong = run(rules, "--as", "alice@example.org", "--from", "2019-03-05", "--to", "2019-03-04")
    assert (wrong.exit_code, "ends before it begins" in wrong.stderr) == (1, True)


def test_the_same_is_told_as_json_and_the_exit_code_follows_most_and_faults(rules: Path) -> None:
    told = run(rules, "--as", "alice@example.org", "--format", "json", "--most", "2")
    assert told.exit_code == 1
    (rule,) = json.loads(told.stdout)["rules"]
    assert (rule["matches"], rule["values"]) == (3, {"Image": {"C:\\evil.exe": 3}})
    assert run(rules, "--as", "alice@example.org", "--most", "3").exit_code == 0
    (rules / "bad.yml").write_text("title: [")
    faulty = run(rules, "--as", "alice@example.org")
    assert (faulty.exit_code, "bad.yml" in faulty.stderr) == (1, True)


def many(*rules: str, count: int = 3) -> str:
    text = correlation("Many", *rules, more=f"  condition: {{gte: {count}}}\n")
    return text.replace("group-by: [Computer]", "group-by: [Image]")


def test_a_correlation_is_tried_as_the_page_of_the_library_tries_it(rules: Path, alice: Actor) -> None:
    imported({"a.yml": named("Alpha", "alpha"), "m.yml": many("alpha")}, actor=alice)
    key = ids()["Many"]
    trial_id = asked(key, actor=alice)
    work()
    shown = queries.tried_rule(trial_id, key, actor=alice).found

    (rules / "a.yml").unlink()
    (rules / "m.yml").write_text(many("alpha"))
    (rules / "l.yml").write_text(correlation("Lost", "nobody"))
    told = run(rules, "--as", "alice@example.org", "--format", "json")
    assert told.exit_code == 1
    document = json.loads(told.stdout)
    (rule,) = document["rules"]
    assert (rule["is_correlation"], rule["matches"], rule["looked_at"]) == (True, shown.matches, shown.looked_at)
    assert shown.matches == 1
    (finding,), (seen,) = rule["findings"], shown.findings
    assert (finding["group"], finding["measured"]) == (dict(seen.group), seen.measured)
    assert finding["events"] == [f"{each.file}/{each.place}" for each in seen.events]
    assert finding["ended_at"] == seen.ended_at.isoformat()
    (fault,) = document["faults"]
    assert (fault.startswith(f"{rules / 'l.yml'}:1: "), "'nobody'" in fault) == (True, True)

    (rules / "l.yml").unlink()
    (rules / "a.yml").write_text(named("Alpha", "alpha").replace("evil.exe", "never.exe"))
    drafts = run(rules, "--as", "alice@example.org", "--most", "0")
    assert (drafts.exit_code, [line.split()[0] for line in drafts.stdout.splitlines()]) == (0, ["0", "0"])
    loud = run(rules / "m.yml", "--as", "alice@example.org", "--most", "0")
    assert (loud.exit_code, loud.stdout.splitlines()[0].split()[-1]) == (1, "Many")


def test_rules_and_correlations_stand_beside_their_enabled_texts(
    rules: Path, organisation: CastOrganisation, alice: Actor
) -> None:
    emil = hire("Emil Eder", unit_id=organisation.root, roles=(("security_officer", organisation.root),))
    imported({"a.yml": named("Alpha", "alpha"), "m.yml": many("alpha")}, actor=alice)
    commands.decide(list(ids().values()), Act.APPROVE, Act.ENABLE, actor=emil, now=timezone.now())
    (rules / "a.yml").write_text(named("Alpha", "alpha"))
    (rules / "m.yml").write_text(many("alpha", count=4))
    found = run(rules, "--as", "alice@example.org")
    lines = found.stdout.splitlines()
    assert [line.strip() for line in lines if "enabled" in line] == ["the enabled text: 1; 0 new, 1 no longer found"]
    (rules / "a.yml").write_text(rule_text("Alpha", image="never.exe"))
    told = json.loads(run(rules / "a.yml", "--as", "alice@example.org", "--format", "json").stdout)["rules"][0]
    assert (told["is_compared"], told["live_matches"], told["new_matches"], told["gone_matches"]) == (True, 3, 0, 3)
    assert len(told["gone"]) == 3


def test_placeholders_stand_for_what_the_file_says_else_for_what_the_installation_says(
    rules: Path, organisation: CastOrganisation, alice: Actor
) -> None:
    (rules / "a.yml").write_text(rule_text("Alpha").replace("endswith: '\\evil.exe'", "expand: '%Bad%'"))
    assert run(rules, "--as", "alice@example.org").exit_code == 1
    facts = PlaceholderFacts(
        name="Bad",
        unit_id=UnitId(organisation.root),
        values=("C:\\evil.exe",),
        owner_id=alice.person_id,  # type: ignore[arg-type]  # a person
        reason="Known.",
    )
    commands.add_placeholder(facts, actor=alice, now=timezone.now())
    assert run(rules, "--as", "alice@example.org").stdout.split()[0] == "3"
    (rules.parent / "values.json").write_text('{"Bad": ["C:\\\\other.exe"]}')
    other = run(rules, "--as", "alice@example.org", "--placeholders", rules.parent / "values.json")
    assert (other.exit_code, other.stdout.split()[0]) == (0, "0")


def test_whoever_is_unknown_or_may_not_hunt_is_told(rules: Path, charlie: Actor) -> None:
    assert charlie.person_id is not None
    assert run(rules, "--as", "nobody@example.org").exit_code == 2
    refused = run(rules, "--as", "charlie@example.org")
    assert (refused.exit_code, "events.hunt" in refused.stderr) == (1, True)
