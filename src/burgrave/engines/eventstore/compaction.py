"""Many small parts become few: one of each frequent kind, sorted by time, and one for all rare kinds.

New parts are written whole before anything else changes; the old ones stay until the caller removes them, so that a
reader who holds the old list goes on, and a writer who is killed leaves nothing but files that nobody names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from burgrave.engines.eventstore import columns
from burgrave.engines.eventstore.files import EventStore
from burgrave.engines.eventstore.gathering import Name, whole
from burgrave.engines.eventstore.terms import (
    DEFAULT_STORE_LIMITS,
    EventStoreError,
    Kind,
    Part,
    StoreLimits,
)


def compact(
    store: EventStore, parts: Sequence[Part], *, name: Name, limits: StoreLimits = DEFAULT_STORE_LIMITS
) -> tuple[Part, ...]:
    """The rows of the parts stand in new ones, each row once. Raises EventStoreError; the old parts are as before.

    Memory holds the rows of one part to be written, those of one row group that is read, and of mixed parts half as
    much as a part may have. Each part is read once, mixed ones once more to count what they hold.
    """
    made = whole(store, _Compaction(store=store, parts=parts, name=name, limits=limits).run())
    before, after = sum(part.events for part in parts), sum(part.events for part in made)
    if before != after:
        store.take_back(made)
        raise EventStoreError(f"compacting {before:,} events gave {after:,}; the old files stay")
    return made


@dataclass(slots=True, kw_only=True)
class _Compaction:
    store: EventStore
    parts: Sequence[Part]
    name: Name
    limits: StoreLimits
    rest: list[pa.Table] = field(default_factory=list)
    rest_bytes: int = 0
    apart: dict[Kind, list[pa.Table]] = field(default_factory=dict)
    apart_bytes: dict[Kind, int] = field(default_factory=dict)

    def run(self) -> Iterator[Part]:
        frequent = self._frequent()
        for part in self.parts:
            if part.kind in frequent:
                continue
            for table in self.store.read(part.name):
                yield from self._taken_apart(table, frequent)
        if self.rest:
            yield self._write_rest()
        for kind in sorted(frequent):
            yield from self._of_kind(kind)

    def _frequent(self) -> set[Kind]:
        """The kinds that are worth a part of their own: many rows, and no more fields than a part has columns."""
        counts: dict[Kind, int] = {}
        fields: dict[Kind, set[str]] = {}
        for part in self.parts:
            for kind, count, names in self._kinds_of(part):
                counts[kind] = counts.get(kind, 0) + count
                known = fields.setdefault(kind, set())
                if len(known) <= self.limits.columns:
                    known |= names
        return {
            kind
            for kind, rows in counts.items()
            if rows >= self.limits.narrow_from and len(fields[kind]) <= self.limits.columns
        }

    def _kinds_of(self, part: Part) -> Iterator[tuple[Kind, int, frozenset[str]]]:
        """The kinds of a part, how many rows of each, and with which fields; of a narrow one no row is read."""
        if part.kind is not None:
            yield part.kind, part.events, columns.field_names(self.store.head(part.name))
            return
        for table in self.store.read(part.name):
            for kind, rows in columns.kinds_in(table.select([*columns.OF_KINDS, "fields"])):
                yield kind, rows.num_rows, columns.field_names(rows)

    def _taken_apart(self, table: pa.Table, frequent: set[Kind]) -> Iterator[Part]:
        """Hold the rows of frequent kinds until theirs is written, and the others with the rest."""
        is_narrow = bool(columns.original_fields(table))
        for kind, rows in columns.kinds_in(table):
            if kind not in frequent:
                added = columns.mixed(rows) if is_narrow else rows.replace_schema_metadata(None)
                self.rest.append(added)
                self.rest_bytes += added.nbytes
                continue
            wide = columns.widened(rows)
            self.apart.setdefault(kind, []).append(wide)
            self.apart_bytes[kind] = self.apart_bytes.get(kind, 0) + wide.nbytes
        if self.rest_bytes > self.limits.bytes_of_part:
            yield self._write_rest()
        while sum(self.apart_bytes.values()) > self.limits.bytes_of_part // 2:
            largest = max(sorted(self.apart_bytes), key=lambda kind: self.apart_bytes[kind])
            yield self._write(largest, self._held_apart(largest))

    def _held_apart(self, kind: Kind) -> list[pa.Table]:
        self.apart_bytes.pop(kind, None)
        return self.apart.pop(kind, [])

    def _of_kind(self, kind: Kind) -> Iterator[Part]:
        held: list[pa.Table] = []
        rows, size = 0, 0
        for table in self._rows_of(kind):
            if held and (rows + table.num_rows > self.limits.rows_of_part or size > self.limits.bytes_of_part):
                yield self._write(kind, held)
                held, rows, size = [], 0, 0
            held.append(table)
            rows, size = rows + table.num_rows, size + table.nbytes
        if held:
            yield self._write(kind, held)

    def _rows_of(self, kind: Kind) -> Iterator[pa.Table]:
        yield from self._held_apart(kind)
        for part in self.parts:
            if part.kind == kind:
                yield from self.store.read(part.name)

    def _write(self, kind: Kind, held: list[pa.Table]) -> Part:
        table = columns.joined(held)
        metadata = table.schema.metadata
        return self.store.write(
            table.sort_by([("time", "ascending"), ("place", "ascending")]).replace_schema_metadata(metadata),
            name=self.name(kind),
            kind=kind,
        )

    def _write_rest(self) -> Part:
        table = pa.concat_tables(self.rest).sort_by([("kind", "ascending"), ("time", "ascending")])
        self.rest, self.rest_bytes = [], 0
        return self.store.write(table, name=self.name(None), kind=None)
