"""Processes that keep events, compact and seal them at once, and one that says afterwards what is there.

Usage: store_writers.py keep|compact|look UNIT NAME. Keeping and compacting go on until the process is killed.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from burgrave.site import boot

boot.boot()

from django.conf import settings  # noqa: E402 - after the start of Django
from django.db import transaction  # noqa: E402 - as above

from burgrave.custody import commands as custody  # noqa: E402 - as above
from burgrave.engines.events import Event, windows  # noqa: E402 - as above
from burgrave.events import commands, models, queries  # noqa: E402 - as above
from burgrave.web.terms import system_actor  # noqa: E402 - as above

EVENTS = 12
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CANCELLED_EVERY = 5
SEALED_EVERY = 3
PAUSE_SECONDS = 0.1
"""Between files, so that compacting keeps up on a busy machine."""


def keep(unit_id: UUID, name: str) -> None:
    """Event files by the dozen; each fifth is cancelled in the end. Says each file whose events were acknowledged."""
    number = 0
    while True:
        number += 1
        file = uuid4()
        keeper = commands.Keeper(event_file_id=file, unit_id=unit_id)
        place = 0
        for window in windows([_event(each, f"of_{name}_{number}") for each in range(EVENTS)], size=5):
            keeper.add(window, first_place=place)
            keeper.write()
            place += sum(len(batch.events) for batch in window)
        with transaction.atomic():
            commands.keep_events(keeper)
            if number % CANCELLED_EVERY:
                commands.finish_intake(file, now=NOON)
            else:
                commands.forget_intake(file)
        if number % CANCELLED_EVERY:
            print(file, f"of_{name}_{number}", flush=True)
        time.sleep(PAUSE_SECONDS)


def compact(unit_id: UUID, _name: str) -> None:
    """The day is compacted again and again, and sealed now and then. Says how many files fewer there are."""
    number = 0
    while True:
        number += 1
        if fewer := commands.compact(unit_id, NOON.date()):
            print(fewer, flush=True)
        if number % SEALED_EVERY == 0:
            commands.seal_day(unit_id, NOON.date(), actor=system_actor(), now=datetime.now(UTC))
        time.sleep(0.02)


def look(unit_id: UUID, _name: str) -> None:
    """The day is sealed and verified, what nobody names is swept, and every event that is there is counted."""
    now, store = datetime.now(UTC), queries.event_store()
    custody.ensure_log_key(home=Path(settings.BURGRAVE_HOME), passphrase=None)
    commands.compact(unit_id, NOON.date())
    commands.seal_day(unit_id, NOON.date(), actor=system_actor(), now=now)
    custody.seal_all(now=now)
    outcome = commands.verify_event_store(now)
    swept = commands.sweep(now=now + timedelta(hours=2))
    found: Counter[str] = Counter()
    rows = list(models.Part.objects.filter(is_whole=True))
    for row in rows:
        for table in store.read(row.name):
            found.update(table["file"].to_pylist())
            assert len(set(zip(*(table[name].to_pylist() for name in ("file", "place")), strict=True))) == len(table)
    there = {path.relative_to(store.root).as_posix() for path in store.root.glob("*/**/*") if path.is_file()}
    told = {
        "found": found,
        "outcome": [outcome.result.name, outcome.note],
        "swept": swept,
        "unnamed": sorted(there ^ {row.name for row in rows}),
        "fields": sorted({name for names in models.Kind.objects.values_list("fields", flat=True) for name in names}),
    }
    print(json.dumps(told))


def _event(number: int, name: str) -> Event:
    return Event(
        file="x",
        record_id=str(number),
        at=NOON + timedelta(seconds=number),
        channel="Test",
        event_id=str(number % 3),
        provider="p",
        computer="WS-7",
        raw="{}",
        fields={"EventID": str(number % 3), name: "x"},
    )


if __name__ == "__main__":
    {"keep": keep, "compact": compact, "look": look}[sys.argv[1]](UUID(sys.argv[2]), sys.argv[3])
