"""A version went out as a file."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.ledger import commands as ledger
from burgrave.policies.commands.loading import locked_version
from burgrave.policies.terms import READ, records
from burgrave.web.terms import Actor


@transaction.atomic
def record_report(
    version_id: UUID, *, format_: str, language: str, sha256: str, size_bytes: int, actor: Actor, now: datetime
) -> None:
    """The ledger names the digest of the file that was handed out. Raises NotFound, Forbidden."""
    version = locked_version(version_id, permission=READ, actor=actor)

    made = records.ReportMade(
        document_id=version.document_id,
        version_id=version.pk,
        language=language,
        format=format_,
        sha256=sha256,
        size_bytes=size_bytes,
    )
    ledger.append(made, actor=actor, at=now)
