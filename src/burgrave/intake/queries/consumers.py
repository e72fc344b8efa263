"""How the consumer of a Kafka source fares: it writes that beside its segments, and no database hears of it."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from burgrave.intake.queries.spool import folder_of
from burgrave.intake.terms import ConsumerState

STATE = "consumer.json"


def consumer_state(log_source_id: UUID) -> ConsumerState | None:
    """What the consumer said last; None before it said anything. No statement."""
    try:
        held = json.loads((folder_of(log_source_id) / STATE).read_text(encoding="utf-8"))
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
