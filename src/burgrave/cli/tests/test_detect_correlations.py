"""`burgrave detect` from the outside: correlations, formats for other tools, the timeline, the level that fails."""

import base64
import csv
import hashlib
import io
import json
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from burgrave.cli.main import main

RULES = """\
title: Evil started
name: evil
id: 00000000-0000-4000-8000-000000000001
level: low
author: Ada
date: 2024-01-02
modified: 2024/02/03
tags: [attack.execution, attack.t1059]
references: ["https://example.org/evil"]
logsource: {product: windows, category: process_creation}
detection: {selection: {CommandLine|contains: evil}, condition: selection}
---
title: Evil thrice on one computer
id: 00000000-0000-4000-8000-000000000002
level: high
author: Bob
description: Thrice is no accident.
tags: [attack.initial_access]
correlation:
  type: event_count
  rules: evil
  group-by: [Computer, Image]
  timespan: 10m
  condition: {gte: 3}
"""


def started(number: int, at: str, command: str = "evil", image: str = "C:\\\\x.exe") -> str:
    system = {
        "EventID": 1,
        "EventRecordID": number,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "PC-1",
        "TimeCreated": {"#attributes": {"SystemTime": f"2021-03-04T{at}Z"}} if at else {},
    }
    return json.dumps({"Event": {"System": system, "EventData": {"CommandLine": command, "Image": image}}})


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Two logs whose events alternate in time: at 05:01, 05:03 and 05:09 evil is started, at 09:01 once more."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "evil.yml").write_text(RULES)
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.jsonl").write_text("\n".join([started(1, "05:09:00"), started(2, "05:01:00"), started(3, "")]))
    (logs / "b.jsonl").write_text(
        "\n".join([started(1, "05:03:00"), started(2, "09:01:00"), started(9, "05:04:00", "x")])
    )
    return tmp_path


def run(case: Path, *arguments: str | Path) -> Result:
    logs = case / "logs"
    options = ["--rules", case / "rules", *(arguments or ("--format", "jsonl"))]
    return CliRunner().invoke(main, ["detect", *map(str, options), str(logs)])


def loud(case: Path) -> None:
    """The rule reports by itself as well."""
    (case / "rules" / "evil.yml").write_text(RULES.replace("correlation:\n", "correlation:\n  generate: true\n"))


def test_a_correlation_reports_instead_of_its_rule(case: Path) -> None:
    shown = run(case)
    (row,) = map(json.loads, shown.stdout.splitlines())
    a, b = str(case / "logs" / "a.jsonl"), str(case / "logs" / "b.jsonl")
    assert row == {
        "rule_id": "00000000-0000-4000-8000-000000000002",
        "rule_title": "Evil thrice on one computer",
        "level": "high",
        "author": "Bob",
        "file": a,
        "record_id": "1",
        "time": "2021-03-04T05:09:00Z",
        "computer": "PC-1",
        "channel": "",
        "event_id": "",
        "tags": ["attack.initial_access"],
        "fields": {"Computer": "PC-1", "Image": "C:\\\\x.exe"},
        "began": "2021-03-04T05:01:00Z",
        "event_count": 3,
        "measured": "3",
        "events": [{"file": a, "record_id": "2"}, {"file": b, "record_id": "1"}, {"file": a, "record_id": "1"}],
    }
    assert "1 correlations loaded, 1 of them run" in shown.stderr
    assert "1 of the matches are of 1 correlations, over 4 hits" in shown.stderr
    assert "1 hits have no time and take part in no correlation" in shown.stderr
    assert "1 matches of 1 rules: 1 high" in shown.stderr


def test_the_order_of_the_files_changes_nothing(case: Path) -> None:
    once = run(case).stdout
    logs = case / "logs"
    (logs / "a.jsonl").write_text("\n".join(reversed((logs / "a.jsonl").read_text().splitlines())))
    arguments = ["detect", "--rules", str(case / "rules"), "--format", "jsonl"]
    assert CliRunner().invoke(main, [*arguments, str(logs / "b.jsonl"), str(logs / "a.jsonl")]).stdout == once


def test_with_generate_the_rule_reports_as_well(case: Path) -> None:
    loud(case)
    shown = run(case)
    titles = [json.loads(line)["rule_title"] for line in shown.stdout.splitlines()]
    assert titles == ["Evil started"] * 5 + ["Evil thrice on one computer"]


def test_a_level_keeps_what_its_correlations_need_and_does_not_report_it(case: Path) -> None:
    loud(case)
    shown = run(case, "--level", "high", "--format", "jsonl")
    assert [json.loads(line)["level"] for line in shown.stdout.splitlines()] == ["high"]
    lone = run(case, "--level", "critical", "--format", "jsonl")
    assert lone.stdout == ""
    assert "1 correlations loaded, 0 of them run" in lone.stderr


