"""A list leaves as a file: exactly its rows, written whole, digested and recorded before a byte is given out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import IO

from django.db import transaction

from burgrave.engines.sheets import Cell, write_csv, write_xlsx
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.lists import rules
from burgrave.lists.errors import TooManyRows
from burgrave.lists.terms import MOST_EXPORTED, Exported, ListExported, ListSpec, SheetFormat
from burgrave.web.terms import Actor

CHUNK = 1024 * 1024


def export(
    spec: ListSpec,
    query: str,
    *,
    columns: Sequence[str],
    sheet_format: SheetFormat,
    to: IO[bytes],
    actor: Actor,
    now: datetime,
) -> Exported:
    """The rows of the narrowed list that the actor may see stand in ``to``, and the ledger says so.

    ``columns`` are keys of the list, none meaning all. Only the record is a transaction: a file of many rows would keep
    everybody else from writing to SQLite. Raises TooManyRows, Forbidden.
    """
    actor.must_anywhere(spec.permission)
    asked = rules.narrowing(query)

    names = spec.exported(columns or [column.key for column in spec.columns])
    counted = _Counted()
    # Closed here: a cursor left to the collector would stand on when the file is refused.
    with closing(spec.rows(asked, actor, now)) as rows:
        cells = counted.of(rows, names)
        if sheet_format is SheetFormat.CSV:
            for piece in write_csv(names, cells):
                to.write(piece)
        else:
            write_xlsx(names, cells, sheet_name=str(spec.label), to=to)  # type: ignore[arg-type]  # any seekable file
    digest, size = _digest(to)

    exported = Exported(rows=counted.rows, sha256=digest, size_bytes=size)
    record = ListExported(
        list_name=spec.name,
        sheet_format=sheet_format,
        columns=names,
        rows=exported.rows,
        sha256=digest,
        size_bytes=size,
        query=Sealed(rules.kept_query(query)),
    )
    with transaction.atomic():
        ledger.append(record, actor=actor, at=now)
    return exported


class _Counted:
    """Counts rows as they pass, and stops what would be too many."""

    def __init__(self) -> None:
        self.rows = 0

    def of(self, rows: Iterator[Mapping[str, Cell]], names: Sequence[str]) -> Iterator[list[Cell]]:
        for row in rows:
            if self.rows == MOST_EXPORTED:
                raise TooManyRows(
                    "a file holds at most %(most)s rows of a list",
                    words={"most": str(MOST_EXPORTED)},
                    mend="Narrow the list down and export it in parts.",
                )
            self.rows += 1
            yield [row[name] for name in names]


def _digest(file: IO[bytes]) -> tuple[str, int]:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(CHUNK):
        digest.update(piece)
    size = file.tell()
    file.seek(0)
    return digest.hexdigest(), size
