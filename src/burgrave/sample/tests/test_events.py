from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from burgrave.engines import detection
from burgrave.engines.correlation import Correlator, Finding, Hit, Limits
from burgrave.engines.events import ROW_COLUMN, Event, batches, read_events
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
    "guessing": 1,
    "maintenance": 3,
    "start_key": 2,
    "exclusion": 1,
    "scanner": 1,
    "deploy": 3,
    "service": 1,
    "nothing": 0,
}
"""How many pairs of rule and computer each scene gives alerts of."""


@dataclass(frozen=True)
class Found:
    """What the rules that ship along find in a day: its events, pairs of rule and computer, and of correlations all."""

    events: list[Event]
    pairs: set[tuple[str, str]]
    findings: list[Finding]


@dataclass(frozen=True)
class Shipped:
    rules: detection.RuleSet
    engine: detection.Engine

    def found(self, content: bytes, tmp_path: Path) -> Found:
        path = tmp_path / "day.jsonl"
        path.write_bytes(content)
        events = [event for event in read_events(path) if isinstance(event, Event)]
        assert len(events) == content.count(b"\n")
        correlator = Correlator(self.rules.correlations, Limits(lateness=timedelta(days=1)))
        pairs, findings = set(), []
        for batch in batches(events):
            places = batch.table.column(ROW_COLUMN).to_pylist()
            for match in self.engine.match(batch.table, source=source_of(batch)):
                place = int(places[match.row])
                findings += correlator.feed([Hit(match.rule.id, events[place].at, f"{place:06d}", match.values)])
                if match.rule.id not in self.rules.silent:
                    pairs.add((match.rule.title, computer(events[place])))
        findings += correlator.finish()
        pairs |= {(each.rule.title, computer(events[int(each.last_event)])) for each in findings}
        return Found(events=events, pairs=pairs, findings=findings)


def computer(event: Event) -> str:
    return event.computer.split(".")[0]


@pytest.fixture(scope="module")
def shipped() -> Shipped:
    rules = detection.load_rules([SHIPPED], correlations=detection.CorrelationUse.APPLIED)
    return Shipped(rules=rules, engine=detection.compile_rules(rules))


@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_is_found_and_the_working_day_around_it_is_not(
    shipped: Shipped, scene: str, tmp_path: Path
) -> None:
    content = day_of_events([scene], HOSTS, around=AROUND, begins=MORNING, seed="1")
    found = shipped.found(content, tmp_path)
    times = [event.at for event in found.events if event.at]
    assert times == sorted(times)
    assert len(found.events) >= QUIET_EVENTS
    assert len(found.pairs) == EXPECTED[scene]
    assert {host for _title, host in found.pairs} <= {each.host for each in HOSTS}


def test_the_accounts_that_are_tried_are_counted_until_there_are_ten(shipped: Shipped, tmp_path: Path) -> None:
    content = day_of_events(["guessing"], HOSTS, around=AROUND, begins=MORNING, seed="1")
    [finding] = shipped.found(content, tmp_path).findings
    assert finding.rule.title == "Many Accounts Tried From One Address"
    assert (finding.event_count, finding.measured, finding.group) == (19, "10", (("IpAddress", "203.0.113.58"),))


def test_a_scene_plays_where_it_is_put(shipped: Shipped, tmp_path: Path) -> None:
    content = day_of_events(["scanner@2"], HOSTS, around=AROUND, begins=MORNING, seed="1")
    assert {host for _title, host in shipped.found(content, tmp_path).pairs} == {"HIT-2"}


def test_the_same_seed_makes_the_same_file_and_another_does_not() -> None:
    def day(seed: str) -> bytes:
        return day_of_events(["intrusion"], HOSTS, around=AROUND, begins=MORNING, seed=seed)

    assert day("1") == day("1")
    assert day("1") != day("2")


def test_a_storm_shows_seven_signs_on_every_computer(shipped: Shipped, tmp_path: Path) -> None:
    pairs = shipped.found(storm(AROUND, begins=MORNING, seed="1"), tmp_path).pairs
    assert Counter(host for _title, host in pairs) == {each.host: 7 for each in AROUND}


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
