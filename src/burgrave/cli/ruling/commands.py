"""`burgrave rules lint`, `test` and `coverage`: what can be said of rules without an installation."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from burgrave.cli.placeholders import limits_of, placeholders

if TYPE_CHECKING:
    from burgrave.cli.ruling.covering import Coverage
    from burgrave.engines.detection import RuleSet
    from burgrave.engines.detection.linting import Remark

_FORM = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
_EVENTS_SHOWN = 20


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@placeholders
@_FORM
@click.option("--strict", is_flag=True, help="Exit code 1 for remarks as well.")
def lint(paths: tuple[Path, ...], placeholder_file: Path | None, form: str, *, strict: bool) -> None:
    """Say what is wrong or odd about the rules in PATHS, files or folders, together.

    One line for each, path:line:char: code: sentence. A fault is a rule that cannot run; everything else is a remark.
    Exit code 1 when there is a fault, 2 when the call is wrong.
    """
    from burgrave.engines.detection import join_filters, linting

    plain = _loaded(paths, placeholder_file)
    ruleset = join_filters(plain, plain.filters)
    found = linting.lint(ruleset, unfiltered=plain)
    if form == "json":
        click.echo(json.dumps(_document(ruleset, found), ensure_ascii=False, indent=2))
    else:
        for each in found:
            click.echo(_visible(str(each)))
    faults = sum(each.is_fault for each in found)
    _say(
        f"{len(ruleset.rules):,} rules and {len(ruleset.correlations):,} correlations: "
        f"{faults:,} faults, {len(found) - faults:,} remarks"
    )
    sys.exit(1 if faults or (strict and found) else 0)


@click.command(name="test")
@click.argument("path", metavar="PATH", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--samples",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with the samples, laid out as PATH is. Without it samples are sought beside their rules.",
)
@placeholders
@_FORM
def test_rules(path: Path, samples: Path | None, placeholder_file: Path | None, form: str) -> None:
    """Say rule by rule whether its samples behave.

    Samples of NAME.yml are NAME.match.jsonl, every event of which must match, and NAME.nomatch.jsonl, of which none
    may. For a correlation each file is one timeline, which must be found or must not. Exit code 1 when a sample
    misbehaves, a rule cannot run, or there is no sample at all.
    """
    from burgrave.cli.ruling.sampling import tested

    ruleset = _joined((path,), placeholder_file)
    results = tested(ruleset, path, samples)
    faults = [str(fault) for fault in ruleset.faults]
    if form == "json":
        said = [
            {"rule": str(each.path), "verdict": each.verdict, "samples": each.samples, "wrong": each.wrong}
            for each in results
        ]
        click.echo(json.dumps({"rules": said, "faults": faults}, ensure_ascii=False, indent=2))
    else:
        for each in results:
            click.echo(_visible(f"{each.verdict:10}  {each.samples:>4} samples  {each.path}"))
            for sentence in each.wrong:
                click.echo(_visible(f"            {sentence}"))
        for fault in faults:
            click.echo(_visible(f"fault       {fault}"))
    samples_count = sum(each.samples for each in results)
    wrong = sum(len(each.wrong) for each in results)
    bare = sum(not each.samples for each in results)
    _say(f"{len(results):,} rule files, {samples_count:,} samples: {wrong:,} wrong; {bare:,} files without samples")
    sys.exit(1 if wrong or faults or not samples_count else 0)


@click.command()
@click.option(
    "--rules",
    "rule_paths",
    metavar="DIR",
    multiple=True,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="A Sigma rule file or a folder of them; may be given again.",
)
@click.argument("events", metavar="EVENTS...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--product", default="", help="The Sigma product of events that name no Windows channel.")
@click.option("--category", default="", help="The Sigma category of such events.")
@click.option("--service", default="", help="The Sigma service of such events.")
@click.option(
    "--against",
    "layer_file",
    metavar="LAYER.json",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A layer of the ATT&CK Navigator: say which of its techniques no rule names, and which only deaf rules.",
)
@click.option(
    "--attack",
    "release_file",
    metavar="BUNDLE.json",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The release of ATT&CK that --against goes by, as MITRE publishes it (STIX); without it none is known.",
)
@placeholders
@_FORM
def coverage(
    rule_paths: tuple[Path, ...],
    events: tuple[Path, ...],
    *,
    product: str,
    category: str,
    service: str,
    layer_file: Path | None,
    release_file: Path | None,
    placeholder_file: Path | None,
    form: str,
) -> None:
    """Say which log sources of the rules are heard in EVENTS, and which rules can never fire on them.

    Exit code 1 when a file could not be read as a whole; it is named, and the rest was read.
    """
    from burgrave.cli.ruling import against, covering
    from burgrave.engines.events import LogSource

    if release_file and not layer_file:
        raise click.BadParameter("a release says something of a layer alone; give --against", param_hint="--attack")
    layer = against.layer_of(layer_file) if layer_file else None
    release = against.release_of(release_file) if release_file else None
    ruleset = _joined(rule_paths, placeholder_file)
    found = covering.coverage(ruleset, events, LogSource(product, category, service))
    compared = against.against(layer, ruleset, found, release) if layer else None
    if form == "json":
        told = _covered(found)
        if layer and compared:
            told["against"] = against.document(layer, compared)
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _print_coverage(found)
        for line in against.lines(layer, compared) if layer and compared else ():
            click.echo(_visible(line))
    for warning in against.warnings(layer, compared) if layer and compared else ():
        _say(f"warning: {warning}")
    for refusal in found.refused:
        _say(f"error: {refusal}")
    silent = sum(not each.events for each in found.heard)
    _say(
        f"{found.events:,} events, {found.unreadable:,} records not read; "
        f"{len(found.heard) - silent:,} of {len(found.heard):,} log sources heard; {len(found.deaf):,} rules deaf"
    )
    sys.exit(1 if found.refused else 0)


def _loaded(paths: tuple[Path, ...], placeholder_file: Path | None) -> RuleSet:
    """The rules with their filters beside them."""
    from burgrave.engines.detection import CorrelationUse, FilterUse, load_rules

    limits = limits_of(placeholder_file)
    return load_rules(paths, limits=limits, filters=FilterUse.APART, correlations=CorrelationUse.APPLIED)


def _joined(paths: tuple[Path, ...], placeholder_file: Path | None) -> RuleSet:
    from burgrave.engines.detection import join_filters

    found = _loaded(paths, placeholder_file)
    return join_filters(found, found.filters)


def _document(ruleset: RuleSet, found: list[Remark]) -> dict[str, object]:
    return {
        "rules": len(ruleset.rules),
        "correlations": len(ruleset.correlations),
        "findings": [
            {
                "code": each.code,
                "severity": "error" if each.is_fault else "warning",
                "path": str(each.path),
                "line": each.line,
                "char": each.char,
                "sentence": each.sentence,
            }
            for each in found
        ],
    }


def _covered(found: Coverage) -> dict[str, object]:
    return {
        "events": found.events,
        "log_sources": [
            {"log_source": str(each.logsource), "events": each.events, "rules": each.rules, "can_fire": each.live}
            for each in found.heard
        ],
        "deaf": [
            {"id": each.id, "title": each.title, "path": str(each.path), "line": each.line} for each in found.deaf
        ],
        "unheard": [
            {
                "channel": source.channel,
                "event_id": source.event_id,
                "product": source.product,
                "category": source.category,
                "service": source.service,
                "events": count,
            }
            for source, count in found.unheard
        ],
    }


def _print_coverage(found: Coverage) -> None:
    click.echo(f"{'events':>12}  {'rules':>6}  {'can fire':>8}  log source")
    for each in found.heard:
        click.echo(_visible(f"{each.events:>12,}  {each.rules:>6,}  {each.live:>8,}  {each.logsource}"))
    if found.unheard:
        click.echo("\nevents of which no rule speaks:")
    for source, count in found.unheard[:_EVENTS_SHOWN]:
        named = " ".join(part for part in (source.channel, source.event_id) if part) or "/".join(
            part or "*" for part in (source.product, source.category, source.service)
        )
        click.echo(_visible(f"{count:>12,}  {named}"))
    if len(found.unheard) > _EVENTS_SHOWN:
        click.echo(f"{'':12}  and {len(found.unheard) - _EVENTS_SHOWN:,} more kinds; --format json gives all")
    if found.deaf:
        click.echo("\nrules that can never fire on these events:")
    for rule in found.deaf:
        click.echo(_visible(f"  {rule.path}:{rule.line}: {rule.title}"))


def _visible(line: str) -> str:
    from burgrave.cli.detecting.report import visible

    return visible(line)


def _say(line: str) -> None:
    click.echo(_visible(line), err=True)
