"""How mature each process is, as its assessors see it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from burgrave.isms import models
from burgrave.isms.queries.statements import row_of, visible
from burgrave.isms.rules import maturity as rules
from burgrave.isms.terms import Kind
from burgrave.isms.terms.maturity import Level, MaturityRow, RatingRow
from burgrave.web.terms import Actor, PersonId

MOST_PROCESSES = 200


def maturity(*, actor: Actor, now: datetime) -> tuple[MaturityRow, ...]:
    """Every visible process that is not retired, by title. Two statements."""
    found = visible(actor).filter(kind=Kind.PROCESS, is_retired=False).select_related("unit", "owner")
    rows = tuple(found.order_by("sort_key", "id")[:MOST_PROCESSES])
    newest: dict[UUID, dict[UUID, RatingRow]] = defaultdict(dict)
    ratings = models.Rating.objects.filter(statement__in=[row.pk for row in rows]).select_related("assessor")
    for each in ratings.order_by("at", "id"):
        newest[each.statement_id][each.assessor_id] = RatingRow(
            assessor_id=PersonId(each.assessor_id),
            assessor=each.assessor.name,
            level=Level(each.level),
            evidence=each.evidence,
            at=each.at,
            counts=rules.counts(each.at, now=now),
        )
    return tuple(_row(row, tuple(newest[row.pk].values())) for row in rows)


def _row(row: models.Statement, ratings: tuple[RatingRow, ...]) -> MaturityRow:
    counting = [each for each in ratings if each.counts]
    spread = rules.spread([each.level for each in counting])
    return MaturityRow(
        row=row_of(row),
        ratings=ratings,
        median=spread.middle if spread else None,
        lowest=spread.lowest if spread else None,
        highest=spread.highest if spread else None,
        newest_on=max((each.at.date() for each in counting), default=None),
    )
