from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from burgrave.cli.hunt import hunt


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Three process creations, one line that cannot be read, and a file that is none."""
    lines = [
        json.dumps(
            {
                "EventID": 1,
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Computer": f"WS-{number}",
                "Image": f"C:\\a{number}.exe",
                "CommandLine": "line\nbreak",
            }
        )
        for number in range(3)
    ]
    (tmp_path / "log.jsonl").write_text("\n".join([*lines, "{broken"]))
    (tmp_path / "program.bin").write_bytes(b"MZ\x00\x01")
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(hunt, [str(each) for each in arguments])


def test_event_files_are_read_and_asked(log: Path) -> None:
    done = run('SELECT "host.name", Image FROM sysmon_1 ORDER BY 1', "--events", log, "--format", "jsonl")
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["Image"] for line in done.stdout.splitlines()] == [f"C:\\a{n}.exe" for n in range(3)]
    assert "log.jsonl" in done.stderr
    assert "program.bin" in done.stderr


def test_answers_are_tables_or_csv_and_say_when_they_are_cut(log: Path) -> None:
    question = "SELECT Image, CommandLine, NULL AS n FROM sysmon_1 ORDER BY 1"
    table = run(question, "--events", log / "log.jsonl", "--rows", 2)
    assert table.stdout.splitlines()[:2] == ["Image      CommandLine  n", "C:\\a0.exe  line break"]
    assert "more than 2 rows" in table.stderr
    sheet = run(question, "--events", log / "log.jsonl", "--format", "csv")
    assert sheet.stdout.startswith("Image,CommandLine,n")


def test_rows_are_written_as_they_come_and_a_reader_that_goes_away_ends_the_search(log: Path) -> None:
    endless = "SELECT a.range AS n FROM range(1000000) a, range(1000000) b"
    call = ["hunt", endless, "--events", str(log / "log.jsonl"), "--format", "jsonl", "--rows", "1000000"]
    reader = subprocess.Popen(
        [sys.executable, "-m", "burgrave", *call], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == '{"n": 0}\n'
    reader.stdout.close()
    began = time.monotonic()
    assert reader.wait(timeout=30) == 1
    assert time.monotonic() - began < 10
    assert reader.stderr is not None
    with reader.stderr:
        assert "Traceback" not in reader.stderr.read()


def test_the_exit_code_says_whether_there_are_rows_or_the_sql_was_refused(log: Path) -> None:
    assert run("SELECT 1 FROM sysmon_1 WHERE false", "--events", log).exit_code == 1
    refused = run("SELECT * FROM '/etc/passwd'", "--events", log)
    assert (refused.exit_code, "there is no table" in refused.output) == (2, True)
    assert run("SELECT nope FROM events", "--events", log).exit_code == 2
