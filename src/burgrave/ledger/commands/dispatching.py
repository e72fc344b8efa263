"""News: every handler sees every record of its kinds at least once, in the order of the ledger."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from burgrave.ledger import models, queries, rules
from burgrave.ledger.terms import Handler, Record

log = logging.getLogger(__name__)

TOGETHER, LONGEST_SECONDS = 500, 0.25
"""So many records a handler deals with in one transaction, and for about so long, as long as none of them fails."""


def _at_once() -> None:
    """No rest is taken."""


def dispatch(
    handlers: Mapping[type[Record], tuple[Handler, ...]],
    *,
    now: datetime,
    limit: int = 500,
    rest: Callable[[], object] = _at_once,
) -> int:
    """Each handler has dealt with up to ``limit`` more records that have their place. Returns how many in all.

    What a handler writes and how far it got are committed together. One that fails keeps its place, with the error
    and a growing pause, while the others go on. A handler that is new starts at the first record. ``rest`` is called
    after each transaction: those who wait for SQLite ask ten times a second, and would else be overtaken each time.
    """
    kinds: dict[str, list[str]] = {}
    named: dict[str, Handler] = {}
    for record, of_record in handlers.items():
        for handler in of_record:
            name = handler_name(handler)
            named[name] = handler
            kinds.setdefault(name, []).append(record.kind)
    return sum(_catch_up(name, named[name], kinds[name], now=now, limit=limit, rest=rest) for name in sorted(named))


def handler_name(handler: Handler) -> str:
    """The name under which a handler's progress is kept: its module and function."""
    return f"{handler.__module__}.{getattr(handler, '__qualname__', type(handler).__qualname__)}"


def _catch_up(
    name: str, handler: Handler, kinds: list[str], *, now: datetime, limit: int, rest: Callable[[], object]
) -> int:
    cursor, _made = models.Cursor.objects.get_or_create(handler=name)
    if queries.next_record(kinds, position=cursor.position) is None:
        return 0  # looked up before the transaction, since that keeps everybody else from writing to SQLite
    done = 0
    while done < limit:
        dealt, error = _some(name, handler, kinds, now=now, most=min(TOGETHER, limit - done))
        done += dealt
        if error is not None:
            _failed(name, error, now=now)
        if error is not None or not dealt:
            break
        rest()
    return done


@transaction.atomic
def _some(name: str, handler: Handler, kinds: list[str], *, now: datetime, most: int) -> tuple[int, Exception | None]:
    """The handler has dealt with up to ``most`` records. Returns how many, and what the next one failed with.

    In one transaction, since thousands of small ones in a row would keep everybody else from writing to SQLite.
    """
    cursor = models.Cursor.objects.select_for_update().get(pk=name)
    if cursor.next_attempt_at is not None and now < cursor.next_attempt_at:
        return 0, None
    position, dealt, failure, until = cursor.position, 0, None, time.monotonic() + LONGEST_SECONDS
    while dealt < most and failure is None and (not dealt or time.monotonic() < until):
        record = queries.next_record(kinds, position=position)
        if record is None:
            break
        try:
            with transaction.atomic():
                handler(record)
        except Exception as error:  # noqa: BLE001 - the edge to higher floors: one handler must not stop others
            failure = error
        else:
            position, dealt = record.position + 1, dealt + 1
    if dealt:
        models.Cursor.objects.filter(pk=name).update(position=position, attempts=0, error="", next_attempt_at=None)
    return dealt, failure


def _failed(name: str, error: Exception, *, now: datetime) -> None:
    log.warning("handler %s failed: %s", name, error, exc_info=error)
    with transaction.atomic():
        cursor = models.Cursor.objects.select_for_update().get(pk=name)
        models.Cursor.objects.filter(pk=name).update(
            attempts=F("attempts") + 1,
            error=f"{type(error).__name__}: {error}"[:2000],
            next_attempt_at=now + rules.backoff(cursor.attempts + 1),
        )
