"""Readings of indicators: taken by hand or by the program, withdrawn when wrong."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.isms import models
from burgrave.isms.commands.loading import locked
from burgrave.isms.errors import ReadingTaken, ReasonMissing, WrongState
from burgrave.isms.queries.indicators import last_readings
from burgrave.isms.queries.sources import SOURCES
from burgrave.isms.queries.statements import draft_of
from burgrave.isms.rules.contents import decimal_text
from burgrave.isms.rules.indicators import next_on
from burgrave.isms.terms import EDIT, LINE_MAX, Indicator, Kind, ReadingDraft, ReadingId, records
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, system_actor


@transaction.atomic
def take_reading(statement_id: UUID, draft: ReadingDraft, *, actor: Actor, now: datetime) -> ReadingId:
    """The indicator had this value on the day. Raises ReadingTaken, WrongState, BadInput, NotFound, Forbidden."""
    row = locked(statement_id, permission=EDIT, actor=actor)
    return _take(row, draft, source="", actor=actor, now=now)


@transaction.atomic
def withdraw_reading(statement_id: UUID, reading_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """The reading counts no more. Raises ReasonMissing, WrongState, NotFound, Forbidden."""
    row = locked(statement_id, permission=EDIT, actor=actor)
    reading = row.readings.select_for_update().filter(pk=reading_id).first()
    if reading is None:
        raise NotFound("the indicator has no such reading")

    if reading.withdrawn_at is not None:
        raise WrongState("this reading is withdrawn already")
    if not reason.strip():
        raise ReasonMissing("a reading is withdrawn only with a reason", mend="Say what was wrong with it.")

    reading.withdrawn_at, reading.withdrawn_reason = now, reason.strip()[:LINE_MAX]
    reading.save(update_fields=["withdrawn_at", "withdrawn_reason"])

    withdrawn = records.ReadingWithdrawn(
        statement_id=row.pk, reading_id=reading.pk, on=reading.on, reason=Sealed(reading.withdrawn_reason)
    )
    ledger.append(withdrawn, actor=actor, at=now)


def take_due_readings(*, now: datetime) -> int:
    """Each approved indicator with a source of the program whose reading is due has one for today. Returns how many.

    Where the source can say nothing, such as the mean of nothing, no reading is taken. It may run twice a day.
    """
    found = models.Statement.objects.filter(kind=Kind.INDICATOR, is_retired=False, approved_version__gt=0)
    rows = [row for row in found.order_by("pk") if row.content["source"] in SOURCES]
    last = last_readings(row.pk for row in rows)
    return sum(
        _measure(row.pk, now=now)
        for row in rows
        if row.pk not in last or next_on(last[row.pk].on, every_days=row.content["every_days"]) <= now.date()
    )


@transaction.atomic
def _measure(statement_id: UUID, *, now: datetime) -> bool:
    row = models.Statement.objects.select_for_update().get(pk=statement_id)
    source = row.content["source"]
    measured = SOURCES[source].measure(row.unit_id, now)
    if measured.value is None or _is_taken(row, now.date()):
        return False
    draft = ReadingDraft(on=now.date(), value=measured.value, sample_size=measured.sample_size)
    _take(row, draft, source=source, actor=system_actor(), now=now)
    return True


def _take(row: models.Statement, draft: ReadingDraft, *, source: str, actor: Actor, now: datetime) -> ReadingId:
    if row.kind != Kind.INDICATOR or not isinstance(draft_of(row).content, Indicator):
        raise BadInput("only an indicator has readings")
    if row.is_retired:
        raise WrongState("%(title)s is retired", words={"title": row.title})
    if draft.on > now.date():
        raise BadInput("a reading is of today or of a day before", mend="Choose the day on which the value held.")
    if _is_taken(row, draft.on):
        raise ReadingTaken(
            "%(title)s has a reading for %(on)s already",
            words={"title": row.title, "on": draft.on.isoformat()},
            mend="Withdraw that one first if it was wrong.",
        )

    reading = models.Reading.objects.create(
        id=uuid4(),
        statement=row,
        on=draft.on,
        value=draft.value,
        sample_size=draft.sample_size,
        note=draft.note.strip(),
        source=source,
        taken_by=actor.name,
        taken_at=now,
    )

    taken = records.ReadingTaken(
        statement_id=row.pk,
        reading_id=reading.pk,
        on=draft.on,
        value=decimal_text(draft.value),
        sample_size=draft.sample_size,
        source=source,
    )
    ledger.append(taken, actor=actor, at=now)
    return ReadingId(reading.pk)


def _is_taken(row: models.Statement, on: date) -> bool:
    return row.readings.filter(on=on, withdrawn_at=None).exists()
