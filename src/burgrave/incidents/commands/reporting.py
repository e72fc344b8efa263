"""What went out about an incident as a report."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.incidents import models
from burgrave.incidents.commands.access import permit
from burgrave.incidents.terms import READ, records
from burgrave.ledger import commands as ledger
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor


@transaction.atomic
def record_report(case_id: UUID, *, format_: str, sha256: str, size_bytes: int, actor: Actor, now: datetime) -> None:
    """It is recorded who took a report of the case, and the digest of the file. Raises NotFound."""
    unit_id = models.Case.objects.filter(pk=case_id).values_list("unit_id", flat=True).first()
    if unit_id is None:
        raise NotFound("there is no such case, or you may not see it")
    permit(actor, READ, unit_id, what="such case")
    made = records.ReportMade(case_id=case_id, format=format_, sha256=sha256, size_bytes=size_bytes)
    ledger.append(made, actor=actor, at=now)
