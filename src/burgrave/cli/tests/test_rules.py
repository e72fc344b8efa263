"""`burgrave rules` from the outside: linting, samples, and what a rule set hears."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from burgrave.cli.main import main
from burgrave.engines.attack.tests.bundles import bundle

RULE = """\
title: Evil started
name: evil
id: 00000000-0000-4000-8000-000000000001
level: low
author: Ada
logsource: {product: windows, category: process_creation}
detection: {selection: {CommandLine|contains: evil}, condition: selection}
"""
THRICE = """\
title: Evil thrice
id: 00000000-0000-4000-8000-000000000002
level: low
author: Ada
correlation: {type: event_count, rules: evil, timespan: 10m, condition: {gte: 3}}
"""


def started(command: str, minute: int = 0) -> str:
    return json.dumps(
        {
            "EventID": 1,
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "CommandLine": command,
            "UtcTime": f"2021-03-04 05:{minute:02}:00.000",
            "@timestamp": f"2021-03-04T05:{minute:02}:00Z",
        }
    )


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "evil.yml").write_text(RULE)
    (folder / "evil.match.jsonl").write_text(f"{started('evil')}\n{started('EVIL')}\n")
    (folder / "evil.nomatch.jsonl").write_text(started("good"))
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["rules", *map(str, arguments)])


def test_lint_prints_a_line_for_each_and_fails_on_faults_only(case: Path) -> None:
    assert (run("lint", case / "rules").exit_code, run("lint", case / "rules").stdout) == (0, "")
    (case / "rules" / "evil.yml").write_text(RULE.replace("level: low\n", ""))
    odd = run("lint", case / "rules")
    assert odd.stdout.startswith(f"{case / 'rules' / 'evil.yml'}:1:1: no-level: the rule states no level")
    assert "1 rules and 0 correlations: 0 faults, 1 remarks" in odd.stderr
    assert (odd.exit_code, run("lint", "--strict", case / "rules").exit_code) == (0, 1)
    (case / "rules" / "bad.yml").write_text("title: T\n")
    assert run("lint", case / "rules").exit_code == 1


def test_lint_says_the_same_in_json(case: Path) -> None:
    (case / "rules" / "bad.yml").write_text("title: T\nlogsource: {product: x}\ndetection: 5\n")
    (case / "rules" / "filter.yml").write_text(
        "title: F\nlogsource: {product: windows}\n"
        "filter: {rules: any, mine: {CommandLine|contains: evil}, condition: not mine}\n"
    )
    shown = run("lint", "--format", "json", case / "rules")
    found = json.loads(shown.stdout)
    assert (shown.exit_code, found["rules"], found["correlations"]) == (1, 1, 0)
    assert [(each["code"], each["severity"], each["line"], each["char"]) for each in found["findings"]] == [
        ("fault", "error", 3, 1),
        ("removed-by-filter", "warning", 1, 1),
    ]


def test_samples_beside_a_rule_behave(case: Path) -> None:
    shown = run("test", case / "rules")
    assert shown.exit_code == 0
    assert shown.stdout == f"{'ok':10}  {3:>4} samples  {case / 'rules' / 'evil.yml'}\n"
    assert "1 rule files, 3 samples: 0 wrong; 0 files without samples" in shown.stderr
    assert run("test", case / "rules" / "evil.yml").exit_code == 0


def test_samples_that_misbehave_are_named(case: Path) -> None:
    (case / "rules" / "evil.match.jsonl").write_text(f"{started('evil')}\n{started('fine')}\n")
    (case / "rules" / "evil.nomatch.jsonl").write_text(started("evil"))
    shown = run("test", "--format", "json", case / "rules")
    (rule,) = json.loads(shown.stdout)["rules"]
    assert (shown.exit_code, rule["verdict"], rule["samples"]) == (1, "wrong", 3)
    assert rule["wrong"] == [
        f"{case / 'rules' / 'evil.match.jsonl'}:2: must match and does not",
        f"{case / 'rules' / 'evil.nomatch.jsonl'}:1: must not match and does",
    ]
    assert "must match and does not" in run("test", case / "rules").stdout


def test_a_rule_set_without_any_sample_or_with_a_fault_fails(case: Path) -> None:
    (case / "rules" / "bad.yml").write_text("title: T\n")
    shown = run("test", case / "rules")
    assert (shown.exit_code, "fault       " in shown.stdout) == (1, True)
    (case / "rules" / "bad.yml").unlink()
    for name in ("evil.match.jsonl", "evil.nomatch.jsonl"):
        (case / "rules" / name).unlink()
    bare = run("test", case / "rules")
    assert (bare.exit_code, bare.stdout.startswith("no samples")) == (1, True)


@pytest.mark.parametrize(
    ("minutes", "kind", "code"),
    [((1, 2, 3), "match", 0), ((1, 2, 30), "match", 1), ((3, 1, 2), "nomatch", 1), ((1, 2, 30), "nomatch", 0)],
)
def test_the_samples_of_a_correlation_are_one_timeline(
    case: Path, minutes: tuple[int, ...], kind: str, code: int
) -> None:
    (case / "rules" / "thrice.yml").write_text(THRICE)
    (case / "rules" / f"thrice.{kind}.jsonl").write_text("\n".join(started("evil", minute) for minute in minutes))
    shown = run("test", case / "rules")
    assert shown.exit_code == code, shown.output
    assert ("the timeline must" in shown.stdout) == bool(code)


def test_a_line_that_is_no_event_is_a_wrong_sample(case: Path) -> None:
    (case / "rules" / "evil.match.jsonl").write_text(f"{started('evil')}\nnonsense\n")
    shown = run("test", case / "rules")
    assert (shown.exit_code, "every line of a sample is an event" in shown.stdout) == (1, True)


WRITTEN = """\
source: {product: linux, service: sshd}
match: [{fields: {message: evil, gone: null}}]
near_miss:
  - {why: another log, source: {channel: System, event_id: '1'}, fields: {message: evil}}
  - fields: {message: good}
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "rules" / "in").mkdir(parents=True)
    (tmp_path / "samples" / "in").mkdir(parents=True)
    (tmp_path / "rules" / "in" / "r.yml").write_text(
        "title: R\nlogsource: {product: linux, service: sshd}\ndetection: {s: {message: evil}, condition: s}\n"
    )
    (tmp_path / "samples" / "in" / "r.yml").write_text(WRITTEN)
    return tmp_path


