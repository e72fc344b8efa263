"""Finding records by what they are about. The index lies in stretches of EPOCH positions, newer ones asked first."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from django.db import connection
from django.db.models import Max

from burgrave.ledger import models, rules
from burgrave.ledger.terms import MAX_POSITION

# One step is one look into the index: the newest place below the last one in the same stretch, or else the next
# stretch. The reader's limit ends it, so that a subject with a million records costs no more than its newest page.
_STEPS = """WITH RECURSIVE step (epoch, below, found) AS (
    SELECT last.epoch, last.below, (
        SELECT max(s.position) FROM ledger_subject s
        WHERE s.epoch = last.epoch AND s.subject = %s AND s.position < last.below)
    FROM (SELECT max(epoch) AS epoch, CAST(%s AS bigint) AS below FROM ledger_subject) last
    UNION ALL
    SELECT
        CASE WHEN step.found IS NULL THEN step.epoch - 1 ELSE step.epoch END,
        CASE WHEN step.found IS NULL THEN step.below ELSE step.found END, (
        SELECT max(s.position) FROM ledger_subject s
        WHERE s.epoch = CASE WHEN step.found IS NULL THEN step.epoch - 1 ELSE step.epoch END
            AND s.subject = %s AND s.position < CASE WHEN step.found IS NULL THEN step.below ELSE step.found END)
    FROM step WHERE step.epoch >= 0
) SELECT found FROM step WHERE found IS NOT NULL LIMIT %s"""


def positions_about(subject: str, *, limit: int, before: int | None = None) -> list[int]:
    """The newest places of records about a subject, newest first, from the one below ``before`` on."""
    below = MAX_POSITION if before is None else before
    with connection.cursor() as cursor:
        cursor.execute(_STEPS, (subject, below, subject, limit))
        return [int(row[0]) for row in cursor.fetchall()]


def all_positions_about(subjects: Sequence[str]) -> list[int]:
    """The place of every record about one of the subjects."""
    newest = models.Subject.objects.aggregate(newest=Max("epoch"))["newest"]
    if newest is None:
        return []
    filed = models.Subject.objects.filter(epoch__in=range(newest + 1), subject__in=list(subjects))
    return sorted(set(filed.values_list("position", flat=True)))


def pending_about(subject: str) -> list[int]:
    """The arrivals of the records about a subject that await their place, found in their leaves."""
    holds = "position(%s::bytea IN leaf)" if connection.vendor == "postgresql" else "instr(leaf, %s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT arrival, leaf FROM ledger_entry WHERE position IS NULL AND {holds} > 0 ORDER BY arrival",  # noqa: S608 - words of ours
            (f'"{subject}"'.encode(),),
        )
        return [int(row[0]) for row in cursor.fetchall() if subject in rules.subjects_of(bytes(row[1]))]


def pending_about_any(subjects: AbstractSet[str]) -> list[int]:
    """The arrivals of the records about at least one of many subjects that await their place; every leaf is read."""
    leaves = models.Entry.objects.filter(position=None).order_by("arrival").values_list("arrival", "leaf")
    return [
        arrival
        for arrival, leaf in leaves.iterator(chunk_size=2_000)
        if not subjects.isdisjoint(rules.subjects_of(bytes(leaf)))
    ]
