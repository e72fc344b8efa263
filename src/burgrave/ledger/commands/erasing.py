"""Erasing personal data without harm to any proof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from burgrave.ledger import models
from burgrave.ledger.commands.appending import append_all
from burgrave.ledger.errors import NothingToErase
from burgrave.ledger.queries.subjects import all_positions_about, pending_about
from burgrave.ledger.terms import OpeningsErased, Sealed
from burgrave.web.terms import Actor

RECORDS_PER_RECORD = 1000


@transaction.atomic
def erase_openings(
    *, actor: Actor, now: datetime, reason: str, subject: str = "", record_ids: Sequence[UUID] = ()
) -> int:
    """No opening stands behind the records about ``subject`` and those in ``record_ids``. Returns how many were erased.

    The leaves, and with them every proof, stay as they are; a record names what was erased. Permission is asked for by
    the command of the domain that the subject belongs to. Raises NothingToErase.
    """
    arrivals = _arrivals(subject=subject, record_ids=record_ids)
    openings = models.Opening.objects.filter(entry_id__in=arrivals)
    held = set(openings.select_for_update(of=("self",)).values_list("entry_id", flat=True))
    erased = sorted(models.Entry.objects.filter(pk__in=held).values_list("record_id", flat=True))
    if not erased:
        raise NothingToErase("nothing was erased: no sealed value stands behind what was named")

    count, _ = openings.delete()

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


def _arrivals(*, subject: str, record_ids: Sequence[UUID]) -> list[int]:
    """The records that are named, each of them once, those that await their place included."""
    named = Q(record_id__in=list(record_ids))
    if subject:
        named |= Q(position__in=all_positions_about([subject])) | Q(pk__in=pending_about(subject))
    return list(models.Entry.objects.filter(named).values_list("pk", flat=True))