def test_a_folder_of_samples_is_laid_out_as_the_rules_are(written: Path) -> None:
    shown = run("test", written / "rules", "--samples", written / "samples")
    assert (shown.exit_code, shown.stdout[:20]) == (0, f"{'ok':10}  {3:>4} sam")
    lone = run("test", written / "rules" / "in" / "r.yml", "--samples", written / "samples" / "in")
    assert lone.exit_code == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[", "cannot be read as YAML"),
        ("[]", "expected a map of source, match and near_miss"),
        ("match: {}", "`match` is not a list"),
        ("source: {product: x}\nmatch: [5]", "match 1: expected a map with `fields`"),
        ("match: [{fields: {a: b}}]", "match 1: `source` is not a map"),
        ("source: {vendor: x}\nmatch: [{fields: {a: b}}]", "`source` is not a map of some of category"),
        ("source: {product: x}\nmatch: [{fields: {a: 5}}]", "put numbers in quotes"),
        (WRITTEN.replace("message: good", "message: evil"), "near_miss 2: must not match and does"),
    ],
)
def test_a_bad_sample_is_wrong_and_says_why(written: Path, text: str, sentence: str) -> None:
    (written / "samples" / "in" / "r.yml").write_text(text)
    shown = run("test", written / "rules", "--samples", written / "samples")
    assert (shown.exit_code, sentence in shown.stdout) == (1, True), shown.output


