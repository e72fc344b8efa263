"""Several persons and workers at once, on real connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection

from burgrave.incidents import commands, models
from burgrave.incidents.tests.house import NOON, event_file, found_events, opened, read, rule
from burgrave.incidents.tests.test_reading import attack, stored
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, act: Callable[[int], None]) -> None:
    """All acts begin together; a lock that SQLite refuses for being busy is asked for again."""
    barrier = threading.Barrier(count)

    def run(place: int) -> None:
        barrier.wait()
        try:
            deadline = time.monotonic() + 60
            while True:
                try:
                    return act(place)
                except OperationalError as busy:
                    if "locked" not in str(busy) or time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(run, place) for place in range(count)]:
            done.result()


def test_numbers_have_no_gap_and_no_double_when_many_open_at_once(organisation: CastOrganisation, bob: Actor) -> None:
    def open_one(_: int) -> None:
        opened(organisation.operations, actor=bob)

    at_once(8, open_one)
    numbers = sorted(models.Case.objects.values_list("number", flat=True))
    assert numbers == [f"INC-2026-{place:04d}" for place in range(1, 9)]


def test_two_files_read_at_once_never_raise_one_thing_twice(organisation: CastOrganisation) -> None:
    versions = [rule()]
    files = [event_file(organisation.operations, name=f"{place}.evtx") for place in range(4)]
    at_once(4, lambda place: read(files[place], found_events(versions, [place, place + 10])))
    alert = models.Alert.objects.get()
    assert alert.sources.count() == 4
    assert models.Detection.objects.filter(alert=alert).count() == 8


def test_one_file_handed_in_by_many_at_once_is_kept_once(organisation: CastOrganisation, bob: Actor) -> None:
    digest = stored(attack())
    unit_id = organisation.operations

    def hand_in(_: int) -> None:
        commands.receive_event_file(digest, name="a.jsonl", media_type="", unit_id=unit_id, actor=bob, now=NOON)

    at_once(6, hand_in)
    assert models.EventFile.objects.count() == 1
