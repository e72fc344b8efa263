"""What every event has beside its fields, for many at once, without making events of those that stand in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from burgrave.engines.events.names import FLAT_KEYS
from burgrave.engines.events.origins import HEAD_KEYS
from burgrave.engines.events.shapes import moment_of

if TYPE_CHECKING:
    from burgrave.engines.events.blocks import Columns, Texts
    from burgrave.engines.events.terms import Event


_KEYS = {name: (*keys, *sorted(key for part, key in HEAD_KEYS if part == name)) for name, keys in FLAT_KEYS}
"""In which fields of events that name no channel the parts of the head stand, in the order in which they are asked."""


@dataclass(frozen=True, slots=True)
class Heads:
    """The moments, names and originals of events, in their order; as in ``Event``."""

    at: list[datetime | None] = field(default_factory=list)
    record_ids: list[str] = field(default_factory=list)
    computers: list[str] = field(default_factory=list)
    raws: list[bytes | str] = field(default_factory=list)

    def add_events(self, events: Sequence[Event]) -> None:
        self.at.extend([event.at for event in events])
        self.record_ids.extend([event.record_id for event in events])
        self.computers.extend([event.computer for event in events])
        self.raws.extend([event.raw for event in events])

    def add_columns(self, columns: Columns) -> None:
        """Those of events that were laid out alike.

        Where the first event has in its head what its fields say, so have the others. Else each is made.
        """
        rows = range(len(columns.positions))
        first = columns.event(0)
        at, record_ids, computers = (_of_head(columns, name) for name in ("SystemTime", "EventRecordID", "Computer"))
        number, raw = columns.written(0)
        told = (moment_of(at[0]), record_ids[0] or str(number), computers[0] or "", _stripped(raw))
        if told != (first.at, first.record_id, first.computer, first.raw):
            self.add_events([first, *map(columns.event, rows[1:])])
            return
        written = [columns.written(row) for row in rows]
        self.at.extend(map(moment_of, at))
        self.record_ids.extend([text or str(number) for text, (number, _) in zip(record_ids, written, strict=True)])
        self.computers.extend([text or "" for text in computers])
        self.raws.extend([_stripped(raw) for _, raw in written])


def _of_head(columns: Columns, name: str) -> Sequence[str | None]:
    """The texts of a part of the head: of the first field that has it in such events, and is not empty in the first."""
    count = len(columns.positions)
    for key in (name,) if columns.channel else _KEYS[name]:
        given = columns.fields.get(key)
        if given is not None and _first(given):
            return _texts(given, count)
    return _texts(None, count)


def _first(given: Texts) -> str | None:
    text: str | None = given[0].as_py() if isinstance(given, pa.Array) else given[0]
    return text


def _texts(given: Texts | None, count: int) -> Sequence[str | None]:
    if given is None:
        return (None,) * count
    texts: Sequence[str | None] = given.to_pylist() if isinstance(given, pa.Array) else given
    return texts


def _stripped(raw: bytes | str) -> bytes | str:
    """A line without what stands around its record."""
    return raw.strip() if isinstance(raw, bytes) else raw
