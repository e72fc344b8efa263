"""What went out about access as a report."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.ledger import commands as ledger
from burgrave.people.terms import records
from burgrave.web.terms import Actor


@transaction.atomic
def record_report(
    report: str, *, format_: str, sha256: str, size_bytes: int, rows: int, actor: Actor, now: datetime
) -> None:
    """It is recorded who took which report, and the digest of the file. Raises Forbidden."""
    actor.must_anywhere("people.read")
    made = records.ReportMade(report=report, format=format_, sha256=sha256, size_bytes=size_bytes, rows=rows)
    ledger.append(made, actor=actor, at=now)
