"""Indicators with their readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Max

from burgrave.isms import models
from burgrave.isms.queries.statements import row_of, visible
from burgrave.isms.rules import indicators as rules
from burgrave.isms.rules.contents import content_of, decimal_text
from burgrave.isms.terms import Indicator, Kind, ReadingId
from burgrave.isms.terms.rows import IndicatorRow, ReadingRow
from burgrave.web.terms import Actor

MOST_READINGS = 500
MOST_INDICATORS = 500


def indicators(*, actor: Actor, today: date) -> tuple[IndicatorRow, ...]:
    """Every visible indicator that is not retired, by title. Three statements."""
    found = visible(actor).filter(kind=Kind.INDICATOR, is_retired=False).select_related("unit", "owner")
    return _rows(found.order_by("sort_key", "id")[:MOST_INDICATORS], today=today)


def indicators_of(objective_id: UUID, *, actor: Actor, today: date) -> tuple[IndicatorRow, ...]:
    """The visible indicators that measure the objective. Three statements."""
    found = visible(actor).filter(parent_id=objective_id, is_retired=False).select_related("unit", "owner")
    return _rows(found.order_by("sort_key", "id")[:MOST_INDICATORS], today=today)


def readings(statement_id: UUID) -> tuple[ReadingRow, ...]:
    """The newest readings, withdrawn ones too, newest first; the caller has seen the indicator. One statement."""
    found = models.Reading.objects.filter(statement_id=statement_id).order_by(
        "-on", F("withdrawn_at").asc(nulls_first=True), "-taken_at"
    )
    return tuple(map(_reading, found[:MOST_READINGS]))


def last_readings(statement_ids: Iterable[UUID]) -> Mapping[UUID, ReadingRow]:
    """The newest reading of each that was not withdrawn. Two statements."""
    kept = models.Reading.objects.filter(statement_id__in=list(statement_ids), withdrawn_at=None).order_by()
    newest = dict(kept.values_list("statement_id").annotate(Max("on")))
    rows = kept.filter(on__in=set(newest.values()))
    return {row.statement_id: _reading(row) for row in rows if newest[row.statement_id] == row.on}


def _rows(found: Iterable[models.Statement], *, today: date) -> tuple[IndicatorRow, ...]:
    rows = tuple(found)
    last = last_readings(row.pk for row in rows)
    return tuple(_row(row, last.get(row.pk), today=today) for row in rows)


def _row(row: models.Statement, last: ReadingRow | None, *, today: date) -> IndicatorRow:
    content = content_of(Kind.INDICATOR, row.content)
    assert isinstance(content, Indicator)  # noqa: S101 - tells the type checker
    return IndicatorRow(
        row=row_of(row),
        objective_id=content.objective_id,
        unit_of_measure=content.unit_of_measure,
        target=content.target,
        direction=content.direction,
        source=content.source,
        every_days=content.every_days,
        last=last,
        standing=rules.standing(
            value=last.value if last else None,
            read_on=last.on if last else None,
            target=content.target,
            direction=content.direction,
            every_days=content.every_days,
            today=today,
        ),
        next_on=rules.next_on(last.on, every_days=content.every_days) if last else row.changed_at.date(),
    )


def _reading(row: models.Reading) -> ReadingRow:
    return ReadingRow(
        reading_id=ReadingId(row.pk),
        on=row.on,
        value=Decimal(decimal_text(row.value)),
        sample_size=row.sample_size,
        note=row.note,
        source=row.source,
        taken_by=row.taken_by,
        taken_at=row.taken_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
    )
