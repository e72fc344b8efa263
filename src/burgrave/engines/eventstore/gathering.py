"""Rows are gathered until a file is worth writing: many of one kind become a narrow part, the rest one mixed part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from burgrave.engines.eventstore import columns
from burgrave.engines.eventstore.files import SUFFIX, EventStore
from burgrave.engines.eventstore.terms import DEFAULT_STORE_LIMITS, Heard, Kind, Part, StoreLimits

Name = Callable[[Kind | None], str]
"""Gives the name of the next part, below the folder of the store."""


@dataclass(slots=True, kw_only=True)
class Gathering:
    """Holds the rows of one source within the limits. ``kept`` are the parts that were written since it was asked."""

    store: EventStore
    name: Name
    limits: StoreLimits = DEFAULT_STORE_LIMITS
    rows: int = 0
    size_bytes: int = 0
    _held: dict[Kind, list[pa.Table]] = field(default_factory=dict)
    _heard: dict[Kind, Heard] = field(default_factory=dict)

    def add(self, kind: Kind, table: pa.Table) -> None:
        """Hold the rows, a narrow table of one kind."""
        self._held.setdefault(kind, []).append(table)
        self._note(kind, table)
        self.rows += table.num_rows
        self.size_bytes += table.nbytes

    @property
    def is_full(self) -> bool:
        return self.rows >= self.limits.rows_held or self.size_bytes >= self.limits.bytes_held

    def flush(self) -> tuple[Part, ...]:
        """Everything that was held stands in files. Raises EventStoreError; then it is held as before."""
        parts = whole(self.store, write(self.store, self._held, name=self.name, limits=self.limits))
        self._held, self.rows, self.size_bytes = {}, 0, 0
        return parts

    def heard(self) -> tuple[Heard, ...]:
        """What was added since this was last asked, by kind; the rarest of too many kinds are counted as one."""
        found, self._heard = self._heard, {}
        if len(found) <= self.limits.kinds:
            return tuple(found.values())
        ranked = sorted(found.values(), key=lambda each: -each.events)
        rest: Heard | None = None
        for each in ranked[self.limits.kinds :]:
            rest = _more(rest, Kind(product="other"), each, self.limits)
        return (*ranked[: self.limits.kinds], *((rest,) if rest else ()))

    def _note(self, kind: Kind, table: pa.Table) -> None:
        ends = pc.min_max(table.column("time")).as_py()
        new = Heard(
            kind=kind,
            events=table.num_rows,
            first_at=ends["min"],
            last_at=ends["max"],
            fields=frozenset(columns.original_fields(table)),
        )
        self._heard[kind] = _more(self._heard.get(kind), kind, new, self.limits)


def write(
    store: EventStore, held: dict[Kind, list[pa.Table]], *, name: Name, limits: StoreLimits = DEFAULT_STORE_LIMITS
) -> Iterator[Part]:
    """The rows stand in parts: narrow ones for kinds with many rows and not too many fields, a mixed one else."""
    rest: list[pa.Table] = []
    for kind, tables in held.items():
        fields = {name for table in tables for name in columns.original_fields(table)}
        if sum(table.num_rows for table in tables) >= limits.narrow_from and len(fields) <= limits.columns:
            yield store.write(columns.joined(tables), name=name(kind), kind=kind)
        else:
            rest.extend(columns.mixed(table) for table in tables)
    if rest:
        yield store.write(pa.concat_tables(rest), name=name(None), kind=None)


def whole(store: EventStore, parts: Iterator[Part]) -> tuple[Part, ...]:
    """All of the parts, or none: when one cannot be written those before it are taken back."""
    made: list[Part] = []
    with ExitStack() as otherwise:
        otherwise.callback(store.take_back, made)
        made.extend(parts)
        otherwise.pop_all()
    return tuple(made)


def part_name(folder: str, kind: Kind | None, *, token: str) -> str:
    """Where a part stands: its folder, its kind, and a token that no other part has."""
    return f"{folder}/{kind.table if kind else 'mixed'}/{token}{SUFFIX}"


def _more(known: Heard | None, kind: Kind, new: Heard, limits: StoreLimits) -> Heard:
    fields = new.fields if known is None else known.fields | new.fields
    return Heard(
        kind=kind,
        events=new.events + (known.events if known else 0),
        first_at=_end(min, known.first_at if known else None, new.first_at),
        last_at=_end(max, known.last_at if known else None, new.last_at),
        fields=frozenset(sorted(fields)[: limits.fields_noted]),
    )


def _end(
    choose: Callable[[Iterable[datetime]], datetime], one: datetime | None, other: datetime | None
) -> datetime | None:
    there = [each for each in (one, other) if each is not None]
    return choose(there) if there else None
