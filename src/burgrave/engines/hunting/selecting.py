"""The answer to a person's SELECT, from a process of its own, row by row."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from burgrave.engines.hunting import sources, statements
from burgrave.engines.hunting.processes import Answering, asked
from burgrave.engines.hunting.sources import HuntLimits, Sources


class Selected:
    """Columns, each a name and a type, and rows; ``is_cut`` says behind the last of them that there are more."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.columns: tuple[tuple[str, str], ...] = tuple((name, kind) for name, kind in self._piece())
        self.is_cut = False

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Each row once, as they come. Raises HuntFailed."""
        while not isinstance(piece := self._piece(), bool):
            yield from map(tuple, piece)
        self.is_cut = piece

    def _piece(self) -> Any:
        line = self._answering.out.readline()
        if not line.endswith(b"\n"):
            raise self._answering.failure()
        return json.loads(line)


@contextmanager
def selected(sql: str, given: Sources, *, limits: HuntLimits) -> Iterator[Selected]:
    """The answer to one SELECT over ``events`` and the tables of kinds.

    The time of the limits is that from here to the end of the block. However the block ends, so does the search.
    Raises SqlRefused, and HuntFailed, also while rows are taken.
    """
    statement = statements.checked(sql, tables=sources.tables(given))
    question = {"sources": dataclasses.asdict(given), "tables": sorted(statement.tables), "sql": statement.sql}
    with asked("cell", question, limits=limits) as answering:
        yield Selected(answering)
