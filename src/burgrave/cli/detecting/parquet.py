"""Results as one Parquet file, for whoever asks on with SQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from burgrave.cli.detecting.writing import row_of

if TYPE_CHECKING:
    from typing import TextIO

    from burgrave.cli.detecting.tally import Result

_ROWS: Final = 10_000
_TIME: Final = pa.timestamp("us", tz="UTC")
_RECORD: Final = pa.struct([("file", pa.string()), ("record_id", pa.string())])
SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("rule_id", "rule_title", "level", "author", "file", "record_id")),
        ("time", _TIME),
        *((name, pa.string()) for name in ("computer", "channel", "event_id")),
        ("tags", pa.list_(pa.string())),
        ("fields", pa.string()),
        ("began", _TIME),
        ("event_count", pa.int64()),
        ("measured", pa.string()),
        ("events", pa.list_(_RECORD)),
    ]
)


class ParquetWriter:
    """Writes below the text of the stream; ``fields`` are a JSON text, because every rule has others."""

    def __init__(self, stream: TextIO, *, limit: int) -> None:
        self._writer = pq.ParquetWriter(stream.buffer, SCHEMA, compression="zstd")
        self._left = limit or -1
        self._rows: list[dict[str, Any]] = []

    def write(self, finding: Result) -> None:
        if not self._left:
            return
        self._left -= 1
        row: dict[str, Any] = row_of(finding)
        row["time"] = finding.at
        row["fields"] = json.dumps(row["fields"], ensure_ascii=False)
        found = getattr(finding, "found", None)
        row["began"] = None if found is None else found.began_at
        self._rows.append(_as_text(row))
        if len(self._rows) >= _ROWS:
            self._flush()

    def close(self) -> None:
        """Everything is written, and the file is whole."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=SCHEMA))
            self._rows = []


def _as_text(value: Any) -> Any:
    """The value with every text as what UTF-8 can write: names of files may hold other bytes."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    if isinstance(value, dict):
        return {name: _as_text(each) for name, each in value.items()}
    return value
