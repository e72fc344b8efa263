"""The result of a drill, kept as evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from burgrave.ledger.commands.appending import append
from burgrave.ledger.terms import LedgerDrillRun, RecordId
from burgrave.web.terms import Actor


@transaction.atomic
def record_drill(*, size: int, attacks: int, undetected: Sequence[str], actor: Actor, now: datetime) -> RecordId:
    """It stands in the ledger that attacks on a copy of it were refused, or which were not.

    Whoever may start programs on this machine starts drills; no person may by a page.
    """
    record = LedgerDrillRun(size=size, attacks=attacks, refused=attacks - len(undetected), undetected=tuple(undetected))
    return append(record, actor=actor, at=now)
