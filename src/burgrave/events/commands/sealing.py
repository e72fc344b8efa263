"""Days are compacted and sealed: few files, and one digest over them in the ledger."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from burgrave.engines import eventstore
from burgrave.engines.eventstore import Part
from burgrave.events import models
from burgrave.events.commands.keeping import add_parts, kind_rows, new_name
from burgrave.events.queries.store import as_part, event_store
from burgrave.events.terms import DaySealed
from burgrave.ledger import commands as ledger
from burgrave.web.terms import Actor


def compact(unit_id: UUID, kept_on: date) -> int:
    """What is not sealed of the day stands in few files. Returns how many files fewer there are.

    The new files are written before the catalogue changes, in one transaction; those who still read the old ones find
    them for an hour. Raises EventStoreError.
    """
    wanted = models.Part.objects.filter(unit_id=unit_id, kept_on=kept_on, is_whole=True, is_sealed=False)
    old = list(wanted.select_related("kind").order_by("first_at", "pk"))
    if len(old) < 2:  # noqa: PLR2004 - one file is as few as there can be
        return 0
    made = eventstore.compact(event_store(), [as_part(row) for row in old], name=partial(new_name, unit_id))
    if len(made) >= len(old):
        event_store().take_back(made)
        return 0
    with transaction.atomic():
        locked = models.Part.objects.select_for_update().filter(pk__in=[row.pk for row in old], is_sealed=False)
        if len(locked) != len(old):
            event_store().take_back(made)
            return 0
        _replace(old, made, unit_id=unit_id, kept_on=kept_on)
    return len(old) - len(made)


@transaction.atomic
def seal_day(unit_id: UUID, kept_on: date, *, actor: Actor, now: datetime) -> bool:
    """The day's files are sealed by a digest that the ledger records. False when nothing of it is unsealed."""
    rows = list(models.Part.objects.select_for_update().filter(unit_id=unit_id, kept_on=kept_on, is_whole=True))

    if all(row.is_sealed for row in rows):
        return False

    parts = [as_part(row) for row in rows]
    known = models.Day.objects.select_for_update().filter(unit_id=unit_id, kept_on=kept_on).first()
    day = known or models.Day(unit_id=unit_id, kept_on=kept_on, revision=0)
    day.revision += 1
    day.sha256, day.sealed_at, day.parts = eventstore.digest(parts), now, len(parts)
    day.events, day.size_bytes = sum(part.events for part in parts), sum(part.size_bytes for part in parts)
    day.save()
    models.Part.objects.filter(pk__in=[row.pk for row in rows]).update(is_sealed=True)

    ledger.append(
        DaySealed(
            unit_id=unit_id,
            kept_on=kept_on,
            events=day.events,
            parts=day.parts,
            size_bytes=day.size_bytes,
            sha256=day.sha256,
            revision=day.revision,
        ),
        actor=actor,
        at=now,
    )
    return True


def _replace(old: list[models.Part], made: tuple[Part, ...], *, unit_id: UUID, kept_on: date) -> None:
    kinds = kind_rows((), [part.kind for part in made if part.kind])
    gone = models.Part.objects.filter(pk__in=[row.pk for row in old])
    before = gone.aggregate(Sum("events"))["events__sum"]
    if before != sum(part.events for part in made):
        raise eventstore.EventStoreError(f"the files of {kept_on} hold other events than the catalogue says")
    gone.delete()
    add_parts(made, kinds, unit_id=unit_id, intake=None, is_whole=True, kept_on=kept_on)
    names = [row.name for row in old]
    transaction.on_commit(lambda: _let_go(names))


def _let_go(names: Iterable[str]) -> None:
    """The files begin to wait for the sweep now: somebody may be reading them."""
    for name in names:
        with suppress(OSError):
            os.utime(event_store().path(name))
