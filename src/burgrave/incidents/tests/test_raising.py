from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from burgrave.incidents import commands, models, queries
from burgrave.incidents.terms import AlertFilter, AlertState, BadRecord, Dismissal, EventFileState, Level, ReadCounts
from burgrave.incidents.tests.house import NOON, event_file, found_events, opened, read, refs, rule
from burgrave.ledger import queries as ledger
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor, system_actor

DAY_BEFORE = NOON - timedelta(days=1)


def test_matches_of_one_rule_on_one_computer_are_one_alert_with_a_reason(
    organisation: CastOrganisation, bob: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    file_id = event_file(organisation.operations)
    read(file_id, found_events([rule()], [0, 30, 60, 200]))
    early, late = queries.alerts(AlertFilter(), order=("first_at",), actor=bob).rows
    assert early.reason == (
        "3 matches of Credential dump on WS-7.corp between 2026-03-01 12:00:00 UTC and 2026-03-01 13:00:00 UTC, "
        "no two neighbours more than 60 minutes apart"
    )
    assert late.reason == "1 match of Credential dump on WS-7.corp at 2026-03-01 15:20:00 UTC"
    assert (early.level, early.state, early.matches) == (Level.HIGH, AlertState.NEW, 3)
    assert ledger_tail() == ["incidents.alert_raised", "incidents.alert_raised", "incidents.event_file_read"]
    found = models.EventFile.objects.get(pk=file_id)
    assert (found.state, found.matches, found.alerts_raised, found.alerts_extended) == ("read", 4, 2, 0)


def test_other_rules_and_other_computers_are_other_alerts(organisation: CastOrganisation) -> None:
    both = found_events([rule(), rule("Log cleared", level=Level.MEDIUM)], [0])
    elsewhere = found_events([rule()], [0], computer="DC-1", start=1)
    read(event_file(organisation.operations), [*both, *elsewhere])
    found = set(models.Alert.objects.values_list("rule__title", "computer"))
    assert found == {("Credential dump", "WS-7.corp"), ("Log cleared", "WS-7.corp"), ("Credential dump", "DC-1")}


def test_matches_without_a_time_are_an_alert_of_their_own(organisation: CastOrganisation, bob: Actor) -> None:
    read(event_file(organisation.operations), found_events([rule()], [0, None, None]))
    reasons = {row.reason for row in queries.alerts(AlertFilter(), actor=bob).rows}
    assert "2 matches of Credential dump on WS-7.corp, in events without a time" in reasons
    assert len(reasons) == 2


@pytest.mark.parametrize("state", ["new", "acknowledged", "escalated"])
def test_a_later_file_extends_an_open_alert(
    state: str, organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    read(event_file(organisation.operations), found_events([rule()], [0, 5]))
    alert = models.Alert.objects.get()
    if state == "acknowledged":
        commands.acknowledge(refs(alert), actor=alice, now=NOON)
    if state == "escalated":
        opened(organisation.operations, alert, actor=alice)
    second = event_file(organisation.operations, name="second.evtx")
    before = len(ledger_tail())
    read(second, found_events([rule()], [-10, 20, 64]))
    alert = models.Alert.objects.get()
    assert (alert.matches, alert.first_at, alert.last_at) == (
        5,
        DAY_BEFORE - timedelta(minutes=10),
        DAY_BEFORE + timedelta(minutes=64),
    )
    assert alert.state == state
    assert set(alert.sources.values_list("event_file__name", flat=True)) == {"attack.evtx", "second.evtx"}
    assert ledger_tail()[before:] == ["incidents.alert_extended", "incidents.event_file_read"]
    assert models.EventFile.objects.get(pk=second).alerts_extended == 1


def test_the_same_event_in_two_exports_counts_once(organisation: CastOrganisation) -> None:
    read(event_file(organisation.operations), found_events([rule()], [0, 5]))
    read(event_file(organisation.operations), found_events([rule()], [0, 5, 9]))
    assert models.Alert.objects.get().matches == 3


@pytest.mark.parametrize("far", [False, True], ids=["dismissed", "far away in time"])
def test_a_decided_or_distant_alert_is_not_extended(far: bool, organisation: CastOrganisation, bob: Actor) -> None:  # noqa: FBT001 - a table
    read(event_file(organisation.operations), found_events([rule()], [0]))
    if not far:
        alert = models.Alert.objects.get()
        commands.dismiss(refs(alert), dismissal=Dismissal.BENIGN, note="drill", actor=bob, now=NOON)
    read(event_file(organisation.operations), found_events([rule()], [62 if far else 1]))
    assert models.Alert.objects.count() == 2


def test_another_unit_has_its_own_alerts(organisation: CastOrganisation) -> None:
    read(event_file(organisation.operations), found_events([rule()], [0]))
    read(event_file(organisation.sales), found_events([rule()], [1]))
    assert set(models.Alert.objects.values_list("unit_id", "matches")) == {
        (organisation.operations, 1),
        (organisation.sales, 1),
    }


def test_a_second_attempt_begins_on_a_clean_slate(organisation: CastOrganisation) -> None:
    file_id = event_file(organisation.operations)
    bad = BadRecord(ordinal=0, position="line 3", reason="no JSON", excerpt=b"{oops\x00")
    for _ in range(2):
        with transaction.atomic():
            assert commands.begin_reading(file_id, ruleset_sha256="1" * 64, rules_count=1, now=NOON)
            assert commands.keep_findings(file_id, events=found_events([rule()], [0, 1]), bad_records=[bad])
    assert models.Detection.objects.count() == models.MatchedEvent.objects.count() == 2
    assert bytes(models.UnreadableRecord.objects.get().excerpt) == b"{oops\x00"


@pytest.mark.parametrize("state", [EventFileState.READ, EventFileState.REFUSED, EventFileState.CANCELLED])
def test_a_file_that_has_ended_is_neither_begun_nor_written_to(
    state: EventFileState, organisation: CastOrganisation, ledger_tail: Callable[[], list[str]]
) -> None:
    file_id = event_file(organisation.operations, state=state)
    assert not commands.begin_reading(file_id, ruleset_sha256="", rules_count=0, now=NOON)
    assert not commands.keep_findings(file_id, events=found_events([rule()], [0]), bad_records=[])
    counts = ReadCounts(events=1, unreadable=0)
    assert not commands.finish_reading(file_id, counts=counts, actor=system_actor(), now=NOON)
    commands.refuse_event_file(file_id, reason="late", actor=system_actor(), now=NOON)
    assert models.EventFile.objects.get(pk=file_id).state == state
    assert ledger_tail() == []


def test_hosts_are_sealed_in_the_ledger(organisation: CastOrganisation) -> None:
    read(event_file(organisation.operations), found_events([rule()], [0], computer="SECRET-HOST"))
    alert = models.Alert.objects.get()
    (row,) = ledger.history(f"incidents.alert:{alert.pk}")
    assert b"SECRET-HOST" not in row.leaf
    assert rule().rule_id.encode() in row.leaf
