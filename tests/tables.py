"""The tables of an installation, read from outside its processes and without the program's own code."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Tables:
    """The database of the installation in ``home``, or the PostgreSQL of ``database_url``."""

    home: Path
    database_url: str = ""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows. A UUID is text, in whatever form the database keeps it: compare after `text_id`."""
        if self.database_url:
            import psycopg

            with psycopg.connect(self.database_url) as connection:
                return connection.execute(query.encode()).fetchall()
        path = f"file:{self.home / 'burgrave.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(path, uri=True, timeout=20)) as connection:
            return connection.execute(query).fetchall()

    def one(self, query: str) -> Any:
        """The first column of the first row."""
        return self.rows(query)[0][0]

    def ids(self, query: str) -> list[str]:
        """The first column of all rows, as ids."""
        return [text_id(row[0]) for row in self.rows(query)]


def text_id(value: object) -> str:
    """One form for the ids of all databases."""
    return str(UUID(str(value)))
