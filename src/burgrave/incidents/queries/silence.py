"""Whether those who hand in event files still do: detection that hears nothing finds nothing."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db.models import Max

from burgrave.assurance.terms import Exhibit, Outcome
from burgrave.engines.standing import Result
from burgrave.incidents import models
from burgrave.web.errors import Said

HEARD_WITHIN = timedelta(days=90)
SILENT_AFTER = timedelta(days=7)


def source_silence(now: datetime) -> Outcome:
    """Every unit that handed in event files within 90 days handed one in within 7. One statement. Real units only."""
    newest = (
        models.EventFile.objects.filter(received_at__gt=now - HEARD_WITHIN, received_at__lte=now, unit__is_sample=False)
        .order_by("unit_id")
        .values_list("unit_id")
        .annotate(Max("received_at"))
    )
    heard = {str(unit): at for unit, at in newest}
    silent = {unit: at for unit, at in heard.items() if at <= now - SILENT_AFTER}
    figures: dict[str, int] = {
        Said("Units that hand in event files"): len(heard),
        Said("Silent for 7 days"): len(silent),
    }
    if not heard:
        note = Said("no event file was handed in within 90 days: nothing is watched, or nobody said what is")
        return Outcome(result=Result.INCONCLUSIVE, note=note, figures=figures)
    told = {"at": now.isoformat(), "newest": {unit: at.isoformat() for unit, at in heard.items()}}
    exhibit = Exhibit(
        name="sources.json", media_type="application/json", content=json.dumps(told, indent=1, sort_keys=True).encode()
    )
    if silent:
        note = Said("a unit that handed in event files fell silent")
        return Outcome(result=Result.FAILED, note=note, figures=figures, exhibits=(exhibit,))
    note = Said("every unit that hands in event files was heard within 7 days")
    return Outcome(result=Result.PASSED, note=note, figures=figures, exhibits=(exhibit,))
