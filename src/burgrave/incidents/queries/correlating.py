"""What correlations remember of the streams of units, and whether something was let go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from burgrave.assurance.terms import AutomaticCheck, Outcome
from burgrave.engines.standing import Result
from burgrave.incidents import models
from burgrave.incidents.queries.paging import paged, visible
from burgrave.incidents.rules.correlating import DROPPED, restored
from burgrave.incidents.terms import READ, EventFileId, FoundMatch, MemoryRow
from burgrave.web.errors import Said
from burgrave.web.terms import Actor, Page

LATELY = timedelta(days=1)


def units_that_wait(*, before: datetime) -> tuple[UUID, ...]:
    """Units in whose streams something waits for its time, and of which nothing came since. For the worker."""
    found = models.CorrelationMemory.objects.filter(waiting__gt=0, changed_at__lte=before)
    return tuple(found.order_by("unit_id").values_list("unit_id", flat=True))


def holders_of_findings(event_file_id: EventFileId) -> tuple[EventFileId, ...]:
    """The files of whose events something was found by the hits of this one, and is not kept yet. For the worker."""
    found = models.CorrelationFinding.objects.filter(event_file=event_file_id).order_by("holder")
    return tuple(map(EventFileId, found.values_list("holder", flat=True).distinct()))


def findings_in(event_file_id: EventFileId, *, of: EventFileId) -> Mapping[int, Sequence[FoundMatch]]:
    """What is noted of the events of the file ``of``, by their numbers. For the worker."""
    rows = models.CorrelationFinding.objects.filter(event_file=event_file_id, holder=of).order_by("ordinal", "pk")
    found: dict[int, list[FoundMatch]] = defaultdict(list)
    columns = ("ordinal", "rule__sha256", "rule__document", "fields", "counted")
    for ordinal, digest, document, fields, kept in rows.values_list(*columns):
        counted = None if kept is None else restored(kept)
        found[ordinal].append(FoundMatch(rule=(digest, document), fields=fields, counted=counted))
    return found


def correlation_memories(*, number: int = 1, size: int = 50, actor: Actor) -> Page[MemoryRow]:
    """What is remembered of the streams of each unit that the actor may see. Two statements. Raises Forbidden."""
    actor.must_anywhere(READ)
    found = models.CorrelationMemory.objects.filter(visible(actor)).select_related("unit")
    return paged(found.order_by("unit__name", "pk"), _row, number=number, size=size)


def correlation_keeps_up(now: datetime) -> Outcome:
    """Within a day nothing that correlations were to remember was let go. One statement. Real units only."""
    rows = list(models.CorrelationMemory.objects.filter(unit__is_sample=False))
    let_go = [row for row in rows if row.dropped_at is not None and row.dropped_at > now - LATELY]
    figures: dict[str, int] = {
        Said("Units with streams that are correlated"): len(rows),
        Said("Hits that are remembered"): sum(row.hits + row.waiting for row in rows),
        Said("Units where hits were let go within a day"): len(let_go),
    }
    if not rows:
        return Outcome(result=Result.INCONCLUSIVE, note=Said("no stream was correlated yet"), figures=figures)
    if let_go:
        note = Said(
            "correlations had to let go of hits, or lost what they remembered: something may not have been found"
        )
        return Outcome(result=Result.FAILED, note=note, figures=figures)
    note = Said("correlations remember everything that their windows need")
    return Outcome(result=Result.PASSED, note=note, figures=figures)


def _row(found: models.CorrelationMemory) -> MemoryRow:
    counts = found.counts
    return MemoryRow(
        unit_id=found.unit_id,
        unit_name=found.unit.name,
        correlations=found.correlations,
        groups=found.groups,
        hits=found.hits,
        waiting=found.waiting,
        size_bytes=found.size_bytes,
        kept_bytes=found.snapshot_bytes + found.log_bytes,
        taken=counts.get("taken", 0),
        findings=counts.get("findings", 0),
        late=counts.get("late", 0),
        ahead=counts.get("future", 0),
        untimed=counts.get("untimed", 0),
        unusable=counts.get("ungrouped", 0) + counts.get("unmeasured", 0),
        dropped=sum(counts.get(name, 0) for name in DROPPED),
        closed_at=found.closed_at,
        changed_at=found.changed_at,
        dropped_at=found.dropped_at,
    )


CHECKS: tuple[AutomaticCheck, ...] = (
    AutomaticCheck(
        name="incidents.correlation",
        title=_("Correlations remember what they need"),
        run=correlation_keeps_up,
        about=_(
            "Within a day no hit that a correlation was to remember was let go, and nothing remembered was harmed."
        ),
    ),
)
