"""Whether the kept events are still what was sealed."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime
from typing import Final
from uuid import UUID

from burgrave.assurance.terms import Exhibit, Outcome
from burgrave.engines import eventstore
from burgrave.engines.eventstore import EventStoreError, Part
from burgrave.engines.standing import Result
from burgrave.events import models
from burgrave.events.queries.store import as_part, event_store
from burgrave.events.terms import DaySealed, day_subject
from burgrave.ledger import queries as ledger
from burgrave.web.errors import Said

MOST_TOLD: Final = 100


def event_store_verifies(now: datetime) -> Outcome:
    """Every file that the catalogue names has its digest, and every sealed day the digest that the ledger has.

    Reads every kept file. Figures say how many files, days and bytes were read.
    """
    by_day: dict[tuple[UUID, date | None], list[Part]] = defaultdict(list)
    faults: list[str] = []
    size = 0
    for row in models.Part.objects.filter(is_whole=True).select_related("kind").order_by("pk").iterator():
        part = as_part(row)
        size += part.size_bytes
        if row.is_sealed:
            by_day[(row.unit_id, row.kept_on)].append(part)
        try:
            event_store().check(part.name, part.sha256)
        except EventStoreError as fault:
            faults.append(str(fault))
    days = {(day.unit_id, day.kept_on): day for day in models.Day.objects.all()}
    for (unit_id, kept_on), day in days.items():
        found = eventstore.digest(by_day.get((unit_id, kept_on), ()))
        sealed = _sealed_digest(unit_id, kept_on)
        if not found == day.sha256 == sealed:
            faults.append(f"the day {kept_on} of unit {unit_id} has the digest {found}, the ledger has {sealed}")
    parts = models.Part.objects.filter(is_whole=True).count()
    figures: dict[str, int] = {
        Said("Files"): parts,
        Said("Sealed days"): len(days),
        Said("Bytes"): size,
        Said("Faults"): len(faults),
    }
    if not parts and not days:
        return Outcome(result=Result.INCONCLUSIVE, note=Said("no events are kept"), figures=figures)
    if not faults:
        note = Said("every file has its digest, and every sealed day the digest in the ledger")
        return Outcome(result=Result.PASSED, note=note, figures=figures)
    told = json.dumps({"at": now.isoformat(), "faults": faults[:MOST_TOLD]}, indent=1, ensure_ascii=False)
    exhibit = Exhibit(name="faults.json", media_type="application/json", content=told.encode())
    note = Said("kept events were changed or lost")
    return Outcome(result=Result.FAILED, note=note, figures=figures, exhibits=(exhibit,))


def _sealed_digest(unit_id: UUID, kept_on: date) -> str:
    """The digest that the newest seal of the day has in the ledger; "" without one."""
    for record in ledger.history(day_subject(unit_id, kept_on)):
        if record.kind == DaySealed.kind:
            return next((str(fact.value) for fact in record.facts if fact.name == "sha256"), "")
    return ""
