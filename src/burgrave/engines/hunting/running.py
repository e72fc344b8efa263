"""Hunts: a person's SQL, and questions of the short language with what belongs beside them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import chain
from typing import Any, Final, Self

import duckdb
import pyarrow as pa

from burgrave.engines.hunting import asking, courses, sources
from burgrave.engines.hunting.asking import Question
from burgrave.engines.hunting.conditions import condition_of
from burgrave.engines.hunting.courses import Step
from burgrave.engines.hunting.errors import HuntFailed, too_long
from burgrave.engines.hunting.saying import select
from burgrave.engines.hunting.selecting import selected
from burgrave.engines.hunting.sources import HuntLimits, Sources
from burgrave.engines.hunting.terms import Extent, Range
from burgrave.engines.phrases import Phrase

MOST_NAMED: Final = 1_000
"""So many events are sought by naming their places, of which whole files are passed over; more by a join."""
PUT_IN_ORDER: Final = 50_000
"""The rows of so many events, of a kilobyte or two each, are put in order together; then those of the next."""
_PART, _ROW = map(sources.name_of, (sources.PART, sources.ROW))
_PLACE: Final = f"{_PART}, {_ROW}"
_PLACES: Final = f"time, file, place, {_PART}::UINTEGER AS {_PART}, {_ROW}::UINTEGER AS {_ROW}"
_EACH: Final = f"SELECT {_PLACE} FROM found"
_MICROSECOND: Final = timedelta(microseconds=1)  # times of kept events have no smaller parts
_NUMBER: Final = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\)|BIGNUM|VARINT")
DEFAULT_HUNT_LIMITS: Final = HuntLimits()


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows under their columns, each a name and a type; ``is_cut`` says that there are more."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[object, ...], ...]
    is_cut: bool

    @property
    def numbers(self) -> tuple[bool, ...]:
        """Which columns hold numbers."""
        return tuple(_NUMBER.fullmatch(kind) is not None for _name, kind in self.columns)


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many events there are in each step: its begin, its end, which is the next one's begin, and their number."""

    step: Step
    counts: tuple[tuple[datetime, datetime, int], ...]


def ask(sql: str, given: Sources, *, limits: HuntLimits = DEFAULT_HUNT_LIMITS) -> Answer:
    """The answer to one SELECT over ``events`` and the tables of kinds. Raises SqlRefused, HuntFailed."""
    with selected(sql, given, limits=limits) as found:
        rows = tuple(found.rows())
    return Answer(columns=found.columns, rows=rows, is_cut=found.is_cut)


def locate(
    given: Sources, *, file: str, place: int, limits: HuntLimits = DEFAULT_HUNT_LIMITS
) -> tuple[str, int] | None:
    """The path of the part that holds the event at this place of its file, and the row; None where none does."""
    paths = sources.texts(given.paths())
    with sources.connect(given, limits) as connection:
        found = connection.execute(
            f"SELECT filename, file_row_number FROM read_parquet({paths}, filename = true, file_row_number = true) "
            "WHERE place = ? AND file = ?",
            [place, file],
        ).fetchone()
    return (str(found[0]), int(found[1])) if found else None


