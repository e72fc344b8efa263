"""The rules that ship along: each is well formed, matches its samples and leaves its near misses alone."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
import yaml

from burgrave.engines.detection import (
    CorrelationUse,
    Engine,
    EventSource,
    Rule,
    RuleSet,
    compile_rules,
    load_rules,
)
from burgrave.engines.detection.oracle import naive_match
from burgrave.engines.events import Event, batches, read_events
from burgrave.engines.events.sources import source_of

HERE = Path(__file__).resolve().parent
RULES = HERE.parent / "sigma_rules"
SAMPLES = HERE / "rule_samples"
ROOT = HERE.parents[3]
NAMES = sorted(path.relative_to(RULES).as_posix() for path in RULES.rglob("*.yml"))

RULES_AT_LEAST = 64
FILES_AT_LEAST = 200  # of the 276 recorded attacks
RULES_FIRING_AT_LEAST = 115
REFERENCES = re.compile(
    r"https://(attack\.mitre\.org/techniques/T\d{4}/(\d{3}/)?"
    r"|(learn\.microsoft\.com|docs\.aws\.amazon\.com|cloud\.google\.com|developer\.okta\.com|kubernetes\.io"
    r"|logging\.apache\.org)/\S+)"
)

Fields = Mapping[str, str | None]


@functools.cache
def document_of(name: str) -> dict[str, Any]:
    document = yaml.load((RULES / name).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert isinstance(document, dict)
    return document


PLAIN = [name for name in NAMES if "correlation" not in document_of(name)]
CORRELATIONS = [name for name in NAMES if "correlation" in document_of(name)]


@pytest.fixture(scope="module")
def ruleset() -> RuleSet:
    return load_rules([RULES], correlations=CorrelationUse.APPLIED)


@pytest.fixture(scope="module")
def engine(ruleset: RuleSet) -> Engine:
    return compile_rules(ruleset)


@pytest.fixture(scope="module")
def by_name(ruleset: RuleSet) -> dict[str, Rule]:
    return {rule.path.relative_to(RULES).as_posix(): rule for rule in ruleset.rules}


def shared_data() -> Path:
    folder = Path(os.environ.get("BURGRAVE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no recorded attacks here: {folder} is absent (set BURGRAVE_SHARED_DATA)")
    return folder


@functools.cache
def sample_of(name: str) -> dict[str, object]:
    document = yaml.load((SAMPLES / name).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    assert isinstance(document, dict)
    return document


def events_of(name: str, kind: str) -> list[tuple[EventSource, Fields]]:
    """The events of a sample file with the source of each; a near miss may come from another one."""
    document = sample_of(name)
    entries = document[kind]
    assert isinstance(entries, list)
    return [(EventSource(**entry.get("source", document["source"])), entry["fields"]) for entry in entries]


def row_of(source: EventSource, fields: Fields) -> dict[str, str | None]:
    row = dict(fields)
    if source.channel:
        row |= {"Channel": source.channel, "EventID": source.event_id, "Provider_Name": source.provider}
    return row


def table_of(row: Fields) -> pa.Table:
    return pa.table({name: pa.array([text], pa.string()) for name, text in row.items()})


def test_every_rule_loads_and_reads_a_known_log(ruleset: RuleSet) -> None:
    assert [str(fault) for fault in ruleset.faults] == []
    assert [rule.path.name for rule in ruleset.unmapped] == []
    assert len(ruleset.rules) == len(PLAIN) >= RULES_AT_LEAST
    assert len(ruleset.correlations) == len(CORRELATIONS)


def test_every_rule_has_its_samples_and_no_sample_lost_its_rule() -> None:
    """A correlation has two timelines, which `burgrave rules test` holds it against."""
    assert sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.yml")) == PLAIN
    timelines = sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.rglob("*.jsonl"))
    assert timelines == [f"{name[:-4]}.{kind}.jsonl" for name in CORRELATIONS for kind in ("match", "nomatch")]
    for name in PLAIN:
        assert sample_of(name)["rule"] == name
        assert sample_of(name)["match"], f"{name} has no event that must match"
        assert sample_of(name)["near_miss"], f"{name} has no near miss"


@pytest.mark.parametrize("name", PLAIN)
def test_the_rule_matches_its_events(name: str, engine: Engine, by_name: dict[str, Rule]) -> None:
    for source, fields in events_of(name, "match"):
        found = {match.rule.id for match in engine.match(table_of(row_of(source, fields)), source=source)}
        assert by_name[name].id in found, f"{name} misses {dict(fields)}"


@pytest.mark.parametrize("name", PLAIN)
def test_the_rule_leaves_its_near_misses_alone(name: str, engine: Engine, by_name: dict[str, Rule]) -> None:
    for source, fields in events_of(name, "near_miss"):
        found = {match.rule.id for match in engine.match(table_of(row_of(source, fields)), source=source)}
        assert by_name[name].id not in found, f"{name} fires on {dict(fields)}"


def test_the_slow_evaluator_finds_the_same_in_the_samples(engine: Engine, ruleset: RuleSet) -> None:
    for name in PLAIN:
        for source, fields in (*events_of(name, "match"), *events_of(name, "near_miss")[:1]):
            row = row_of(source, fields)
            found = {match.rule.id for match in engine.match(table_of(row), source=source)}
            assert found == naive_match(ruleset, row, source=source), f"{name}: {dict(fields)}"


@pytest.mark.parametrize("name", NAMES)
def test_the_rule_says_who_made_it_what_it_means_and_what_to_do(name: str) -> None:
    rule = document_of(name)

    assert UUID(rule["id"]).version == 4
    assert (rule["author"], rule["license"]) == ("Burgrave", "Apache-2.0")
    assert rule["status"] in {"test", "stable"}
    assert rule["level"] in {"critical", "high", "medium", "low"}
    assert str(rule["date"]) >= "2026-11-22"
    assert len(rule["title"]) <= 90
    assert rule["description"].count(". ") >= 1, "what it is, why it matters and what a responder does first"
    assert len(rule["description"]) >= 120
    assert rule["falsepositives"]
    assert all(REFERENCES.fullmatch(reference) for reference in rule["references"])


def test_titles_and_ids_are_unique(ruleset: RuleSet) -> None:
    rules = (*ruleset.rules, *ruleset.correlations)
    assert [title for title, count in Counter(rule.title for rule in rules).items() if count > 1] == []
    assert len({rule.id for rule in rules}) == len(NAMES)


def test_every_modifier_of_strings_numbers_and_addresses_is_in_use() -> None:
    text = "\n".join((RULES / name).read_text(encoding="utf-8") for name in NAMES)
    used = set(re.findall(r"\|([a-z0-9]+)", text))
    assert used >= {
        "all", "base64offset", "cidr", "contains", "endswith", "exists", "fieldref", "gt", "gte", "i", "lt", "re",
        "startswith", "wide", "windash",
    }  # fmt: skip


def test_tags_name_techniques_of_attack_under_one_of_their_tactics() -> None:
    bundle = shared_data() / "mitre-attack" / "enterprise-attack-18.1-subset.stix20.json"
    if not bundle.exists():
        pytest.skip(f"no ATT&CK bundle: {bundle} is absent")
    tactics_of: dict[str, set[str]] = {}
    for entry in json.loads(bundle.read_text(encoding="utf-8"))["objects"]:
        if entry["type"] == "attack-pattern" and not (entry.get("revoked") or entry.get("x_mitre_deprecated")):
            number = next(r["external_id"] for r in entry["external_references"] if r["source_name"] == "mitre-attack")
            tactics_of[number] = {phase["phase_name"] for phase in entry["kill_chain_phases"]}

    for name in NAMES:
        tags = {tag.removeprefix("attack.") for tag in document_of(name)["tags"]}
        techniques = {tag for tag in tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag)}
        assert techniques, f"{name} names no technique"
        for technique in techniques:
            assert tactics_of[technique.upper()] & tags, f"{name}: none of the tactics of {technique} is tagged"
        reached = set().union(*(tactics_of[technique.upper()] for technique in techniques))
        assert tags - techniques <= reached, f"{name}: {tags - techniques - reached} has no technique"


def test_the_catalogue_is_current() -> None:
    checked = subprocess.run([sys.executable, ROOT / "tools" / "rules_catalogue.py", "--check"], check=False)
    assert checked.returncode == 0, "docs/detection-rules.md is out of date; run tools/rules_catalogue.py"


@pytest.fixture(scope="module")
def hits(engine: Engine, ruleset: RuleSet) -> dict[str, Counter[str]]:
    """How often each rule that raises alerts by itself fires in each file of recorded attacks."""
    folder = shared_data() / "evtx"
    if not folder.is_dir():
        pytest.skip(f"no recorded attacks here: {folder} is absent")
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted(folder.rglob("*.evtx")):
        for batch in batches(item for item in read_events(path) if isinstance(item, Event)):
            for match in engine.match(batch.table, source=source_of(batch)):
                if match.rule.id not in ruleset.silent:
                    found[match.rule.path.relative_to(RULES).as_posix()][path.name] += 1
    return dict(found)


def test_the_rules_find_most_of_the_recorded_attacks(hits: dict[str, Counter[str]]) -> None:
    assert len({file for files in hits.values() for file in files}) >= FILES_AT_LEAST
    assert len(hits) >= RULES_FIRING_AT_LEAST


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("windows/security/directory_replication_by_user.yml", "CA_DCSync_4662.evtx"),
        ("windows/sysmon/lsass_opened_for_reading.yml", "sysmon_10_lsass_mimikatz_sekurlsa_logonpasswords.evtx"),
        ("windows/registry/uac_bypass_class_hijack.yml", "Sysmon_UACME_33.evtx"),
        ("windows/sysmon/remote_execution_pipe_created.yml", "DE_renamed_psexec_service_sysmon_17_18.evtx"),
        ("windows/security/remote_desktop_logon_from_loopback.yml", "DE_RDP_Tunneling_4624.evtx"),
        ("windows/powershell/script_broken_into_pieces.yml", "exec_emotet_ps_4104.evtx"),
        ("windows/system/event_log_cleared.yml", "DE_104_system_log_cleared.evtx"),
        ("windows/defender/severe_threat_found.yml", "WinDefender_Events_1117_1116_AtomicRedTeam.evtx"),
    ],
    ids=["dcsync", "lsass", "uac", "renamed-psexec", "rdp-tunnel", "emotet", "log-cleared", "defender"],
)
def test_a_known_attack_is_found_by_its_rule(name: str, file: str, hits: dict[str, Counter[str]]) -> None:
    assert hits[name][file] > 0


def test_a_log_of_ordinary_downloads_raises_alerts_only_for_the_implant(hits: dict[str, Counter[str]]) -> None:
    """1,500 transfers of updates and tiles stand around three jobs that a hollowed text editor made."""
    found = {name: files["bits_openvpn.evtx"] for name, files in hits.items() if files["bits_openvpn.evtx"]}
    assert set(found) == {"windows/bits/transfer_job_by_unusual_process.yml"}
    assert sum(found.values()) <= 10
