"""Silence is an alert: raised once a silence, and cleared when the source is heard again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from burgrave.incidents import commands as incidents
from burgrave.incidents.terms import SILENT_SOURCE, Observation
from burgrave.intake import models
from burgrave.intake.queries.sources import silence_of
from burgrave.intake.terms import MANAGE, SourceState, log_source_subject
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Recipients, Words
from burgrave.web.terms import PersonId, UnitId, system_actor

SILENT = gettext_noop("A log source is silent for longer than it may be")
SAID = gettext_noop("Nothing was heard of the log source %(name)s for longer than it may be silent, since")


def note_silences(*, now: datetime) -> tuple[int, int]:
    """Every silence is an alert, and every one that is over is cleared. Returns how many began, and how many ended."""
    concerned = Q(state=SourceState.ACTIVE, silent_after_seconds__isnull=False) | ~Q(silence_key="")
    begun = ended = 0
    for key in list(models.LogSource.objects.filter(concerned).order_by("pk").values_list("pk", flat=True)):
        began, over = _look_at(key, now=now)
        begun, ended = begun + began, ended + over
    return begun, ended


@transaction.atomic
def _look_at(log_source_id: UUID, *, now: datetime) -> tuple[bool, bool]:
    row = models.LogSource.objects.select_for_update().filter(pk=log_source_id).first()
    if row is None:
        return False, False
    silent_at = silence_of(row)
    is_silent = silent_at is not None and silent_at < now
    key = f"intake.silence:{row.pk}:{silent_at.isoformat()}" if silent_at is not None and is_silent else ""

    if key == row.silence_key:
        return False, False

    before, row.silence_key = row.silence_key, key
    row.save(update_fields=["silence_key"])
    over = bool(before) and incidents.clear_observation(before, actor=system_actor(), now=now)
    began = bool(key) and _raise(row, key, now=now)
    return began, over


def _raise(row: models.LogSource, key: str, *, now: datetime) -> bool:
    seen = Observation(
        key=key,
        unit_id=row.unit_id,
        computer=row.name,
        since=max(row.heard_since, row.last_heard_at or row.heard_since),
        sentence=SAID,
        words={"name": row.name},
        about=log_source_subject(row.pk),
    )
    alert_id = incidents.raise_observation(seen, SILENT_SOURCE, actor=system_actor(), now=now)
    if alert_id is None:
        return False
    owner = (PersonId(row.owner_id),) if row.owner_id else ()
    notifications.notify(
        topic="intake.silent",
        to=Recipients(persons=owner) if owner else Recipients(permission=MANAGE, unit_id=UnitId(row.unit_id)),
        subject=log_source_subject(row.pk),
        words=Words(sentence=SILENT),
        link=f"/log-sources/{row.pk}/",
        dedupe_key=key,
        now=now,
    )
    return True
