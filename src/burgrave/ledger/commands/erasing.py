"""Erasing personal data without harm to any proof."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from burgrave.ledger import models
from burgrave.ledger.commands.appending import append_all
from burgrave.ledger.errors import NothingToErase
from burgrave.ledger.queries.subjects import all_positions_about, pending_about, pending_about_any
from burgrave.ledger.terms import OpeningsErased, Sealed
from burgrave.web.terms import Actor

RECORDS_PER_RECORD = 1000
NAMED_AT_ONCE = 500


@transaction.atomic
def erase_openings(
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    subject: str = "",
    subjects: Sequence[str] = (),
    record_ids: Sequence[UUID] = (),
) -> int:
    """No opening stands behind the records about the subjects and those in ``record_ids``. Returns how many are erased.

    The leaves, and with them every proof, stay as they are; a record names what was erased. Permission is asked for by
    the command of the domain that the subject belongs to. Raises NothingToErase.
    """
    arrivals = _arrivals(subjects=(*filter(None, (subject,)), *subjects), record_ids=record_ids)
    erased: list[UUID] = []
    count = 0
    for some in batched(arrivals):
        openings = models.Opening.objects.filter(entry_id__in=some)
        held = set(openings.select_for_update(of=("self",)).values_list("entry_id", flat=True))
        erased += models.Entry.objects.filter(pk__in=held).values_list("record_id", flat=True)
        count += openings.delete()[0]
    if not erased:
        raise NothingToErase("nothing was erased: no sealed value stands behind what was named")
    erased.sort()

    append_all(
        [
            OpeningsErased(
                about=subject, record_ids=tuple(erased[start : start + RECORDS_PER_RECORD]), reason=Sealed(reason)
            )
            for start in range(0, len(erased), RECORDS_PER_RECORD)
        ],
        actor=actor,
        at=now,
    )
    return count


def _arrivals(*, subjects: Sequence[str], record_ids: Sequence[UUID]) -> list[int]:
    """The records that are named, each of them once, those that await their place included."""
    found: set[int] = set()
    for some in batched(list(record_ids)):
        found.update(models.Entry.objects.filter(record_id__in=some).values_list("pk", flat=True))
    for names in batched(subjects):
        for places in batched(all_positions_about(names)):
            found.update(models.Entry.objects.filter(position__in=places).values_list("pk", flat=True))
    if len(subjects) == 1:
        found.update(pending_about(subjects[0]))
    elif subjects:
        found.update(pending_about_any(frozenset(subjects)))
    return sorted(found)


Named = TypeVar("Named")


def batched(named: Sequence[Named]) -> Iterator[Sequence[Named]]:
    """Portions that a statement can name."""
    return (named[start : start + NAMED_AT_ONCE] for start in range(0, len(named), NAMED_AT_ONCE))
