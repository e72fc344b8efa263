"""What the tests of this domain build again and again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from burgrave.incidents import queries as incidents
from burgrave.incidents.models import EventFile
from burgrave.intake import commands
from burgrave.intake.terms import LogSourceFacts, SourceKind
from burgrave.jobs import commands as jobs
from burgrave.site.wiring import JOBS, POLICIES
from burgrave.web.terms import UnitId

Send = Callable[..., Any]
LATER = timedelta(seconds=10)


def facts_of(name: str, unit_id: UnitId, **facts: Any) -> LogSourceFacts:
    return LogSourceFacts(**({"kind": SourceKind.HTTP} | facts), name=name, unit_id=unit_id)


def taken() -> list[bytes]:
    """What became event files, in their order."""
    commands.take_in(now=timezone.now() + LATER)
    rows = EventFile.objects.order_by("received_at", "pk")
    return [incidents.event_file_to_read(row.pk).path.read_bytes() for row in rows]


def read_all() -> None:
    while jobs.run_next(JOBS, worker="w", clock=lambda: timezone.now() + 2 * LATER, policies=POLICIES) is not None:
        pass
