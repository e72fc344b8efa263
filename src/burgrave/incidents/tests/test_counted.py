"""What a correlation counted is kept with its match, and shown where the match is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from burgrave.events.models import Heard
from burgrave.incidents import models, queries, words
from burgrave.incidents.commands import remembered
from burgrave.incidents.handlers import correlating, rulebook, streaming
from burgrave.incidents.rules.correlating import restored, written
from burgrave.incidents.terms import AlertFilter, Counted, CountedEvent, CountedRow, MatchRow
from burgrave.incidents.views import alerts as alerts_page
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

from .house import NOON
from .test_correlated_reading import OPENED, opened, rules
from .test_reading import lines, received, work
from .test_stream_correlation import BEGUN, BOTH, segment, wait_out
from .test_stream_correlation import work as work_off

if TYPE_CHECKING:
    from django.test import Client

    ClientOf = Callable[[Actor], Client]

DAY = NOON - timedelta(days=1)
FIVE = OPENED.replace("gte: 3", "gte: 5")


@pytest.fixture(autouse=True)
def _rules_of_the_test_alone(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, "loaded_rules", partial(rulebook.loaded_rules, shipped=tmp_path / "shipped"))
    remembered._at_hand.clear()
    settings.BURGRAVE_CORRELATION_LATENESS = timedelta(minutes=2)


def alert_of(title: str = "Three files opened") -> UUID:
    return models.Alert.objects.values_list("pk", flat=True).get(rule__title=title)


def match_of(actor: Actor, title: str = "Three files opened") -> tuple[MatchRow, CountedRow]:
    (match,) = queries.alert_detail(alert_of(title), actor=actor).matches
    assert match.counted is not None
    return match, match.counted


def places(counted: CountedRow) -> list[tuple[str, int, int, str]]:
    return [
        (each.file_name, each.ordinal, int((each.at - DAY).total_seconds() // 60), each.rule_title)
        for each in counted.named
    ]


def test_what_is_written_comes_back() -> None:
    files = uuid4(), uuid4()
    named = tuple(
        CountedEvent(
            event_file_id=files[place % 2],
            ordinal=place,
            at=NOON + timedelta(microseconds=place),
            rule_id=f"r{place % 3}",
        )
        for place in range(6)
    )
    counted = Counted(
        began_at=NOON, ended_at=NOON + timedelta(hours=1, microseconds=1), events=7, measured="0.5", named=named
    )
    assert restored(written(counted)) == counted
    assert restored(written(replace(counted, named=()))).named == ()


def test_a_file_keeps_what_was_counted_with_the_match(organisation: CastOrganisation, bob: Actor, home: Path) -> None:
    """Written out of order: the events stand in the order of their times, and say where they are in the file."""
    rules(home, opened=OPENED)
    file_id = received(lines(*opened(9, 1, 5)), organisation.operations, bob)
    work()
    match, counted = match_of(bob)
    assert (counted.began_at, counted.ended_at) == (DAY + timedelta(minutes=1), DAY + timedelta(minutes=9))
    assert (counted.events, counted.measured, counted.lasted) == (3, "3", timedelta(minutes=8))
    name = queries.event_file(file_id, actor=bob).name
    assert places(counted) == [(name, place, minute, "File opened") for place, minute in ((1, 1), (2, 5), (0, 9))]
    assert {each.event_file_id for each in counted.named} == {file_id}
    assert match.fields == {"Computer": "WS-7.corp"}


def test_only_so_many_events_are_named(
    organisation: CastOrganisation, bob: Actor, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(correlating, "LIMITS", replace(correlating.LIMITS, events_named=2))
    rules(home, opened=FIVE)
    received(lines(*opened(1, 2, 3, 4, 5)), organisation.operations, bob)
    work()
    _match, counted = match_of(bob)
    assert (counted.events, counted.measured) == (5, "5")
    assert [minute for _, _, minute, _ in places(counted)] == [1, 2]


def test_streams_keep_what_was_counted_in_all_their_segments_across_a_restart(
    organisation: CastOrganisation, bob: Actor, home: Path
) -> None:
    rules(home, opened=OPENED, both=BOTH)
    files = [segment(organisation.operations, bob, 1, said="listing")]
    for minute in (2, 3, 4):
        files.append(segment(organisation.operations, bob, minute))
        work_off()
        remembered._at_hand.clear()  # another process goes on
    wait_out()
    _match, counted = match_of(bob)
    assert (counted.began_at, counted.ended_at) == (BEGUN + timedelta(minutes=2), BEGUN + timedelta(minutes=4))
    assert [(each.event_file_id, each.ordinal) for each in counted.named] == [(file, 0) for file in files[1:]]
    _match, ordered = match_of(bob, "Opened after listing")
    assert [each.rule_title for each in ordered.named] == ["Shadow copies listed", "File opened"]
    assert (ordered.events, ordered.measured) == (2, "2")
    assert not models.CorrelationFinding.objects.exists()


def test_events_of_a_file_whose_row_is_gone_keep_their_place(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf
) -> None:
    rules(home, opened=OPENED)
    first = segment(organisation.operations, bob, 1)
    segment(organisation.operations, bob, 2, 3)
    work_off()
    wait_out()
    models.CountedSource.objects.all().delete()  # as it was before these were kept
    models.EventFile.objects.filter(pk=first).delete()
    models.RuleVersion.objects.filter(title="File opened").delete()
    _match, counted = match_of(bob)
    assert [(each.file_name, each.ordinal) for each in counted.named] == [("", 0), ("stream", 0), ("stream", 1)]
    assert counted.named[0].rule_version_id is None
    page = client_of(bob).get(f"/alerts/{alert_of()}/").content.decode()
    assert "event 0 of a file that is gone" in page
    assert "5f0aa3f4-3b43-4d8e-b3ba-7a6f8ec64a51" in page


def test_the_page_says_what_was_counted_and_leads_to_the_events(
    organisation: CastOrganisation, bob: Actor, alice: Actor, home: Path, client_of: ClientOf
) -> None:
    rules(home, opened=FIVE.replace("10m", "2h"))
    file_id = received(lines(*opened(*range(1, 31))), organisation.operations, bob)
    work()
    page = client_of(alice).get(f"/alerts/{alert_of()}/").content.decode()
    assert "5 events in 4 min · " in page
    assert "Measured: 5, the number of events of its rules. The rule asks for at least 5 within 2 h." in page
    assert "What these events share" in page
    assert page.count("Measured: 5, ") == 1, "said once where there is one match"
    assert page.count(f'<a href="/hunting/{file_id}/') == 5
    assert "event 0 of " in page
    assert "are shown; the API" not in page


def test_a_page_of_several_matches_lists_the_first_events_of_each(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correlating, "LIMITS", replace(correlating.LIMITS, events_named=25))
    rules(home, opened=OPENED.replace("gte: 3", "gte: 24"))
    again = [minute / 10 + shift for shift in (0, 30) for minute in range(24 if shift else 26)]
    records = opened(*range(len(again)))
    for record, minute in zip(records, again, strict=True):
        system: Any = record["Event"]
        at = DAY + timedelta(minutes=minute)
        system["System"]["TimeCreated"]["#attributes"]["SystemTime"] = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    file_id = received(lines(*records), organisation.operations, bob)
    work()
    page = client_of(bob).get(f"/alerts/{alert_of()}/").content.decode()
    assert page.count("24 events in ") == 2
    assert "The first 20 of 24 are shown; the API gives all." in page
    assert page.count(f'<a href="/hunting/{file_id}/') == 40


def test_when_kept_events_are_over_the_file_is_where_the_page_leads(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf
) -> None:
    rules(home, opened=OPENED)
    file_id = received(lines(*opened(1, 2, 3)), organisation.operations, bob)
    work()
    Heard.objects.all().delete()
    page = client_of(bob).get(f"/alerts/{alert_of()}/").content.decode()
    assert page.count(f'<a href="/events/{file_id}/"><time ') == 3
    assert f"/hunting/{file_id}/" not in page


def test_who_may_not_hunt_is_led_to_the_file(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts_page, "HUNT", "events.of_nobody")
    rules(home, opened=OPENED)
    file_id = received(lines(*opened(1, 2, 3)), organisation.operations, bob)
    work()
    page = client_of(bob).get(f"/alerts/{alert_of()}/").content.decode()
    assert page.count(f'<a href="/events/{file_id}/"><time ') == 3
    assert f"/hunting/{file_id}/" not in page


def test_the_page_costs_the_same_for_few_and_for_many_events(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf
) -> None:
    rules(home, opened=OPENED)
    client = client_of(bob)

    def cost(computer: str) -> int:
        address = f"/alerts/{models.Alert.objects.get(computer=computer).pk}/"
        client.get(address)
        with CaptureQueriesContext(connection) as counted:
            assert client.get(address).status_code == 200
        return len(counted)

    received(lines(*opened(1, 2, 3, computer="A")), organisation.operations, bob)
    received(lines(*opened(*range(60), computer="B")), organisation.operations, bob)
    work()
    assert cost("A") == cost("B") <= 14


def test_the_api_gives_what_was_counted(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf
) -> None:
    rules(home, opened=OPENED)
    file_id = received(lines(*opened(1, 2, 3)), organisation.operations, bob)
    work()
    (match,) = client_of(bob).get(f"/api/alerts/{alert_of()}/matches").json()["rows"]
    counted = match["counted"]
    assert (counted["events"], counted["measured"], counted["began_at"]) == (3, "3", "2026-03-01T12:01:00Z")
    assert counted["named"][2]["event_file_id"] == str(file_id)
    assert (counted["named"][2]["ordinal"], counted["named"][2]["rule_title"]) == (2, "File opened")
    assert (counted["asked"]["bounds"], counted["asked"]["seconds"]) == ([["gte", "3"]], 600)


def test_a_match_of_before_and_one_of_a_plain_rule_say_nothing(
    organisation: CastOrganisation, bob: Actor, home: Path, client_of: ClientOf
) -> None:
    rules(home, opened=OPENED.replace("correlation:\n", "correlation:\n  generate: true\n"))
    received(lines(*opened(1, 2, 3)), organisation.operations, bob)
    work()
    models.Detection.objects.update(counted=None)
    for alert in queries.alerts(AlertFilter(), actor=bob).rows:
        assert all(each.counted is None for each in queries.alert_detail(alert.alert_id, actor=bob).matches)
        assert "Events that counted" not in client_of(bob).get(f"/alerts/{alert.alert_id}/").content.decode()


ASKS_FOR = "Measured: 8, the number of events of its rules. The rule asks for "
ASKED: dict[str, Any] = {
    "type": "event_count",
    "seconds": 60,
    "bounds": [["gte", "8"], ["lt", "9"]],
    "fields": [],
    "percentile": None,
    "presence": None,
    "rules": ["a", "b", "c"],
}


@pytest.mark.parametrize(
    ("asked", "measured", "said"),
    [
        (
            {},
            "8",
            ASKS_FOR + "at least 8 and less than 9 within 1 min.",
        ),
        (
            {"type": "value_percentile", "fields": ["Size"], "percentile": "95", "bounds": [["gt", "1"]]},
            "1.5",
            "Measured: 1.5, the percentile 95 of Size. The rule asks for more than 1 within 1 min.",
        ),
        (
            {"type": "temporal", "bounds": []},
            "3",
            "Measured: 3, how many of its rules have an event. The rule asks for all of them within 1 min.",
        ),
        (
            {"type": "temporal", "bounds": [], "presence": ["and", 0, ["not", ["or", 1, 2]]]},
            "1",
            "Measured: 1, how many of its rules have an event. The rule asks for a and not (b or c) within 1 min.",
        ),
        ({"type": "of a later version"}, "1234", "Measured: 1,234."),
    ],
    ids=["two bounds", "percentile", "all", "words", "unknown"],
)
def test_what_was_measured_is_said_in_words(asked: dict[str, Any], measured: str, said: str) -> None:
    row = CountedRow(
        began_at=NOON,
        ended_at=NOON,
        events=2,
        measured=measured,
        named=(),
        asked={**ASKED, **asked} if asked else ASKED,
    )
    assert words.measured_words(row) == said
    assert words.counted_words(row) == "2 events at one moment"
    assert words.counted_words(replace(row, events=1)) == "One event"
    with translation.override("zh-hans"):
        assert words.measured_words(row).startswith(f"测得 {said.split()[1].rstrip(',.')}")
        assert words.counted_words(row) == "同一时刻 2 个事件"


def test_the_place_of_an_event_of_a_stream_is_read_from_its_name() -> None:
    file = uuid4()
    assert streaming._place(f"{file.hex}:{12:09d}") == (file, 12)


def test_what_was_measured_is_said_in_chinese() -> None:
    asked = {**ASKED, "bounds": [["gte", "10"]]}
    row = CountedRow(
        began_at=NOON, ended_at=NOON + timedelta(minutes=4), events=12, measured="12", named=(), asked=asked
    )
    with translation.override("zh-hans"):
        assert words.counted_words(row) == "4 分钟内 12 个事件"
        assert words.measured_words(row) == "测得 12（所用规则的事件数）。规则要求在 1 分钟内至少 10。"
