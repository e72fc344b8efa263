"""Hunting as a list of the kit: its columns, how an address narrows it, and its rows as cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.engines.sheets import Cell
from burgrave.events.queries.hunting import hunt_rows
from burgrave.events.terms import HuntFilter, Span
from burgrave.lists.terms import MOST_EXPORTED, ListColumn, Narrowing, first_of
from burgrave.web.terms import Actor

COLUMNS: Final = (
    ListColumn(key="time", label=_("Time"), exports=("time",), is_fixed=True),
    ListColumn(key="kind", label=_("Kind"), exports=("kind", "event.code")),
    ListColumn(key="host", label=_("Host"), exports=("host.name",)),
    ListColumn(key="user", label=_("User"), exports=("user.name", "user.domain")),
    ListColumn(key="process", label=pgettext_lazy("of events", "Process"), exports=("process.executable",)),
    ListColumn(key="command", label=_("Command line"), exports=("process.command_line",)),
    ListColumn(
        key="parent",
        label=_("Parent process"),
        exports=("process.parent.executable", "process.parent.command_line"),
        is_default=False,
    ),
    ListColumn(key="action", label=_("Action"), exports=("event.action", "event.outcome"), is_default=False),
    ListColumn(key="source", label=_("From address"), exports=("source.ip", "source.port"), is_default=False),
    ListColumn(key="destination", label=_("To address"), exports=("destination.ip", "destination.port")),
    ListColumn(key="target", label=_("File"), exports=("file.path",)),
    ListColumn(key="registry", label=_("Registry"), exports=("registry.path",), is_default=False),
    ListColumn(key="name", label=_("Name asked for"), exports=("dns.question.name",), is_default=False),
    ListColumn(key="url", label=_("Web address"), exports=("url.domain", "url.path"), is_default=False),
    ListColumn(key="record", label=_("Record"), exports=("file", "place", "record"), is_default=False),
)


def narrowed(asked: Narrowing, *, now: datetime) -> HuntFilter:
    """How an address narrows a hunt; a time that cannot be read is passed over."""
    span = next((each for each in Span if each == first_of(asked, "span")), Span.ALL)
    length = span.length
    is_own = span is Span.OWN
    return HuntFilter(
        question=first_of(asked, "q"),
        since=now - length if length else _moment(first_of(asked, "since")) if is_own else None,
        until=_moment(first_of(asked, "until")) if is_own else None,
    )


def ids_of(_asked: Narrowing, _most: int, _actor: Actor, _now: datetime) -> Sequence[UUID]:
    """Nothing is done to kept events."""
    return ()


def rows_of(asked: Narrowing, actor: Actor, now: datetime) -> Generator[Mapping[str, Cell], None, None]:
    """Every event that the address finds, as cells by column."""
    columns = tuple(name for column in COLUMNS for name in column.exports)
    yield from hunt_rows(narrowed(asked, now=now), columns=columns, most=MOST_EXPORTED, actor=actor)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
