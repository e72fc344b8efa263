"""How the consumers of a Kafka source fare: each writes that beside its segments, and no database hears of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from burgrave.intake.queries.spool import folder_of
from burgrave.intake.terms import ConsumerState

GONE_AFTER = timedelta(seconds=60)
"""Of several listeners one that said nothing for so much longer than the others is gone, and others have its part."""


def consumer_state(log_source_id: UUID) -> ConsumerState | None:
    """What the listeners said last, together; None before one said anything. No statement."""
    said = [state for path in folder_of(log_source_id).glob("consumer*.json") if (state := _read(path)) is not None]
    if not said:
        return None
    newest = max(each.at for each in said)
    there = [each for each in said if newest - each.at <= GONE_AFTER]
    return ConsumerState(
        at=newest,
        trouble=next((each.trouble for each in there if each.trouble), ""),
        lag=sum(each.lag for each in there),
        partitions=sum(each.partitions for each in there),
        is_waiting=any(each.is_waiting for each in there),
        last_message_at=max((each.last_message_at for each in said if each.last_message_at), default=None),
        listeners=len(there),
    )


def _read(path: Path) -> ConsumerState | None:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    last = held["last_message_at"]
    return ConsumerState(
        at=datetime.fromisoformat(held["at"]),
        trouble=str(held["trouble"]),
        lag=int(held["lag"]),
        partitions=int(held["partitions"]),
        is_waiting=bool(held["is_waiting"]),
        last_message_at=datetime.fromisoformat(last) if last else None,
    )
