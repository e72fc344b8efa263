"""A question of the short language as one SELECT, that a person copies and goes on with.

The SELECT runs over the same tables that ``running.ask`` offers and finds the same events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from burgrave.engines.hunting import sources
from burgrave.engines.hunting.asking import Question
from burgrave.engines.hunting.conditions import condition_of
from burgrave.engines.hunting.sources import Sources
from burgrave.engines.hunting.statements import LONGEST_SQL
from burgrave.engines.hunting.terms import Range

_INDENT: Final = "\n    "


def select(
    question: Question | None,
    span: Range,
    given: Sources,
    *,
    columns: Sequence[str],
    names: Mapping[str, str],
    originals: Sequence[str],
    most: int,
) -> str:
    """The SELECT, or "" where none that a person may run says the same.

    ``names`` are columns by the lower-case name of a field, ``originals`` the original fields that are asked for.
    """
    joined = _joined(given, originals)
    where = condition_of(question, span, names, _literal)
    if joined is None or "\0" in where:
        return ""
    lines = [
        f"SELECT {', '.join(map(sources.name_of, columns))}",
        f"FROM events{joined}",
        *([f"WHERE {where}"] if where != "true" else []),
        "ORDER BY time DESC NULLS LAST, file, place",
        f"LIMIT {most:d}",
    ]
    said = "\n".join(lines)
    return said if len(said) <= LONGEST_SQL else ""


def _joined(given: Sources, originals: Sequence[str]) -> str | None:
    """Original fields beside the events that have them, each as ``field.<name>``; None where SQL cannot name one."""
    if not originals:
        return ""
    taken = {name.casefold() for name in given.columns}
    parts: list[str] = []
    for table in sources.tables(given):
        known = given.fields.get(table, ())
        wanted = [name for name in originals if name in known]
        if not set(wanted) <= set(sources.distinct(known)):
            return None
        shown = [
            f"{sources.name_of(f'{sources.FIELD}{name}' if name.casefold() in taken else name)} "
            f"AS {sources.name_of(f'{sources.FIELD}{name}')}"
            for name in wanted
        ]
        if shown:
            parts.append(f"SELECT file, place, {', '.join(shown)} FROM {sources.name_of(table)}")
    inner = f"{_INDENT}UNION ALL BY NAME ".join(parts)
    return f"\nLEFT JOIN ({_INDENT}{inner}\n) AS originals USING (file, place)"


def _literal(value: object) -> str:
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.isoformat(sep=' ', timespec='microseconds')}'"
    return "'" + str(value).replace("'", "''") + "'"
