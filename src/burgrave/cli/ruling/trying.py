"""`burgrave rules try`: what rules would have found in the events that this installation keeps."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from burgrave.cli.placeholders import limits_of, placeholders

if TYPE_CHECKING:
    from burgrave.detection.queries.trying import Walked
    from burgrave.engines.detection import RuleSet
    from burgrave.web.terms import Actor

_VALUES = 3


@click.command(name="try")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--as", "email", required=True, help="E-mail address of the person whose kept events are looked at.")
@click.option("--last", type=click.Choice(["day", "week", "month", "quarter"]), default="week", show_default=True)
@click.option("--source", "sources", multiple=True, help="A log source by its name; may be given more than once.")
@click.option("--most", type=click.IntRange(0), help="Exit code 1 where a rule matches more than so often.")
@placeholders
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def try_rules(
    paths: tuple[Path, ...],
    *,
    email: str,
    last: str,
    sources: tuple[str, ...],
    most: int | None,
    placeholder_file: Path | None,
    form: str,
) -> None:
    """Hold the rules in PATHS, files or folders, against kept events, without raising anything.

    Each is compared with nothing and kept nowhere; a trial that reviewers see is asked for in the library. Exit code 1
    when a rule cannot run, or matches more often than --most; 2 when the call is wrong.
    """
    from burgrave.engines.detection import load_rules

    ruleset = load_rules(paths, limits=limits_of(placeholder_file))
    for fault in ruleset.faults:
        click.echo(str(fault), err=True)
    since, until, walked = _walked(ruleset, email, last, sources)
    days = (until - since).days
    if form == "json":
        click.echo(json.dumps(_document(ruleset, walked, since, until), ensure_ascii=False, indent=2))
    else:
        _print(ruleset, walked, days)
    loud = most is not None and any(each.matches > most for each in walked.found.values())
    sys.exit(1 if ruleset.faults or loud else 0)


def _walked(ruleset: RuleSet, email: str, last: str, sources: tuple[str, ...]) -> tuple[datetime, datetime, Walked]:
    from burgrave.site import boot

    boot.boot()
    from django.utils import timezone

    from burgrave.detection import queries
    from burgrave.detection.terms.trials import HUNT, Period
    from burgrave.engines.eventstore import EventStoreError
    from burgrave.web.errors import Refusal

    until = timezone.now()
    since = until - Period(last).length
    actor = _actor(email, until)
    try:
        actor.must_anywhere(HUNT)
        walked = queries.tried_on_kept(
            [queries.Subject(rule=rule) for rule in ruleset.rules],
            since=since,
            until=until,
            sources=sources,
            tell=_progress,
            actor=actor,
        )
    except (Refusal, EventStoreError) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    return since, until, walked


def _actor(email: str, now: datetime) -> Actor:
    from burgrave.people import queries as people

    person_id = people.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    return people.actor_of(person_id, now)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} of {total:,} events", nl=False, err=True)


def _print(ruleset: RuleSet, walked: Walked, days: int) -> None:
    from burgrave.detection import queries

    titles = {rule.id: rule.title for rule in ruleset.rules}
    loudest = sorted(walked.found.items(), key=lambda each: (-each[1].matches, titles[each[0]]))
    for key, found in loudest:
        noise = queries.noise_of(found, days=days)
        click.echo(f"{found.matches:>10,}  {found.matches / days:>9.1f} a day  {noise:<6}  {_plain(titles[key])}")
        for name, values in found.values[:_VALUES]:
            shown = ", ".join(f"{_plain(value)} ({count:,})" for value, count in values[:_VALUES])
            click.echo(f"{'':>12}{_plain(name)}: {shown}")
    cut = "; more are kept than one trial looks at" if walked.is_cut else ""
    click.echo(f"{walked.looked_at:,} events looked at of {walked.kept:,} that are kept of {days} days{cut}", err=True)


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _document(ruleset: RuleSet, walked: Walked, since: datetime, until: datetime) -> dict[str, object]:
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "kept": walked.kept,
        "looked_at": walked.looked_at,
        "is_cut": walked.is_cut,
        "faults": [str(fault) for fault in ruleset.faults],
        "rules": [
            {
                "id": rule.id,
                "title": rule.title,
                "looked_at": walked.found[rule.id].looked_at,
                "matches": walked.found[rule.id].matches,
                "days": {day.isoformat(): count for day, count in walked.found[rule.id].days},
                "values": {name: dict(values) for name, values in walked.found[rule.id].values},
                "events": [f"{each.file}/{each.place}" for each in walked.found[rule.id].events],
            }
            for rule in ruleset.rules
        ],
    }
