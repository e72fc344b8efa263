"""Where somebody is signed in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import F

from burgrave.people import models
from burgrave.people.terms.factors import Proof, SessionRow


def sessions_of(person_id: UUID, *, session_key: str | None, now: datetime) -> tuple[SessionRow, ...]:
    """The living sessions of the person, the one with this key first, then by last visit. One statement."""
    living = Session.objects.filter(expire_date__gt=now).values("session_key")
    found = models.PersonSession.objects.filter(
        person_id=person_id, generation=F("person__session_generation"), session_key__in=living
    ).order_by("-last_seen_at", "id")
    rows = [
        SessionRow(
            session_id=row.pk,
            began_at=row.began_at,
            last_seen_at=row.last_seen_at,
            address=row.address,
            browser=row.browser,
            system=row.system,
            proof=Proof(row.proof),
            is_this=row.session_key == session_key,
        )
        for row in found
    ]
    return tuple(sorted(rows, key=lambda row: not row.is_this))
