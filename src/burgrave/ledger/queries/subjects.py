"""Finding records by what they are about. The index lies in stretches of EPOCH positions, newer ones asked first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from django.db import connection
from django.db.models import Max

from burgrave.ledger import models, rules
from burgrave.ledger.queries.stored import Stored, of_rows
from burgrave.ledger.terms import EPOCH, FIRST_FRESH_SLOT, MAX_POSITION

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
) SELECT * FROM (SELECT found, CAST(NULL AS {binary}) FROM step WHERE found IS NOT NULL LIMIT %s) AS single
UNION ALL """


# The keys of full stretches lie in the slot of their first byte; those of batches since then are all looked through.
_KEYS = """SELECT epoch, keys FROM ledger_sheafsubjects WHERE slot = %s
    UNION ALL SELECT epoch, keys FROM ledger_sheafsubjects WHERE slot >= %s"""


# Rows of single records and of sheaves that hold one of the places, and of records that await theirs.
_ROWS = """WITH asked (place) AS (VALUES {places}),
    at (first, place) AS (SELECT (
        SELECT max(s.position) FROM ledger_entry s WHERE s."count" > 1 AND s.position <= asked.place), place FROM asked)
    SELECT e.* FROM ledger_entry e WHERE e.position IN (SELECT place FROM asked)
    UNION ALL SELECT e.* FROM ledger_entry e WHERE e."count" > 1 AND e.position IN (
        SELECT b.position FROM ledger_entry b JOIN at ON b.position = at.first AND b.position + b."count" > at.place)
    UNION ALL SELECT e.* FROM ledger_entry e WHERE e.position IS NULL AND {holds} > 0"""


def newest_about(subject: str, *, limit: int) -> list[Stored]:
    """The newest records about a subject, newest first, those that await their place before all; two queries."""
    places = positions_about(subject, limit=limit)
    if not places:
        return pending_about(subject)[::-1][:limit]
    asked = ", ".join(["(CAST(%s AS bigint))"] * len(places))
    rows = {
        row.pk: row
        for row in models.Entry.objects.raw(_ROWS.format(places=asked, holds=_holds()), (*places, _leaf_word(subject)))
    }
    wanted = set(places)
    pending = of_rows(row for row in rows.values() if row.position is None)
    waiting = [each for each in pending if subject in rules.subjects_of(each.leaf)]
    placed = [
        each for each in of_rows(row for row in rows.values() if row.position is not None) if each.position in wanted
    ]
    waiting.sort(key=lambda each: each.address, reverse=True)
    placed.sort(key=lambda each: each.position or 0, reverse=True)
    return [*waiting, *placed][:limit]


def positions_about(subject: str, *, limit: int, before: int | None = None) -> list[int]:
    """The newest places of records about a subject, newest first, from the one below ``before`` on; one query."""
    below = MAX_POSITION if before is None else before
    with connection.cursor() as cursor:
        cursor.execute(
            _STEPS.format(binary="bytea" if connection.vendor == "postgresql" else "blob") + _KEYS,
            (subject, below, subject, limit, rules.slot_of(subject), FIRST_FRESH_SLOT),
        )
        found = cursor.fetchall()
    single = [int(place) for place, keys in found if keys is None]
    bound = _places(((epoch, keys) for epoch, keys in found if keys is not None), subject)
    beyond = [place for place in bound if place < below]
    return sorted({*single, *beyond}, reverse=True)[:limit] if beyond else single


def all_positions_about(subjects: Sequence[str]) -> list[int]:
    """The place of every record about one of the subjects."""
    found = in_sheaves_about(subjects)
    newest = models.Subject.objects.aggregate(newest=Max("epoch"))["newest"]
    if newest is not None:
        filed = models.Subject.objects.filter(epoch__in=range(newest + 1), subject__in=list(subjects))
        found.update(filed.values_list("position", flat=True))
    return sorted(found)


def among(positions: Collection[int], subject: str) -> set[int]:
    """Which of the positions are of records about the subject; two queries."""
    epochs = {position // EPOCH for position in positions}
    filed = models.Subject.objects.filter(epoch__in=epochs, subject=subject, position__in=positions)
    return {*filed.values_list("position", flat=True), *in_sheaves_about([subject]).intersection(positions)}


def in_sheaves_about(subjects: Sequence[str]) -> set[int]:
    """The place of every record in a sheaf that is about one of the subjects; a query for each subject."""
    found: set[int] = set()
    with connection.cursor() as cursor:
        for subject in subjects:
            cursor.execute(_KEYS, (rules.slot_of(subject), FIRST_FRESH_SLOT))
            found.update(_places(cursor.fetchall(), subject))
    return found


def _places(blocks: Iterable[tuple[int, bytes]], subject: str) -> Iterator[int]:
    return (epoch * EPOCH + offset for epoch, keys in blocks for offset in rules.offsets(bytes(keys), subject))


def pending_about(subject: str) -> list[Stored]:
    """The records about a subject that await their place, the oldest first, found in their leaves."""
    rows = models.Entry.objects.raw(
        f"SELECT * FROM ledger_entry WHERE position IS NULL AND {_holds()} > 0 ORDER BY arrival",  # noqa: S608 - words of ours
        (_leaf_word(subject),),
    )
    return [each for each in of_rows(rows) if subject in rules.subjects_of(each.leaf)]


def _holds() -> str:
    return "position(%s::bytea IN leaf)" if connection.vendor == "postgresql" else "instr(leaf, %s)"


def _leaf_word(subject: str) -> bytes:
    """How a leaf names the subject."""
    return f'"{subject}"'.encode()


def pending_about_any(subjects: AbstractSet[str]) -> list[Stored]:
    """The records about at least one of many subjects that await their place; every leaf is read."""
    rows = models.Entry.objects.filter(position=None).order_by("arrival").iterator(chunk_size=2_000)
    return [each for each in of_rows(rows) if not subjects.isdisjoint(rules.subjects_of(each.leaf))]
