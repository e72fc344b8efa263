"""Hunts over the kept events of the units where a person may hunt."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pyarrow as pa

from burgrave.engines import eventstore
from burgrave.engines.eventstore import ECS, HUNTED, EventStoreError, Layout
from burgrave.engines.eventstore.columns import original_fields
from burgrave.engines.hunting import asking, running
from burgrave.engines.hunting.asking import Unclear
from burgrave.engines.hunting.errors import HuntFailed
from burgrave.engines.hunting.exporting import exported
from burgrave.engines.hunting.running import Answer, Hunt
from burgrave.engines.hunting.sources import HuntLimits, Sources
from burgrave.engines.hunting.statements import SqlRefused
from burgrave.engines.hunting.terms import Extent, Range
from burgrave.events import models
from burgrave.events.errors import HuntRefused
from burgrave.events.queries.kept import visible_parts
from burgrave.events.queries.store import event_store
from burgrave.events.rules import said
from burgrave.events.terms import FACETS, HUNT, MOST_SELECTED, VALUES_OF_FACET, HuntFilter, HuntPage, KeptEvent
from burgrave.people import queries as people
from burgrave.web.errors import NotFound, Said
from burgrave.web.terms import Actor

MOST_GATHERED: Final = 3_000_000
"""The places of so many events, of some 80 bytes each, fit in a hunt's memory beside the records that are read."""

SELECTED: Final = HuntLimits(rows=MOST_SELECTED)
EXPORTED: Final = HuntLimits(seconds=120.0, answer_bytes=512 * 1024 * 1024)
"""What a file may cost from the search to its last row; writing a workbook of many rows takes most of the time."""
FACTS: Final = ("channel", "event.code", "event.provider", "product", "category", "service", "record")


def hunt_sources(*, since: datetime | None = None, until: datetime | None = None, actor: Actor) -> Sources:
    """The files that may hold events of that time, of units where the actor may hunt. Two statements.

    Raises Forbidden.
    """
    actor.must_anywhere(HUNT)
    store = event_store()
    narrow: dict[str, list[str]] = {}
    mixed: list[str] = []
    rows = visible_parts(actor, since=since, until=until).order_by("pk")
    for name, table, kind in rows.values_list("name", "kind__table", "kind_id"):
        (narrow.setdefault(table, []) if kind else mixed).append(str(store.path(name)))
    heard = models.Heard.objects.filter(people.within(actor, HUNT), kept_on__isnull=False).values("kind_id")
    fields: dict[str, set[str]] = {}
    for table, names in models.Kind.objects.filter(pk__in=heard).values_list("table", "fields"):
        fields.setdefault(table, set()).update(names)
    return Sources(
        schema=str(store.schema_file()),
        columns=HUNTED,
        narrow=narrow,
        mixed=mixed,
        fields={table: sorted(names) for table, names in fields.items()},
    )


def hunt(
    wanted: HuntFilter, *, columns: tuple[str, ...], most: int, skip: int, zone: tzinfo = UTC, actor: Actor
) -> HuntPage:
    """What the question finds: a page of events, the newest first, the course of time, and common values.

    Days, weeks, months and years of the course begin at midnights of the zone. Raises HuntRefused, Forbidden.
    """
    with _refusing(), _hunt(wanted, actor=actor) as found:
        found.gather(most=MOST_GATHERED)
        events, first_at, last_at = found.ends()
        steps = found.histogram(first_at, last_at, zone) if first_at and last_at else None
        rows = found.rows(("file", "place", *columns), most=most + 1, skip=skip) if events else []
        common = found.common(FACETS, most=VALUES_OF_FACET) if events else {}
        sql = found.sql(columns, most=MOST_SELECTED)
    return HuntPage(
        events=events,
        first_at=first_at,
        last_at=last_at,
        step=steps.step if steps else None,
        steps=steps.counts if steps else (),
        common={name: tuple(values) for name, values in common.items()},
        rows=tuple(rows[:most]),
        is_more=len(rows) > most,
        sql=sql,
    )


