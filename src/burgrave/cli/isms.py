"""`burgrave isms`: what is due, what was decided, and the pack of a management review, for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from burgrave.cli.ledger import Refusing
from burgrave.cli.report import asked, make
from burgrave.site import boot
from burgrave.web.terms import system_actor

if TYPE_CHECKING:
    from burgrave.engines.sheets import Cell
    from burgrave.isms.terms.meetings import DecisionFilter, DecisionRow
    from burgrave.web.terms import Actor

LONGEST_DAYS = 400
FORMS = ("text", "json", "csv")
STATES = ("open", "done", "dropped")
_DAY = click.DateTime(["%Y-%m-%d"])
_AS = click.option("--as", "email", default="", help="Only what this person may see; all without it.")
_FORMAT = click.option("--format", "form", type=click.Choice(FORMS), default="text", show_default=True)


@click.group(cls=Refusing)
def isms() -> None:
    """Ask the management system from a script: standard output carries results, standard error the rest."""


@isms.command()
@click.option("--from", "first", type=_DAY, default=None, help="The first day; today.")
@click.option("--to", "last", type=_DAY, default=None, help="The last day; ninety days after the first.")
@click.option("--source", "sources", multiple=True, help="Only this kind, such as isms.decision; may be repeated.")
@_AS
@_FORMAT
def calendar(*, first: datetime | None, last: datetime | None, sources: tuple[str, ...], email: str, form: str) -> None:
    """Print what is overdue and what is due from day to day.

    Exit code 1 when something is overdue, 2 when a choice cannot be read.
    """
    boot.boot()
    from django.utils import timezone

    from burgrave.isms import queries

    today = timezone.localdate()
    begin = first.date() if first else today
    end = last.date() if last else begin + timedelta(days=90)
    if not timedelta() <= end - begin <= timedelta(days=LONGEST_DAYS):
        raise click.BadParameter(f"the calendar is asked for 1 to {LONGEST_DAYS} days", param_hint="--to")
    view = queries.calendar(begin, end, wanted=list(sources), actor=_actor(email), today=today)
    if unknown := sorted(set(sources) - {name for name, _label in view.sources}):
        known = ", ".join(sorted(name for name, _label in view.sources))
        raise click.BadParameter(f"{', '.join(unknown)} is no source; there are {known}", param_hint="--source")
    rows = [(each, True) for each in view.overdue] + [(each, False) for each in view.coming]
    _print(
        ("on", "is_overdue", "source", "number", "title", "who"),
        [[each.on, late, each.source, each.number, str(each.title), each.who] for each, late in rows],
        form,
    )
    for label, count in view.more:
        click.echo(f"{count} more of {label}", err=True)
    if view.overdue:
        sys.exit(1)


@isms.command()
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="May be repeated.")
@click.option("--overdue", is_flag=True, help="Only what is open after its day.")
@_AS
@_FORMAT
def decisions(*, states: tuple[str, ...], overdue: bool, email: str, form: str) -> None:
    """Print decisions of committees and management reviews with their owners and days, by day.

    Exit code 1 when one of them is open after its day.
    """
    boot.boot()
    from django.utils import timezone

    from burgrave.isms.terms.meetings import DecisionFilter, DecisionState

    today = timezone.localdate()
    narrowed = DecisionFilter(states=tuple(map(DecisionState, states)), overdue=overdue)
    rows = _every(narrowed, _actor(email), today)
    _print(
        ("number", "state", "due_on", "owner", "origin", "text", "outcome"),
        [
            [each.number, str(each.state), each.due_on, each.owner_name, each.origin, each.text, each.outcome]
            for each in rows
        ],
        form,
    )
    if any(each.state is DecisionState.OPEN and each.due_on < today for each in rows):
        sys.exit(1)


@isms.command("review-pack")
@click.argument("number")
@asked
def review_pack(number: str, *, format_: str, out: Path, email: str, language: str) -> None:
    """Write the pack of the management review NUMBER, such as REV-0001: inputs, conclusion, decisions, proof."""
    boot.boot()
    from burgrave.isms import queries, reports

    make(
        lambda form, actor, now: reports.review_pack(
            form, queries.review_by_number(number, actor=actor), actor=actor, now=now
        ),
        format_=format_,
        out=out,
        email=email,
        language=language,
    )


def _every(narrowed: DecisionFilter, actor: Actor, today: date) -> list[DecisionRow]:
    from burgrave.isms import queries

    rows: list[DecisionRow] = []
    number = 1
    while True:
        page = queries.decisions(narrowed, number=number, size=100, actor=actor, today=today)
        rows += page.rows
        if number >= page.pages:
            break
        number += 1
    return rows


def _actor(email: str) -> Actor:
    from django.utils import timezone

    from burgrave.people import queries as people

    if not email:
        return system_actor()
    person_id = people.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    return people.actor_of(person_id, timezone.now())


def _print(columns: Sequence[str], rows: Sequence[Sequence[Cell]], form: str) -> None:
    if form == "json":
        told = [{name: _plain(cell) for name, cell in zip(columns, row, strict=True)} for row in rows]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    elif form == "csv":
        from burgrave.engines.sheets import write_csv

        for piece in write_csv(columns, rows):
            click.echo(piece.decode("utf-8-sig"), nl=False)
    else:
        for row in rows:
            cells = ("overdue" if cell is True else "" if cell is False else str(cell) for cell in row)
            click.echo("  ".join(cell.replace("\n", " ") for cell in cells if cell))


def _plain(cell: Cell) -> object:
    return cell.isoformat() if isinstance(cell, date) else cell
