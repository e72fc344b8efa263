"""What went out of the inventory as a report."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.assets.terms import READ, records
from burgrave.ledger import commands as ledger
from burgrave.web.terms import Actor


@transaction.atomic
def record_report(
    report: str, *, format_: str, sha256: str, size_bytes: int, rows: int, actor: Actor, now: datetime
) -> None:
    """It is recorded who took which report, and the digest of the file. Raises Forbidden."""
    actor.must_anywhere(READ)
    made = records.ReportMade(report=report, format=format_, sha256=sha256, size_bytes=size_bytes, rows=rows)
    ledger.append(made, actor=actor, at=now)
