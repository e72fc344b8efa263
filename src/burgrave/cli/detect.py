"""`burgrave detect`: Sigma rules over event files, results to standard output, everything else to standard error."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from datetime import timedelta
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from burgrave.cli.detecting.caching import own_cache
from burgrave.cli.placeholders import limits_of, placeholders
from burgrave.engines.cluster.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from burgrave.cli.detecting.report import Report
    from burgrave.cli.detecting.run import Run
    from burgrave.cli.detecting.spreading import SpreadRun
    from burgrave.cli.detecting.tally import Tally
    from burgrave.cli.detecting.writing import Writer
    from burgrave.engines.cluster.following import Following
    from burgrave.engines.detection import RuleLimits, RuleSet

LEVELS: Final = ("informational", "low", "medium", "high", "critical")
TABLE_ROWS: Final = 1_000
INTERRUPTED: Final = 130
FOUND: Final = 3
_EPILOG: Final = """\b
Exit codes:
  0    the rules ran over everything that was given
  1    a file or folder could not be read as a whole; it is named, and the rest was read
  2    the call is wrong, no rule could be loaded, or the cluster did not run to its end
  3    something of the --fail-level or above was found
  130  stopped with Ctrl-C; what was found so far is written
"""


class ClusterRefusal(click.ClickException):
    """The cluster did not run to its end; what was found before that is written."""

    exit_code = 2


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
    help="Keep the loaded rules in this folder, so that the next run begins at once; let nobody else write to it. "
    "Without it, in burgrave/rules below $XDG_CACHE_HOME or ~/.cache, if only you may write there.",
)
@click.option("--no-rule-cache", is_flag=True, help="Load all rules anew, and keep none.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl", "csv", "parquet", "stix"]),
    default="table",
    show_default=True,
    help="How results are written. All but the table are written while they are found, in the order of the events; "
    "stix is one STIX 2.1 bundle.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write results to this file.")
@click.option("--level", type=click.Choice(LEVELS), default=LEVELS[0], help="Run only rules of this level or above.")
@click.option(
    "--fail-level",
    type=click.Choice(LEVELS),
    help="End with exit code 3 when a rule or correlation of this level or above found something.",
)
@click.option("--timeline", is_flag=True, help="Show at the end how much was found in each hour.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"Write at most so many results, 0 for all; all are counted. [table: {TABLE_ROWS:,}, else all]",
)
@placeholders
@click.option("--product", default="", help="The Sigma product of events that name no Windows channel, such as linux.")
@click.option("--category", default="", help="The Sigma category of such events, such as process_creation.")
@click.option("--service", default="", help="The Sigma service of such events, such as cloudtrail.")
@click.option("--csv-time", metavar="COLUMN", help="Read tables as CSV that have this column; it gives the time.")
@click.option("--csv-format", default="", metavar="FORM", help="How that time is written, such as '%d/%m/%Y %H:%M:%S'.")
@click.option("--csv-zone", default="UTC", show_default=True, help="The zone of times that name none.")
@click.option("--csv-source", default="", metavar="PRODUCT/CATEGORY/SERVICE", help="Whose events these tables hold.")
@click.option(
    "--csv-mapping",
    "csv_mappings",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read tables as CSV by an event mapping, as its page exports it, or the same as YAML; may be given again.",
)
@click.option(
    "--spark",
    metavar="URL",
    help="Run on a cluster of Apache Spark, such as spark://host:7077. Every machine finds the files under the same "
    "paths and has the same Burgrave; needs the extra burgrave[spark] and Java 17.",
)
@click.option(
    "--spark-setting",
    "spark_settings",
    metavar="NAME=VALUE",
    multiple=True,
    help="A setting of Spark, such as spark.executor.memory=4g; may be given again.",
)
@click.option(
    "--follow",
    is_flag=True,
    help="With --spark: follow the folder PATH, read each file that arrives in it once, and write what is found into "
    "the folder --into, until Ctrl-C; begun again, it goes on where it stopped.",
)
@click.option(
    "--into",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder into which --follow writes, as Parquet, or as JSON lines with --format jsonl.",
)
@click.option("--once", is_flag=True, help="With --follow: read what has arrived since the last time, then end.")
@click.option(
    "--lateness",
    metavar="MINUTES",
    type=click.IntRange(0, 60 * 24 * 30),
    default=60,
    show_default=True,
    help="With --follow: correlations wait so long for events that come out of order.",
)
@click.option(
    "--unreadable",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every record that could not be read to this file, as JSON lines.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Share the files, and portions of large ones, among so many processes (Linux); results stay as they are.",
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
    no_rule_cache: bool,
    placeholder_file: Path | None,
    form: str,
    output: Path | None,
    level: str,
    fail_level: str | None,
    timeline: bool,
    limit: int | None,
    product: str,
    category: str,
    service: str,
    csv_time: str | None,
    csv_format: str,
    csv_zone: str,
    csv_source: str,
    csv_mappings: tuple[Path, ...],
    spark: str | None,
    spark_settings: tuple[str, ...],
    follow: bool,
    into: Path | None,
    once: bool,
    lateness: int,
    unreadable: Path | None,
    workers: int,
    no_progress: bool,
) -> None:
    """Run Sigma rules over event files and print what they find.

    PATH is a Windows event log (.evtx or XML), a file of JSON or a text log (syslog, auditd, web server, proxy), also
    inside gzip, or a folder. Folders are searched for .evtx, .json, .jsonl, .ndjson, .log and .xml files (also with .gz
    behind), in the order of their names. Tables as CSV are read where --csv-time or --csv-mapping says how, and folders
    are searched for .csv, .tsv and .txt then too.

    Correlations among the rules run over all the files together, by the times of the events.

    Standard output carries results only. Progress, warnings and the summary go to standard error.
    """
    from burgrave.cli.detecting.report import Report
    from burgrave.cli.detecting.run import Run, event_files
    from burgrave.cli.detecting.tables import tables_of
    from burgrave.engines.events import LogSource

    if rule_cache and no_rule_cache:
        raise click.UsageError("--rule-cache and --no-rule-cache exclude each other; give one of them")
    if follow or into or once:
        _must_fit_following(click.get_current_context(), paths)
    if form == "parquet" and output is None and not follow and sys.stdout.isatty():
        raise click.UsageError("Parquet is no text for a terminal; name a file with --output, or send it into a pipe")
    tables = tables_of(csv_mappings, time=csv_time, form=csv_format, zone=csv_zone, source=csv_source)
    lines_on_a_terminal = form != "table" and output is None and sys.stdout.isatty()
    report = Report(progress=not no_progress and not lines_on_a_terminal)
    try:
        kept_in = None if no_rule_cache else rule_cache or own_cache()
        ruleset = _load(rule_paths, kept_in, limits_of(placeholder_file), report)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    chosen = _at_least(ruleset, level)
    if follow and spark is not None and into is not None:
        from burgrave.engines.cluster.following import Following

        following = Following(
            folder=paths[0].absolute(),
            into=into.absolute(),
            form="json" if form == "jsonl" else "parquet",
            lateness=timedelta(minutes=lateness),
            log_source=LogSource(product, category, service),
            tables=tables,
            is_once=once,
        )
        sys.exit(_follow(chosen, following, spark, _settings_of(spark_settings)))
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(_opened(unreadable)) if unreadable else None
        made = partial(Run, workers=workers) if spark is None else _spread(spark, spark_settings)
        run = made(
            chosen,
            files=event_files(paths, tables=bool(tables.known)),
            log_source=LogSource(product, category, service),
            report=report,
            tables=tables,
            unreadable=kept,
        )
        stream = stack.enter_context(_opened(output)) if output else _standard_output()
        ended = _write(run, form, limit, stream)
    report.summary(run.tally, run.files, loaded=ruleset, chosen=chosen, interrupted=ended == INTERRUPTED)
    if chosen.correlations:
        report.correlations(run.tally, run.counts, chosen)
    if timeline:
        report.timeline(run.tally)
    sys.exit(ended or _verdict(run.tally, fail_level))


def _spread(master: str, settings: tuple[str, ...]) -> Callable[..., SpreadRun]:
    """Runs on the cluster with this master."""
    from burgrave.cli.detecting.spreading import SpreadRun

    return partial(SpreadRun, master=master, settings=_settings_of(settings))


def _settings_of(settings: tuple[str, ...]) -> dict[str, str]:
    named = [each.partition("=") for each in settings]
    for name, equals, _ in named:
        if not name or not equals:
            raise click.UsageError(f"--spark-setting {name}: expected NAME=VALUE, such as spark.executor.memory=4g")
    return {name: value for name, _, value in named}


_NOT_FOLLOWING: Final = {"output", "limit", "timeline", "fail_level", "unreadable", "workers"}


def _must_fit_following(context: click.Context, paths: tuple[Path, ...]) -> None:
    """The options make a whole. Raises UsageError."""
    given = {
        name for name in context.params if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    }
    if not {"follow", "spark", "into"} <= given:
        raise click.UsageError("following a folder takes --follow, --spark URL and --into DIR together")
    odd = sorted(given & _NOT_FOLLOWING)
    if odd:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in odd)
        raise click.UsageError(f"{names} does not go with --follow: everything that is found is written into --into")
    if "form" in given and context.params["form"] not in {"parquet", "jsonl"}:
        raise click.UsageError("--follow writes Parquet or JSON lines; choose --format parquet or --format jsonl")
    if len(paths) != 1 or not paths[0].is_dir():
        raise click.UsageError("--follow takes one folder, in which files arrive")
    into: Path = context.params["into"].absolute()
    if into == paths[0].absolute() or paths[0].absolute() in into.parents:
        raise click.UsageError(
            "--into must not lie in the folder that is followed: what is written there would be read"
        )


def _follow(rules: RuleSet, following: Following, master: str, settings: dict[str, str]) -> int:
    """Follow until Ctrl-C, or once; return the exit code."""
    from burgrave.cli.detecting.following import FollowRun

    run = FollowRun(rules, following, master, settings)
    try:
        with run.stop.listening():
            run.run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except ClusterError as failure:
        raise ClusterRefusal(str(failure)) from failure
    run.summary()
    if run.stop.asked:
        return INTERRUPTED
    return 1 if run.counts["refused"] else 0


def _verdict(tally: Tally, fail_level: str | None) -> int:
    """The exit code of a run that came to its end: what was found is graver than what could not be read."""
    found = max(map(_rank, tally.by_level), default=-1)
    if fail_level is not None and found >= _rank(fail_level):
        return FOUND
    return 1 if tally.refused else 0


def _rank(level: str) -> int:
    """A rule that states no level counts as informational."""
    return LEVELS.index(level) if level in LEVELS else 0


def _load(rule_paths: tuple[Path, ...], kept_in: Path | None, limits: RuleLimits, report: Report) -> RuleSet:
    """Load the rules that were asked for, or the shipped ones; name every rule that cannot run."""
    from burgrave.engines.detection import CorrelationUse, FilterUse, load_rules

    with contextlib.ExitStack() as stack:
        if not rule_paths:
            shipped = stack.enter_context(as_file(files("burgrave") / "incidents" / "sigma_rules"))
            rule_paths = (shipped,)
        with report.loading():
            ruleset = load_rules(
                rule_paths,
                limits=limits,
                filters=FilterUse.APPLIED,
                correlations=CorrelationUse.APPLIED,
                kept_in=kept_in,
            )
    report.rules(ruleset)
    if not ruleset.rules:
        names = ", ".join(str(path) for path in rule_paths)
        raise click.UsageError(f"no Sigma rule that can run was found in {names}; expected .yml files of Sigma rules")
    return ruleset


def _at_least(ruleset: RuleSet, level: str) -> RuleSet:
    """Keep what is of this level and above, and, without reporting it, what the correlations among that refer to."""
    from burgrave.engines.detection import chosen_rules

    return chosen_rules(ruleset, lambda each: _rank(each.level) >= _rank(level))


def _write(run: Run | SpreadRun, form: str, limit: int | None, stream: TextIO) -> int:
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
    except ClusterError as failure:
        raise ClusterRefusal(str(failure)) from failure
    except BrokenPipeError:
        # Nobody reads any more. Standard output must not be flushed into the broken pipe at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    return INTERRUPTED if run.stop.asked else 0


def _writer(form: str, stream: TextIO, limit: int | None) -> Writer:
    from burgrave.cli.detecting.parquet import ParquetWriter
    from burgrave.cli.detecting.stix import StixWriter
    from burgrave.cli.detecting.table import TableWriter
    from burgrave.cli.detecting.writing import CsvWriter, JsonLinesWriter

    if form == "table":
        return TableWriter(stream, limit=TABLE_ROWS if limit is None else limit)
    kinds: dict[str, Callable[..., Writer]] = {
        "jsonl": JsonLinesWriter,
        "csv": CsvWriter,
        "parquet": ParquetWriter,
        "stix": StixWriter,
    }
    return kinds[form](stream, limit=limit or 0)


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
