"""Erasing personal data without harm to any proof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from burgrave.ledger import models
from burgrave.ledger.commands.appending import append_all
from burgrave.ledger.errors import NothingToErase
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
    openings = _openings(subject=subject, record_ids=record_ids).select_for_update(of=("self",))
    erased = sorted({opening.entry.record_id for opening in openings.select_related("entry")})
    if not erased:
        raise NothingToErase("nothing was erased: no sealed value stands behind what was named")

    count, _ = _openings(subject=subject, record_ids=record_ids).delete()

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


def _openings(*, subject: str, record_ids: Sequence[UUID]) -> QuerySet[models.Opening]:
    named = Q(entry__record_id__in=list(record_ids))
    if subject:
        about = models.Subject.objects.filter(subject=subject).values("entry_id")
        named |= Q(entry_id__in=about)
    return models.Opening.objects.filter(named)
