from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from burgrave.incidents import commands, models, queries
from burgrave.incidents.terms import (
    AlertFilter,
    AlertState,
    BadRecord,
    Dismissal,
    EventFileId,
    EventFileState,
    FoundEvent,
    Level,
    ReadCounts,
)
from burgrave.incidents.tests.house import NOON, event_file, found_events, opened, read, refs, rule
from burgrave.incidents.tests.test_reading import in_parts
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
            commands.begin_reading(file_id, ruleset_sha256="1" * 64, rules_count=1, now=NOON)
            assert commands.keep_findings(file_id, events=found_events([rule()], [0, 1]), bad_records=[bad])
    assert models.Detection.objects.count() == models.MatchedEvent.objects.count() == 2
    assert bytes(models.UnreadableRecord.objects.get().excerpt) == b"{oops\x00"


@pytest.mark.parametrize("state", [EventFileState.READ, EventFileState.REFUSED, EventFileState.CANCELLED])
def test_a_file_that_has_ended_is_neither_begun_nor_written_to(
    state: EventFileState, organisation: CastOrganisation, ledger_tail: Callable[[], list[str]]
) -> None:
    file_id = event_file(organisation.operations, state=state)
    assert commands.begin_reading(file_id, ruleset_sha256="", rules_count=0, now=NOON) is state
    assert not commands.keep_findings(file_id, events=found_events([rule()], [0]), bad_records=[])
    counts = ReadCounts(events=1, unreadable=0)
    assert not commands.end_reading(file_id, counts=counts, now=NOON)
    assert not commands.raise_part(file_id, (), actor=system_actor(), now=NOON)
    assert not commands.finish_reading(file_id, actor=system_actor(), now=NOON)
    commands.refuse_event_file(file_id, reason="late", actor=system_actor(), now=NOON)
    assert models.EventFile.objects.get(pk=file_id).state == state
    assert ledger_tail() == []


def test_hosts_are_sealed_in_the_ledger(organisation: CastOrganisation) -> None:
    read(event_file(organisation.operations), found_events([rule()], [0], computer="SECRET-HOST"))
    alert = models.Alert.objects.get()
    (row,) = ledger.history(f"incidents.alert:{alert.pk}")
    assert b"SECRET-HOST" not in row.leaf
    assert rule().rule_id.encode() in row.leaf


def ended(file_id: EventFileId, events: Sequence[FoundEvent]) -> None:
    """The file was read, and its alerts wait to be raised."""
    commands.begin_reading(file_id, ruleset_sha256="0" * 64, rules_count=1, now=NOON)
    commands.keep_findings(file_id, events=events, bad_records=())
    assert commands.end_reading(file_id, counts=ReadCounts(events=len(events), unreadable=0), now=NOON)


def raise_parts(file_id: EventFileId, *, most: int | None = None) -> list[list[tuple[str, int, bool]]]:
    """Raise so many parts. Returns of each the computers, the matches handed over, and whether those are all."""
    done = []
    for part in islice(queries.parts_to_raise(file_id), most):
        commands.raise_part(file_id, part, actor=system_actor(), now=NOON)
        done.append([(each.computer, len(each.keys), each.is_whole) for each in part])
    return done


def test_no_part_holds_more_alerts_and_no_more_matches_than_one_transaction_takes(
    organisation: CastOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules with few matches together, the most serious first; of one with many, computer by computer."""
    in_parts(monkeypatch, alerts=2, matches=4)
    low, high, many = rule("Low", level=Level.LOW), rule("High"), rule("Many", level=Level.CRITICAL)
    file_id = event_file(organisation.operations)
    ended(
        file_id,
        [
            *found_events([low, high], [0], computer="A"),
            *found_events([high], [0], computer="B", start=1),
            *found_events([many], [0, 100, 101], computer="C", start=2),
            *found_events([many], [0, 100, 200, 201, 300, 301], computer="D", start=5),
            *found_events([many], [0], computer="E", start=11),
        ],
    )
    assert raise_parts(file_id) == [
        [("C", 1, True), ("C", 2, True)],
        [("D", 1, True), ("D", 1, True)],
        [("D", 2, True)],
        [("D", 2, True), ("E", 1, True)],
        [("A", 1, True), ("B", 1, True)],
        [("A", 1, True)],
    ]
    levels = models.Detection.objects.order_by("alert__raised_at").values_list("alert__rule__title", "rule__title")
    assert {(own, other) for own, other in levels} == {(each, each) for each in ("Low", "High", "Many")}
    assert models.Alert.objects.count() == 10


@pytest.mark.parametrize("minutes", [[0, 1, 2, 3, 4, 5, 6], [None] * 7], ids=["timed", "untimed"])
@pytest.mark.parametrize("known", [[], [0, 1, 20]], ids=["new", "known"])
def test_an_alert_of_many_matches_is_raised_once_and_gets_them_piece_by_piece(
    minutes: list[int | None],
    known: list[int],
    organisation: CastOrganisation,
    bob: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It tells how many matches it has from the beginning; who decides it meanwhile changes nothing about that."""
    is_timed = minutes[0] is not None
    if known:
        earlier = found_events([rule()], [each if is_timed else None for each in known])
        read(event_file(organisation.operations), earlier)
    in_parts(monkeypatch, alerts=2, matches=2)
    file_id = event_file(organisation.operations)
    ended(file_id, found_events([rule()], [*minutes, None if is_timed else 300]))
    raise_parts(file_id, most=2)
    alert = models.Alert.objects.get(first_at__isnull=not is_timed)
    matches = alert.matches
    assert alert.detections.filter(event_file=file_id).count() < len(minutes)
    commands.dismiss(refs(alert), dismissal=Dismissal.BENIGN, note="drill", actor=bob, now=NOON)
    raise_parts(file_id)
    assert commands.finish_reading(file_id, actor=system_actor(), now=NOON)
    alert.refresh_from_db()
    assert alert.matches == matches == alert.detections.values("event_sha256").distinct().count()
    assert matches == len(minutes) + (is_timed and bool(known))
    assert models.Alert.objects.count() == 2
    file = models.EventFile.objects.get(pk=file_id)
    assert (file.matches, file.alerts_raised + file.alerts_extended, file.handing_to_id) == (8, 2, None)
    assert file.alerts_extended == bool(known)


def test_a_part_costs_the_same_for_one_and_for_thirty_alerts(organisation: CastOrganisation) -> None:
    def cost(alerts: int) -> int:
        file_id = event_file(organisation.operations)
        ended(file_id, [found_events([rule()], [0], computer=f"{file_id}-{n}", start=n)[0] for n in range(alerts)])
        with CaptureQueriesContext(connection) as asked:
            raise_parts(file_id)
        return len(asked)

    cost(1)
    assert cost(30) == cost(1)
