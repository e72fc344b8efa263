from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from burgrave.ledger import commands, models, queries
from burgrave.ledger.commands import dispatching
from burgrave.ledger.commands.dispatching import handler_name
from burgrave.ledger.rules import backoff
from burgrave.ledger.terms import Handler, StoredRecord
from burgrave.ledger.tests.house import NOON, DoorOpened, Log

HEARD: list[int] = []
FAIL_AT: set[int] = set()


@pytest.fixture(autouse=True)
def _quiet() -> None:
    HEARD.clear()
    FAIL_AT.clear()


def on_door_opened(record: StoredRecord) -> None:
    """Writes something, so that a failure shows whether it was taken back."""
    models.Cursor.objects.update_or_create(handler="written", defaults={"position": record.position})
    if record.position in FAIL_AT:
        raise RuntimeError(f"the door of {record.position} is stuck")
    HEARD.append(record.position)


def on_door_opened_too(record: StoredRecord) -> None:
    assert record.text("remark") == "squeaks"
    assert str(record.uuid("door_id")) == record.body["door_id"]
    assert record.text("times") == str(record.body["times"])
    HEARD.append(-record.position)


def tell(*handlers: Handler, after: timedelta = timedelta(), **options: Any) -> int:
    return commands.dispatch({DoorOpened: handlers}, now=NOON + after, **options)


def test_each_handler_hears_each_record_once_and_in_order(log: Log) -> None:
    log.add(5)
    assert tell(on_door_opened) == 0
    log.seal()
    assert tell(on_door_opened, limit=3) == 3
    assert tell(on_door_opened) == 2
    assert tell(on_door_opened) == 0
    assert HEARD == [0, 1, 2, 3, 4]


def test_a_failing_handler_keeps_its_place_and_its_error_while_others_go_on(log: Log) -> None:
    log.add(4)
    log.seal()
    FAIL_AT.add(2)
    assert tell(on_door_opened, on_door_opened_too) == 6
    assert [place for place in HEARD if place > 0] == [1]
    assert models.Cursor.objects.get(handler="written").position == 1
    state = queries.handler_states()[0]
    assert state.name == handler_name(on_door_opened)
    assert (state.position, state.attempts, state.error) == (2, 1, "RuntimeError: the door of 2 is stuck")
    assert state.next_attempt_at == NOON + timedelta(seconds=1)


def test_it_is_tried_again_after_a_growing_pause_and_then_goes_on(log: Log) -> None:
    log.add(4)
    log.seal()
    FAIL_AT.add(2)
    tell(on_door_opened)
    assert tell(on_door_opened) == 0
    tell(on_door_opened, after=timedelta(seconds=1))
    assert queries.handler_states()[0].next_attempt_at == NOON + timedelta(seconds=3)
    FAIL_AT.clear()
    assert tell(on_door_opened, after=timedelta(seconds=2)) == 0
    assert tell(on_door_opened, after=timedelta(seconds=3)) == 2
    assert HEARD == [0, 1, 2, 3]
    assert queries.handler_states()[0].error == ""


def test_the_pause_never_exceeds_an_hour() -> None:
    assert [backoff(n).total_seconds() for n in (1, 2, 5, 12, 13, 500)] == [1, 2, 16, 2048, 3600, 3600]


def test_a_handler_may_append_records(log: Log) -> None:
    def on_first(record: StoredRecord) -> None:
        if record.position == 0:
            log.add(1)

    log.add(1)
    log.seal()
    assert tell(on_first) == 1
    log.seal()
    assert tell(on_first) == 1


def test_what_was_erased_is_told_as_none(log: Log) -> None:
    ids = log.add(1)
    with transaction.atomic():
        commands.erase_openings(record_ids=ids, reason="", actor=log.alice, now=NOON)
    log.seal()
    told: list[str | None] = []
    tell(lambda record: told.append(record.text("remark")))
    assert told == [None]


def test_no_transaction_lasts_long_and_others_come_in_between(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.add(3)
    log.seal()
    monkeypatch.setattr(dispatching, "LONGEST_SECONDS", 0.0)
    rests: list[int] = []
    assert tell(on_door_opened, rest=lambda: rests.append(len(HEARD))) == 3
    assert rests == [1, 2, 3]


def test_without_news_no_lock_is_asked_for(log: Log) -> None:
    log.add(1)
    log.seal()
    tell(on_door_opened)
    with CaptureQueriesContext(connection) as asked:
        assert tell(on_door_opened) == 0
    assert all(each["sql"].startswith("SELECT") for each in asked), asked.captured_queries
