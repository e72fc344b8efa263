"""Raw segments of streams end: their time is over, and nothing keeps them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from burgrave.assurance import commands as assurance
from burgrave.assurance.terms.evidence import MOST_REMOVED_AT_ONCE
from burgrave.incidents import models, queries
from burgrave.incidents.queries.segments import Place
from burgrave.incidents.terms import SegmentsRemoved, log_source_subject
from burgrave.ledger import commands as ledger
from burgrave.web.terms import Actor

RULE = "raw segments of streams"


@transaction.atomic
def expire_segments(
    log_source_id: UUID | None, *, after_days: int, after: Place | None = None, actor: Actor, now: datetime
) -> tuple[int, Place | None]:
    """A bounded step: the oldest raw segments of a source whose time is over are gone, unless something keeps them.

    Returns how many went, and behind which place the next step looks; None when none is left. For the worker alone.
    """
    before = now - timedelta(days=after_days)
    rows = list(queries.expired_segments(log_source_id, before=before, after=after, most=MOST_REMOVED_AT_ONCE))
    if not rows:
        return 0, None
    place = (rows[-1].received_at, rows[-1].pk)
    kept = queries.kept_segments(rows)
    over = {row.evidence_id: row for row in rows if row.pk not in kept}

    gone = assurance.remove_evidence(
        tuple(over),
        about=log_source_subject(log_source_id) if log_source_id else "",
        rule=RULE,
        after_days=after_days,
        actor=actor,
        now=now,
    )
    removed = [row for key, row in over.items() if key in set(gone)]
    if not removed:
        return 0, place
    models.EventFile.objects.filter(pk__in=[row.pk for row in removed]).update(
        raw_removed_at=now, raw_removed_after_days=after_days
    )

    record = SegmentsRemoved(
        log_source_id=log_source_id,
        after_days=after_days,
        segments=len(removed),
        events=sum(row.events for row in removed),
        size_bytes=sum(row.size_bytes for row in removed),
        received_from=removed[0].received_at,
        received_until=removed[-1].received_at,
        event_file_ids=tuple(row.pk for row in removed),
    )
    ledger.append(record, actor=actor, at=now)
    return len(removed), place
