"""The library as the kit of lists knows it: columns, how an address narrows it, and its rows as cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from burgrave.detection.queries.library import ORDERS, export, ids_of, names_of
from burgrave.detection.terms import LibraryFilterBy, LibraryRow, RuleState
from burgrave.detection.terms.trials import Noise
from burgrave.engines.sheets import Cell
from burgrave.incidents.terms import Level
from burgrave.lists.terms import ListColumn, Narrowing
from burgrave.web.paging import order_of
from burgrave.web.terms import Actor

WordT = TypeVar("WordT", bound=StrEnum)
Rows = Generator[Mapping[str, Cell], None, None]

LONGEST_SEARCH, MOST_VALUES = 200, 50
ORDER = "-level"

COLUMNS = (
    ListColumn(key="level", label=_("Level"), exports=("level",)),
    ListColumn(key="title", label=_("Rule"), exports=("title", "rule_id"), is_fixed=True),
    ListColumn(key="state", label=_("State"), exports=("state", "waits", "reason")),
    ListColumn(key="logsource", label=_("Log source"), exports=("logsource",)),
    ListColumn(key="attack", label="ATT&CK", exports=("techniques", "tactics")),
    ListColumn(key="author", label=_("Author"), exports=("author", "licence")),
    ListColumn(key="changed", label=_("Changed"), exports=("changed_at", "changed_by")),
    ListColumn(key="status", label=_("Status of the rule"), exports=("status",), is_default=False),
    ListColumn(key="path", label=_("Path"), exports=("path",), is_default=False),
)


def narrowed(asked: Narrowing) -> LibraryFilterBy:
    """What the address asks for; nonsense narrows nothing."""
    return LibraryFilterBy(
        states=words_of(asked, "state", RuleState),
        levels=words_of(asked, "level", Level),
        products=texts_of(asked, "product"),
        categories=texts_of(asked, "category"),
        services=texts_of(asked, "service"),
        batch_id=uuid_of(first(asked, "batch")),
        trial_id=uuid_of(first(asked, "trial")),
        noises=words_of(asked, "noise", Noise),
        waits=first(asked, "waits") == "yes",
        text=searched(asked),
    )


def rule_ids(asked: Narrowing, most: int, actor: Actor, _now: datetime) -> Sequence[UUID]:
    return ids_of(narrowed(asked), most=most, actor=actor)


def rule_names(ids: Sequence[UUID], most: int, actor: Actor) -> Sequence[str]:
    return names_of(ids, most=most, actor=actor)


def rule_rows(asked: Narrowing, actor: Actor, _now: datetime) -> Rows:
    order = order_of(asked, ORDERS, default=ORDER)
    with closing(export(narrowed(asked), order=order, actor=actor)) as found:
        for row in found:
            yield _cells(row)


def _cells(row: LibraryRow) -> Mapping[str, Cell]:
    return {
        "level": str(row.level),
        "title": row.title,
        "rule_id": row.rule_id,
        "state": str(row.state),
        "waits": row.waits,
        "reason": row.reason,
        "logsource": " / ".join(row.logsource.values()),
        "techniques": ", ".join(row.techniques),
        "tactics": ", ".join(row.tactics),
        "author": row.author,
        "licence": row.licence,
        "changed_at": row.changed_at,
        "changed_by": row.changed_by,
        "status": row.status,
        "path": row.path,
    }


def words_of(asked: Narrowing, name: str, words: type[WordT]) -> tuple[WordT, ...]:
    known = {word.value: word for word in words}
    return tuple(known[value] for value in dict.fromkeys(asked.get(name, ())) if value in known)


def texts_of(asked: Narrowing, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value[:LONGEST_SEARCH] for value in asked.get(name, ())))[:MOST_VALUES]


def searched(asked: Narrowing) -> str:
    return first(asked, "q").replace("\x00", "").strip()[:LONGEST_SEARCH]


def first(asked: Narrowing, name: str) -> str:
    return next(iter(asked.get(name, ())), "")


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
