"""What a hunt found as a file: JSON lines, CSV or Parquet, written batch by batch within bounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import IO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from burgrave.engines.hunting.running import Answer
from burgrave.engines.hunting.terms import BATCH_ROWS
from burgrave.engines.sheets import write_csv

MOST_FILE_BYTES: Final = 256 * 1024 * 1024
_WHOLE: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})


class FileFormat(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


MEDIA_TYPES: Final = {
    FileFormat.JSONL: "application/jsonl",
    FileFormat.CSV: "text/csv",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Given:
    """How many rows stand in the file; ``is_cut`` says that there are more."""

    rows: int
    is_cut: bool


class _Bounded:
    """Batches up to a number of rows and of bytes in memory; whole rows only."""

    def __init__(self, batches: Iterable[pa.RecordBatch], *, most: int, most_bytes: int) -> None:
        self._batches = batches
        self._most, self._left = most, most_bytes
        self.rows, self.is_cut = 0, False

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            room = self._most - self.rows
            fits = batch.slice(0, min(room, self._fitting(batch)))
            self.rows += fits.num_rows
            self._left -= int(batch.nbytes)
            if fits.num_rows:
                yield fits
            if fits.num_rows < batch.num_rows:
                self.is_cut = True
                return

    def _fitting(self, batch: pa.RecordBatch) -> int:
        """How many rows of the batch fit, as if all were of the same size."""
        rows, size = int(batch.num_rows), int(batch.nbytes)
        return rows if size <= self._left else max(0, self._left * rows // size)


def give(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    form: FileFormat,
    to: IO[bytes],
    *,
    most: int,
    most_bytes: int = MOST_FILE_BYTES,
) -> Given:
    """The rows stand in the file, ``most`` of them and ``most_bytes`` in memory at most, and whether there are more.

    Times are in UTC. CSV is made so that no spreadsheet takes a text for a formula.
    """
    bounded = _Bounded(batches, most=most, most_bytes=most_bytes)
    _WRITERS[form](bounded, schema, to)
    return Given(bounded.rows, bounded.is_cut)


def answered(answer: Answer) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """An answer to SQL as batches. Whole numbers and truth stay what they are, everything else is its text.

    A name that comes again is counted: ``x``, ``x (2)``.
    """
    taken: dict[str, int] = {}
    names: list[str] = []
    for name, _kind in answer.columns:
        taken[name] = taken.get(name, 0) + 1
        names.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    kinds = [_kind_of(kind) for _name, kind in answer.columns]
    columns = [pa.array([_valued(row[place], kind) for row in answer.rows], kind) for place, kind in enumerate(kinds)]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    table = pa.Table.from_arrays(columns, schema=schema)
    return schema, iter(table.to_batches(max_chunksize=BATCH_ROWS))


def _kind_of(kind: str) -> pa.DataType:
    return pa.int64() if kind in _WHOLE else pa.bool_() if kind == "BOOLEAN" else pa.string()


def _valued(value: object, kind: pa.DataType) -> object:
    return value if value is None or kind != pa.string() else str(value)


def _jsonl(batches: Iterable[pa.RecordBatch], _schema: pa.Schema, to: IO[bytes]) -> None:
    for batch in batches:
        for row in batch.to_pylist():
            to.write(json.dumps(row, ensure_ascii=False, default=_moment).encode(errors="replace") + b"\n")


def _csv(batches: Iterable[pa.RecordBatch], schema: pa.Schema, to: IO[bytes]) -> None:
    rows = (list(row.values()) for batch in batches for row in batch.to_pylist())
    for piece in write_csv(schema.names, rows):
        to.write(piece)


def _parquet(batches: Iterable[pa.RecordBatch], schema: pa.Schema, to: IO[bytes]) -> None:
    with pq.ParquetWriter(to, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def _moment(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_WRITERS: Final[dict[FileFormat, Callable[[Iterable[pa.RecordBatch], pa.Schema, IO[bytes]], None]]] = {
    FileFormat.JSONL: _jsonl,
    FileFormat.CSV: _csv,
    FileFormat.PARQUET: _parquet,
}
