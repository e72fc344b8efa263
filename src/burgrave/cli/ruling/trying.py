"""`burgrave rules try`: what rules would have found in the events that this installation keeps."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from burgrave.cli.placeholders import limits_of, placeholders
from burgrave.site import boot

if TYPE_CHECKING:
    from burgrave.cli.ruling.tried import TriedFile, TriedFiles
    from burgrave.detection.terms.trials import Found, TriedEvent, TriedFinding
    from burgrave.engines.detection import RuleLimits
    from burgrave.web.terms import Actor

_VALUES = 3
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(name="try")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--as", "email", required=True, help="E-mail address of the person whose kept events are looked at.")
@click.option(
    "--last",
    type=click.Choice(["day", "week", "month", "quarter", "year", "all"]),
    default="week",
    show_default=True,
    help="How far back events are looked at, by their times.",
)
@click.option("--from", "first", type=_DAY, help="Look at events from this day on (UTC), in place of --last.")
@click.option("--to", "last_day", type=_DAY, help="Look at events up to the end of this day (UTC), likewise.")
@click.option("--source", "sources", multiple=True, help="A log source by its name; may be given more than once.")
@click.option("--most", type=click.IntRange(0), help="Exit code 1 where a rule matches more than so often.")
@placeholders
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def try_rules(
    paths: tuple[Path, ...],
    *,
    email: str,
    last: str,
    first: datetime | None,
    last_day: datetime | None,
    sources: tuple[str, ...],
    most: int | None,
    placeholder_file: Path | None,
    form: str,
) -> None:
    """Hold the rules and correlations in PATHS, files or folders, against kept events, without raising anything.

    A correlation stands on the rules in PATHS, else on those that this installation holds, else on those that wait in
    its library; exceptions that hold are left out of them. Each is compared with its enabled text, where that is
    another one, and kept nowhere; a trial that reviewers see is asked for in the library. Exit code 1 when a rule
    cannot run, or is found more often than --most; 2 when the call is wrong.
    """
    boot.boot()

    from burgrave.cli.ruling.tried import span, told
    from burgrave.detection.terms.trials import Period, TrialFacts

    now = datetime.now(UTC)
    actor = _actor(email, now)
    facts = TrialFacts(
        library_rule_ids=(),
        period=Period(last),
        since=None if first is None else first.replace(tzinfo=UTC),
        until=None if last_day is None else datetime.combine(last_day, time.max, UTC),
    )
    since, until = span(facts, now=now, actor=actor)
    tried = told(
        paths, _limits(placeholder_file), since=since, until=until, sources=sources, tell=_progress, actor=actor
    )
    for fault in tried.faults:
        click.echo(_plain(fault), err=True)
    if form == "json":
        click.echo(json.dumps(_document(tried, since, until), ensure_ascii=False, indent=2))
    else:
        _print(tried, max(1, round((until - since) / timedelta(days=1))))
    loud = most is not None and any(each.found.matches > most for each in tried.rules)
    sys.exit(1 if tried.faults or loud else 0)


def _limits(placeholder_file: Path | None) -> RuleLimits:
    """What placeholders stand for: as the file says, else as this installation does."""
    from burgrave.detection import queries
    from burgrave.engines.detection import RuleLimits, placeholder_values

    if placeholder_file is not None:
        return limits_of(placeholder_file)
    return RuleLimits(placeholders=placeholder_values(queries.placeholder_values()))


def _actor(email: str, now: datetime) -> Actor:
    from burgrave.people import queries as people

    person_id = people.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    return people.actor_of(person_id, now)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} of {total:,} events", nl=False, err=True)


def _print(tried: TriedFiles, days: int) -> None:
    from burgrave.detection import queries

    for each in sorted(tried.rules, key=lambda each: (-each.found.matches, each.rule.title)):
        found = each.found
        noise = queries.noise_of(found, days=days)
        click.echo(f"{found.matches:>10,}  {found.matches / days:>9.1f} a day  {noise:<6}  {_plain(each.rule.title)}")
        if each.is_compared:
            click.echo(f"{'':>12}{_beside(found)}")
        for name, values in found.values[:_VALUES]:
            shown = ", ".join(f"{_plain(value)} ({count:,})" for value, count in values[:_VALUES])
            click.echo(f"{'':>12}{_plain(name)}: {shown}")
    walked = tried.walked
    cut = "; more are kept than one trial looks at" if walked.is_cut else ""
    click.echo(
        f"{walked.looked_at:,} events looked at of {walked.kept:,} that are kept of {days:,} days{cut}", err=True
    )


def _beside(found: Found) -> str:
    if found.live_matches is None or found.new_matches is None or found.gone_matches is None:
        return "the enabled text cannot be compared: it does not run, or its rules match too many events"
    return (
        f"the enabled text: {found.live_matches:,}; {found.new_matches:,} new, {found.gone_matches:,} no longer found"
    )


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _document(tried: TriedFiles, since: datetime, until: datetime) -> dict[str, object]:
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "kept": tried.walked.kept,
        "looked_at": tried.walked.looked_at,
        "is_cut": tried.walked.is_cut,
        "faults": list(tried.faults),
        "rules": [_rule(each) for each in tried.rules],
    }


def _rule(each: TriedFile) -> dict[str, object]:
    found = each.found
    return {
        "id": each.rule.id,
        "title": each.rule.title,
        "is_correlation": each.is_correlation,
        "looked_at": found.looked_at,
        "matches": found.matches,
        "is_compared": each.is_compared,
        "live_matches": found.live_matches,
        "new_matches": found.new_matches,
        "gone_matches": found.gone_matches,
        "days": {day.isoformat(): count for day, count in found.days},
        "values": {name: dict(values) for name, values in found.values},
        "events": [_event(event) for event in found.events],
        "gone": [_event(event) for event in found.gone],
        "findings": [_finding(finding) for finding in found.findings],
        "gone_findings": [_finding(finding) for finding in found.gone_findings],
    }


def _finding(each: TriedFinding) -> dict[str, object]:
    return {
        "group": dict(each.group),
        "began_at": each.began_at.isoformat(),
        "ended_at": each.ended_at.isoformat(),
        "measured": each.measured,
        "event_count": each.event_count,
        "is_new": each.is_new,
        "events": [_event(event) for event in each.events],
    }


def _event(each: TriedEvent) -> str:
    return f"{each.file}/{each.place}"
