"""The events of an event file are kept, once, and seen by nobody before all of them are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.engines import eventstore
from burgrave.engines.events import EventBatch
from burgrave.engines.eventstore import Gathering, Heard, Kind, Part
from burgrave.events import models
from burgrave.events.queries.store import event_store
from burgrave.events.terms import TEXT_MAX


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Gathers the events of one file and writes them, whole files at a time.

    What it has written counts only once ``keep_events`` has named it in a transaction: until then a killed worker
    leaves files that are swept away.
    """

    event_file_id: UUID
    unit_id: UUID
    parts: list[Part] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    _gathering: Gathering = field(init=False)

    def __post_init__(self) -> None:
        self._gathering = Gathering(store=event_store(), name=partial(new_name, self.unit_id))

    def add(self, window: Sequence[EventBatch], *, first_place: int) -> None:
        """Hold the events of a window; they are written when there are enough. Raises EventStoreError."""
        for batch in window:
            table = eventstore.narrow(
                batch, unit=str(self.unit_id), file=str(self.event_file_id), first_place=first_place
            )
            self._gathering.add(eventstore.kind_of(batch), table)
        if self._gathering.is_full:
            self.write()

    def write(self) -> None:
        """Everything that is held stands in files. Raises EventStoreError."""
        self.parts += self._gathering.flush()
        self.heard += self._gathering.heard()

    def close(self) -> None:
        """What was written and not asked for since makes room: a reading that ended early names it no more."""
        event_store().take_back(self.parts)
        self.parts = []

    def taken(self) -> tuple[tuple[Part, ...], tuple[Heard, ...]]:
        """What was written since this was last asked."""
        parts, heard = tuple(self.parts), tuple(self.heard)
        self.parts, self.heard = [], []
        return parts, heard


@transaction.atomic
def keep_events(keeper: Keeper) -> None:
    """What the keeper has written counts, and waits to be whole. For the worker, inside the effects of its lease."""
    parts, heard = keeper.taken()
    if not parts:
        return
    intake, _ = models.Intake.objects.get_or_create(
        event_file_id=keeper.event_file_id, defaults={"unit_id": keeper.unit_id}
    )

    kinds = kind_rows(heard, [part.kind for part in parts if part.kind])

    add_parts(parts, kinds, unit_id=keeper.unit_id, intake=intake)
    known = {row.kind_id: row for row in models.Heard.objects.filter(event_file_id=keeper.event_file_id)}
    for each in heard:
        _hear(known, kinds[stored(each.kind)], each, keeper)
    for row in known.values():
        row.save()


@transaction.atomic
def finish_intake(event_file_id: UUID, *, now: datetime) -> int:
    """Everything that the event file brought is seen, and belongs to this day. Returns how many parts hold it."""
    models.Intake.objects.filter(event_file_id=event_file_id).update(is_whole=True)
    models.Heard.objects.filter(event_file_id=event_file_id).update(kept_on=now.date())
    return models.Part.objects.filter(intake_id=event_file_id).update(is_whole=True, kept_on=now.date())


@transaction.atomic
def forget_intake(event_file_id: UUID) -> None:
    """Nothing is left of what an event file that was not read to its end had brought."""
    parts = models.Part.objects.filter(intake_id=event_file_id, is_whole=False)
    names = list(parts.values_list("name", flat=True))
    parts.delete()
    models.Heard.objects.filter(event_file_id=event_file_id, kept_on=None).delete()
    models.Intake.objects.filter(event_file_id=event_file_id, is_whole=False).delete()
    remove_after_commit(names)


def remove_after_commit(names: Iterable[str]) -> None:
    """The files are gone once the transaction stands. What a kill leaves is swept later."""
    gone = tuple(names)

    def remove() -> None:
        for name in gone:
            with suppress(OSError):
                event_store().remove(name)

    transaction.on_commit(remove)


def new_name(unit_id: UUID, kind: Kind | None) -> str:
    return eventstore.part_name(str(unit_id), kind, token=uuid4().hex)


def stored(kind: Kind) -> Kind:
    """The kind as the catalogue can hold it."""
    return Kind(*(_storable(getattr(kind, name)) for name in models.KIND_TEXTS))


def kind_rows(heard: Iterable[Heard], others: Iterable[Kind]) -> dict[Kind, models.Kind]:
    """The rows of these kinds, with the fields that were heard among theirs."""
    fields: dict[Kind, set[str]] = {stored(kind): set() for kind in others}
    for each in heard:
        fields.setdefault(stored(each.kind), set()).update(map(_storable, each.fields))
    wanted = [models.Kind(**_texts(kind), table=kind.table[:100]) for kind in sorted(fields)]
    models.Kind.objects.bulk_create(wanted, ignore_conflicts=True, batch_size=100)
    codes = {kind.event_code for kind in fields}
    rows = {
        Kind(*(getattr(row, name) for name in models.KIND_TEXTS)): row
        for row in models.Kind.objects.filter(event_code__in=sorted(codes))
    }
    new = {rows[kind].pk: names for kind, names in fields.items() if not names <= set(rows[kind].fields)}
    # Of two that add fields to a kind at once each adds to what the other has: read again under the lock, in one order.
    for row in models.Kind.objects.select_for_update().filter(pk__in=sorted(new)).order_by("pk"):
        together = sorted({*row.fields, *new[row.pk]})[: eventstore.DEFAULT_STORE_LIMITS.fields_noted]
        if together != row.fields:
            row.fields = together
            row.save(update_fields=["fields"])
    return rows


def add_parts(
    parts: Iterable[Part],
    kinds: dict[Kind, models.Kind],
    *,
    unit_id: UUID,
    intake: models.Intake | None,
    **more: object,
) -> None:
    models.Part.objects.bulk_create(
        [
            models.Part(
                name=part.name,
                unit_id=unit_id,
                intake=intake,
                kind=kinds[stored(part.kind)] if part.kind else None,
                sha256=part.sha256,
                size_bytes=part.size_bytes,
                events=part.events,
                first_at=part.first_at,
                last_at=part.last_at,
                **more,
            )
            for part in parts
        ],
        batch_size=100,
    )


def _hear(known: dict[int, models.Heard], kind: models.Kind, each: Heard, keeper: Keeper) -> None:
    row = known.setdefault(
        kind.pk,
        models.Heard(event_file_id=keeper.event_file_id, unit_id=keeper.unit_id, kind=kind, events=0),
    )
    row.events += each.events
    row.first_at = min(filter(None, (row.first_at, each.first_at)), default=None)
    row.last_at = max(filter(None, (row.last_at, each.last_at)), default=None)


def _texts(kind: Kind) -> dict[str, str]:
    return {name: getattr(kind, name) for name in models.KIND_TEXTS}


def _storable(text: str) -> str:
    """The text as every database can hold it."""
    plain = text.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode("utf-8")
    return plain[:TEXT_MAX]
