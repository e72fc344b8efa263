"""Exceptions: what they leave out, who decides, and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from burgrave.detection import commands, models, queries
from burgrave.detection.errors import BadException, ReasonMissing, SeparationOfDuties, WrongState
from burgrave.detection.rules.exceptions import effect as effect_rule
from burgrave.detection.rules.exceptions import filter_text, must_load, removal
from burgrave.detection.terms.exceptions import (
    Comparison,
    Condition,
    Effect,
    ExceptionFacts,
    ExceptionFilterBy,
    Removal,
    RuleExceptionState,
    RuleOfException,
)
from burgrave.detection.tests.house import NOON, enabled, rule_id
from burgrave.incidents import commands as incident_commands
from burgrave.incidents import handlers
from burgrave.incidents import models as incidents
from burgrave.incidents import queries as incident_queries
from burgrave.incidents.terms import AlertFilter
from burgrave.jobs import commands as jobs
from burgrave.notifications.models import News
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor, PersonId, UnitId
from burgrave.web.uploads import blob_store

Tail = Callable[[], list[str]]
REGISTRY = {
    "incidents.read_event_file": handlers.read_event_file,
    "incidents.load_rules": handlers.load_live_rules,
    "incidents.reweigh": handlers.reweigh,
}
ALPHA = RuleOfException(rule_id=rule_id("Alpha"), title="Alpha", product="windows", category="process_creation")


def sysmon(record: int, user: str, image: str = "C:\\Temp\\evil.exe") -> str:
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
        "EventID": 1,
        "TimeCreated": {"#attributes": {"SystemTime": f"2026-03-01T12:{record:02}:00.000000Z"}},
        "EventRecordID": record,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Computer": "WS-7.corp",
    }
    return json.dumps({"Event": {"System": system, "EventData": {"Image": image, "User": user}}}) + "\n"


def read(*events: str, unit_id: UUID, actor: Actor, now: datetime = NOON) -> int:
    """A file with these events is read; gives how many of them matched."""
    writer = blob_store().writer()
    writer.write("".join(events).encode())
    receipt = incident_commands.receive_event_file(
        writer.finish(), name="e.jsonl", media_type="", unit_id=UnitId(unit_id), actor=actor, now=now
    )
    while jobs.run_next(REGISTRY, worker="test", clock=lambda: now) is not None:
        pass
    return incidents.Detection.objects.filter(event_file_id=receipt.event_file_id, rule__title="Alpha").count()


def facts(unit_id: UUID, owner: Actor, *conditions: Condition, ends_on: date = date(2026, 4, 1)) -> ExceptionFacts:
    assert owner.person_id is not None
    return ExceptionFacts(
        rule=ALPHA,
        conditions=conditions or (Condition(field="Image", comparison=Comparison.IS, value="C:\\Temp\\evil.exe"),),
        reason="The backup does this.",
        owner_id=PersonId(owner.person_id),
        ends_on=ends_on,
        unit_id=UnitId(unit_id),
    )


def test_an_approved_exception_leaves_out_what_is_expected_until_its_last_day(
    organisation: CastOrganisation, alice: Actor, emil: Actor, bob: Actor, ledger_tail: Tail
) -> None:
    enabled("Alpha", by=alice, approver=emil)
    unit, backup = organisation.operations, sysmon(1, "svc-backup")
    assert read(backup, sysmon(2, "mallory"), unit_id=unit, actor=bob) == 2
    asked = facts(unit, bob, Condition(field="User", comparison=Comparison.IS, value="SVC-backup"))
    key = commands.ask_exception(asked, actor=bob, now=NOON)
    assert read(sysmon(3, "svc-backup"), unit_id=unit, actor=bob) == 1
    commands.approve_exception(key, version=1, actor=emil, now=NOON)
    assert read(sysmon(4, "svc-backup"), sysmon(5, "mallory"), unit_id=unit, actor=bob) == 1
    later = datetime.combine(date(2026, 4, 2), NOON.timetz())
    assert read(sysmon(6, "svc-backup"), unit_id=unit, actor=bob, now=later) == 1

    assert commands.look_at_exceptions(now=later) == 1
    assert commands.look_at_exceptions(now=later) == 0
    assert queries.rule_exception(key, actor=bob).state is RuleExceptionState.EXPIRED
    assert [kind for kind in ledger_tail() if kind.startswith("detection.exception")] == [
        "detection.exception_asked",
        "detection.exception_approved",
        "detection.exception_expired",
    ]
    told = News.objects.filter(topic="detection.exception").order_by("at", "pk").values_list("sentence", flat=True)
    assert sum("ended on" in sentence for sentence in told) == 1


def test_the_owner_hears_a_week_before_and_once(organisation: CastOrganisation, bob: Actor, emil: Actor) -> None:
    key = commands.ask_exception(facts(organisation.operations, bob), actor=bob, now=NOON)
    commands.approve_exception(key, version=1, actor=emil, now=NOON)
    for day in (24, 26, 27):
        commands.look_at_exceptions(now=datetime.combine(date(2026, 3, day), NOON.timetz()))
    assert News.objects.filter(topic="detection.exception", sentence__contains="ends on").count() == 1


def test_whoever_asked_does_not_approve_and_each_act_belongs_where_it_stands(
    organisation: CastOrganisation, alice: Actor, emil: Actor, bob: Actor, erik: Actor
) -> None:
    key = commands.ask_exception(facts(organisation.operations, alice), actor=alice, now=NOON)
    with pytest.raises(SeparationOfDuties):
        commands.approve_exception(key, version=1, actor=alice, now=NOON)
    with pytest.raises(Forbidden):
        commands.approve_exception(key, version=1, actor=bob, now=NOON)
    with pytest.raises(NotFound):
        commands.approve_exception(key, version=1, actor=erik, now=NOON)
    with pytest.raises(NotFound):
        queries.rule_exception(key, actor=erik)
    with pytest.raises(StaleEdit):
        commands.approve_exception(key, version=9, actor=emil, now=NOON)
    with pytest.raises(ReasonMissing):
        commands.refuse_exception(key, reason=" ", version=1, actor=emil, now=NOON)
    with pytest.raises(WrongState, match="is proposed; it must be approved"):
        commands.revoke_exception(key, reason="x", version=1, actor=emil, now=NOON)
    with pytest.raises(WrongState, match="is over"):
        commands.approve_exception(key, version=1, actor=emil, now=NOON + timedelta(days=60))
    commands.refuse_exception(key, reason="Too wide", version=1, actor=emil, now=NOON)
    assert queries.rule_exception(key, actor=bob).decision == "Too wide"
    other = commands.ask_exception(facts(organisation.operations, alice), actor=alice, now=NOON)
    commands.approve_exception(other, version=1, actor=emil, now=NOON)
    assert len(queries.library(NOON).read().filters) == 1
    commands.revoke_exception(other, reason="Over", version=2, actor=alice, now=NOON)
    assert queries.library(NOON).read().filters == ()


@pytest.mark.parametrize(
    ("conditions", "ends_on", "sentence"),
    [
        ((Condition(field="", comparison=Comparison.IS, value="x"),), date(2026, 4, 1), "no name of a field"),
        ((Condition(field="a|re", comparison=Comparison.IS, value="x"),), date(2026, 4, 1), "no name of a field"),
        ((Condition(field="a", comparison=Comparison.IS, value=""),), date(2026, 4, 1), "1 to 1,000 characters"),
        ((Condition(field="a", comparison=Comparison.IS, value="x"),) * 11, date(2026, 4, 1), "1 to 10 conditions"),
        ((Condition(field="a", comparison=Comparison.IS, value="x"),), date(2026, 3, 1), "ends within 365 days"),
        ((Condition(field="a", comparison=Comparison.IS, value="x"),), date(2027, 4, 1), "ends within 365 days"),
    ],
)
def test_what_cannot_be_an_exception_is_refused(
    conditions: tuple[Condition, ...],
    ends_on: date,
    sentence: str,
    organisation: CastOrganisation,
    alice: Actor,
) -> None:
    with pytest.raises(BadException, match=sentence):
        commands.ask_exception(
            facts(organisation.operations, alice, *conditions, ends_on=ends_on), actor=alice, now=NOON
        )
    assert not models.RuleException.objects.exists()


def test_an_exception_needs_a_reason_an_owner_and_the_permission(
    organisation: CastOrganisation, alice: Actor, dora: Actor
) -> None:
    good = facts(organisation.operations, alice)
    with pytest.raises(ReasonMissing):
        commands.ask_exception(replace(good, reason=" "), actor=alice, now=NOON)
    with pytest.raises(BadInput, match="nobody who is active"):
        commands.ask_exception(replace(good, owner_id=PersonId(uuid4())), actor=alice, now=NOON)
    with pytest.raises(Forbidden):
        commands.ask_exception(good, actor=dora, now=NOON)


def test_what_is_typed_is_taken_as_it_stands() -> None:
    kept = [
        {"Image": "C:\\a*b\\x?.exe", "User": "ann"},
        {"Image": "C:\\aXb\\xy.exe", "User": "ann"},
        {"Image": "C:\\a*b\\x?.exe", "User": "bob"},
    ]
    exactly = Condition(field="Image", comparison=Comparison.IS, value="c:\\A*B\\x?.exe")
    ann = Condition(field="User", comparison=Comparison.CONTAINS, value="nn")
    assert removal((exactly,), kept) == Removal(removed=2, kept=3)
    assert removal((exactly, ann), kept) == Removal(removed=1, kept=3)
    begins = Condition(field="Image", comparison=Comparison.STARTSWITH, value="C:\\a")
    ends = Condition(field="Image", comparison=Comparison.ENDSWITH, value=".exe")
    assert removal((begins, ends), kept).is_all
    both = (
        Condition(field="Image", comparison=Comparison.CONTAINS, value="a"),
        Condition(field="Image", comparison=Comparison.CONTAINS, value="xy"),
    )
    assert removal(both, kept) == Removal(removed=1, kept=3)
    nowhere = Condition(field="Nowhere", comparison=Comparison.IS, value="x")
    assert removal((nowhere,), kept) == Removal(removed=0, kept=3, unjudged=3)
    assert not removal((ann,), []).is_all
    must_load(filter_text(uuid4(), ALPHA, both))
    with pytest.raises(BadException, match="cannot be applied"):
        must_load("title: [")


def test_the_page_makes_one_from_an_alert_with_what_matched_filled_in(
    organisation: CastOrganisation,
    alice: Actor,
    emil: Actor,
    bob: Actor,
    client_of: Callable[[Actor], Client],
) -> None:
    enabled("Alpha", by=alice, approver=emil)
    read(sysmon(1, "svc-backup"), unit_id=organisation.operations, actor=bob)
    alert = incident_queries.alerts(AlertFilter(), actor=bob).rows[0]
    page = client_of(bob)
    address = reverse("detection:except_alert", args=[alert.alert_id])
    assert address in page.get(reverse("incidents:alert", args=[alert.alert_id])).content.decode()
    shown = page.get(address).content.decode()
    assert 'value="C:\\Temp\\evil.exe"' in shown
    given = {
        "use0": "on",
        "field0": "Image",
        "comparison0": "is",
        "value0": "C:\\Temp\\evil.exe",
        "reason": "Expected",
        "owner": str(bob.person_id),
        "ends_on": f"{timezone.localdate() + timedelta(days=30)}",
    }
    counted = page.post(address, given | {"count": "1"}).content.decode()
    assert "It would leave out every match that is kept" in counted
    there = {"use1": "on", "field1": "Computer", "comparison1": "is", "value1": "ws-7.CORP"}
    assert (
        "It would leave out every match that is kept"
        in page.post(address, given | there | {"count": "1"}).content.decode()
    )
    other_field = {"use1": "on", "field1": "User", "comparison1": "is", "value1": "svc-backup"}
    unjudged = page.post(address, given | other_field | {"count": "1"}).content.decode()
    assert "was not kept with 1 of them, so it may leave out more" in unjudged
    assert page.post(address, given | {"ends_on": "x"}).status_code == 422
    assert page.post(address, {key: given[key] for key in given if key != "use0"}).status_code == 422
    made = page.post(address, given)
    assert made.status_code == 302
    row = queries.rule_exceptions(ExceptionFilterBy(), actor=bob).rows[0]
    record = reverse("detection:exception", args=[row.exception_id])
    assert made["Location"] == record
    assert "Somebody else decides" in page.get(record).content.decode()
    other = client_of(emil)
    decide = reverse("detection:decide_exception", args=[row.exception_id])
    assert other.post(decide, {"act": "approve", "version": row.version}).status_code == 302
    refused = other.post(decide, {"act": "approve", "version": row.version + 1})
    assert (refused.status_code, "must be proposed" in refused.content.decode()) == (409, True)
    assert other.post(decide, {"act": "x", "version": 1}).status_code == 422
    assert "Alpha" in other.get(reverse("detection:exceptions")).content.decode()
    rule = incident_queries.live_version_of(ALPHA.rule_id, actor=emil)
    assert other.get(reverse("detection:except_rule", args=[rule])).status_code == 200
    (cells,) = commands.EXCEPTIONS.rows({}, emil, NOON)
    assert (cells["rule"], cells["state"]) == ("Alpha", "approved")
    assert commands.EXCEPTIONS.ids({"state": ["approved"], "q": ["Alpha"]}, 5, emil, NOON) == (row.exception_id,)


def test_the_api_tells_exceptions_and_coverage(
    organisation: CastOrganisation, alice: Actor, erik: Actor, client_of: Callable[[Actor], Client]
) -> None:
    key = commands.ask_exception(facts(organisation.operations, alice), actor=alice, now=NOON)
    page = client_of(alice)
    listed = page.get("/api/detection/exceptions", {"state": "proposed"}).json()
    assert [(each["rule_title"], each["conditions"][0]["field"]) for each in listed["rows"]] == [("Alpha", "Image")]
    assert page.get(f"/api/detection/exceptions/{key}").json()["exception_id"] == str(key)
    assert client_of(erik).get(f"/api/detection/exceptions/{key}").status_code == 404
    covered = page.get("/api/detection/coverage").json()
    assert (covered["rules"], covered["can_fire"], covered["sources"]) == (0, 0, [])


@pytest.mark.engine_only
@pytest.mark.parametrize(
    ("left_out", "of", "held", "effect"),
    [
        (21, 21, 0, Effect.EVERYTHING),
        (20, 20, 0, Effect.SOME),
        (20, 21, 40, Effect.SOME),
        (0, 50, 30, Effect.NOTHING),
        (0, 0, 29, Effect.SOME),
        (0, 0, None, Effect.SOME),
    ],
    ids=["all", "all of few", "most", "none for long", "young", "never approved"],
)
def test_an_exception_that_leaves_out_everything_or_nothing_for_long_is_looked_at(
    left_out: int, of: int, held: int | None, effect: Effect
) -> None:
    today = date(2026, 3, 2)
    since = None if held is None else today - timedelta(days=held)
    assert effect_rule(left_out=left_out, of=of, held_since=since, today=today) is effect


def test_what_an_exception_leaves_out_is_counted_once_and_shown_and_its_owner_is_told(
    alice: Actor, emil: Actor, organisation: CastOrganisation, client_of: Callable[[Actor], Client]
) -> None:
    enabled("Alpha", by=alice, approver=emil)
    now, unit = timezone.now(), organisation.sales
    made = commands.ask_exception(facts(unit, alice, ends_on=now.date() + timedelta(days=90)), actor=alice, now=now)
    commands.approve_exception(made, version=1, actor=emil, now=now)
    read(*(sysmon(number, "svc-backup") for number in range(25)), unit_id=unit, actor=alice, now=now)
    row = queries.rule_exception(made, actor=alice)
    effect = queries.effect_of(row, today=now.date())
    assert (effect.left_out, effect.of, effect.effect) == (25, 25, Effect.EVERYTHING)
    assert effect.by_day == ((effect.last_on, 25),)
    page = client_of(alice)
    assert "Leaves out everything" in page.get(reverse("detection:exceptions")).content.decode()
    assert "25 of 25 matches" in page.get(reverse("detection:exception", args=[made])).content.decode()
    health = {each.rule_id: each.left_out for each in queries.health(now=now, actor=alice)}
    assert health[rule_id("Alpha")] == 25

    for _ in range(2):
        commands.look_at_exceptions(now=now)
    assert News.objects.filter(dedupe_key__contains="detection.exception:effect").count() == 1
    read(sysmon(50, "eve", image="D:\\evil.exe"), unit_id=unit, actor=alice, now=now)
    assert queries.effects_of([row], today=now.date())[made].effect is Effect.SOME
