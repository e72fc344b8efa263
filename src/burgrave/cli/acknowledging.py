"""`burgrave policies acknowledgements`: how many of those asked have confirmed, on a day, for scripts."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from burgrave.site import boot
from burgrave.web.terms import system_actor

if TYPE_CHECKING:
    from burgrave.policies.terms.acknowledging import Rate

FORMS = ("table", "csv", "json")
COLUMNS = ("group", "asked", "confirmed", "percent", "overdue", "opened_only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The rate of one group; ``key`` is empty for the whole."""

    key: str
    name: str
    rate: Rate

    @property
    def percent(self) -> float | None:
        return None if self.rate.ratio is None else round(100 * self.rate.ratio, 1)

    def below(self, percent: float) -> bool:
        """Whether fewer than so many percent of those asked have confirmed; never where nobody is asked."""
        return self.rate.ratio is not None and 100 * self.rate.ratio < percent


@click.command()
@click.option(
    "--by",
    "by",
    type=click.Choice(["document", "unit", "role"]),
    default="document",
    show_default=True,
    help="What the rates are counted by.",
)
@click.option("--document", "number", default="", metavar="NUMBER", help="Only this document, such as NRM-06.")
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), default=None, help="As of the end of that day; today.")
@click.option("--at-least", "least", type=click.FloatRange(0, 100), default=None, help="Fail below so many percent.")
@click.option("--format", "form", type=click.Choice(FORMS), default="table", show_default=True)
def acknowledgements(*, by: str, number: str, on: datetime | None, least: float | None, form: str) -> None:
    """Print how many of those asked have confirmed, by document, unit or role.

    Exit code 1 when --at-least is given and one of the rates is below it, 2 when a day or a choice cannot be read.
    Where nobody is asked there is no rate, and nothing is below it.
    """
    boot.boot()

    from burgrave.policies import queries

    actor, day = system_actor(), on.date() if on else datetime.now(UTC).date()
    document_id = queries.document_by_number(number, actor=actor) if number else None
    whole, groups = queries.rates(queries.Grouped(by), on=day, actor=actor, document_id=document_id)
    lines = [Line(key=each.key, name=each.name, rate=each.rate) for each in groups]
    total = Line(key="", name="all together", rate=whole)
    _PRINTED[form](lines, total, by, day.isoformat())
    below = [each.name for each in (*lines, total) if least is not None and each.below(least)]
    if below:
        click.echo(f"below {least:g} %: {', '.join(below)}", err=True)
        sys.exit(1)


def _row(line: Line) -> list[str]:
    rate = line.rate
    percent = "" if line.percent is None else f"{line.percent:.1f}"
    return [line.name, str(rate.asked), str(rate.confirmed), percent, str(rate.overdue), str(rate.opened)]


def _table(lines: list[Line], total: Line, by: str, on: str) -> None:
    rows = [[by, "asked", "confirmed", "%", "overdue", "only opened"], *map(_row, lines), _row(total)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        click.echo("  ".join(cells))
    click.echo(f"at the end of {on} (UTC)", err=True)


def _csv(lines: list[Line], total: Line, by: str, on: str) -> None:  # noqa: ARG001 - one signature for all forms
    """The groups alone, so that a column can be added up."""
    from burgrave.engines.sheets import write_csv

    rows = [
        [each.name, each.rate.asked, each.rate.confirmed, each.percent, each.rate.overdue, each.rate.opened]
        for each in lines
    ]
    for piece in write_csv(COLUMNS, rows):
        click.echo(piece.decode("utf-8-sig"), nl=False)


def _json(lines: list[Line], total: Line, by: str, on: str) -> None:
    told = {"on": on, "by": by, "all": _shown(total), "groups": [_shown(each) for each in lines]}
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))


def _shown(line: Line) -> dict[str, object]:
    rate = line.rate
    named: dict[str, object] = {"key": line.key, "name": line.name} if line.key else {}
    return {
        **named,
        "asked": rate.asked,
        "confirmed": rate.confirmed,
        "percent": line.percent,
        "overdue": rate.overdue,
        "opened_only": rate.opened,
    }


_PRINTED = {"table": _table, "csv": _csv, "json": _json}
