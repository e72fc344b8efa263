"""`burgrave detect` from the outside: what it writes where, in which order, and with which exit code."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from burgrave.cli.detecting.report import Report, visible
from burgrave.cli.detecting.run import Run, event_files
from burgrave.cli.detecting.writing import harmless
from burgrave.cli.main import main
from burgrave.engines.detection import load_rules, oracle
from burgrave.engines.events import NO_LOG_SOURCE, Event, batches, read_events
from burgrave.engines.events.sources import source_of

RULE = """\
title: {title}
id: {id}
status: test
author: A. Author
level: {level}
tags: [attack.execution, attack.t1059]
logsource: {{product: windows, category: process_creation}}
detection:
  selection: {{CommandLine|contains: '{word}'}}
  condition: selection
"""


def rule(folder: Path, number: int, word: str, level: str = "high", title: str = "") -> None:
    folder.mkdir(exist_ok=True)
    identity = f"00000000-0000-4000-8000-{number:012d}"
    (folder / f"r{number}.yml").write_text(
        RULE.format(title=title or f"Rule {number}", id=identity, level=level, word=word)
    )


def started(number: int, command: str, at: str = "2021-03-04T05:06:07Z") -> str:
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
        "EventID": 1,
        "EventRecordID": number,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "PC-1",
        "TimeCreated": {"#attributes": {"SystemTime": at}},
    }
    return json.dumps({"Event": {"System": system, "EventData": {"CommandLine": command, "Image": "C:\\x.exe"}}})


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Two rules and three event files, one of them in a folder below."""
    rule(tmp_path / "rules", 1, "evil")
    rule(tmp_path / "rules", 2, "curl", level="low")
    logs = tmp_path / "logs"
    (logs / "b").mkdir(parents=True)
    (logs / "a.jsonl").write_text("\n".join([started(1, "evil curl"), started(2, "fine"), started(3, "curl")]))
    (logs / "b" / "c.json").write_text(started(4, "EVIL"))
    (logs / "notes.txt").write_text("no events")
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["detect", *(str(each) for each in arguments)])


def found(shown: Result) -> list[tuple[str, str]]:
    return [(row["record_id"], row["rule_title"]) for row in map(json.loads, shown.stdout.splitlines())]


def test_jsonl_gives_every_match_in_the_order_of_the_events(case: Path) -> None:
    shown = run("--rules", case / "rules", "--format", "jsonl", case / "logs")
    assert shown.exit_code == 0
    assert found(shown) == [("1", "Rule 1"), ("1", "Rule 2"), ("3", "Rule 2"), ("4", "Rule 1")]
    assert json.loads(shown.stdout.splitlines()[0]) == {
        "rule_id": "00000000-0000-4000-8000-000000000001",
        "rule_title": "Rule 1",
        "level": "high",
        "author": "A. Author",
        "file": str(case / "logs" / "a.jsonl"),
        "record_id": "1",
        "time": "2021-03-04T05:06:07Z",
        "computer": "PC-1",
        "channel": "Microsoft-Windows-Sysmon/Operational",
        "event_id": "1",
        "tags": ["attack.execution", "attack.t1059"],
        "fields": {"CommandLine": "evil curl"},
    }


def test_the_summary_goes_to_standard_error(case: Path) -> None:
    shown = run("--rules", case / "rules", "--format", "jsonl", case / "logs")
    assert "4 events of 2 files" in shown.stderr
    assert "events per CPU second" in shown.stderr
    assert "2 rules loaded, 2 of them run; 0 refused; 0 without a known channel" in shown.stderr
    assert "0 records not read, 0 files refused" in shown.stderr
    assert "1 files in the folders have other names" in shown.stderr
    assert "4 matches of 2 rules: 2 high, 2 low" in shown.stderr


def test_csv_has_the_same_rows(case: Path) -> None:
    shown = run("--rules", case / "rules", "--format", "csv", case / "logs")
    rows = list(csv.DictReader(io.StringIO(shown.stdout)))
    assert [row["record_id"] for row in rows] == ["1", "1", "3", "4"]
    assert rows[0]["tags"] == "attack.execution, attack.t1059"
    assert json.loads(rows[0]["fields"]) == {"CommandLine": "evil curl"}


