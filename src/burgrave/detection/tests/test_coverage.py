"""Coverage: what can fire with what is heard, what of ATT&CK that is, and how rules fare."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from burgrave.detection import commands, queries
from burgrave.detection.queries.coverage import detection_coverage
from burgrave.detection.queries.health_listing import narrowed_health, sorted_health
from burgrave.detection.rules.coverage import (
    TACTICS,
    Heard,
    LiveRule,
    Watched,
    coverage,
    is_live,
    layer,
    matrix,
    needs_of,
)
from burgrave.detection.terms.coverage import Coverage, Hearing
from burgrave.detection.tests.house import NOON, enabled, imported, rule_id, rule_text
from burgrave.detection.tests.test_correlations import correlation, decide
from burgrave.detection.tests.test_exceptions import read, sysmon
from burgrave.engines.detection import EventSource, LogSource
from burgrave.engines.standing import Result
from burgrave.events import queries as events
from burgrave.events.terms import HeardKind
from burgrave.incidents import handlers, models
from burgrave.incidents.terms import AlertState, Dismissal, Level
from burgrave.people import commands as people
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import Forbidden
from burgrave.web.terms import Actor, system_actor

PROCESSES = LogSource(product="windows", category="process_creation")
SYSMON_1 = EventSource(channel="Microsoft-Windows-Sysmon/Operational", event_id="1", product="windows")


def rule(title: str, source: LogSource, *tags: str, tactics: tuple[str, ...] = ("execution",)) -> LiveRule:
    return LiveRule(
        rule_version_id=uuid4(),
        rule_id=title,
        title=title,
        level=Level.HIGH,
        logsource=source,
        techniques=tags,
        tactics=tactics,
    )


def heard(source: EventSource, *, is_live: bool = True, events: int = 10) -> Heard:
    return Heard(source=source, events=events, heard_on=NOON.date(), last_at=NOON, is_live=is_live)


RULES = (
    rule("A", PROCESSES, "T1059", "T1059.001", tactics=("execution", "defense evasion")),
    rule("B", PROCESSES, "T1059"),
    rule("C", LogSource(product="linux", service="auditd"), "T1548", tactics=("privilege escalation",)),
    rule("D", LogSource(product="windows", service="never-known"), tactics=()),
    rule("E", LogSource(product="aws", service="cloudtrail"), "T1078", tactics=("made up",)),
)


def found(*kinds: Heard) -> Coverage:
    return coverage(RULES, kinds)


@pytest.mark.engine_only
def test_each_log_source_says_how_it_is_heard_and_each_rule_follows() -> None:
    auditd = EventSource(product="linux", service="auditd")
    result = found(heard(SYSMON_1), heard(auditd, is_live=False, events=3))
    assert [(row.source, row.hearing, row.rules, row.events) for row in result.sources] == [
        ("windows/process_creation/*", Hearing.LIVE, 2, 10),
        ("aws/*/cloudtrail", Hearing.NEVER, 1, 0),
        ("linux/*/auditd", Hearing.SILENT, 1, 3),
        ("windows/*/never-known", Hearing.UNMAPPED, 1, 0),
    ]
    assert [each.can_fire for each in result.rules] == [True, True, False, False, False]
    assert result.ratio == pytest.approx(0.4)
    assert coverage([], []).ratio is None


@pytest.mark.engine_only
@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"type": "event_count", "bounds": [["gte", "5"]]}, Hearing.LIVE),
        ({"type": "value_count", "bounds": [["gte", "5"]], "fields": ["User"]}, Hearing.LIVE),
        ({"type": "value_sum", "bounds": [["gte", "5"]], "fields": ["Size"]}, Hearing.LIVE),
        ({"type": "value_avg", "bounds": [["gte", "5"]], "fields": ["Size"]}, Hearing.LIVE),
        ({"type": "value_median", "bounds": [["gte", "5"]], "fields": ["Size"]}, Hearing.LIVE),
        ({"type": "value_percentile", "bounds": [["gte", "5"]], "fields": ["Size"], "percentile": "9"}, Hearing.LIVE),
        ({"type": "temporal", "bounds": [["gte", "4"]]}, Hearing.UNMAPPED),
        ({"type": "temporal", "bounds": [["gte", "3"]]}, Hearing.NEVER),
        ({"type": "temporal_ordered", "bounds": [["gte", "2"]]}, Hearing.SILENT),
        ({"type": "temporal_ordered", "bounds": [["gte", "5"]]}, Hearing.UNMAPPED),
        ({"type": "temporal", "presence": ["and", 0, ["or", 1, 2]]}, Hearing.SILENT),
        ({"type": "temporal", "presence": ["and", 0, ["not", 3]]}, Hearing.LIVE),
        (None, Hearing.UNMAPPED),
    ],
)
def test_a_correlation_hears_as_the_worst_of_what_it_needs(section: dict[str, Any] | None, expected: Hearing) -> None:
    plain = found(heard(SYSMON_1), heard(EventSource(product="linux", service="auditd"), is_live=False)).rules
    assert [each.hearing for each in plain] == [
        Hearing.LIVE,
        Hearing.LIVE,
        Hearing.SILENT,
        Hearing.UNMAPPED,
        Hearing.NEVER,
    ]
    members = ("A", "C", "E", "D")
    told = {"seconds": 60, "generate": False, "group_by": [], "aliases": [], "bounds": [], "fields": []}
    told |= {"rules": list(members), "percentile": None, "presence": None} | (section or {})
    asking = replace(rule("Z", LogSource()), needs=needs_of("Z", members, told if section else {}))
    above = replace(rule("Y", LogSource()), needs=needs_of("Y", ["Z"], {}))
    kinds = [heard(SYSMON_1), heard(EventSource(product="linux", service="auditd"), is_live=False)]
    seen = coverage([*RULES, asking, above], kinds)
    assert {row.source: row.rules for row in seen.sources} == {
        "aws/*/cloudtrail": 3,
        "linux/*/auditd": 3,
        "windows/*/never-known": 3,
        "windows/process_creation/*": 4,
    }
    covered = {each.rule_id: each for each in seen.rules}
    assert (covered["Z"].hearing, covered["Y"].hearing) == (expected, expected)
    assert covered["Y"].source == (
        "aws/*/cloudtrail, linux/*/auditd, windows/*/never-known, windows/process_creation/*"
    )


@pytest.mark.parametrize(("kind", "can_fire"), [("event_count", True), ("temporal", False)])
def test_live_correlations_are_asked_for_what_their_texts_say(
    alice: Actor, emil: Actor, monkeypatch: pytest.MonkeyPatch, kind: str, *, can_fire: bool
) -> None:
    deaf = rule_text("Deaf").replace("process_creation", "dns_query")
    both = correlation("Both", rule_id("Alpha"), rule_id("Deaf"), kind=kind, more="  condition: {gte: 2}\n")
    imported({"a.yml": rule_text("Alpha"), "d.yml": deaf, "b.yml": both}, actor=alice)
    decide("Alpha", "Deaf", "Both", by=emil)
    handlers.make_rules_live(NOON)
    heard_now = (kind_heard(1),)
    monkeypatch.setattr(events, "heard_kinds", lambda **_named: heard_now)
    seen = queries.coverage(now=NOON, actor=alice)
    covered = {each.title: each.can_fire for each in seen.rules}
    assert (covered["Alpha"], covered["Deaf"], covered["Both"]) == (True, False, can_fire)
    fares = queries.health(now=NOON, actor=alice)
    for row in seen.sources:
        named = narrowed_health({"source": [row.source]}, fares)
        assert (len(named), {"Both"} <= {each.title for each in named}) == (
            row.rules,
            row.source in {"windows/process_creation/*", "windows/dns_query/*"},
        )
    assert narrowed_health({"source": ["nonsense"]}, fares) == []


@pytest.mark.engine_only
def test_the_matrix_has_a_technique_under_each_tactic_of_its_rules() -> None:
    columns = {column.name: column.cells for column in matrix(found(heard(SYSMON_1)))}
    assert tuple(columns)[: len(TACTICS)] == TACTICS
    assert [(cell.technique, cell.can_fire, cell.rules) for cell in columns["execution"]] == [
        ("T1059", 2, 2),
        ("T1059.001", 1, 1),
    ]
    assert [(cell.technique, cell.can_fire, cell.rules) for cell in columns["defense evasion"]] == [
        ("T1059", 1, 1),
        ("T1059.001", 1, 1),
    ]
    assert [(cell.technique, cell.can_fire) for cell in columns[""]] == [("T1078", 0)]
    assert columns["impact"] == ()


@pytest.mark.engine_only
def test_a_layer_scores_rules_that_can_fire_and_keeps_those_that_cannot_at_nought() -> None:
    told = layer(found(heard(SYSMON_1)), name="N", description="D")
    scores = {each["techniqueID"]: each["score"] for each in told["techniques"]}  # type: ignore[attr-defined]  # a list
    assert scores == {"T1059": 2, "T1059.001": 1, "T1078": 0, "T1548": 0}
    assert told["versions"] == {"attack": "18", "navigator": "5.1.0", "layer": "4.5"}
    assert told["gradient"]["maxValue"] == 2  # type: ignore[index]  # a map
    assert layer(coverage([], []), name="N", description="D")["techniques"] == []


@pytest.mark.engine_only
def test_what_is_live_follows_the_silence_of_its_own_log_source() -> None:
    here, there = uuid4(), uuid4()

    def watched(source: LogSource, *, unit: object = here, is_silent: bool = False) -> Watched:
        return Watched(unit_id=unit, logsource=source, is_silent=is_silent)  # type: ignore[arg-type]  # a UUID

    sysmon_log = LogSource(product="windows", service="sysmon")
    assert is_live(SYSMON_1, here, [], is_recent=True)
    assert not is_live(SYSMON_1, here, [], is_recent=False)
    assert is_live(SYSMON_1, here, [watched(sysmon_log)], is_recent=False)
    assert not is_live(SYSMON_1, here, [watched(sysmon_log, is_silent=True)], is_recent=True)
    assert is_live(SYSMON_1, here, [watched(sysmon_log, is_silent=True), watched(PROCESSES)], is_recent=False)
    assert not is_live(SYSMON_1, here, [watched(sysmon_log, unit=there)], is_recent=False)
    assert is_live(SYSMON_1, here, [watched(LogSource(), is_silent=True)], is_recent=True)
    assert is_live(SYSMON_1, here, [watched(LogSource(product="linux"), is_silent=True)], is_recent=True)


def kind_heard(days: int, code: str = "1") -> HeardKind:
    return HeardKind(
        unit_id=uuid4(),
        product="windows",
        category="",
        service="",
        channel="Microsoft-Windows-Sysmon/Operational",
        event_code=code,
        events=5,
        heard_on=(NOON - timedelta(days=days)).date(),
        last_at=NOON - timedelta(days=days),
    )


@pytest.mark.parametrize(
    ("days", "result", "sentence"),
    [
        ([1], Result.PASSED, "1 of 1 live rules can fire"),
        ([20], Result.FAILED, "log sources that fell silent: windows/process_creation"),
        ([], Result.INCONCLUSIVE, "nothing can be said"),
    ],
)
def test_the_check_turns_red_where_rules_wait_for_what_fell_silent(
    days: list[int], result: Result, sentence: str, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.RuleVersion.objects.create(
        rule_id="r",
        sha256="b" * 64,
        title="R",
        level="high",
        level_rank=3,
        path="r.yml",
        source="x",
        origin="library",
        logsource={"product": "windows", "category": "process_creation"},
        loaded_at=NOON,
    )
    kinds = [kind_heard(each) for each in days]
    monkeypatch.setattr(
        events,
        "heard_kinds",
        lambda *, since, actor: tuple(each for each in kinds if each.last_at is not None and each.last_at >= since),
    )
    outcome = detection_coverage(NOON)
    assert (outcome.result, sentence in str(outcome.note)) == (result, True)
    assert queries.coverage(now=NOON, actor=alice).rules[0].can_fire is (days == [1])


def test_the_check_fails_where_few_rules_can_fire(alice: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    handlers.make_rules_live(NOON)
    heard_now = (kind_heard(1, "22"),)
    monkeypatch.setattr(events, "heard_kinds", lambda **_named: heard_now)
    outcome = detection_coverage(NOON)
    assert (outcome.result, "percent are needed" in str(outcome.note)) == (Result.FAILED, True)
    assert queries.coverage(now=NOON, actor=alice).can_fire < len(queries.coverage(now=NOON, actor=alice).rules)


def test_made_up_events_count_only_where_nothing_real_was_heard_and_never_for_the_check(
    alice: Actor, monkeypatch: pytest.MonkeyPatch, client_of: Callable[[Actor], Client]
) -> None:
    handlers.make_rules_live(NOON)
    sample = people.add_sample_root(name="Made up", actor=system_actor(), now=NOON)
    made_up, real = replace(kind_heard(1), unit_id=sample), kind_heard(1, "22")
    heard_now: list[HeardKind] = [made_up]
    monkeypatch.setattr(events, "heard_kinds", lambda **_named: tuple(heard_now))
    shown = queries.coverage(now=NOON, actor=alice)
    assert (shown.sample_unit, shown.can_fire > 0) == (sample, True)
    assert {row.sample_unit for row in queries.health(now=NOON, actor=alice)} == {sample}
    for page in ("coverage", "attack", "health"):
        assert "sample-band" in client_of(alice).get(reverse(f"detection:{page}")).content.decode()
    assert detection_coverage(NOON).result is Result.INCONCLUSIVE
    heard_now.append(real)
    both = queries.coverage(now=NOON, actor=alice)
    assert (both.sample_unit, both.can_fire < shown.can_fire) == (None, True)


def test_the_health_of_a_rule_counts_what_it_raised_and_how_that_was_decided(
    organisation: CastOrganisation, alice: Actor, emil: Actor, bob: Actor, charlie: Actor
) -> None:
    enabled("Alpha", "Beta", by=alice, approver=emil)
    for number, user in enumerate(("a", "b", "c")):
        read(sysmon(number * 1, user), unit_id=organisation.operations, actor=bob, now=NOON + timedelta(minutes=number))
    models.Alert.objects.filter(rule__title="Alpha").update(
        state=AlertState.DISMISSED, dismissal=Dismissal.FALSE_POSITIVE, decided_at=NOON
    )
    rows = {row.title: row for row in queries.health(now=NOON + timedelta(hours=1), actor=alice)}
    alpha = rows["Alpha"]
    assert (alpha.counts.alerts_90, alpha.counts.decided_90, alpha.false_ratio) == (
        alpha.counts.alerts_30,
        alpha.counts.alerts_90,
        1.0,
    )
    assert alpha.noise_rank in {1, 2}
    every = list(rows.values())
    assert {row.title for row in narrowed_health({"only": ["noisy"]}, every)} == {"Alpha"}
    assert "Alpha" not in {row.title for row in narrowed_health({"only": ["never"]}, every)}
    assert [row.title for row in narrowed_health({"q": [rule_id("Alpha")]}, every)] == ["Alpha"]
    assert sorted_health(every, {"sort": ["-alerts"]}, default="title")[0].counts.alerts_90 >= 1
    assert sorted_health(every, {"sort": ["nonsense"]}, default="title")[0].title == min(rows, key=str.casefold)
    cells = list(commands.HEALTH.rows({"q": ["alpha"]}, alice, NOON + timedelta(hours=1)))
    assert [(each["title"], each["false_90"]) for each in cells] == [("Alpha", alpha.counts.false_90)]
    assert commands.HEALTH.ids({"q": ["alpha"]}, 5, alice, NOON) == [alpha.rule_version_id]
    with pytest.raises(Forbidden):
        queries.health(now=NOON, actor=charlie)


def test_health_and_coverage_cost_the_same_with_few_rules_and_fifty(alice: Actor, emil: Actor) -> None:
    handlers.make_rules_live(NOON)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            queries.health(now=NOON, actor=alice)
        return len(seen)

    few = statements()
    enabled(*(f"Rule {n:02}" for n in range(50)), by=alice, approver=emil)
    handlers.make_rules_live(NOON)
    assert statements() == few


def test_the_pages_open_down_to_the_rules_and_the_layer_is_a_file(
    organisation: CastOrganisation, alice: Actor, client_of: Callable[[Actor], Client]
) -> None:
    handlers.make_rules_live(NOON)
    page = client_of(alice)
    shown = page.get(reverse("detection:coverage")).content.decode()
    assert "windows/process_creation/*" in shown
    assert (
        "windows/process_creation/*"
        not in page.get(reverse("detection:coverage"), {"hearing": "live"}).content.decode()
    )
    shown = page.get(reverse("detection:health"), {"source": "windows/process_creation/*", "q": "volume"})
    assert "Volume Shadow" in shown.content.decode()
    shown = page.get(reverse("detection:health"), {"source": "windows/dns_query/*", "q": "volume"})
    assert "Volume Shadow" not in shown.content.decode()
    shown = page.get(reverse("detection:attack"), {"technique": "T1490"}).content.decode()
    assert "Volume Shadow" in shown
    assert "Volume Shadow" in page.get(reverse("detection:health"), {"q": "volume shadow"}).content.decode()
    answer = page.get(reverse("detection:layer"))
    told = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]  # a streamed answer
    assert told["domain"] == "enterprise-attack"
    assert organisation.root
