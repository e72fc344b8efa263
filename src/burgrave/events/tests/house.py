"""What the tests of this domain build again and again."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from burgrave.engines.events import Event, windows
from burgrave.events import commands
from burgrave.people.tests_cast import NOON

SYSMON = "Microsoft-Windows-Sysmon/Operational"


def event(number: int, *, code: str = "1", at: datetime | None = None, **fields: str) -> Event:
    return Event(
        file="x",
        record_id=str(number),
        at=at or NOON - timedelta(minutes=number),
        channel=SYSMON,
        event_id=code,
        provider="Microsoft-Windows-Sysmon",
        computer=fields.pop("computer", "WS-7"),
        fields={"EventID": code, "Image": f"C:\\a{number}.exe", **fields},
        raw=json.dumps(fields),
    )


def kept(unit_id: UUID, events: list[Event], *, now: datetime = NOON, event_file_id: UUID | None = None) -> UUID:
    keeper = commands.Keeper(event_file_id=event_file_id or uuid4(), unit_id=unit_id)
    place = 0
    for window in windows(events, size=3):
        keeper.add(window, first_place=place)
        place += sum(len(batch.events) for batch in window)
    keeper.write()
    commands.keep_events(keeper)
    commands.finish_intake(keeper.event_file_id, now=now)
    return keeper.event_file_id