def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path) -> None:
    rule(tmp_path / "rules", 1, "evil", title="=HYPERLINK(1)")
    log = tmp_path / "-log.jsonl"
    log.write_text(started(1, "evil").replace("PC-1", "@PC"))
    shown = run("--rules", tmp_path / "rules", "--format", "csv", log)
    (row,) = csv.DictReader(io.StringIO(shown.stdout))
    assert row["rule_title"] == "'=HYPERLINK(1)"
    assert row["computer"] == "'@PC"


@given(st.text())
def test_a_harmless_cell_never_begins_like_a_formula(text: str) -> None:
    cell = str(harmless(text))
    assert cell[:1] not in set("=+-@\t\r\n＝＋－＠")
    assert cell in {text, f"'{text}"}


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_puts_the_gravest_first_and_fits_the_width(
    case: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    (case / "logs" / "z.jsonl").write_text(started(5, "evil", at="2020-01-01T00:00:00Z"))
    shown = run("--rules", case / "rules", case / "logs")
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert max(map(len, lines)) <= width
    text = shown.stdout
    assert text.index("high: 3 matches") < text.index("2020-01-01 00:00:00") < text.index("low: 2 matches")
    assert text.index("2020-01-01 00:00:00") < text.index("2021-03-04 05:06:07")
    assert ("CommandLine: evil" in text) == (width == 120)


def test_a_limited_table_keeps_the_gravest_and_says_what_is_left_out(case: Path) -> None:
    shown = run("--rules", case / "rules", "--limit", "1", case / "logs")
    assert "high: 2 matches, the first 1 of them" in shown.stdout
    assert "and 3 more" in shown.stdout
    assert "low" not in shown.stdout
    assert "4 matches" in shown.stderr


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_limit_cuts_the_lines_and_counts_all(case: Path, form: str) -> None:
    shown = run("--rules", case / "rules", "--limit", "2", "--format", form, case / "logs")
    assert len(shown.stdout.splitlines()) == (2 if form == "jsonl" else 3)
    assert "4 matches" in shown.stderr


def test_a_level_leaves_the_lower_rules_out(case: Path) -> None:
    shown = run("--rules", case / "rules", "--level", "medium", "--format", "jsonl", case / "logs")
    assert {title for _, title in found(shown)} == {"Rule 1"}
    assert "2 rules loaded, 1 of them run" in shown.stderr


def test_results_go_to_the_file_that_is_named(case: Path) -> None:
    out = case / "out.jsonl"
    shown = run("--rules", case / "rules", "--format", "jsonl", "--output", out, case / "logs")
    assert shown.stdout == ""
    assert len(out.read_text().splitlines()) == 4
    table = case / "out.txt"
    run("--rules", case / "rules", "--output", table, case / "logs")
    assert "high: 2 matches" in table.read_text()


def test_a_file_that_cannot_be_written_is_a_wrong_call(case: Path) -> None:
    shown = run("--rules", case / "rules", "--output", case / "no" / "out", case / "logs")
    assert shown.exit_code == 2
    assert "No such file or directory" in shown.stderr


def test_the_order_of_the_paths_is_kept_and_no_file_is_read_twice(case: Path) -> None:
    logs = case / "logs"
    shown = run("--rules", case / "rules", "--format", "jsonl", logs / "b" / "c.json", logs, logs / "a.jsonl")
    assert [record for record, _ in found(shown)] == ["4", "1", "1", "3"]


def test_a_refused_file_is_named_and_the_rest_is_read(case: Path) -> None:
    (case / "logs" / "aa.evtx").write_bytes(b"MZ not a log")
    shown = run("--rules", case / "rules", "--format", "jsonl", case / "logs", case / "absent")
    assert shown.exit_code == 1
    assert len(found(shown)) == 4
    assert "aa.evtx is a Windows program, expected" in shown.stderr
    assert "absent does not exist" in shown.stderr
    assert "2 files refused" in shown.stderr


def test_unreadable_records_are_counted_named_and_kept(case: Path) -> None:
    (case / "logs" / "bad.jsonl").write_text("{}\n" + "nonsense\n" * 9 + started(7, "evil"))
    kept = case / "kept.jsonl"
    shown = run("--rules", case / "rules", "--format", "jsonl", "--unreadable", kept, case / "logs")
    assert shown.exit_code == 0
    assert "bad.jsonl, line 2: it is no JSON" in shown.stderr
    assert "line 9" not in shown.stderr
    assert "9 records not read" in shown.stderr
    assert f"  9 in {case / 'logs' / 'bad.jsonl'}" in shown.stderr
    rows = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [row["position"] for row in rows] == [f"line {number}" for number in range(2, 11)]
    assert bytes.fromhex(rows[0]["excerpt_hex"]) == b"nonsense"
    assert ("7", "Rule 1") in found(shown)


def test_rules_that_cannot_run_are_named_with_path_and_line(case: Path) -> None:
    broken = case / "rules" / "broken.yml"
    broken.write_text("title: x\nlogsource: {product: windows}\ndetection:\n  a: {b: c}\n  condition: nothing\n")
    shown = run("--rules", case / "rules", "--format", "jsonl", case / "logs")
    assert shown.exit_code == 0
    assert f"warning: rule is not run: {broken}:" in shown.stderr
    assert "1 refused" in shown.stderr


def test_rules_that_nothing_feeds_are_named(case: Path) -> None:
    lost = case / "rules" / "lost.yml"
    lost.write_text(
        (case / "rules" / "r1.yml")
        .read_text()
        .replace("process_creation", "nowhere")
        .replace("-000000000001", "-000000000009")
    )
    shown = run("--rules", case / "rules", "--format", "jsonl", case / "logs")
    assert f"no known channel feeds this rule: {lost}:" in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Missing argument 'PATH...'"),
        (["--rules", "{case}/absent", "{case}"], "does not exist"),
        (["--rules", "{case}/logs/b", "{case}/logs"], "no Sigma rule that can run was found"),
        (["--level", "grave", "{case}"], "'grave' is not one of"),
        (["--format", "xml", "{case}"], "'xml' is not one of"),
    ],
    ids=["no path", "no rules folder", "no rules in it", "level", "format"],
)
def test_a_wrong_call_ends_with_2(case: Path, arguments: list[str], sentence: str) -> None:
    shown = run(*(each.format(case=case) for each in arguments))
    assert shown.exit_code == 2
    assert sentence in shown.stderr
    assert shown.stdout == ""


