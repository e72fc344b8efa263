"""`burgrave hunt`: ask kept events, or event files, with SQL."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from burgrave.site import boot
from burgrave.web.errors import Refusal

if TYPE_CHECKING:
    from burgrave.engines.events import Event, Unreadable
    from burgrave.engines.hunting.selecting import Selected
    from burgrave.engines.hunting.sources import HuntLimits, Sources

FORMATS = ("table", "jsonl", "csv")
WIDEST = 60
FOUND, NOTHING = 0, 1


@click.command()
@click.argument("sql")
@click.option(
    "--events",
    "paths",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="An event file or a folder of them, read now; may be given more than once.",
)
@click.option("--as", "email", help="Ask this installation's kept events in the name of this person.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--rows", type=click.IntRange(1, 1_000_000), default=1_000, show_default=True, help="Rows at most.")
@click.option("--seconds", type=click.FloatRange(1, 3_600), default=60.0, show_default=True, help="Time at most.")
@click.option("--memory-mb", type=click.IntRange(128, 65_536), default=1_024, show_default=True)
def hunt(
    sql: str, *, paths: tuple[Path, ...], email: str | None, format_: str, rows: int, seconds: float, memory_mb: int
) -> None:
    """Ask events with one SELECT, over the table events or over that of a kind, such as sysmon_1 or security_4624.

    Without --events the kept events of this installation are asked. Exit code 0 with rows, 1 without, 2 when the SQL is
    refused or has no answer.
    """
    from burgrave.engines.hunting.sources import HuntLimits

    limits = HuntLimits(rows=rows, seconds=seconds, memory_mb=memory_mb, answer_bytes=1024 * 1024 * 1024)
    if paths:
        with tempfile.TemporaryDirectory(prefix="burgrave-hunt-") as folder:
            found = _answered(sql, _read(paths, Path(folder)), limits, format_)
    else:
        found = _answered(sql, _kept(email), limits, format_)
    sys.exit(FOUND if found else NOTHING)


def _answered(sql: str, given: Sources, limits: HuntLimits, format_: str) -> int:
    """Print the answer as it comes, and whether there is more; returns how many rows it has.

    Whoever takes it and goes away ends the search.
    """
    from burgrave.engines.hunting.errors import HuntFailed
    from burgrave.engines.hunting.selecting import selected
    from burgrave.engines.hunting.statements import SqlRefused

    try:
        with selected(sql, given, limits=limits) as found:
            rows = _print(found, format_)
    except (SqlRefused, HuntFailed) as error:
        raise click.UsageError(str(error)) from error
    if found.is_cut:
        click.echo(f"there are more than {limits.rows:,} rows: say --rows, or narrow the question", err=True)
    return rows


def _kept(email: str | None) -> Sources:
    boot.boot()

    from burgrave.events import queries
    from burgrave.people import queries as people

    if not email:
        raise click.UsageError("say --as, whose kept events are asked, or --events, which files")
    person_id = people.by_email().get(email.strip().lower())
    if person_id is None:
        raise click.BadParameter(f"nobody who is active has the e-mail address {email}", param_hint="--as")
    try:
        return queries.hunt_sources(actor=people.actor_of(person_id, datetime.now(UTC)))
    except Refusal as refusal:
        raise click.UsageError(str(refusal)) from refusal


def _read(paths: tuple[Path, ...], folder: Path) -> Sources:
    """The events of the files as a store in the folder; what cannot be read is said and passed over."""
    from burgrave.engines import events as readers
    from burgrave.engines import eventstore
    from burgrave.engines.hunting.sources import Sources

    store = eventstore.EventStore(folder)
    gathering = eventstore.Gathering(
        store=store, name=lambda kind: eventstore.part_name("read", kind, token=uuid4().hex)
    )
    parts: list[eventstore.Part] = []
    fields: dict[str, set[str]] = {}
    for path in _files(paths):
        place = 0
        try:
            for window in readers.windows(_events(readers.read_events(path))):
                for batch in window:
                    table = eventstore.narrow(batch, unit="", file=str(path), first_place=place)
                    gathering.add(eventstore.kind_of(batch), table)
                place += sum(len(batch.events) for batch in window)
                if gathering.is_full:
                    parts += gathering.flush()
        except readers.EventFileError as error:
            click.echo(str(error), err=True)
    parts += gathering.flush()
    for heard in gathering.heard():
        fields.setdefault(heard.kind.table, set()).update(heard.fields)
    narrow: dict[str, list[str]] = {}
    for part in parts:
        if part.kind:
            narrow.setdefault(part.kind.table, []).append(str(store.path(part.name)))
    return Sources(
        schema=str(store.schema_file()),
        columns=eventstore.HUNTED,
        narrow=narrow,
        mixed=[str(store.path(part.name)) for part in parts if part.kind is None],
        fields={table: sorted(names) for table, names in fields.items()},
    )


def _events(stream: Iterable[Event | Unreadable]) -> Iterator[Event]:
    """The events; what cannot be read is said."""
    from burgrave.engines.events import Unreadable

    for record in stream:
        if isinstance(record, Unreadable):
            click.echo(str(record), err=True)
        else:
            yield record


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.is_file())
        else:
            yield path


def _print(found: Selected, format_: str) -> int:
    names = [name for name, _kind in found.columns]
    if format_ == "table":
        return _print_table(names, list(found.rows()))
    count = 0
    sheet = csv.writer(sys.stdout)
    if format_ == "csv":
        sheet.writerow(names)
    for row in found.rows():
        count += 1
        if format_ == "jsonl":
            click.echo(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False))
        else:
            sheet.writerow(["" if value is None else value for value in row])
    return count


def _print_table(names: list[str], rows: list[tuple[object, ...]]) -> int:
    cells = [names, *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(names))]
    for line in cells:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    return len(rows)


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
