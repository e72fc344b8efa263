"""The files of the store: each is written beside its place, made durable, and only then stands under its name.

What stands under a name is therefore whole, whenever the writer was killed. Which names count is not said here: that is
the catalogue, a transaction of whoever calls. A file that no catalogue names was never acknowledged; ``leftovers``
gives such files to be removed once they are old.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from burgrave.engines.eventstore.terms import (
    COMMON,
    FIELD,
    EventStoreError,
    Kind,
    Layout,
    Part,
    PartDamaged,
    PartMissing,
)

SUFFIX: Final = ".parquet"
_UNFINISHED: Final = ".writing"
_SCHEMA: Final = f"common-{len(COMMON.names)}{SUFFIX}"
_CHUNK_BYTES: Final = 1024 * 1024
_ROWS_OF_GROUP: Final = 100_000
_NOT_CODED: Final = frozenset({"raw", "raw_bytes", "place", "time", "record", "fields"})


class EventStore:
    """The store under ``root``. A part's name is a path below it, made of letters, digits, dashes and slashes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, table: pa.Table, *, name: str, kind: Kind | None) -> Part:
        """The rows stand durably under the name. Raises EventStoreError where they cannot be written."""
        target = self._place(name)
        unfinished = target.with_suffix(_UNFINISHED)
        try:
            self._folder(target.parent)
            _write(table, unfinished)
            digest, size = _digest(unfinished)
            unfinished.replace(target)
            target.chmod(0o400)
            _sync(target.parent)
        except OSError as error:
            for each in (unfinished, target):  # the name is new: what stands under it is of this attempt
                with suppress(OSError):
                    each.unlink(missing_ok=True)
            reason = error.strerror or str(error)
            raise EventStoreError(
                f"writing {table.num_rows:,} events into the event store: {reason}; nothing of them counts as kept"
            ) from error
        ends = pc.min_max(table.column("time")).as_py()
        return Part(
            name=name,
            layout=Layout.NARROW if kind else Layout.MIXED,
            kind=kind,
            sha256=digest,
            size_bytes=size,
            events=table.num_rows,
            first_at=ends["min"],
            last_at=ends["max"],
        )

    def read(self, name: str) -> Iterator[pa.Table]:
        """The rows of a part, a bounded number at a time. Raises PartMissing, PartDamaged."""
        with self._opened(name) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group).replace_schema_metadata(file.schema_arrow.metadata)

    def head(self, name: str) -> pa.Table:
        """The columns of a part, of which no row is read. Raises PartMissing, PartDamaged."""
        with self._opened(name) as file:
            return file.schema_arrow.empty_table()

    @contextmanager
    def _opened(self, name: str) -> Iterator[pq.ParquetFile]:
        try:
            with pq.ParquetFile(self.path(name)) as file:
                yield file
        except FileNotFoundError as error:
            raise PartMissing(f"the event store has no file {name}") from error
        except (pa.ArrowException, OSError) as error:
            raise PartDamaged(f"the file {name} of the event store cannot be read: {error}") from error

    def row(self, name: str, number: int) -> pa.Table:
        """One row of a part, by its number. Raises PartMissing, PartDamaged."""
        for table in self.read(name):
            if number < table.num_rows:
                return table.slice(number, 1).replace_schema_metadata(table.schema.metadata)
            number -= table.num_rows
        raise PartMissing(f"the file {name} of the event store has no row {number}")

    def path(self, name: str) -> Path:
        return self._place(name)

    def check(self, name: str, digest: str) -> None:
        """The file has this SHA-256. Raises PartMissing, PartDamaged."""
        try:
            found, _ = _digest(self.path(name))
        except FileNotFoundError as error:
            raise PartMissing(f"the event store has no file {name}") from error
        except OSError as error:
            raise PartDamaged(f"the file {name} of the event store cannot be read: {error.strerror}") from error
        if found != digest:
            raise PartDamaged(f"the file {name} of the event store has the SHA-256 {found}, expected {digest}")

    def remove(self, name: str) -> None:
        """No file stands under the name."""
        self.path(name).unlink(missing_ok=True)

    def take_back(self, parts: Iterable[Part]) -> None:
        """What was written and will not count makes room at once, as far as the disk lets it go."""
        for part in parts:
            with suppress(OSError):
                self.remove(part.name)

    def leftovers(self, known: AbstractSet[str], *, before: float) -> Iterator[str]:
        """Files last written before that time, in seconds since 1970, whose names are not known."""
        for path in chain(self.root.glob(f"*{_UNFINISHED}"), self.root.glob("*/**/*")):
            name = path.relative_to(self.root).as_posix()
            if path.is_file() and name not in known:
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime < before:
                        yield name

    def schema_file(self) -> Path:
        """A file without rows that has the common columns and no other: first in a list, it gives the schema.

        Raises EventStoreError where it is not there and cannot be written.
        """
        path = self.root / _SCHEMA
        if not path.is_file():
            unfinished = path.with_suffix(f".{os.getpid()}{_UNFINISHED}")
            try:
                self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write(COMMON.empty_table(), unfinished)
                unfinished.replace(path)
            except OSError as error:
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)
                reason = error.strerror or str(error)
                raise EventStoreError(f"writing the list of columns into the event store: {reason}") from error
        return path

    def _place(self, name: str) -> Path:
        path = self.root / name
        if not name.endswith((SUFFIX, _UNFINISHED)) or not path.resolve().is_relative_to(self.root.resolve()):
            raise EventStoreError(f"{name!r} is no name of a file of the event store")
        return path

    def _folder(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for each in (folder.parent, self.root, self.root.parent):
                _sync(each)


def _write(table: pa.Table, path: Path) -> None:
    coded = [name for name in table.column_names if name not in _NOT_CODED]
    counted = [name for name in table.column_names if name not in {"raw", "raw_bytes", "fields"} and not _is_long(name)]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        pq.write_table(
            table,
            file,
            row_group_size=_ROWS_OF_GROUP,
            compression="zstd",
            use_dictionary=coded,
            write_statistics=counted,
        )
        file.flush()
        os.fsync(file.fileno())


def _is_long(name: str) -> bool:
    """Columns whose smallest and greatest text would be long and help nobody to pass over a file."""
    return name.startswith(FIELD) or name.endswith(("command_line", "script_block_text", "strings"))


def _digest(path: Path) -> tuple[str, int]:
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
