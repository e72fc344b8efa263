"""Somebody says how mature a process is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from burgrave.isms import models
from burgrave.isms.commands.loading import locked
from burgrave.isms.errors import WrongState
from burgrave.isms.terms import EDIT, Kind, records
from burgrave.isms.terms.maturity import RatingDraft
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.terms import Actor


@transaction.atomic
def rate(statement_id: UUID, draft: RatingDraft, *, actor: Actor, now: datetime) -> None:
    """The actor's newest rating of the process is this. Raises WrongState, BadInput, NotFound, Forbidden."""
    row = locked(statement_id, permission=EDIT, actor=actor)
    if actor.person_id is None:
        raise Forbidden("only a person rates a process")
    if row.kind != Kind.PROCESS:
        raise BadInput("only a process has a maturity")
    if row.is_retired:
        raise WrongState("%(title)s is retired", words={"title": row.title})

    rating = models.Rating.objects.create(
        id=uuid4(),
        statement=row,
        assessor_id=actor.person_id,
        level=draft.level,
        evidence=draft.evidence.strip(),
        at=now,
    )

    rated = records.ProcessRated(
        statement_id=row.pk, rating_id=rating.pk, level=int(draft.level), evidence=Sealed(rating.evidence)
    )
    ledger.append(rated, actor=actor, at=now)