def test_other_logs_need_a_log_source(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    rule(folder, 1, "evil")
    text = (folder / "r1.yml").read_text().replace("windows, category: process_creation", "linux, service: auditd")
    (folder / "r1.yml").write_text(text)
    log = tmp_path / "audit.log"
    log.write_text('{"CommandLine": "evil", "time": "1614834367"}\n')
    silent = run("--rules", folder, "--format", "jsonl", log)
    assert silent.stdout == ""
    assert "1 events name no Windows channel" in silent.stderr
    heard = run("--rules", folder, "--format", "jsonl", "--product", "linux", "--service", "auditd", log)
    assert found(heard) == [("1", "Rule 1")]


def test_the_shipped_rules_are_the_default(case: Path) -> None:
    shown = run("--format", "jsonl", case / "logs")
    assert shown.exit_code == 0
    assert "0 rules loaded" not in shown.stderr


def test_a_strangers_text_cannot_steer_the_terminal(tmp_path: Path) -> None:
    rule(tmp_path / "rules", 1, "evil")
    log = tmp_path / "log.jsonl"
    log.write_text(started(1, "evil \x1b[2J\u202e\x9b").replace("PC-1", "[red]\\u001b]0;x"))
    for form in ("table", "jsonl", "csv"):
        shown = run("--rules", tmp_path / "rules", "--format", form, log)
        if form != "csv":
            assert not {"\x1b", "\x9b", "\u202e"} & set(shown.stdout)
        assert shown.exit_code == 0
    assert visible("a\x1b[0m\u202e") == "a\\x1b[0m\\u202e"


def test_a_file_name_that_is_no_text_is_written_all_the_same(tmp_path: Path) -> None:
    rule(tmp_path / "rules", 1, "evil")
    (tmp_path / "logs").mkdir()
    try:
        Path(os.fsdecode(os.fsencode(tmp_path / "logs") + b"/\xff.jsonl")).write_text(started(1, "evil"))
    except OSError:
        pytest.skip("this file system takes only names that are UTF-8")
    for form in ("jsonl", "csv", "table"):
        shown = run("--rules", tmp_path / "rules", "--format", form, tmp_path / "logs")
        assert shown.exit_code == 0, shown.output
        assert "\\udcff" in shown.stdout


def command(case: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "burgrave", "detect", "--rules", str(case / "rules"), *arguments]


def test_a_broken_pipe_is_silent(case: Path) -> None:
    (case / "logs" / "many.jsonl").write_text("\n".join(started(n, "evil " * 50) for n in range(3_000)))
    arguments = command(case, "--format", "jsonl", str(case / "logs"))
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=60) == 0


