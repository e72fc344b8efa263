"""What went out of the management system as a report."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.isms.terms import READ, records
from burgrave.ledger import commands as ledger
from burgrave.web.terms import Actor, UnitId


@transaction.atomic
def record_report(
    report: str,
    *,
    about: str,
    unit_id: UnitId,
    format_: str,
    sha256: str,
    size_bytes: int,
    actor: Actor,
    now: datetime,
) -> None:
    """It is recorded who took which report about what, and the digest of the file. Raises Forbidden."""
    actor.must(READ, unit_id)
    made = records.ReportMade(report=report, about=about, format=format_, sha256=sha256, size_bytes=size_bytes)
    ledger.append(made, actor=actor, at=now)
