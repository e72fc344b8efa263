"""What the columns of an example may be: fields as Sigma rules name them, and the column that holds the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from burgrave.engines.events.tables.names import (
    FIELD_BY_KEY,
    FIELD_NAMES,
    TIME_KEYS,
    TIME_PAIR_KEYS,
    WORDS_FOR_SOURCE,
    key_of,
)
from burgrave.engines.events.tables.terms import Clock, TableMapping
from burgrave.engines.events.tables.times import guessed
from burgrave.engines.events.terms import LogSource

__all__ = ["FIELD_NAMES", "field_of", "suggested"]
_WEB: Final = frozenset({"cs-method", "sc-status", "cs-uri-query", "cs-uri-stem"})
_PROXY: Final = frozenset({"c-uri", "cs-host"})
_PROCESS: Final = frozenset({"Image", "CommandLine"})


def suggested(header: Sequence[str], rows: Sequence[Sequence[str]], *, name: str = "") -> TableMapping:
    """A mapping to begin with: nothing of it is certain, and a person looks at what comes of it."""
    fields: dict[str, str] = {}
    is_event_log = any(field_of(column) == "EventID" for column in header)
    for column in header:
        is_writer = is_event_log and key_of(column) in WORDS_FOR_SOURCE
        field = "Provider_Name" if is_writer else field_of(column)
        if field and field not in fields.values() and field != column:
            fields[column] = field
    return TableMapping(
        name=name,
        header=tuple(header),
        fields=fields,
        clock=_clock(header, rows),
        log_source=_source({fields.get(column, column) for column in header}),
    )


def field_of(column: str) -> str:
    """The field that a column of this name may be; empty when nothing comes to mind."""
    return FIELD_BY_KEY.get(key_of(column), "")


def _clock(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Clock:
    at = {key_of(column): place for place, column in enumerate(header)}
    for pair in TIME_PAIR_KEYS:
        if all(each in at for each in pair):
            found = _if_read([at[each] for each in pair], header, rows)
            if found is not None:
                return found
    named = [at[each] for each in TIME_KEYS if each in at]
    others = [place for place in range(len(header)) if place not in named]
    for place in (*named, *others):
        found = _if_read([place], header, rows, only_text=place in others)
        if found is not None:
            return found
    return Clock()


def _if_read(
    places: Sequence[int], header: Sequence[str], rows: Sequence[Sequence[str]], *, only_text: bool = False
) -> Clock | None:
    """The clock of these columns, if all rows have a time there. A bare number is a time only where a name says so."""
    texts = [" ".join(row[place].strip() for place in places) for row in rows if len(row) > max(places)]
    if not texts or (only_text and any(each.replace(".", "").isdecimal() for each in texts)):
        return None
    forms = guessed(texts)
    return Clock(columns=tuple(header[place] for place in places), form=forms[0]) if forms else None


def _source(fields: set[str]) -> LogSource:
    if fields & _PROCESS == _PROCESS:
        return LogSource(product="windows", category="process_creation")
    if fields & _PROXY and fields & _WEB:
        return LogSource(category="proxy")
    if len(fields & _WEB) > 1:
        return LogSource(category="webserver")
    if {"src_ip", "dst_ip", "dst_port"} <= fields:
        return LogSource(category="firewall")
    if {"query", "record_type"} <= fields:
        return LogSource(category="dns")
    return LogSource()
