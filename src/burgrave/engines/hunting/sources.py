"""What a hunt may read, as tables of DuckDB: ``events`` with the common columns, and one table for each kind of event.

The connection can read the named files and nothing else: no other file, no network, no extension, and no setting of
it can be changed any more (``enable_external_access``, ``allowed_paths``, ``lock_configuration``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import duckdb

PART: Final = "~part"
ROW: Final = "~row"
"""The number of the file in which an event stands, and of its row there. No column of a file has such a name."""
_NOWHERE: Final = f'0::UBIGINT AS "{PART}", 0::BIGINT AS "{ROW}"'

FIELD: Final = "field."
"""Before the name of an original field, where it is a column of a file."""
_SETTINGS: Final[Mapping[str, str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_unsigned_extensions": "false",
    "max_temp_directory_size": "0KB",
    "temp_directory": "",
    # It goes by the number of rows, which it takes from the first file: that has the columns, and no rows. So it would
    # hold all events in memory to look for a few places among them, where it can hold the places.
    "disabled_optimizers": "build_side_probe_side",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Paths of parts: narrow ones by the table of their kind, mixed ones, and the file that gives the common columns.

    ``columns`` are the common ones that a hunt sees, ``fields`` the original fields of each table.
    """

    schema: str
    columns: Sequence[str]
    narrow: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mixed: Sequence[str] = ()
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def paths(self) -> list[str]:
        return [self.schema, *self.mixed, *(path for paths in self.narrow.values() for path in paths)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntLimits:
    """What one hunt may use. ``rows`` are given at most; whoever asks for more is told that there are more."""

    rows: int = 1_000
    seconds: float = 20.0
    memory_mb: int = 512
    threads: int = 2
    answer_bytes: int = 32 * 1024 * 1024


def connect(sources: Sources, limits: HuntLimits) -> duckdb.DuckDBPyConnection:
    """A connection that can read these files and nothing else."""
    config: dict[str, str | bool | int | float | list[str]] = {
        **_SETTINGS,
        "threads": str(limits.threads),
        "memory_limit": f"{limits.memory_mb}MB",
    }
    connection = duckdb.connect(":memory:", config=config)
    connection.execute(f"SET allowed_paths = {texts(sources.paths())}")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def events(sources: Sources) -> str:
    """A relation of all events with the common columns."""
    files = [*sources.mixed, *(path for paths in sources.narrow.values() for path in paths)]
    return f"(SELECT {_names(sources.columns)} FROM read_parquet({texts([sources.schema, *files])}))"


def placed(sources: Sources, originals: Collection[str], *, common_only: bool = False) -> str:
    """The same with `PART` and `ROW`, and a column ``field.<name>`` for each of the original fields.

    The files that have no such field are read without it. With ``common_only`` none of these columns is there, and
    parts have the same numbers as without.
    """
    rich, plain = _by_wealth(sources, originals)
    if common_only or not originals:
        files = [sources.schema, *rich, *plain, *sources.mixed]
        return f"(SELECT {_names(sources.columns)}, {_place(0)} FROM read_parquet({texts(files)}))"
    columns = {name: f"{FIELD}{name}" for name in originals}
    parts = [_empty(sources, columns.values(), f", {_NOWHERE}")]
    if rich:
        parts.append(f"(SELECT *, {_place(1)} FROM read_parquet({texts(rich)}, union_by_name = true))")
    if plain:
        shown = f"{_names(sources.columns)}, {_place(len(rich))}"
        parts.append(f"(SELECT {shown} FROM read_parquet({texts([sources.schema, *plain])}))")
    parts.extend(_mixed(sources, columns, f", {_place(len(rich) + len(plain))}"))
    shown = _names((*sources.columns, *columns.values(), PART, ROW))
    return f"(SELECT {shown} FROM ({' UNION ALL BY NAME '.join(parts)}))"


def _by_wealth(sources: Sources, originals: Collection[str]) -> tuple[list[str], list[str]]:
    """The narrow files of tables that have some of the original fields, and the others."""
    having = {table for table, known in sources.fields.items() if not set(known).isdisjoint(originals)}
    rich = [path for table, paths in sources.narrow.items() if table in having for path in paths]
    return rich, [path for table, paths in sources.narrow.items() if table not in having for path in paths]


def _place(before: int) -> str:
    """Where an event stands, in a list of files before which there are so many.

    Of the first list the numbers are those that the reader goes by: it passes over files and rows that are not wanted.
    """
    part = f"file_index + {before:d}" if before else "file_index"
    return f"{part} AS {name_of(PART)}, file_row_number AS {name_of(ROW)}"


def kind_table(sources: Sources, table: str) -> str:
    """A relation of the events of one table, with the common columns and its original fields under their names."""
    columns = distinct(sources.fields.get(table, ()))
    parts = [_empty(sources, columns.values())]
    if paths := sources.narrow.get(table):
        parts.append(f"(SELECT * FROM read_parquet({texts(paths)}, union_by_name = true))")
    parts.extend(f"(SELECT * FROM {part} WHERE kind = {_text(table)})" for part in _mixed(sources, columns))
    taken = {name.casefold() for name in sources.columns}
    shown = [
        f"{name_of(column)} AS {name_of(column if name.casefold() in taken else name)}"
        for name, column in columns.items()
    ]
    return f"(SELECT {', '.join((_names(sources.columns), *shown))} FROM ({' UNION ALL BY NAME '.join(parts)}))"


def distinct(originals: Iterable[str]) -> dict[str, str]:
    """Original field -> column; of those that differ by letter case alone, which are one to SQL, the first."""
    found: dict[str, tuple[str, str]] = {}
    for name in originals:
        found.setdefault(name.casefold(), (name, f"{FIELD}{name}"))
    return dict(found.values())


def tables(sources: Sources) -> tuple[str, ...]:
    """The names of the tables of kinds, sorted."""
    return tuple(sorted({*sources.narrow, *sources.fields}))


def _empty(sources: Sources, columns: Iterable[str], place: str = "") -> str:
    """No row, and every column: so that a field is there even where no file has it."""
    more = "".join(f", NULL::VARCHAR AS {name_of(column)}" for column in columns)
    return f"(SELECT *{more}{place} FROM read_parquet({texts([sources.schema])}))"


def _mixed(sources: Sources, columns: Mapping[str, str], place: str = "") -> list[str]:
    if not sources.mixed:
        return []
    more = "".join(f", fields[{_text(name)}] AS {name_of(column)}" for name, column in columns.items())
    return [f"(SELECT *{more}{place} FROM read_parquet({texts([sources.schema, *sources.mixed])}))"]


def texts(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(name_of, names))


def name_of(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