def test_coverage_tells_what_is_heard_and_who_is_deaf(case: Path) -> None:
    rules = case / "rules"
    (rules / "deaf.yml").write_text(
        RULE.replace("000001", "000003").replace("process_creation", "dns_query").replace("name: evil", "name: deaf")
    )
    (rules / "never.yml").write_text(THRICE.replace("rules: evil", "rules: deaf"))
    (rules / "thrice.yml").write_text(THRICE.replace("000002", "000004"))
    logs = case / "logs"
    logs.mkdir()
    other = [json.dumps({"EventID": number, "Channel": "System"}) for number in range(25)]
    (logs / "a.jsonl").write_text("\n".join([started("x"), started("y"), "nonsense", *other]))
    (logs / "b.evtx").write_bytes(b"MZ not a log")
    shown = run("coverage", "--rules", rules, logs, case / "absent")
    assert shown.exit_code == 1
    assert shown.stdout.splitlines()[:3] == [
        "      events   rules  can fire  log source",
        "           2       1         1  windows/process_creation/*",
        "           0       1         0  windows/dns_query/*",
    ]
    assert "           1  System 0\n" in shown.stdout
    assert "and 5 more kinds" in shown.stdout
    assert f"  {rules / 'deaf.yml'}:1: Evil started\n  {rules / 'never.yml'}:1: Evil thrice\n" in shown.stdout
    assert "27 events, 1 records not read; 1 of 2 log sources heard; 2 rules deaf" in shown.stderr
    assert "absent does not exist" in shown.stderr
    told = json.loads(run("coverage", "--format", "json", "--rules", rules, logs).stdout)
    assert told["log_sources"][0] == {
        "log_source": "windows/process_creation/*",
        "events": 2,
        "rules": 1,
        "can_fire": 1,
    }
    assert [each["title"] for each in told["deaf"]] == ["Evil started", "Evil thrice"]
    assert len(told["unheard"]) == 25


@pytest.mark.parametrize(
    ("asked", "is_deaf"),
    [
        ("type: event_count, rules: [evil, deaf], condition: {gte: 3}", False),
        ("type: value_count, rules: [evil, deaf], condition: {gte: 3, field: User}", False),
        ("type: value_sum, rules: [evil, deaf], condition: {gte: 3, field: Size}", False),
        ("type: value_avg, rules: [evil, deaf], condition: {gte: 3, field: Size}", False),
        ("type: value_median, rules: [evil, deaf], condition: {gte: 3, field: Size}", False),
        ("type: value_percentile, rules: [evil, deaf], condition: {gte: 3, field: Size, percentile: 90}", False),
        ("type: temporal, rules: [evil, deaf]", True),
        ("type: temporal, rules: [evil, deaf], condition: {gte: 1}", False),
        ("type: temporal_ordered, rules: [evil, deaf]", True),
        ("type: temporal, condition: evil or deaf", False),
        ("type: temporal, condition: evil and not deaf", False),
        ("type: temporal_ordered, condition: evil and deaf", True),
    ],
)
def test_coverage_asks_of_a_correlation_the_rules_that_it_needs(case: Path, asked: str, *, is_deaf: bool) -> None:
    rules, log = case / "rules", case / "x.jsonl"
    deaf = RULE.replace("000001", "000003").replace("process_creation", "dns_query").replace("name: evil", "name: deaf")
    (rules / "deaf.yml").write_text(deaf)
    section = "correlation: {timespan: 10m, " + asked + "}\n"
    (rules / "both.yml").write_text(THRICE[: THRICE.index("correlation:")] + section)
    log.write_text(started("x"))
    told = json.loads(run("coverage", "--format", "json", "--rules", rules, log).stdout)
    assert [each["title"] for each in told["deaf"]] == ["Evil started", *(["Evil thrice"] if is_deaf else [])]


def test_coverage_of_events_that_name_no_channel_needs_a_log_source(case: Path) -> None:
    (case / "rules" / "evil.yml").write_text(RULE.replace("windows, category: process_creation", "linux, service: x"))
    log = case / "x.jsonl"
    log.write_text('{"CommandLine": "evil"}')
    assert "*/*/*" in run("coverage", "--rules", case / "rules", log).stdout
    heard = run("coverage", "--rules", case / "rules", "--product", "linux", "--service", "x", log)
    assert (heard.exit_code, "1 of 1 log sources heard; 0 rules deaf" in heard.stderr) == (0, True)


