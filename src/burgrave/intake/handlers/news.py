"""What other domains tell, as far as log sources are concerned."""

from __future__ import annotations

from uuid import UUID

from burgrave.intake import commands
from burgrave.ledger.terms import StoredRecord


def on_event_file_received(record: StoredRecord) -> None:
    """The log source of a file was heard; of a stream that is noted when its segment is taken in."""
    log_source_id = record.body.get("log_source_id")
    if log_source_id is not None and record.body.get("segment_id") is None:
        commands.note_heard(UUID(str(log_source_id)), at=record.at)
