"""Records as they are stored: each in a row of its own, or many together in a sheaf. Whoever reads sees no difference.

A sheaf covers the positions from that of its row on. Which of them a position lies in, a small index of sheaves says.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, TypeAlias, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from burgrave.ledger import models, rules
from burgrave.ledger.rules import ParsedLeaf
from burgrave.ledger.terms import MAX_POSITION, MOST_IN_A_SHEAF, Salted

ROWS_AT_ONCE = 100
Fields = TypeVar("Fields", bound=tuple[object, ...])

Address: TypeAlias = tuple[int, int]
"""Where a record is stored: the arrival of its row, and its place there."""

_COVERED = """WITH asked (place) AS (VALUES {}),
    at (first) AS (SELECT DISTINCT (
        SELECT max(s.position) FROM ledger_entry s WHERE s."count" > 1 AND s.position <= asked.place) FROM asked)
    SELECT e.position, e."count", e.kind, e.actor_label, e.at FROM ledger_entry e JOIN at ON e.position = at.first"""


@dataclass(frozen=True)
class Stored:
    """A record out of its row, at ``place`` in it."""

    row: models.Entry
    place: int
    leaf: bytes

    @property
    def address(self) -> Address:
        return self.row.pk, self.place

    @property
    def position(self) -> int | None:
        return None if self.row.position is None else self.row.position + self.place

    @property
    def record_id(self) -> UUID:
        return self.row.record_id if self.row.count == 1 else self.parsed.record_id

    @cached_property
    def parsed(self) -> ParsedLeaf:
        """What the leaf says. Raises LeafEdited."""
        return rules.parse_leaf(self.leaf)


class Sheaf(NamedTuple):
    """What is listed of a sheaf: its records need not be read for that."""

    first: int
    records: int
    kind: str
    actor_label: str
    at: datetime

    @property
    def places(self) -> range:
        return range(self.first, self.first + self.records)


def of_row(row: models.Entry) -> list[Stored]:
    """The records of a row in their order. Raises LeafEdited."""
    return [Stored(row, place, leaf) for place, leaf in enumerate(rules.unbound(bytes(row.leaf), row.count))]


def of_rows(rows: Iterable[models.Entry]) -> Iterator[Stored]:
    return (each for row in rows for each in of_row(row))


def at_positions(positions: Iterable[int]) -> list[Stored]:
    """The records at the positions, newest first; one query, and two more when some of them are in sheaves."""
    wanted = {position for position in positions if 0 <= position <= MAX_POSITION}
    rows = list(models.Entry.objects.filter(position__in=wanted))
    left = wanted.difference(*(range(row.position or 0, (row.position or 0) + row.count) for row in rows))
    if left:
        firsts = {sheaf.first for sheaf in covering(left)} - {row.position for row in rows}
        rows += models.Entry.objects.filter(position__in=firsts) if firsts else ()
    found = [each for each in of_rows(rows) if each.position in wanted]
    return sorted(found, key=lambda each: each.position or 0, reverse=True)


def at_position(position: int) -> Stored | None:
    return next(iter(at_positions([position])), None)


def covering(positions: Iterable[int]) -> list[Sheaf]:
    """The sheaves that the positions lie in, in one query."""
    asked = sorted(set(positions))
    if not asked:
        return []
    places = ", ".join(["(CAST(%s AS bigint))"] * len(asked))
    with connection.cursor() as cursor:
        cursor.execute(_COVERED.format(places), asked)
        read = connection.ops.get_db_converters(models.Entry._meta.get_field("at").get_col("ledger_entry"))  # noqa: SLF001 - Django's documented model API
        found = []
        for first, count, kind, actor_label, at in cursor.fetchall():
            for convert in read:
                at = convert(at, None, connection)  # noqa: PLW2901 - as each converter leaves it
            found.append(Sheaf(int(first), int(count), kind, actor_label, at))
    return [sheaf for sheaf in found if asked[bisect_left(asked, sheaf.first)] in sheaf.places]


def with_id(record_id: UUID) -> Stored | None:
    """The record with this id, with or without its place; two queries."""
    row = models.Entry.objects.filter(record_id=record_id).first()
    if row is not None:
        return of_row(row)[0]
    # Ids grow within a sheaf, and no other begins between its ends, save by a chance of one in billions.
    for before in models.Entry.objects.filter(record_id__lt=record_id, count__gt=1).order_by("-record_id")[:4]:
        for each in of_row(before):
            if each.record_id == record_id:
                return each
    return None


def newest(entries: QuerySet[models.Entry], *, below: int, limit: int) -> list[int]:
    """The newest positions below ``below`` that rows of ``entries`` cover, newest first."""
    rows = entries.filter(position__lt=below).order_by("-position").values_list("position", "count")
    return expanded(as_needed(rows[:limit]), below=below, limit=limit)


def as_needed(rows: QuerySet[models.Entry, Fields]) -> Iterable[Fields]:
    """The rows, on SQLite only so many of them as are asked for: where they are sheaves, few are enough."""
    return rows.iterator(chunk_size=ROWS_AT_ONCE) if connection.vendor == "sqlite" else rows


def expanded(rows: Iterable[tuple[int | None, int]], *, below: int, limit: int) -> list[int]:
    """The positions that rows cover, given by first position and count and the newest first, below ``below``."""
    found: list[int] = []
    for first, count in rows:
        if first is not None:
            found += range(min(first + count, below) - 1, first - 1, -1)
        if len(found) >= limit:
            break
    return found[:limit]


def opened(stored: Sequence[Stored]) -> dict[Address, dict[str, Salted]]:
    """What opens the sealed fields of the records, by where they are stored; one query."""
    rows = {each.row.pk: each.row.count for each in stored}
    given: dict[int, dict[str, tuple[bytes, str]]] = {}
    for opening in models.Opening.objects.filter(entry_id__in=list(rows)):
        given.setdefault(opening.entry_id, {})[opening.name] = (bytes(opening.salt), opening.value)
    unbound = {arrival: rules.unbound_openings(given.get(arrival, {}), count) for arrival, count in rows.items()}
    return {each.address: unbound[each.row.pk][each.place] for each in stored}


def values(opened_: Mapping[str, Salted]) -> dict[str, str]:
    return {name: salted.value for name, salted in opened_.items()}


def sheaf_before(position: int) -> Stored | None:
    """The record at the position when it lies in a sheaf that begins before it."""
    row = (
        models.Entry.objects.filter(count__gt=1, position__lt=position, position__gt=position - MOST_IN_A_SHEAF)
        .order_by("-position")
        .first()
    )
    if row is None or row.position is None or position >= row.position + row.count:
        return None
    return of_row(row)[position - row.position]