def test_coverage_stands_beside_a_layer(case: Path) -> None:
    rules, log, layer = case / "rules", case / "x.jsonl", case / "layer.json"
    (rules / "evil.yml").write_text(RULE + "tags: [attack.execution, attack.t1059]\n")
    deaf = RULE.replace("000001", "000003").replace("process_creation", "dns_query").replace("name: evil", "name: deaf")
    (rules / "deaf.yml").write_text(deaf + "tags: [attack.t1071.004]\n")
    log.write_text(started("x"))
    techniques = [
        {"techniqueID": "T1059", "score": 1},
        {"techniqueID": "T1071.004", "score": 7, "comment": "by name"},
        {"techniqueID": "T1490", "score": 2.5},
        {"techniqueID": "T1003", "enabled": False},
        {"techniqueID": "nonsense"},
    ]
    plan = {"name": "Plan", "versions": {"layer": "4.4"}, "domain": "enterprise-attack", "techniques": techniques}
    layer.write_text(json.dumps(plan))
    shown = run("coverage", "--rules", rules, "--against", layer, log)
    assert shown.exit_code == 0
    assert "layer Plan: 3 techniques: 1 no rule, 1 only deaf rules, 1 covered" in shown.stdout
    assert shown.stdout.splitlines()[-6:] == [
        "ATT&CK of the layer: not told; compared with: no release (--attack gives one)",
        "  T1490      no rule             0 of 0        2.5  ",
        "  T1071.004  only deaf rules     0 of 1          7  by name",
        "  T1059      covered             1 of 1          1  ",
        "not known as a technique: NONSENSE",
        "switched off in the layer: T1003",
    ]
    told = json.loads(run("coverage", "--format", "json", "--rules", rules, "--against", layer, log).stdout)["against"]
    assert [(each["technique"], each["cover"]) for each in told["techniques"]] == [
        ("T1490", "gap"),
        ("T1071.004", "silent"),
        ("T1059", "covered"),
    ]
    assert run("coverage", "--rules", rules, "--attack", layer, log).exit_code == 2
    layer.write_text(json.dumps({**plan, "versions": {"layer": "3.0"}}))
    refused = run("coverage", "--rules", rules, "--against", layer, log)
    assert (refused.exit_code, "has the format 3.0, expected 4.0 to 4.5. Open it" in refused.output) == (2, True)


def test_a_layer_and_a_release_say_which_attack_they_are_of_and_a_warning_where_they_differ(case: Path) -> None:
    rules, log, layer, release = case / "rules", case / "x.jsonl", case / "layer.json", case / "release.json"
    (rules / "evil.yml").write_text(RULE + "tags: [attack.execution, attack.t1086]\n")
    log.write_text(started("x"))
    release.write_bytes(bundle())
    plan = {
        "name": "Plan",
        "versions": {"layer": "4.5", "attack": "98"},
        "domain": "enterprise-attack",
        "techniques": [{"techniqueID": "T1059.001", "score": 1}, {"techniqueID": "T9999", "score": 1}],
    }
    layer.write_text(json.dumps(plan))
    shown = run("coverage", "--rules", rules, "--against", layer, "--attack", release, log)
    assert shown.exit_code == 0, shown.output
    assert "ATT&CK of the layer: 98; compared with: 99.1" in shown.stdout
    assert "warning: the layer is of ATT&CK 98, the release that it is compared with of 99.1" in shown.stderr
    assert "  T1059.001  covered             1 of 1" in shown.stdout, "the rule names what it was called before"
    assert "not known as a technique: T9999" in shown.stdout
    layer.write_text(json.dumps({**plan, "versions": {"layer": "4.5", "attack": "99"}}))
    same = run("coverage", "--rules", rules, "--against", layer, "--attack", release, "--format", "json", log)
    told = json.loads(same.stdout)["against"]
    assert (told["attack_version"], told["release"], told["agreement"]) == ("99", "99.1", "same")
    assert "warning" not in same.stderr
    release.write_text("{}")
    refused = run("coverage", "--rules", rules, "--against", layer, "--attack", release, log)
    assert (refused.exit_code, "no STIX bundle" in refused.output) == (2, True)
    release.write_bytes(bundle().replace(b'"x_mitre_version": "99.1"', b'"x_mitre_version": ""'))
    bare = run("coverage", "--rules", rules, "--against", layer, "--attack", release, log)
    assert "compared with: a release without a number" in bare.stdout


def test_the_shipped_rules_pass_their_samples() -> None:
    domain = Path(__file__).resolve().parents[2] / "incidents"
    shown = run("test", domain / "sigma_rules", "--samples", domain / "tests" / "rule_samples")
    assert shown.exit_code == 0, shown.output
    assert run("lint", domain / "sigma_rules").exit_code == 0
