"""Whether those who send events still do: detection that hears nothing finds nothing."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from burgrave.assurance.terms import Exhibit, Outcome
from burgrave.engines.standing import Result
from burgrave.incidents import queries as incidents
from burgrave.intake import models
from burgrave.intake.queries.sources import silence_of
from burgrave.intake.queries.spool import spool_health
from burgrave.intake.terms import SourceState
from burgrave.web.errors import Said

HEARD_WITHIN = timedelta(days=90)
SILENT_AFTER = timedelta(days=7)


def source_silence(now: datetime) -> Outcome:
    """No active log source is silent for longer than it may be, and units that handed in files still do.

    Two statements. Of units only those count that handed a file in within 90 days, and they are to do so within 7. Real
    units and sources only.
    """
    sources = list(
        models.LogSource.objects.filter(
            state=SourceState.ACTIVE, silent_after_seconds__isnull=False, unit__is_sample=False
        ).order_by("pk")
    )
    silent_at = {row.pk: silence_of(row) for row in sources}
    silent = [row for row in sources if (at := silent_at[row.pk]) is not None and at < now]
    heard = {str(unit): at for unit, at in incidents.newest_files(since=now - HEARD_WITHIN, until=now).items()}
    quiet = {unit for unit, at in heard.items() if at <= now - SILENT_AFTER}
    spool = spool_health(now=now)
    figures: dict[str, int] = {
        Said("Log sources that are to be heard"): len(sources),
        Said("Silent for longer than they may be"): len(silent),
        Said("Units that hand in event files"): len(heard),
        Said("Silent for 7 days"): len(quiet),
        Said("Batches refused for want of room on disk, in 24 hours"): spool.disk,
        Said("Batches refused because too much waited, in 24 hours"): spool.waiting,
    }
    if not heard and not sources and not spool.log_sources:
        note = Said("no event file was handed in within 90 days: nothing is watched, or nobody said what is")
        return Outcome(result=Result.INCONCLUSIVE, note=note, figures=figures)
    told = {
        "at": now.isoformat(),
        "newest": {unit: at.isoformat() for unit, at in heard.items()},
        "log_sources": {
            str(row.pk): {
                "last_heard_at": row.last_heard_at.isoformat() if row.last_heard_at else None,
                "silent_after_seconds": row.silent_after_seconds,
                "is_silent": row in silent,
            }
            for row in sources
        },
    }
    exhibit = Exhibit(
        name="sources.json", media_type="application/json", content=json.dumps(told, indent=1, sort_keys=True).encode()
    )
    if spool.is_full:
        note = Said("the disk of the spool is full: senders are asked to wait, and nothing new is heard")
        return Outcome(result=Result.FAILED, note=note, figures=figures, exhibits=(exhibit,))
    if silent:
        note = Said("a log source is silent for longer than it may be")
        return Outcome(result=Result.FAILED, note=note, figures=figures, exhibits=(exhibit,))
    if quiet:
        note = Said("a unit that handed in event files fell silent")
        return Outcome(result=Result.FAILED, note=note, figures=figures, exhibits=(exhibit,))
    note = Said("every log source and every unit that hands in event files was heard in time")
    return Outcome(result=Result.PASSED, note=note, figures=figures, exhibits=(exhibit,))
