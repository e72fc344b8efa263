"""Events end: their time is over, or nobody names their file."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from burgrave.events import models, rules
from burgrave.events.commands.keeping import remove_after_commit
from burgrave.events.queries.store import event_store, retention
from burgrave.events.terms import MANAGE, EventsExpired, RetentionChanged
from burgrave.ledger import commands as ledger
from burgrave.web.errors import Forbidden, StaleEdit
from burgrave.web.terms import Actor

GRACE = timedelta(hours=1)
"""How long a file that nobody names stays: somebody may be reading it, or about to name it."""


@transaction.atomic
def change_retention(days: int, *, segment_days: int | None = None, version: int, actor: Actor, now: datetime) -> None:
    """Events are kept for so many days, and raw segments of streams for so many, None as before.

    Raises RetentionUnusable, StaleEdit, Forbidden.
    """
    if not actor.may_everywhere(MANAGE):
        raise Forbidden("%(name)s may not say how long events are kept", words={"name": actor.name})
    row = models.Retention.objects.select_for_update().first()
    before = retention()

    for each in (days, segment_days):
        if each is not None:
            rules.usable_retention(each)
    if before.version != version:
        raise StaleEdit(
            "somebody changed how long events are kept since you opened it; nothing was overwritten",
            changed_by="",
            changed_at=before.changed_at or now,
            mend="Look at the present value, then change it.",
        )

    row = row or models.Retention(version=1)
    row.days, row.version, row.changed_at = days, version + 1, now
    row.segment_days = before.segment_days if segment_days is None else segment_days
    row.save()

    changed = RetentionChanged(
        days=days, before=before.days, segment_days=row.segment_days, segments_before=before.segment_days
    )
    ledger.append(changed, actor=actor, at=now)


@transaction.atomic
def expire(unit_id: UUID, *, actor: Actor, now: datetime) -> int:
    """Whole days of a unit whose time is over are gone, files and catalogue. Returns how many."""
    first = rules.first_kept_day(now, days=retention().days)
    over = models.Part.objects.select_for_update().filter(unit_id=unit_id, is_whole=True, kept_on__lt=first)
    days: dict[object, list[models.Part]] = {}
    for row in over.order_by("kept_on", "name"):
        days.setdefault(row.kept_on, []).append(row)
    seals = {day.kept_on: day.sha256 for day in models.Day.objects.filter(unit_id=unit_id, kept_on__lt=first)}

    # By their keys: what a compaction wrote meanwhile is named by nobody here, and goes the next time.
    models.Part.objects.filter(pk__in=[row.pk for rows in days.values() for row in rows]).delete()
    models.Heard.objects.filter(unit_id=unit_id, kept_on__lt=first).delete()
    models.Day.objects.filter(unit_id=unit_id, kept_on__lt=first).delete()
    models.Intake.objects.filter(unit_id=unit_id, is_whole=True, parts=None).delete()
    remove_after_commit(row.name for rows in days.values() for row in rows)

    for kept_on, rows in days.items():
        expired = EventsExpired(
            unit_id=unit_id,
            kept_on=kept_on,  # type: ignore[arg-type]  # whole parts have a day
            events=sum(row.events for row in rows),
            parts=len(rows),
            sha256=seals.get(kept_on, ""),  # type: ignore[call-overload]  # the same
        )
        ledger.append(expired, actor=actor, at=now)
    return len(days)


def sweep(*, now: datetime) -> int:
    """Files that the catalogue does not name, and that have waited, are gone. Returns how many."""
    store, removed = event_store(), 0
    known = set(models.Part.objects.values_list("name", flat=True))
    for name in list(store.leftovers(known, before=(now - GRACE).timestamp())):
        if not models.Part.objects.filter(name=name).exists():
            store.remove(name)
            removed += 1
    return removed