def test_ctrl_c_ends_cleanly_with_what_was_found(case: Path) -> None:
    # More than is read at once, and in that more to write than a pipe holds: it waits there for whoever reads.
    lines = [started(0, "evil"), *[started(1, "calm")] * 19]
    (case / "logs" / "slow.jsonl").write_text("\n".join(lines * 10_000))
    arguments = command(case, "--format", "jsonl", str(case / "logs"))
    # Without a buffer: what a buffered reader had taken beyond the first line would be missing from the rest.
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=60)
    err = said.decode()
    assert process.returncode == 130
    rows = [json.loads(line) for line in (first + out).splitlines()]
    assert 0 < len(rows) < 10_000
    assert "stopped with Ctrl-C; what was found so far is written" in err
    assert f"{len(rows):,} matches" in err
    assert "Traceback" not in err


def test_folders_that_cannot_be_entered_are_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def walk(top: Path, onerror: object = None) -> Iterator[tuple[str, list[str], list[str]]]:
        assert callable(onerror)
        onerror(PermissionError(13, "Permission denied", str(top)))
        return iter(())

    monkeypatch.setattr(os, "walk", walk)
    (refusal,) = event_files([tmp_path]).refused
    assert str(refusal) == f"{tmp_path}: Permission denied"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    named = os.environ.get("BURGRAVE_SHARED_DATA")
    root = Path(named) if named else Path(__file__).parents[5] / "shared" / "data"
    if not (root / "evtx").is_dir() or not (root / "sigma").is_dir():
        pytest.skip(f"no real event logs and rules under {root}; set BURGRAVE_SHARED_DATA to the folder that has them")
    return root


@pytest.mark.slow
def test_real_matches_equal_those_of_the_naive_evaluator(shared_data: Path) -> None:
    paths = sorted((shared_data / "sigma" / "rules" / "windows").rglob("*.yml"))[::25]
    rules = load_rules(paths)
    files = event_files(sorted((shared_data / "evtx").rglob("*.evtx"))[::3])
    run = Run(rules, files=files, log_source=NO_LOG_SOURCE, report=Report(progress=False))
    fast = {
        (finding.event.file, finding.event.raw, finding.match.rule.id, tuple(finding.match.fields.items()))
        for finding in run.findings()
    }
    events = [item for path in files.files for item in read_events(path) if isinstance(item, Event)]
    assert run.tally.events == len(events) >= 2_000
    slow = {
        (event.file, event.raw, each.id, tuple(fields.items()))
        for batch in batches(events)
        for event in batch.events
        for each in rules.rules
        if (fields := oracle.naive_fields(each, event.fields, source=source_of(batch))) is not None
    }
    assert fast == slow
    assert fast
