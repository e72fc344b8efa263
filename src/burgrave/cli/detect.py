"""`burgrave detect`: Sigma rules over event files, results to standard output, everything else to standard error."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from burgrave.cli.detecting.report import Report
    from burgrave.cli.detecting.run import Run
    from burgrave.cli.detecting.writing import Writer
    from burgrave.engines.detection import RuleSet

LEVELS: Final = ("informational", "low", "medium", "high", "critical")
TABLE_ROWS: Final = 1_000
INTERRUPTED: Final = 130
_EPILOG: Final = """\b
Exit codes:
  0    the rules ran over everything that was given
  1    a file or folder could not be read as a whole; it is named, and the rest was read
  2    the call is wrong, or no rule could be loaded
  130  stopped with Ctrl-C; what was found so far is written
"""


@click.command(epilog=_EPILOG)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--rules",
    "rule_paths",
    metavar="DIR",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A Sigma rule file or a folder of them; may be given again. Without it, the rules shipped with Burgrave.",
)
@click.option(
    "--rule-cache",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the loaded rules in this folder, so that the next run begins at once. Let nobody else write to it.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl", "csv"]),
    default="table",
    show_default=True,
    help="How results are written. jsonl and csv are written while they are found, in the order of the events.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write results to this file.")
@click.option("--level", type=click.Choice(LEVELS), default=LEVELS[0], help="Run only rules of this level or above.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"Write at most so many results, 0 for all; all are counted. [table: {TABLE_ROWS:,}, else all]",
)
@click.option("--product", default="", help="The Sigma product of events that name no Windows channel, such as linux.")
@click.option("--category", default="", help="The Sigma category of such events, such as process_creation.")
@click.option("--service", default="", help="The Sigma service of such events, such as cloudtrail.")
@click.option(
    "--unreadable",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every record that could not be read to this file, as JSON lines.",
)
@click.option(
    "--no-progress",
    is_flag=True,
    help="Show no progress. It is shown on a terminal only, and never between lines of results.",
)
def detect(
    paths: tuple[Path, ...],
    *,
    rule_paths: tuple[Path, ...],
    rule_cache: Path | None,
    form: str,
    output: Path | None,
    level: str,
    limit: int | None,
    product: str,
    category: str,
    service: str,
    unreadable: Path | None,
    no_progress: bool,
) -> None:
    """Run Sigma rules over event files and print what they find.

    PATH is a Windows event log (.evtx or XML), a file of JSON or a text log (syslog, auditd, web server, proxy), also
    inside gzip, or a folder. Folders are searched for .evtx, .json, .jsonl, .ndjson, .log and .xml files (also with .gz
    behind), in the order of their names.

    Standard output carries results only. Progress, warnings and the summary go to standard error.
    """
    from burgrave.cli.detecting.report import Report
    from burgrave.cli.detecting.run import Run, event_files
    from burgrave.engines.events import LogSource

    lines_on_a_terminal = form != "table" and output is None and sys.stdout.isatty()
    report = Report(progress=not no_progress and not lines_on_a_terminal)
    try:
        ruleset = _load(rule_paths, rule_cache, report)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    chosen = _at_least(ruleset, level)
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(_opened(unreadable)) if unreadable else None
        run = Run(
            chosen,
            files=event_files(paths),
            log_source=LogSource(product, category, service),
            report=report,
            unreadable=kept,
        )
        stream = stack.enter_context(_opened(output)) if output else _standard_output()
        ended = _write(run, form, limit, stream)
    report.summary(run.tally, run.files, loaded=ruleset, chosen=chosen, interrupted=ended == INTERRUPTED)
    sys.exit(ended or (1 if run.tally.refused else 0))


def _load(rule_paths: tuple[Path, ...], rule_cache: Path | None, report: Report) -> RuleSet:
    """Load the rules that were asked for, or the shipped ones; name every rule that cannot run."""
    from burgrave.engines.detection import FilterUse, load_rules

    with contextlib.ExitStack() as stack:
        if not rule_paths:
            shipped = stack.enter_context(as_file(files("burgrave") / "incidents" / "sigma_rules"))
            rule_paths = (shipped,)
        with report.loading():
            ruleset = load_rules(rule_paths, filters=FilterUse.APPLIED, kept_in=rule_cache)
    report.rules(ruleset)
    if not ruleset.rules:
        names = ", ".join(str(path) for path in rule_paths)
        raise click.UsageError(f"no Sigma rule that can run was found in {names}; expected .yml files of Sigma rules")
    return ruleset


def _at_least(ruleset: RuleSet, level: str) -> RuleSet:
    """Keep the rules of this level and above; a rule that states no level counts as informational."""
    from burgrave.engines.detection import RuleSet

    def kept(stated: str) -> bool:
        return (LEVELS.index(stated) if stated in LEVELS else 0) >= LEVELS.index(level)

    return RuleSet(
        rules=tuple(rule for rule in ruleset.rules if kept(rule.level)),
        faults=ruleset.faults,
        unmapped=tuple(rule for rule in ruleset.unmapped if kept(rule.level)),
        remarks=ruleset.remarks,
    )


def _write(run: Run, form: str, limit: int | None, stream: TextIO) -> int:
    """Write the findings; return the exit code that ends the command early, or 0."""
    writer = _writer(form, stream, limit)
    try:
        with run.stop.listening():
            for finding in run.findings():
                writer.write(finding)
            writer.close()
            stream.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Nobody reads any more. Standard output must not be flushed into the broken pipe at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    return INTERRUPTED if run.stop.asked else 0


def _writer(form: str, stream: TextIO, limit: int | None) -> Writer:
    from burgrave.cli.detecting.table import TableWriter
    from burgrave.cli.detecting.writing import CsvWriter, JsonLinesWriter

    if form == "table":
        return TableWriter(stream, limit=TABLE_ROWS if limit is None else limit)
    kind = JsonLinesWriter if form == "jsonl" else CsvWriter
    return kind(stream, limit=limit or 0)


def _standard_output() -> TextIO:
    """Make standard output take every text: names of files may hold bytes that are not UTF-8."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    return sys.stdout


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        stream = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as failure:
        raise click.UsageError(f"writing to {path}: {failure.strerror or failure}") from failure
    with stream:
        yield stream
