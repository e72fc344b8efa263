from __future__ import annotations

from importlib import import_module
from uuid import uuid4

import pytest

from burgrave.incidents import commands, models, queries
from burgrave.incidents.terms import (
    AlertFilter,
    AlertState,
    CaseFilter,
    CaseState,
    EventFileState,
    FileFilter,
    Level,
    RuleFilter,
    RuleOrigin,
    Severity,
    UnreadableRow,
)
from burgrave.incidents.tests.house import NOON, event_file, found_events, opened, read, refs, rule
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import Forbidden, NotFound
from burgrave.web.terms import Actor

QUEUE = import_module("burgrave.incidents.queries.alerts")


@pytest.fixture
def world(organisation: CastOrganisation, bob: Actor) -> models.EventFile:
    """Two files: a high alert on WS-7 that Bob has in a case, a low one on DC-1 that nobody has. Returns the second."""
    read(event_file(organisation.operations, name="one.evtx"), found_events([rule("Credential dump")], [0]))
    low = rule("Odd logon", level=Level.LOW)
    second = event_file(organisation.operations, name="two.evtx")
    read(second, found_events([low], [0], computer="DC-1"))
    first = models.Alert.objects.get(computer="WS-7.corp")
    commands.acknowledge(refs(first), actor=bob, now=NOON)
    opened(organisation.operations, first, actor=bob)
    return models.EventFile.objects.get(pk=second)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (AlertFilter(), ["Credential dump", "Odd logon"]),
        (AlertFilter(states=(AlertState.NEW,)), ["Odd logon"]),
        (AlertFilter(levels=(Level.HIGH,)), ["Credential dump"]),
        (AlertFilter(computers=("DC-1",)), ["Odd logon"]),
        (AlertFilter(assigned="me"), ["Credential dump"]),
        (AlertFilter(assigned="nobody"), ["Odd logon"]),
        (AlertFilter(text="dc-"), ["Odd logon"]),
        (AlertFilter(text="inc-2026-0001"), ["Credential dump"]),
        (AlertFilter(text="nothing like it"), []),
        (AlertFilter(case_id=uuid4()), []),
    ],
    ids=["all", "state", "level", "computer", "mine", "nobody", "text", "case number", "nothing", "case"],
)
def test_the_queue_is_narrowed(wanted: AlertFilter, expected: list[str], world: models.EventFile, bob: Actor) -> None:
    assert [row.title for row in queries.alerts(wanted, actor=bob).rows] == expected


def test_the_queue_is_narrowed_to_a_file_and_a_rule(world: models.EventFile, bob: Actor) -> None:
    of_file = queries.alerts(AlertFilter(event_file_id=world.pk), actor=bob).rows
    assert [row.title for row in of_file] == ["Odd logon"]
    of_rule = queries.alerts(AlertFilter(rules=(of_file[0].rule_id,)), actor=bob).rows
    assert of_rule == of_file


def test_facets_count_what_the_other_filters_leave(world: models.EventFile, bob: Actor) -> None:
    total, facets = queries.alert_facets(AlertFilter(states=(AlertState.NEW,)), actor=bob)
    assert {each.value: each.count for each in facets["state"]} == {
        "new": 1,
        "acknowledged": 0,
        "dismissed": 0,
        "escalated": 1,
    }
    assert [(each.value, each.count) for each in facets["computer"]] == [("DC-1", 1)]
    assert [(each.label, each.count) for each in facets["file"]] == [("two.evtx", 1)]
    assert [each.label for each in facets["rule"]] == ["Odd logon"]
    assert total == 1
    total, facets = queries.alert_facets(AlertFilter(text="logon"), actor=bob)
    assert total is None
    assert {each.count for each in facets["state"]} == {None}
    assert [(each.label, each.count) for each in facets["rule"]] == [("Odd logon", 1)]


