"""Records out of the real ledger, and into the copy that the drill attacks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from burgrave.custody import commands as custody
from burgrave.ledger import queries
from burgrave.ledger.terms import CopiedRecord, RecordId, Salted

STRETCH = 500


def lines(count: int) -> Iterator[str]:
    """The first ``count`` records of the ledger with what opens them, one JSON object to a line."""
    for first in range(0, count, STRETCH):
        for each in queries.copied(first, min(STRETCH, count - first)):
            yield json.dumps(
                {
                    "id": str(each.record_id),
                    "kind": each.kind,
                    "at": each.at.isoformat(),
                    "actor": each.actor_label,
                    "leaf": each.leaf.hex(),
                    "openings": [(name, salted.salt.hex(), salted.value) for name, salted in each.openings.items()],
                }
            )


def write(given: Sequence[dict[str, object]], *, now: datetime) -> None:
    """The records stand in this ledger, byte for byte as they were, and are sealed with its own key."""
    with transaction.atomic(), connection.cursor() as cursor:
        for each in map(_parsed, given):
            cursor.execute(
                "INSERT INTO ledger_entry (record_id, kind, at, actor_label, leaf) VALUES (%s, %s, %s, %s, %s)",
                (
                    each.record_id.hex,
                    each.kind,
                    connection.ops.adapt_datetimefield_value(each.at),
                    each.actor_label,
                    each.leaf,
                ),
            )
            arrival = cursor.lastrowid
            cursor.executemany(
                "INSERT INTO ledger_opening (entry_id, name, salt, value) VALUES (%s, %s, %s, %s)",
                [(arrival, name, salted.salt, salted.value) for name, salted in each.openings.items()],
            )
    custody.seal_all(now=now)


def _parsed(value: dict[str, object]) -> CopiedRecord:
    openings = value["openings"]
    if not isinstance(openings, list):
        raise TypeError("openings is no list")
    return CopiedRecord(
        record_id=RecordId(UUID(str(value["id"]))),
        kind=str(value["kind"]),
        at=datetime.fromisoformat(str(value["at"])),
        actor_label=str(value["actor"]),
        leaf=bytes.fromhex(str(value["leaf"])),
        openings={str(name): Salted(bytes.fromhex(salt), str(text)) for name, salt, text in openings},
    )
