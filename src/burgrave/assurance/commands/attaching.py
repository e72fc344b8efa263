"""Files that show what a run found, and that a corrective action works."""

from __future__ import annotations

from datetime import UTC, datetime, time
from uuid import UUID

from django.db import transaction

from burgrave.assurance import models
from burgrave.assurance.commands.actions import locked_action, must_own
from burgrave.assurance.commands.keeping import keep
from burgrave.assurance.terms import CHECK, READ, action_subject, run_subject
from burgrave.assurance.terms.evidence import EvidenceId
from burgrave.engines.blobs import Digest
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, UnitId


@transaction.atomic
def attach_to_run(
    run_id: UUID, digest: Digest, *, name: str, media_type: str, actor: Actor, now: datetime
) -> EvidenceId:
    """The file is evidence of the run, for the days that the run speaks for. Raises NotFound, Forbidden."""
    row = models.CheckRun.objects.select_related("tested").filter(pk=run_id).first()
    if row is None or not actor.may(READ, UnitId(row.tested.unit_id)):
        raise NotFound("there is no such run, or you may not see it")
    actor.must(CHECK, UnitId(row.tested.unit_id))
    return keep(
        digest,
        name=name,
        media_type=media_type,
        unit_id=UnitId(row.tested.unit_id),
        subject=run_subject(row.pk),
        effective_from=row.ran_at,
        effective_to=datetime.combine(row.valid_until, time.max, tzinfo=UTC),
        actor=actor,
        now=now,
    )


@transaction.atomic
def attach_to_action(
    action_id: UUID, digest: Digest, *, name: str, media_type: str, actor: Actor, now: datetime
) -> EvidenceId:
    """The file shows what was done; its owner or who manages adds it. Raises NotFound, Forbidden."""
    row = locked_action(action_id, actor=actor)
    must_own(row, actor=actor)
    return keep(
        digest,
        name=name,
        media_type=media_type,
        unit_id=UnitId(row.unit_id),
        subject=action_subject(row.pk),
        actor=actor,
        now=now,
    )