class Hunt:
    """One question, asked of the same events for rows, counts, the course of time and common values."""

    def __init__(
        self,
        given: Sources,
        question: Question | None,
        span: Range,
        *,
        limits: HuntLimits = DEFAULT_HUNT_LIMITS,
    ) -> None:
        self._limits = limits
        self._connection = sources.connect(given, limits)
        known = {name.lower(): name for name in given.columns}
        originals: dict[str, str] = {}
        for name in asking.fields(question):
            if name.lower() not in known:
                originals[name] = _original(name, given)
        self._given, self._question, self._span = given, question, span
        self._originals = sorted(set(originals.values()))
        self._columns = {
            **known,
            **{name.lower(): f"{sources.FIELD}{original}" for name, original in originals.items()},
        }
        self._words: list[object] = []
        where = condition_of(question, span, self._columns, self._put)
        self._from = f"{sources.placed(given, self._originals)} WHERE {where}"
        self._found: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def gather(self, *, most: int) -> None:
        """The places of all events that are found are known, so that what follows need not look for them again.

        Where a question finds more than so many, or more than memory holds, each of what follows looks by itself.
        Raises HuntFailed.
        """
        if self._question is None:
            return
        with self._guarded(), suppress(duckdb.OutOfMemoryException):
            self._keep_places(most)

    def _keep_places(self, most: int) -> None:
        gathering = f"CREATE TEMP TABLE found AS SELECT {_PLACES} FROM {self._from} LIMIT {most + 1:d}"
        self._connection.execute(gathering, self._words)
        ((count,),) = self._connection.execute("SELECT count(*) FROM found").fetchall()
        if count <= most:
            self._found = count
        else:
            self._connection.execute("DROP TABLE found")

    def rows(
        self, columns: Sequence[str], *, newest_first: bool = True, most: int, skip: int = 0
    ) -> list[dict[str, Any]]:
        """The events in the order of time, those without time last, as values by column. Raises HuntFailed."""
        if self._found is None:
            found = self._run(self._ordered(columns, newest_first=newest_first, most=most, skip=skip), *self._words)
        else:
            order = _order(newest_first=newest_first)
            shown = f"SELECT {_PLACE} FROM found ORDER BY {order} LIMIT {most:d} OFFSET {skip:d}"
            names = ", ".join(map(sources.name_of, columns))
            wanted = ", ".join(map(sources.name_of, dict.fromkeys(("time", "file", "place", *columns))))
            found = self._run(f"SELECT {names} FROM {self._those(wanted, shown)} ORDER BY {order}")
        return [dict(zip(columns, row, strict=True)) for row in found]

    def _those(self, columns: str, places: str) -> str:
        """These columns, all common, of the events at the places that a SELECT over ``found`` gives."""
        events = sources.placed(self._given, self._originals, common_only=True)
        named = self._run(f"SELECT * FROM ({places}) LIMIT {MOST_NAMED + 1:d}")
        if not named:
            return f"(SELECT {columns} FROM {events} WHERE false)"
        if len(named) > MOST_NAMED:
            return f"(SELECT {columns} FROM {events} WHERE ({_PLACE}) IN ({places}))"
        rows: dict[int, list[str]] = {}
        for part, row in named:
            rows.setdefault(part, []).append(str(row))
        each = f"SELECT {columns} FROM {events} WHERE {_PART} ="
        parts = (f"{each} {part} AND {_ROW} IN ({', '.join(own)})" for part, own in rows.items())
        return f"({' UNION ALL '.join(parts)})"

    def batches(
        self, columns: Sequence[str], *, extent: Extent = Extent.NEWEST, most: int, size: int
    ) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The newest events, so many at most, or all, as batches of this size; each has the time of the limits.

        The events are sought once. What is put in order are places, and then the rows that leave, so many at a time.
        Raises HuntFailed, also while the batches are taken, and where all are more than so many.
        """
        table, count = self._all_places(most) if extent is Extent.ALL else self._newest_places(most)
        readers = (self._in_order(columns, table, at, size=size) for at in range(0, max(count, 1), PUT_IN_ORDER))
        first = next(readers)
        return first.schema, self._each(chain([first], readers))

    def _all_places(self, most: int) -> tuple[str, int]:
        """The table of all places, and how many these are."""
        if self._found is None:
            with self._guarded():
                self._keep_places(most)
        if self._found is None:
            raise HuntFailed(Phrase("it finds more than %(most)s events; narrow it by time or kind", most=f"{most:,}"))
        return "found", self._found

    def _newest_places(self, most: int) -> tuple[str, int]:
        """The same of the newest events."""
        newest = f"SELECT {_PLACES} FROM {self._from} ORDER BY {_order(newest_first=True)} LIMIT {most:d}"
        self._run(f"CREATE OR REPLACE TEMP TABLE newest AS {newest}", *self._words)
        ((count,),) = self._run("SELECT count(*) FROM newest")
        return "newest", count

    def _in_order(self, columns: Sequence[str], table: str, skip: int, *, size: int) -> pa.RecordBatchReader:
        order = _order(newest_first=True)
        places = f"SELECT {_PLACE} FROM {table} ORDER BY {order} LIMIT {PUT_IN_ORDER:d} OFFSET {skip:d}"
        names = ", ".join(map(sources.name_of, columns))
        events = sources.placed(self._given, self._originals, common_only=True)
        with self._guarded():
            sql = f"SELECT {names} FROM {events} WHERE ({_PLACE}) IN ({places}) ORDER BY {order}"
            return self._connection.sql(sql).to_arrow_reader(size)

    def _each(self, readers: Iterable[pa.RecordBatchReader]) -> Iterator[pa.RecordBatch]:
        for reader in readers:
            while True:
                with self._guarded():
                    batch = next(reader, None)
                if batch is None:
                    break
                yield batch

    def sql(self, columns: Sequence[str], *, most: int) -> str:
        """The question as a SELECT that ``ask`` takes, "" where there is none that says the same."""
        return select(
            self._question,
            self._span,
            self._given,
            columns=columns,
            names=self._columns,
            originals=self._originals,
            most=most,
        )

    def _ordered(self, columns: Sequence[str], *, newest_first: bool = True, most: int, skip: int = 0) -> str:
        names = ", ".join(map(sources.name_of, columns))
        order = _order(newest_first=newest_first)
        return f"SELECT {names} FROM {self._from} ORDER BY {order} LIMIT {most:d} OFFSET {skip:d}"

    def _put(self, word: object) -> str:
        self._words.append(word)
        return "?"

    def ends(self) -> tuple[int, datetime | None, datetime | None]:
        """How many events there are, and the first and the last time. Raises HuntFailed."""
        ((count, first, last),) = self._counted("count(*), min(time), max(time)")
        return count, first, last

    def histogram(self, first: datetime, last: datetime, zone: tzinfo = UTC) -> Histogram:
        """The course of time from the first to the last event, in sixty steps at most. Raises HuntFailed."""
        step, steps = courses.cut(first, last, zone)
        lasts = [end - _MICROSECOND for _, end in steps]
        ((counts,),) = self._counted("histogram(time, ?::TIMESTAMPTZ[])", lasts)
        found = {at.astimezone(UTC): count for at, count in (counts or {}).items()}
        return Histogram(
            step,
            tuple((begin, end, found.get(at, 0)) for (begin, end), at in zip(steps, lasts, strict=True)),
        )

    def _counted(self, what: str, *words: object) -> list[tuple[Any, ...]]:
        if self._found is not None:
            return self._run(f"SELECT {what} FROM found", *words)
        return self._run(f"SELECT {what} FROM {self._from}", *words, *self._words)

    def common(self, names: Sequence[str], *, most: int) -> dict[str, list[tuple[str, int]]]:
        """The most common values of each column with their counts, the most common first. Raises HuntFailed.

        All columns are counted in one pass: the condition of a question may have to read every record.
        """
        columns = [sources.name_of(name) for name in names]
        # GROUPING has a bit for each column, that of the first the highest; it is 0 for the one that is grouped by.
        marks = [(1 << len(columns)) - 1 - (1 << place) for place in reversed(range(len(columns)))]
        value = " ".join(f"WHEN {mark} THEN {column}" for mark, column in zip(marks, columns, strict=True))
        those, words = (
            (self._from, self._words) if self._found is None else (self._those(", ".join(columns), _EACH), [])
        )
        counted = self._run(
            f"SELECT mark, value, events FROM (SELECT GROUPING({', '.join(columns)}) AS mark, CASE mark {value} END "
            f"AS value, count(*) AS events FROM {those} GROUP BY GROUPING SETS "
            f"({', '.join(f'({column})' for column in columns)})) WHERE value <> '' QUALIFY row_number() OVER "
            f"(PARTITION BY mark ORDER BY events DESC, value) <= {most:d} ORDER BY events DESC, value",
            *words,
        )
        return {
            name: [(text, events) for place, text, events in counted if place == mark]
            for name, mark in zip(names, marks, strict=True)
        }

    def _run(self, sql: str, *words: object) -> list[tuple[Any, ...]]:
        with self._guarded():
            return self._connection.execute(sql, list(words)).fetchall()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """What DuckDB cannot do within the limits is HuntFailed."""
        try:
            with _stopped_after(self._connection, self._limits.seconds):
                yield
        except duckdb.InterruptException as error:
            raise HuntFailed(too_long(self._limits)) from error
        except duckdb.OutOfMemoryException as error:
            raise HuntFailed(Phrase("the hunt needs more memory than it may use; narrow it by time")) from error
        except (duckdb.IOException, duckdb.PermissionException) as error:
            raise HuntFailed(Phrase("a file of the event store went away meanwhile; ask again")) from error


def _order(*, newest_first: bool) -> str:
    return f"time {'DESC' if newest_first else 'ASC'} NULLS LAST, file, place"


@contextmanager
def _stopped_after(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _original(name: str, given: Sources) -> str:
    """The spelling in which events have the field. Raises HuntFailed."""
    wanted = name.removeprefix(sources.FIELD).lower()
    for known in given.fields.values():
        for each in known:
            if each.lower() == wanted:
                return each
    raise HuntFailed(Phrase("no kept event of this time has a field %(name)s", name=name[:80]))