def hunt_rows(
    wanted: HuntFilter, *, columns: tuple[str, ...], most: int, actor: Actor
) -> Generator[Mapping[str, Any], None, None]:
    """All events that the question finds, the newest first, in one search that ends when this is closed.

    Raises HuntRefused, also where they are more than so many, and Forbidden.
    """
    with (
        _refusing(),
        _exported(wanted, columns=columns, extent=Extent.ALL, most=most, actor=actor) as (_schema, batches),
    ):
        for batch in batches:
            yield from batch.to_pylist()


@contextmanager
def hunt_batches(
    wanted: HuntFilter, *, most: int, actor: Actor
) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """The newest events that the question finds, so many at most, with all common columns, in one search.

    Raises HuntRefused, also while they are taken, and Forbidden.
    """
    with (
        _refusing(),
        _exported(wanted, columns=HUNTED, extent=Extent.NEWEST, most=most, actor=actor) as found,
    ):
        yield found


def hunt_sql(
    sql: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limits: HuntLimits = SELECTED,
    actor: Actor,
) -> Answer:
    """The answer to one SELECT over kept events. The time passes over files only. Raises HuntRefused, Forbidden."""
    with _refusing():
        return running.ask(sql, hunt_sources(since=since, until=until, actor=actor), limits=limits)


def kept_event(file: UUID, place: int, *, actor: Actor) -> KeptEvent:
    """One kept event with all its fields. Raises NotFound, HuntRefused."""
    if not actor.may_anywhere(HUNT):
        raise NotFound("there is no such event, or you may not see it")
    store = event_store()
    with _refusing():
        found = running.locate(hunt_sources(actor=actor), file=str(file), place=place)
        if found is None:
            raise NotFound("there is no such event, or you may not see it")
        name = Path(found[0]).relative_to(store.root).as_posix()
        table = store.row(name, found[1])
    layout = Layout.NARROW if original_fields(table) else Layout.MIXED
    wide = table if layout is Layout.NARROW else eventstore.widened(table)
    (row,) = wide.to_pylist()
    return KeptEvent(
        file=file,
        place=place,
        unit_id=UUID(row["unit"]),
        time=row["time"],
        kind=row["kind"],
        facts={each: row[each] for each in FACTS if row[each]},
        ecs={each: row[each] for each in ECS if row[each]},
        fields={each: row[column] for each, column in original_fields(wide).items() if row[column] is not None},
        raw=row["raw"],
        is_utf8=row["raw_bytes"] is None,
    )


def tables(*, actor: Actor) -> Mapping[str, tuple[str, ...]]:
    """The tables of kinds that the actor can ask with SQL, each with its original fields. Raises Forbidden."""
    return {name: tuple(fields) for name, fields in sorted(hunt_sources(actor=actor).fields.items())}


def _exported(
    wanted: HuntFilter, *, columns: Sequence[str], extent: Extent, most: int, actor: Actor
) -> AbstractContextManager[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """What it finds, from a process of its own; what cannot be read is refused before there is one."""
    asking.read(wanted.question)
    given = hunt_sources(since=wanted.since, until=wanted.until, actor=actor)
    span = Range(wanted.since, wanted.until)
    return exported(wanted.question, given, span, columns=columns, extent=extent, most=most, limits=EXPORTED)


def _hunt(wanted: HuntFilter, *, actor: Actor) -> Hunt:
    question = asking.read(wanted.question)
    given = hunt_sources(since=wanted.since, until=wanted.until, actor=actor)
    return Hunt(given, question, Range(wanted.since, wanted.until))


class _refusing:  # noqa: N801 - reads as a word where it is used
    """What an engine cannot do is refused with its sentence."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Unclear | SqlRefused):
            raise HuntRefused(
                "the hunt cannot be read: %(why)s",
                words={"why": said(error.args[0])},
                mend=Said("Mend what is named, and hunt again."),
            ) from error
        if isinstance(error, HuntFailed | EventStoreError):
            raise HuntRefused(
                "the hunt has no answer: %(why)s",
                words={"why": said(error.args[0])},
                mend=Said("Change the question or the time, and hunt again."),
            ) from error
