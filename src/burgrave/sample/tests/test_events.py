from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from burgrave.engines import detection
from burgrave.engines.events import Event, batches, read_events
from burgrave.engines.events.sources import source_of
from burgrave.incidents.handlers.rulebook import SHIPPED
from burgrave.sample.rules import story
from burgrave.sample.rules.assets import Computer, by_host, inventory
from burgrave.sample.rules.events import QUIET_EVENTS, SCENES, day_of_events, storm
from burgrave.sample.rules.people import people
from burgrave.sample.terms import Tongue

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
AROUND = tuple(Computer(host=f"WS-{place:04d}", login="a.albers", unit="sales_eu") for place in range(5))
HOSTS = tuple(Computer(host=f"HIT-{place}", login="b.behnke", unit="sales_eu") for place in range(3))
EXPECTED = {
    "intrusion": 11,
    "web_shell": 2,
    "tickets_and_copies": 2,
    "maintenance": 3,
    "start_key": 2,
    "exclusion": 1,
    "scanner": 1,
    "deploy": 3,
    "service": 1,
    "nothing": 0,
}
"""How many pairs of rule and computer each scene gives alerts of."""


@pytest.fixture(scope="module")
def engine() -> detection.Engine:
    return detection.compile_rules(detection.load_rules([SHIPPED]))


def found(engine: detection.Engine, content: bytes, tmp_path: Path) -> tuple[list[Event], set[tuple[str, str]]]:
    path = tmp_path / "day.jsonl"
    path.write_bytes(content)
    events = list(read_events(path))
    assert all(isinstance(event, Event) for event in events)
    pairs = {
        (match.rule.title, batch.events[match.row].computer.split(".")[0])
        for batch in batches(events)
        for match in engine.match(batch.table, source=source_of(batch))
    }
    return events, pairs


@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_is_found_and_the_working_day_around_it_is_not(
    engine: detection.Engine, scene: str, tmp_path: Path
) -> None:
    content = day_of_events([scene], HOSTS, around=AROUND, begins=MORNING, seed="1")
    events, pairs = found(engine, content, tmp_path)
    times = [event.at for event in events]
    assert times == sorted(times)
    assert len(events) >= QUIET_EVENTS
    assert len(pairs) == EXPECTED[scene]
    assert {computer for _title, computer in pairs} <= {each.host for each in HOSTS}


def test_a_scene_plays_where_it_is_put(engine: detection.Engine, tmp_path: Path) -> None:
    content = day_of_events(["scanner@2"], HOSTS, around=AROUND, begins=MORNING, seed="1")
    assert {computer for _title, computer in found(engine, content, tmp_path)[1]} == {"HIT-2"}


def test_the_same_seed_makes_the_same_file_and_another_does_not() -> None:
    def day(seed: str) -> bytes:
        return day_of_events(["intrusion"], HOSTS, around=AROUND, begins=MORNING, seed=seed)

    assert day("1") == day("1")
    assert day("1") != day("2")


def test_a_storm_shows_seven_signs_on_every_computer(engine: detection.Engine, tmp_path: Path) -> None:
    pairs = found(engine, storm(AROUND, begins=MORNING, seed="1"), tmp_path)[1]
    assert Counter(computer for _title, computer in pairs) == {each.host: 7 for each in AROUND}


@pytest.mark.parametrize("tongue", Tongue)
def test_the_story_names_only_what_there_is(tongue: Tongue) -> None:
    everybody = people(tongue, seed=1)
    keys = {person.key for person in everybody}
    computers = inventory(tongue, everybody, seed=1).computers
    of_unit = Counter(each.unit for each in computers if each.login)
    hosts = by_host(computers)
    days = {day.key: day for day in story.days()}
    for day in days.values():
        for host in day.hosts:
            unit, colon, place = host.partition(":")
            assert int(place) < of_unit[unit] if colon else host in hosts
    for line in (*story.decisions(), *story.cases(), *(step for case in story.cases() for step in case.steps)):
        assert line.by in keys
    assert {line.day for line in (*story.decisions(), *story.cases())} <= days.keys()
    assert {case.merged_into for case in story.cases()} - {""} <= {case.key for case in story.cases()}


def test_the_story_is_told_in_both_languages_to_the_end() -> None:
    for case in story.cases():
        texts = [case.title, case.summary, *(step.text for step in case.steps), *(step.cause for step in case.steps)]
        assert all(bool(text.en) == bool(text.zh) for text in texts)