def test_beyond_a_thousand_alerts_computers_and_rules_are_named_and_not_counted(
    world: models.EventFile, bob: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QUEUE, "FACET_COUNTED", 1)
    facets = queries.alert_facets(AlertFilter(), actor=bob)[1]
    assert [each.count for each in facets["computer"]] == [None]
    assert {each.count for each in facets["state"]} <= {0, 1, 2}
    monkeypatch.setattr(QUEUE, "FACET_ROWS", 1)
    facets = queries.alert_facets(AlertFilter(), actor=bob)[1]
    assert {each.count for each in facets["state"]} == {None}


@pytest.mark.parametrize("named", [5_000, 0], ids=["many", "too many to name"])
def test_where_the_index_finds_too_many_alerts_their_words_are_looked_for(
    world: models.EventFile, bob: Actor, monkeypatch: pytest.MonkeyPatch, named: int
) -> None:
    monkeypatch.setattr("burgrave.lists.queries.searching.MOST_MATCHING", 0)
    monkeypatch.setattr("burgrave.lists.queries.searching.MOST_NAMED", named)
    for text, titles in (("logon", ["Odd logon"]), ("DC-1", ["Odd logon"]), ("zzz", [])):
        assert [row.title for row in queries.alerts(AlertFilter(text=text), actor=bob).rows] == titles


def test_files_cases_and_rules_are_narrowed(world: models.EventFile, bob: Actor, charlie: Actor) -> None:
    def files(wanted: FileFilter) -> list[str]:
        return sorted(row.name for row in queries.event_files(wanted, actor=bob).rows)

    assert files(FileFilter(states=(EventFileState.READ,), text="two")) == ["two.evtx"]
    assert files(FileFilter(text=world.sha256[:10].upper())) == ["two.evtx"]
    assert files(FileFilter(states=(EventFileState.REFUSED,))) == []
    for wanted, count in (
        (CaseFilter(states=(CaseState.OPEN,), severities=(Severity.HIGH,)), 1),
        (CaseFilter(lead="me"), 0),
        (CaseFilter(text="mimikatz"), 1),
    ):
        assert queries.cases(wanted, actor=bob).total == count
    for rules, titles in (
        (RuleFilter(levels=(Level.LOW,)), ["Odd logon"]),
        (RuleFilter(text="ada"), ["Credential dump", "Odd logon"]),
        (RuleFilter(origins=(RuleOrigin.LOCAL,)), []),
        (RuleFilter(products=("windows",), with_retired=True), ["Credential dump", "Odd logon"]),
    ):
        assert [row.title for row in queries.detection_rules(rules, actor=bob).rows] == titles
    with pytest.raises(Forbidden):
        queries.detection_rules(RuleFilter(), actor=charlie)
    with pytest.raises(NotFound, match="there is no such rule"):
        queries.rule_detail(uuid4(), actor=bob)


def test_a_rule_shows_its_files_and_the_alert_what_was_said_of_its_like(
    world: models.EventFile, organisation: CastOrganisation, bob: Actor
) -> None:
    read(
        event_file(organisation.operations, name="three.evtx"),
        found_events([rule("Odd logon")], [300], computer="DC-1"),
    )
    newest, *_rest = queries.alerts(AlertFilter(computers=("DC-1",)), order=("-raised_at", "-first_at"), actor=bob).rows
    assert [other.title for other in queries.alert_detail(newest.alert_id, actor=bob).similar] == ["Odd logon"]
    detail = queries.rule_detail(newest.rule_version_id, actor=bob)
    assert {(file.name, file.matches) for file in detail.files} == {("two.evtx", 1), ("three.evtx", 1)}
    assert detail.open_alerts == 2


def test_bytes_that_are_no_text_are_shown_as_escapes() -> None:
    row = UnreadableRow(position="chunk 3", reason="torn", excerpt=b"ok\x00\xff\n")
    assert row.excerpt_text == "ok\\x00\\xff\\x0a"