@pytest.mark.parametrize("form", ["table", "csv"])
def test_tables_say_what_came_together(case: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = run(case, "--format", form)
    if form == "csv":
        (row,) = csv.DictReader(io.StringIO(shown.stdout))
        assert (row["event_count"], row["measured"], row["began"]) == ("3", "3", "2021-03-04T05:01:00Z")
        assert len(json.loads(row["events"])) == 3
    else:
        assert "3 events, the last a.jsonl #1" in shown.stdout
        assert "Computer: PC-1" in shown.stdout


@pytest.mark.parametrize(
    ("level", "code"), [("informational", 3), ("high", 3), ("critical", 0)], ids=["below", "at", "above"]
)
def test_a_level_that_fails_ends_with_3(case: Path, level: str, code: int) -> None:
    assert run(case, "--fail-level", level).exit_code == code


def test_what_was_found_is_graver_than_what_could_not_be_read(case: Path) -> None:
    (case / "logs" / "bad.evtx").write_bytes(b"MZ not a log")
    assert run(case, "--fail-level", "low").exit_code == 3
    assert run(case).exit_code == 1


def test_the_summary_counts_by_tactic_and_the_timeline_by_hour(case: Path) -> None:
    loud(case)
    said = run(case, "--timeline", "--format", "jsonl").stderr
    assert f"{5:>14}  execution\n{1:>14}  initial-access\n" in said
    assert f"2021-03-04 05:00          4  {'█' * 40}\n" in said
    assert "… 3 hours without\n" in said
    assert f"2021-03-04 09:00          1  {'█' * 10}\n" in said
    assert "without a time            1\n" in said


def test_a_timeline_of_nothing_is_empty(case: Path) -> None:
    assert "█" not in run(case, "--timeline", "--level", "critical").stderr


@pytest.mark.parametrize("limit", [0, 2])
def test_parquet_has_the_rows_of_jsonl(case: Path, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("burgrave.cli.detecting.parquet._ROWS", 2)
    loud(case)
    out = case / "out.parquet"
    assert run(case, "--format", "parquet", "--limit", str(limit), "--output", out).exit_code == 0
    rows = pq.read_table(out).to_pylist()
    told = [json.loads(line) for line in run(case, "--format", "jsonl", "--limit", str(limit)).stdout.splitlines()]
    assert [(row["rule_id"], row["record_id"], row["tags"]) for row in rows] == [
        (row["rule_id"], row["record_id"], row["tags"]) for row in told
    ]
    assert [json.loads(row["fields"]) for row in rows] == [row["fields"] for row in told]
    if not limit:
        assert rows[-1]["time"].isoformat() == "2021-03-04T05:09:00+00:00"
        assert rows[-1]["events"] == told[-1]["events"]
        assert rows[2]["time"] is None


def test_parquet_is_not_written_to_a_terminal(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    shown = run(case, "--format", "parquet")
    assert shown.exit_code == 2
    assert "Parquet is no text for a terminal" in shown.stderr


def test_stix_says_what_was_sighted_where(case: Path) -> None:
    loud(case)
    bundle = json.loads(run(case, "--format", "stix").stdout)
    assert bundle["type"] == "bundle"
    assert UUID(bundle["id"].removeprefix("bundle--")).version == 5
    by_id = {each["id"]: each for each in bundle["objects"]}
    assert len(by_id) == len(bundle["objects"])
    assert {each["spec_version"] for each in bundle["objects"]} == {"2.1"}
    for each in bundle["objects"]:
        assert each["id"].startswith(f"{each['type']}--")
        for name, value in each.items():
            for reference in [value] if name.endswith("_ref") else value if name.endswith("_refs") else ():
                assert reference in by_id
    sightings = [each for each in bundle["objects"] if each["type"] == "sighting"]
    assert [each["count"] for each in sightings] == [1, 1, 1, 1, 1, 3]
    last = sightings[-1]
    assert (last["first_seen"], last["last_seen"]) == ("2021-03-04T05:01:00.000Z", "2021-03-04T05:09:00.000Z")
    assert by_id[last["where_sighted_refs"][0]]["name"] == "PC-1"
    assert last["description"] == "Computer: PC-1, Image: C:\\\\x.exe"
    assert "first_seen" not in sightings[2]


def test_a_stix_indicator_is_the_rule_and_names_its_author(case: Path) -> None:
    loud(case)
    objects = json.loads(run(case, "--format", "stix").stdout)["objects"]
    rule, correlation = (each for each in objects if each["type"] == "indicator")
    assert (rule["pattern_type"], rule["pattern"]) == ("sigma", (case / "rules" / "evil.yml").read_text())
    assert (rule["created"], rule["modified"]) == ("2024-01-02T00:00:00.000Z", "2024-02-03T00:00:00.000Z")
    assert rule["kill_chain_phases"] == [{"kill_chain_name": "mitre-attack", "phase_name": "execution"}]
    assert correlation["valid_from"] == "1970-01-01T00:00:00.000Z"
    assert correlation["description"] == "Thrice is no accident."
    names = {each["id"]: each["name"] for each in objects if each["type"] == "identity"}
    assert [names[each["created_by_ref"]] for each in (rule, correlation)] == ["Ada", "Bob"]


def test_a_stix_artifact_has_the_id_that_its_bytes_give(case: Path) -> None:
    """STIX 2.1, 2.9: UUIDv5 over the canonical JSON of the contributing properties."""
    loud(case)
    objects = json.loads(run(case, "--format", "stix").stdout)["objects"]
    artifact = next(each for each in objects if each["type"] == "artifact")
    data = base64.b64decode(artifact["payload_bin"])
    assert json.loads(data) == json.loads(started(1, "05:09:00"))
    digest = hashlib.sha256(data).hexdigest()
    names = f'{{"hashes":{{"SHA-256":"{digest}"}},"payload_bin":"{artifact["payload_bin"]}"}}'
    namespace = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
    assert namespace != NAMESPACE_URL
    assert artifact["id"] == f"artifact--{uuid5(namespace, names)}"


def test_the_same_run_gives_the_same_bundle_and_a_limit_cuts_it(case: Path) -> None:
    assert run(case, "--format", "stix").stdout == run(case, "--format", "stix").stdout
    loud(case)
    objects = json.loads(run(case, "--format", "stix", "--limit", "1").stdout)["objects"]
    assert [each["type"] for each in objects].count("sighting") == 1
