"""The parts of `burgrave detect` that only a terminal or an impatient person sees."""

import io
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click import UsageError
from rich.console import Console

from burgrave.cli.detecting import run as running
from burgrave.cli.detecting.report import NAMED_PER_FILE, Report
from burgrave.cli.detecting.run import Run, event_files
from burgrave.cli.detecting.stopping import Stop
from burgrave.cli.detecting.table import TableWriter
from burgrave.cli.detecting.tables import tables_of
from burgrave.cli.detecting.tally import EventFiles, Tally
from burgrave.engines.detection import RuleSet, load_rules
from burgrave.engines.events import NO_LOG_SOURCE, LogSource, Unreadable, json_reader
from burgrave.engines.events.blocks import WINDOW_EVENTS
from burgrave.engines.preparing import Loops

RULE = """\
title: Anything started
id: 00000000-0000-4000-8000-000000000001
status: test
logsource: {product: windows, service: sysmon}
detection:
  selection: {EventID: 1}
  condition: selection
"""
LINE = '{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "A": "x", "B": "y", "C": "z", "D": "w"}\n'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make standard error a terminal; to be called in the test itself, for pytest sets it anew before."""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    return stream


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    (tmp_path / "rule.yml").write_text(RULE)
    return load_rules([tmp_path / "rule.yml"])


def run_over(path: Path, rules: RuleSet, report: Report) -> Run:
    return Run(rules, files=event_files([path]), log_source=NO_LOG_SOURCE, report=report)


def test_progress_on_a_terminal_names_the_file_and_how_much_is_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rules: RuleSet
) -> None:
    terminal = on_a_terminal(monkeypatch)
    log = tmp_path / "events.jsonl"
    log.write_text(LINE * 2_000)
    report = Report(progress=True)
    with report.loading():
        pass
    assert len(list(run_over(log, rules, report).findings())) == 2_000
    shown = terminal.getvalue()
    assert "events.jsonl" in shown
    assert "MB" in shown or "kB" in shown


def test_no_progress_shows_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rules: RuleSet) -> None:
    terminal = on_a_terminal(monkeypatch)
    log = tmp_path / "events.jsonl"
    log.write_text(LINE)
    report = Report(progress=False)
    with report.loading():
        list(run_over(log, rules, report).findings())
    assert terminal.getvalue() == ""


def test_a_stop_reads_no_further_and_matches_what_was_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rules: RuleSet
) -> None:
    monkeypatch.setattr(json_reader, "PAGE_BYTES", 1)  # every block of the file is a page
    log = tmp_path / "events.jsonl"
    log.write_text(LINE * 2 * WINDOW_EVENTS)
    run = run_over(log, rules, Report(progress=False))
    seen = 0
    for _ in run.findings():
        seen += 1
        run.stop.asked = True
    assert 0.8 * WINDOW_EVENTS <= seen == run.tally.matches == run.tally.events < 1.1 * WINDOW_EVENTS


def test_ctrl_c_twice_interrupts_at_once() -> None:
    stop = Stop()
    before = signal.getsignal(signal.SIGINT)
    with stop.listening():
        signal.raise_signal(signal.SIGINT)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_summary_names_no_more_files_than_fit(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    tally.unreadable_by_file.update(f"log{number}" for number in range(60))
    Report(progress=False).summary(
        tally, EventFiles(()), loaded=RuleSet(rules=()), chosen=RuleSet(rules=()), interrupted=False
    )
    said = capsys.readouterr().err
    assert "60 records not read, 0 files refused" in said
    assert "and in 10 more files" in said
    assert "0 matches of 0 rules\n" in said


def test_the_records_of_one_bad_file_do_not_flood_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(progress=False)
    for number in range(1, 100):
        report.unreadable(Unreadable("log", f"line {number}", "no JSON"), number)
    assert len(capsys.readouterr().err.splitlines()) == NAMED_PER_FILE + 1


def test_a_table_on_a_terminal_takes_its_width_and_colours(tmp_path: Path, rules: RuleSet) -> None:
    log = tmp_path / "events.jsonl"
    log.write_text(LINE)
    stream = Terminal()
    writer = TableWriter(stream, limit=0)
    for finding in run_over(log, rules, Report(progress=False)).findings():
        writer.write(finding)
    writer.close()
    assert "Anything started" in stream.getvalue()
    assert "no time" in stream.getvalue()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())
    assert max(len(line) for line in plain.splitlines()) <= Console(file=Terminal()).width


def test_long_values_are_cut_in_the_table(tmp_path: Path, rules: RuleSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    text = RULE.replace("{EventID: 1}", "{A|contains: x, B|contains: y, C|contains: z, D|contains: w}")
    (tmp_path / "rule.yml").write_text(text)
    log = tmp_path / "events.jsonl"
    log.write_text(LINE.replace('"x"', f'"{"x" * 900}"'))
    stream = io.StringIO()
    writer = TableWriter(stream, limit=5)
    for finding in run_over(log, load_rules([tmp_path / "rule.yml"]), Report(progress=False)).findings():
        writer.write(finding)
    writer.close()
    assert "…" in stream.getvalue()
    assert "and 1 more" in stream.getvalue()


def test_tables_are_read_by_options_and_by_a_mapping(tmp_path: Path) -> None:
    by_options = tables_of((), time="When", form="%d.%m.%Y", zone="Europe/Berlin", source="Windows//x")
    assert by_options.known[0].log_source == LogSource("windows", "", "x")
    assert by_options.known[0].fits(("when", "y"))
    file = tmp_path / "mapping.yml"
    file.write_text("header: [a, b]\n", encoding="utf-8")
    assert tables_of((file,), time=None, form="", zone="UTC", source="").known[0].header == ("a", "b")
    (tmp_path / "x.csv").touch()
    assert (event_files([tmp_path]).files, event_files([tmp_path], tables=True).files) == ((), (tmp_path / "x.csv",))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"form": "%Y"}, "--csv-time names"),
        ({"time": "a", "source": "a/b/c/d"}, "PRODUCT/CATEGORY/SERVICE"),
        ({"time": "a", "zone": "Mars"}, "no time zone"),
        ({"files": (Path("/nowhere/at/all"),)}, "reading the event mapping"),
    ],
)
def test_what_is_said_wrongly_of_tables_is_refused(said: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        tables_of(**({"files": (), "time": None, "form": "", "zone": "UTC", "source": ""} | said))


@pytest.mark.parametrize("on_terminal", [True, False], ids=["terminal", "pipe"])
def test_that_loops_are_compiled_is_said_with_how_long_it_took(
    *, on_terminal: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rules: RuleSet
) -> None:
    stream = on_a_terminal(monkeypatch) if on_terminal else io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(running, "WORTH_LOADING", 1)
    asked: list[set[Loops]] = []

    def prepare(loops: set[Loops], *, on_compiling: Callable[[], None]) -> None:
        asked.append(loops)
        on_compiling()
        time.sleep(0.2)

    monkeypatch.setattr(running, "prepare", prepare)
    log = tmp_path / "events.jsonl"
    log.write_text(LINE)
    assert len(list(run_over(log, rules, Report(progress=True)).findings())) == 1
    assert asked == [{Loops.LINES}]
    said = stream.getvalue()
    assert ("Compiling the loops that read events" in said) is on_terminal
    assert re.search(r"compiled the loops that read events, once for this version and machine, in 0\.\d s\n", said)


def test_nothing_is_said_where_loops_were_kept_or_are_not_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rules: RuleSet
) -> None:
    asked: list[set[Loops]] = []
    monkeypatch.setattr(running, "prepare", lambda loops, **_: asked.append(loops))
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    log = tmp_path / "events.jsonl"
    log.write_text(LINE)
    list(run_over(log, rules, Report(progress=True)).findings())
    monkeypatch.setattr(running, "WORTH_LOADING", 1)
    list(run_over(log, rules, Report(progress=True)).findings())
    assert asked == [{Loops.LINES}]
    assert not stream.getvalue()


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"a.evtx": 9}, {Loops.LOGS, Loops.LINES}),
        ({"a.EVTX": 5, "b.json": 5}, {Loops.LOGS, Loops.LINES}),
        ({"b.ndjson": 5, "c.jsonl": 5}, {Loops.LINES}),
        ({"a.jsonl.gz": 1}, {Loops.LINES}),
        ({"a.evtx": 60, "b.json": 60}, {Loops.LOGS, Loops.LINES, Loops.MATCHING}),
        ({"a.log": 90, "b.xml": 90, "a.evtx": 3}, set()),
        ({}, set()),
    ],
    ids=["log", "together", "lines", "packed", "many", "others", "none"],
)
def test_the_loops_for_files_go_by_their_names_and_sizes(
    sizes: dict[str, int], expected: set[Loops], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "WORTH_LOADING", 8)
    monkeypatch.setattr(running, "_MANY_BATCHES", 100)
    monkeypatch.setattr(running, "_size", lambda path: sizes[path.name])
    assert running._loops_for(list(map(Path, sizes))) == expected
