"""Correlations of the live rules: read with an event file, and their findings are alerts like others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from textwrap import dedent

import pytest

from burgrave.incidents import commands, handlers, models, queries
from burgrave.incidents.terms import AlertFilter, EventFileId, FoundEvent
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

from .house import NOON
from .test_reading import findings, lines, received, sysmon, work

LOUD = """\
title: Files of somebody opened
id: 5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a50
level: low
logsource: {product: windows, category: process_creation}
detection: {sel: {CommandLine|contains: secret3}, condition: sel}
"""
OPENED = """\
title: File opened
name: opened
id: 5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a51
level: low
logsource: {product: windows, category: process_creation}
detection: {sel: {CommandLine|contains: secret}, condition: sel}
---
title: Three files opened
id: 5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a52
level: high
author: Ada
tags: [attack.collection]
correlation:
  type: event_count
  rules: opened
  group-by: Computer
  timespan: 10m
  condition: {gte: 3}
"""


def rules(home: Path, **texts: str) -> None:
    folder = home / "rules"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yml").write_text(dedent(text), encoding="utf-8")


def opened(*minutes: int, computer: str = "WS-7.corp") -> list[dict[str, object]]:
    return [
        sysmon(number, minute, f"notepad.exe secret{number}", computer=computer)
        for number, minute in enumerate(minutes, 1)
    ]


def titles(actor: Actor) -> list[tuple[str, str, int]]:
    return sorted((each.title, each.computer, each.matches) for each in queries.alerts(AlertFilter(), actor=actor).rows)


def test_what_a_correlation_finds_is_an_alert_of_its_last_event(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    """On WS-7 three within ten minutes, written out of order; on DC-1 the third comes too late."""
    rules(home, opened=OPENED)
    records = [*opened(9, 1, 5), *opened(1, 2, 13, computer="DC-1.corp")]
    file_id = received(lines(sysmon(9, 0, "x"), *records), organisation.operations, bob)
    work()

    assert titles(bob) == [("Three files opened", "WS-7.corp", 1)]
    (alert,) = queries.alerts(AlertFilter(), actor=bob).rows
    detail = queries.alert_detail(alert.alert_id, actor=bob)
    assert (detail.rule.author, detail.rule.level) == ("Ada", "high")
    (match,) = detail.matches
    assert (match.record_id, match.fields) == ("1", {"Computer": "WS-7.corp"})
    assert "secret1" in match.original
    assert findings(file_id)["events"][0][:2] == (1, "1")
    assert queries.event_file(file_id, actor=bob).matches == 1


def test_an_event_that_a_rule_matched_as_well_is_kept_once(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    rules(home, opened=OPENED.replace("correlation:\n", "correlation:\n  generate: true\n"), loud=LOUD)
    file_id = received(lines(*opened(1, 2, 3)), organisation.operations, bob)
    work()
    assert titles(bob) == [
        ("File opened", "WS-7.corp", 3),
        ("Files of somebody opened", "WS-7.corp", 1),
        ("Three files opened", "WS-7.corp", 1),
    ]
    assert [ordinal for ordinal, _, _ in findings(file_id)["events"]] == [0, 1, 2]


def test_a_worker_that_dies_over_it_leaves_it_to_the_next_attempt(
    organisation: CastOrganisation, bob: Actor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt dies after its findings were written, the second one begins anew: nothing stands twice."""
    rules(home, opened=OPENED)
    real = commands.keep_correlated
    deaths = iter([True])

    def dying(file_id: EventFileId, *, events: list[FoundEvent]) -> bool:
        kept = real(file_id, events=events)
        if next(deaths, False):
            raise OSError("the disk is gone")
        return kept

    monkeypatch.setattr(commands, "keep_correlated", dying)
    file_id = received(lines(*opened(1, 2, 3, 30, 31, 32)), organisation.operations, bob)
    work()
    assert titles(bob) == []
    work(now=NOON + timedelta(hours=1))
    assert {title for title, _, _ in titles(bob)} == {"Three files opened"}
    assert [ordinal for ordinal, _, _ in findings(file_id)["detections"]] == [2, 5]


def test_many_findings_are_kept_in_parts(
    organisation: CastOrganisation, bob: Actor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("burgrave.incidents.handlers.reading.CORRELATED_HELD", 2)
    rules(home, opened=OPENED.replace("{gte: 3}", "{gte: 1}"))
    file_id = received(lines(*opened(*range(0, 100, 20))), organisation.operations, bob)
    work()
    assert len(findings(file_id)["detections"]) == 5


def test_nothing_is_kept_of_a_file_that_is_not_being_read(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    rules(home, opened=OPENED)
    file_id = received(lines(*opened(1)), organisation.operations, bob)
    assert commands.keep_correlated(file_id, events=()) is False
    assert not models.MatchedEvent.objects.filter(event_file_id=file_id).exists()


def test_the_book_has_correlations_and_says_which_cannot_run(home: Path, tmp_path: Path) -> None:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "opened.yml").write_text(OPENED)
    rules(home, ours=OPENED.split("---\n")[1].replace("{gte: 3}", "{gte: 2}").replace("Three", "Two"))
    rules(home, lost=OPENED.split("---\n")[1].replace("rules: opened", "rules: nobody").replace("64a52", "64a53"))
    loaded = handlers.loaded_rules(local=home / "rules", shipped=shipped)
    assert [(rule.title, rule.origin, rule.path, rule.is_fed) for rule in loaded.book.rules] == [
        ("File opened", "shipped", "opened.yml", True),
        ("Two files opened", "local", "ours.yml", True),
    ]
    (fault,) = loaded.book.faults
    assert (fault.path, fault.line) == ("lost.yml", 8)
    assert "no rule with the name or id 'nobody' was loaded" in fault.sentence
    assert loaded.silent == {"5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a51"}
