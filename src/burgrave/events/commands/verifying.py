"""Whether the kept events are still what was sealed; which file was read again when is noted."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import SystemRandom
from typing import Final
from uuid import UUID

from burgrave.assurance.terms import Exhibit, Outcome
from burgrave.engines import eventstore
from burgrave.engines.eventstore import EventStoreError, Part
from burgrave.engines.standing import Result
from burgrave.events import models
from burgrave.events.queries.store import as_part, event_store
from burgrave.events.terms import VERIFIED_FOR, DaySealed, day_subject
from burgrave.ledger import queries as ledger
from burgrave.web.errors import Said

MOST_TOLD: Final = 100
MOST_BYTES: Final = 4 * 1024**3
"""What one run reads of files whose time has come; the next run goes on with those that were read longest ago."""
SAMPLE: Final = 20
AT_ONCE: Final = 500
_drawn = SystemRandom()


def verify_event_store(now: datetime) -> Outcome:
    """Every sealed day has the digest that the ledger has, and the files that were read again have theirs.

    A file is read again when it was not within 30 days, when it is missing, has another size, or was written since it
    was read last; and some besides, drawn by chance. What was read is noted; what is harmed stays to be read again.
    """
    run = _Run(now=now)
    rows = list(models.Part.objects.filter(is_whole=True).select_related("kind").order_by("pk"))
    for row in _chosen(rows, now):
        run.read(row)
    run.compare_days(rows)
    run.note()
    return run.outcome(rows)


@dataclass(slots=True, kw_only=True)
class _Run:
    now: datetime
    faults: list[str] = field(default_factory=list)
    sound: list[int] = field(default_factory=list)
    harmed: list[int] = field(default_factory=list)
    size_bytes: int = 0
    days: int = 0

    def read(self, row: models.Part) -> None:
        self.size_bytes += row.size_bytes
        try:
            event_store().check(row.name, row.sha256)
        except EventStoreError as fault:
            self.faults.append(str(fault))
            self.harmed.append(row.pk)
        else:
            self.sound.append(row.pk)

    def compare_days(self, rows: Iterable[models.Part]) -> None:
        by_day: dict[tuple[UUID, date | None], list[Part]] = defaultdict(list)
        for row in rows:
            if row.is_sealed:
                by_day[row.unit_id, row.kept_on].append(as_part(row))
        for day in models.Day.objects.all():
            self.days += 1
            found = eventstore.digest(by_day.get((day.unit_id, day.kept_on), ()))
            sealed = _sealed_digest(day.unit_id, day.kept_on)
            if not found == day.sha256 == sealed:
                told = f"the day {day.kept_on} of unit {day.unit_id} has the digest {found}, the ledger has {sealed}"
                self.faults.append(told)

    def note(self) -> None:
        for keys, at in ((self.sound, self.now), (self.harmed, None)):
            for start in range(0, len(keys), AT_ONCE):
                models.Part.objects.filter(pk__in=keys[start : start + AT_ONCE]).update(verified_at=at)

    def outcome(self, rows: list[models.Part]) -> Outcome:
        sound = set(self.sound)
        known = [row for row in rows if row.pk in sound or (_is_recent(row, self.now) and row.pk not in self.harmed)]
        figures: dict[str, int] = {
            Said("Files"): len(rows),
            Said("Files that were read now"): len(self.sound) + len(self.harmed),
            Said("Files that were read within 30 days"): len(known),
            Said("Sealed days"): self.days,
            Said("Bytes"): self.size_bytes,
            Said("Faults"): len(self.faults),
        }
        if not rows and not self.days:
            return Outcome(result=Result.INCONCLUSIVE, note=Said("no events are kept"), figures=figures)
        if not self.faults:
            note = Said("the files that were read have their digests, and every sealed day the digest in the ledger")
            return Outcome(result=Result.PASSED, note=note, figures=figures)
        told = json.dumps({"at": self.now.isoformat(), "faults": self.faults[:MOST_TOLD]}, indent=1, ensure_ascii=False)
        exhibit = Exhibit(name="faults.json", media_type="application/json", content=told.encode())
        note = Said("kept events were changed or lost")
        return Outcome(result=Result.FAILED, note=note, figures=figures, exhibits=(exhibit,))


def _chosen(rows: list[models.Part], now: datetime) -> list[models.Part]:
    """What is suspicious, then what was read longest ago as far as a run goes, then a sample of the rest."""
    suspicious = [row for row in rows if _is_suspicious(row)]
    known = {row.pk for row in suspicious}
    rest = [row for row in rows if row.pk not in known]
    never = datetime.min.replace(tzinfo=UTC)
    due = sorted((row for row in rest if not _is_recent(row, now)), key=lambda row: (row.verified_at or never, row.pk))
    chosen: list[models.Part] = []
    size = 0
    for row in due:
        if chosen and size + row.size_bytes > MOST_BYTES:
            break
        chosen.append(row)
        size += row.size_bytes
    recent = [row for row in rest if _is_recent(row, now)]
    return [*suspicious, *chosen, *_drawn.sample(recent, min(SAMPLE, len(recent)))]


def _is_recent(row: models.Part, now: datetime) -> bool:
    return row.verified_at is not None and row.verified_at > now - timedelta(days=VERIFIED_FOR)


def _is_suspicious(row: models.Part) -> bool:
    """Whether the file is not there, not as large as it was, or was written after it was read last."""
    try:
        found = event_store().path(row.name).stat()
    except OSError:
        return True
    written = datetime.fromtimestamp(found.st_mtime, tz=UTC)
    return found.st_size != row.size_bytes or (row.verified_at is not None and written > row.verified_at)


def _sealed_digest(unit_id: UUID, kept_on: date) -> str:
    """The digest that the newest seal of the day has in the ledger; "" without one."""
    for record in ledger.history(day_subject(unit_id, kept_on)):
        if record.kind == DaySealed.kind:
            return next((str(fact.value) for fact in record.facts if fact.name == "sha256"), "")
    return ""
