"""Rules come in, are decided by others, and are what reading holds against events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from burgrave.detection import commands, models, queries
from burgrave.detection.errors import ArchiveRefused, ReasonMissing, SeparationOfDuties, WrongState
from burgrave.detection.terms import Act, LibraryFilterBy, RuleState, VersionState
from burgrave.detection.tests.house import (
    NOON,
    brought,
    enabled,
    imported,
    quiet,
    rule_id,
    rule_text,
    version_of,
    zipped,
)
from burgrave.imports.terms import Source
from burgrave.incidents import handlers
from burgrave.incidents import queries as incidents
from burgrave.incidents.terms import RuleFilter, RuleOrigin
from burgrave.jobs.models import Job
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]
EVERYTHING = LibraryFilterBy()


def live() -> dict[str, str]:
    """Ids of what reading matches now, with their origin."""
    return {each.rule_id: str(each.origin) for each in handlers.live_rules(NOON).book.rules}


def test_rules_come_in_as_proposals_and_what_cannot_run_is_listed(alice: Actor, ledger_tail: Tail) -> None:
    files = {
        "rules/a.yml": rule_text("Alpha"),
        "rules/b.yml": rule_text("Beta"),
        "rules/bad.yml": "title: [",
        "x.md": "",
    }
    made = imported(files, actor=alice)
    assert (len(made.new), len(made.changed), made.same) == (2, 0, 0)
    rows = queries.library_rules(EVERYTHING, actor=alice).rows
    assert [(row.title, row.state, row.waits, row.author, row.licence) for row in rows] == [
        ("Alpha", RuleState.PROPOSED, True, "Ada Author", "DRL-1.1"),
        ("Beta", RuleState.PROPOSED, True, "Ada Author", "DRL-1.1"),
    ]
    (batch,) = queries.batches(actor=alice).rows
    assert (batch.new, batch.faults, batch.files, batch.passed_over, batch.waiting) == (2, 1, 3, 1, 2)
    (fault,) = queries.batch_faults(batch.batch_id, actor=alice).rows
    assert (fault.path, fault.line > 0) == ("rules/bad.yml", True)
    assert ledger_tail() == ["detection.rule_proposed"] * 2 + ["detection.rules_imported"]
    assert not set(live()) & {rule_id("Alpha"), rule_id("Beta")}


def test_the_same_again_changes_nothing_and_another_text_is_a_new_version(alice: Actor, emil: Actor) -> None:
    (key,) = enabled("Alpha", by=alice, approver=emil)
    made = imported({"other/a.yml": rule_text("Alpha")}, actor=alice)
    assert (made.new, made.changed, made.same) == ([], [], 1)
    made = imported({"a.yml": rule_text("Alpha", image="worse.exe")}, actor=alice)
    assert (made.new, made.changed, made.same) == ([], [key], 0)
    row = queries.library_rules(EVERYTHING, actor=alice).rows[0]
    assert (row.state, row.waits, row.number) == (RuleState.ENABLED, True, 2)
    book = handlers.live_rules(NOON).book
    assert "evil.exe" in next(each.source for each in book.rules if each.rule_id == rule_id("Alpha"))

    commands.decide([key], Act.APPROVE, actor=emil, now=NOON)
    book = handlers.live_rules(NOON).book
    assert "worse.exe" in next(each.source for each in book.rules if each.rule_id == rule_id("Alpha"))
    detail = queries.library_rule(key, actor=alice)
    assert [(each.number, each.state) for each in detail.versions] == [
        (2, VersionState.APPROVED),
        (1, VersionState.APPROVED),
    ]
    assert detail.live is not None
    assert detail.live.number == 2
    assert "worse.exe" in detail.source


def test_a_newer_text_supersedes_one_that_still_waits(alice: Actor) -> None:
    (key,) = brought("Alpha", actor=alice)
    imported({"a.yml": rule_text("Alpha", image="worse.exe")}, actor=alice)
    states = [(each.number, each.state) for each in queries.library_rule(key, actor=alice).versions]
    assert states == [(2, VersionState.PROPOSED), (1, VersionState.SUPERSEDED)]


def test_nobody_approves_what_they_brought_and_a_bulk_of_both_is_refused_whole(
    alice: Actor, emil: Actor, ledger_tail: Tail
) -> None:
    theirs, ours = brought("Alpha", actor=alice), brought("Beta", actor=emil)
    before = ledger_tail()
    with pytest.raises(SeparationOfDuties, match="Beta was brought by the same person"):
        commands.decide([*theirs, *ours], Act.APPROVE, actor=emil, now=NOON)
    assert set(models.Rule.objects.values_list("state", flat=True)) == {RuleState.PROPOSED}
    assert ledger_tail() == before
    assert commands.LIBRARY.names([*ours, *theirs], 9, emil) == ("Alpha", "Beta")
    assert commands.decide(theirs, Act.APPROVE, Act.ENABLE, actor=emil, now=NOON) == 1
    assert ledger_tail()[len(before) :] == ["detection.rule_approved", "detection.rule_enabled"]
    assert live()[rule_id("Alpha")] == RuleOrigin.LIBRARY


def test_only_what_is_enabled_is_read_with_and_each_change_is_seen_at_once(alice: Actor, emil: Actor) -> None:
    (key,) = enabled("Alpha", by=alice, approver=emil)
    assert rule_id("Alpha") in live()
    with pytest.raises(ReasonMissing):
        commands.decide([key], Act.DISABLE, reason=" ", actor=emil, now=NOON)
    commands.decide([key], Act.DISABLE, reason="Too loud", actor=emil, now=NOON)
    assert rule_id("Alpha") not in live()
    assert queries.library_rule(key, actor=alice).row.reason == "Too loud"
    commands.decide([key], Act.ENABLE, actor=emil, now=NOON)
    assert rule_id("Alpha") in live()
    commands.decide([key], Act.RETIRE, reason="Replaced", actor=emil, now=NOON)
    assert rule_id("Alpha") not in live()
    with pytest.raises(WrongState):
        commands.decide([key], Act.ENABLE, actor=emil, now=NOON)
    imported({"a.yml": rule_text("Alpha", image="worse.exe")}, actor=alice)
    assert queries.library_rule(key, actor=alice).row.state is RuleState.PROPOSED
    assert rule_id("Alpha") not in live()


def test_the_digest_of_the_set_follows_what_is_enabled_and_the_tables_follow_by_a_job(
    alice: Actor, emil: Actor, ledger_tail: Tail
) -> None:
    before = handlers.live_rules(NOON).book.sha256
    enabled("Alpha", by=alice, approver=emil)
    after = handlers.live_rules(NOON).book
    assert after.sha256 != before
    assert Job.objects.filter(kind="incidents.load_rules").count() == 1
    handlers.make_rules_live(NOON)
    assert ledger_tail()[-1] == "incidents.rules_loaded"
    rows = incidents.detection_rules(RuleFilter(origins=(RuleOrigin.LIBRARY,)), actor=alice).rows
    assert [(row.title, row.author, row.licence) for row in rows] == [("Alpha", "Ada Author", "DRL-1.1")]
    assert incidents.live_version_of(rule_id("Alpha"), actor=alice) == rows[0].rule_version_id
    assert incidents.live_version_of("nowhere", actor=alice) is None


def test_a_rule_of_the_library_takes_the_place_of_a_shipped_one_and_a_local_one_that_of_both(
    alice: Actor, emil: Actor, home: Path
) -> None:
    shipped = next(each for each in handlers.live_rules(NOON).book.rules if each.origin is RuleOrigin.SHIPPED)
    text = rule_text("Alpha").replace(rule_id("Alpha"), shipped.rule_id)
    (key,) = imported({"a.yml": text}, actor=alice).new
    commands.decide([key], Act.APPROVE, Act.ENABLE, actor=emil, now=NOON)
    assert live()[shipped.rule_id] == RuleOrigin.LIBRARY
    (home / "rules").mkdir()
    (home / "rules" / "a.yml").write_text(text, encoding="utf-8")
    assert live()[shipped.rule_id] == RuleOrigin.LOCAL
    commands.decide([key], Act.DISABLE, reason="Off", actor=emil, now=NOON)
    assert shipped.rule_id not in live()


def test_a_shipped_rule_is_switched_off_with_a_reason_and_on_again(
    alice: Actor, emil: Actor, ledger_tail: Tail
) -> None:
    handlers.make_rules_live(NOON)
    rule = incidents.detection_rules(RuleFilter(), actor=alice).rows[0]
    with pytest.raises(ReasonMissing):
        commands.switch_off(rule.rule_version_id, reason="", actor=alice, now=NOON)
    commands.switch_off(rule.rule_version_id, reason="Never here", actor=alice, now=NOON)
    assert [(row.rule_id, row.reason) for row in queries.switches(actor=alice)] == [(rule.rule_id, "Never here")]
    assert rule.rule_id not in live()
    commands.switch_on(rule.rule_id, actor=emil, now=NOON)
    assert rule.rule_id in live()
    with pytest.raises(NotFound):
        commands.switch_on(rule.rule_id, actor=emil, now=NOON)
    assert ledger_tail()[-2:] == ["detection.rule_switched_off", "detection.rule_switched_on"]


def test_who_may_not_for_the_whole_organisation_changes_nothing(
    alice: Actor, erik: Actor, charlie: Actor, dora: Actor, ledger_tail: Tail
) -> None:
    (key,) = brought("Alpha", actor=alice)
    before = ledger_tail()
    for stranger, refusal in ((erik, Forbidden), (dora, Forbidden), (charlie, Forbidden)):
        with pytest.raises(refusal):
            commands.decide([key], Act.APPROVE, actor=stranger, now=NOON)
        with pytest.raises(refusal):
            commands.switch_on("x", actor=stranger, now=NOON)
        with pytest.raises(refusal):
            brought("Gamma", actor=stranger)
    with pytest.raises(Forbidden):
        queries.library_rules(EVERYTHING, actor=charlie)
    assert ledger_tail() == before


def test_one_rule_is_decided_as_the_person_saw_it(alice: Actor, emil: Actor) -> None:
    (key,) = brought("Alpha", actor=alice)
    seen = version_of(key)
    commands.decide_one(key, Act.APPROVE, version=seen, actor=emil, now=NOON)
    with pytest.raises(StaleEdit, match="was changed by Emil Eder"):
        commands.decide_one(key, Act.ENABLE, version=seen, actor=emil, now=NOON)
    with pytest.raises(NotFound):
        commands.decide_one(uuid4(), Act.ENABLE, version=1, actor=emil, now=NOON)
    with pytest.raises(NotFound):
        commands.decide([uuid4()], Act.ENABLE, actor=emil, now=NOON)
    with pytest.raises(NotFound):
        queries.library_rule(uuid4(), actor=emil)


def test_the_target_of_imports_leaves_faults_out_or_refuses_the_file(alice: Actor) -> None:
    target = commands.RuleArchive()
    content = zipped({"a.yml": rule_text("Alpha"), "bad.yml": "title: ["})
    told: list[tuple[int, int]] = []
    plan = target.plan(
        Source(content=content, name="r.zip"), actor=alice, now=NOON, tell=lambda *each: told.append(each)
    )
    assert (plan.new, plan.fault_count, plan.faults_block) == (1, 1, False)
    assert (plan.faults[0].column, told[-1]) == ("bad.yml", (2, 2))
    strict = Source(content=content, name="r.zip", options={"faults": "refuse"})
    assert target.plan(strict, actor=alice, now=NOON, tell=quiet).faults_block
    made = target.prepare(Source(content=content, name="r.zip"), actor=alice, now=NOON, tell=quiet)()
    assert (len(made.new), made.same) == (1, 0)
    with pytest.raises(ArchiveRefused):
        target.plan(Source(content=content[:50], name="r.zip"), actor=alice, now=NOON, tell=quiet)
    with pytest.raises(BadInput, match="holds no file that ends in"):
        target.plan(Source(content=zipped({"x.md": ""}), name="r.zip"), actor=alice, now=NOON, tell=quiet)


def test_a_rule_without_an_id_is_taken_and_said_to_have_none(alice: Actor) -> None:
    text = rule_text("Alpha").replace(f"id: {rule_id('Alpha')}\n", "")
    plan = commands.RuleArchive().plan(Source(content=text.encode(), name="a.yml"), actor=alice, now=NOON, tell=quiet)
    assert (plan.new, [str(each) for each in plan.notes]) == (
        1,
        ["a.yml names no id: the next time that its text changes it will be another rule"],
    )


def test_lists_narrow_and_cost_the_same_with_one_rule_and_fifty(alice: Actor, emil: Actor) -> None:
    enabled("Alpha", by=alice, approver=emil)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            queries.library_rules(EVERYTHING, actor=alice)
            queries.batches(actor=alice)
            queries.figures(actor=alice)
            queries.facets(actor=alice)
        return len(seen)

    one = statements()
    brought(*(f"Rule {n:02}" for n in range(49)), actor=alice)
    assert statements() == one
    for wanted, count in (
        (LibraryFilterBy(states=(RuleState.ENABLED,)), 1),
        (LibraryFilterBy(waits=True), 49),
        (LibraryFilterBy(text="rule 0"), 10),
        (LibraryFilterBy(products=("linux",)), 0),
        (LibraryFilterBy(categories=("process_creation",), services=("x",)), 0),
        (LibraryFilterBy(batch_id=min(queries.batches(actor=alice).rows, key=lambda each: each.new).batch_id), 1),
    ):
        assert queries.library_rules(wanted, actor=alice).total == count


def test_what_a_change_of_one_rule_costs_does_not_grow_with_the_library(alice: Actor, emil: Actor) -> None:
    (key,) = enabled("Alpha", by=alice, approver=emil)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            commands.decide([key], Act.DISABLE, reason="Off", actor=emil, now=NOON)
            commands.decide([key], Act.ENABLE, actor=emil, now=NOON)
        return len(seen)

    few = statements()
    enabled(*(f"Rule {n:02}" for n in range(30)), by=alice, approver=emil)
    assert statements() == few


def test_the_list_is_exported_and_acted_on_as_one(alice: Actor, emil: Actor) -> None:
    brought("Alpha", "Beta", actor=alice)
    ids = commands.LIBRARY.ids({"state": ["proposed"]}, 10, emil, NOON)
    act = {each.name: each for each in commands.LIBRARY.acts}
    assert act["approve"].run(ids, {}, emil, NOON) == 2
    assert act["enable"].run(ids, {}, emil, NOON) == 2
    assert act["disable"].run(ids, {"reason": "Off"}, emil, NOON) == 2
    assert act["retire"].run(ids, {"reason": "Old"}, emil, NOON + timedelta(days=1)) == 2
    cells = list(commands.LIBRARY.rows({"sort": ["title"]}, emil, NOON))
    assert [(each["title"], each["state"], each["author"]) for each in cells] == [
        ("Alpha", "retired", "Ada Author"),
        ("Beta", "retired", "Ada Author"),
    ]
    imported({"a.yml": rule_text("Gamma")}, actor=alice)
    ids = commands.LIBRARY.ids({"state": ["proposed"]}, 10, emil, NOON)
    assert act["approve_and_enable"].run(ids, {}, emil, NOON) == 1
    imported({"a.yml": rule_text("Delta")}, actor=alice)
    ids = commands.LIBRARY.ids({"waits": ["yes"]}, 10, emil, NOON)
    assert act["decline"].run(ids, {"reason": "No"}, emil, NOON) == 1


@pytest.mark.one_round
def test_real_rules_by_the_thousand_come_in_and_are_read_with(
    shared_data: Path, organisation: CastOrganisation, alice: Actor, emil: Actor
) -> None:
    folder = shared_data / "sigma" / "rules" / "windows" / "process_creation"
    paths = sorted(folder.rglob("*.yml"))[:300]
    made = imported({str(path.relative_to(folder)): path.read_bytes() for path in paths}, actor=alice)
    (batch,) = queries.batches(actor=alice).rows
    assert len(made.new) + batch.faults == len(paths)
    assert commands.decide(made.new, Act.APPROVE, Act.ENABLE, actor=emil, now=NOON) == len(made.new)
    assert sum(origin == RuleOrigin.LIBRARY for origin in live().values()) == len(made.new)
    again: Any = imported({str(path.relative_to(folder)): path.read_bytes() for path in paths}, actor=alice)
    assert again.same == len(made.new)
