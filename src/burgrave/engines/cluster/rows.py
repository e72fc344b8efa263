"""Rows gathered into record batches of bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROWS: Final = 5_000


class Rows:
    """Rows of one schema. A column that a row does not name is null there."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._columns: list[list[Any]] = [[] for _ in schema.names]
        self._known = frozenset(schema.names)

    def add(self, **values: Any) -> None:
        if not values.keys() <= self._known:
            raise KeyError(f"no column is named {sorted(values.keys() - self._known)}")
        for name, column in zip(self._schema.names, self._columns, strict=True):
            column.append(values.get(name))

    def full(self) -> Iterator[pa.RecordBatch]:
        """A batch, once there are enough rows for one."""
        if len(self._columns[0]) >= _ROWS:
            yield from self.rest()

    def rest(self) -> Iterator[pa.RecordBatch]:
        """All rows that are left, if there are any."""
        if self._columns[0]:
            arrays = [pa.array(column, field.type) for column, field in zip(self._columns, self._schema, strict=True)]
            self._columns = [[] for _ in self._schema.names]
            yield pa.RecordBatch.from_arrays(arrays, schema=self._schema)


def text_of(value: str) -> str:
    """The text as UTF-8 can write it: names of files may hold other bytes."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8")
