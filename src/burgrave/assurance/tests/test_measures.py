"""Measures and checks through their commands, and what an asset is required to fulfil."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from burgrave.assets import commands as assets
from burgrave.assets.terms import AssetType, Need
from burgrave.assets.tests.house import system
from burgrave.assurance import commands, errors, models, queries
from burgrave.assurance.terms import CheckDraft, FindingState, ManualRun, MeasureDraft, Scope, run_subject
from burgrave.assurance.tests.chains import TODAY, check, measure, put_norm, ran
from burgrave.assurance.tests.shelf import NOON, store
from burgrave.assurance.tests.test_framework_rules import framework, need
from burgrave.engines.standing import CheckState, MeasureState, Phase, Result, Standing
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor

LATER = NOON + timedelta(days=1)
YES = ManualRun(answers=(True,), note="Looked at 5 logs")
NO = ManualRun(answers=(False,), note="3 of 5 were not read")


def test_a_measure_keeps_its_facts_and_its_cost(organisation: Any, alice: Actor, ledger_tail: Any) -> None:
    put_norm("A", actor=alice)
    asset = assets.add_asset(system("Server", organisation.operations), actor=alice, now=NOON)
    scope = Scope(units=(organisation.operations,), tags=("linux",), assets=(asset,))
    key = measure(
        organisation.operations, "NRM-05:A", actor=alice, yearly_cost_minor=120_000, currency="EUR", scope=scope
    )
    view = queries.measure(key, actor=alice, today=TODAY)
    assert (view.row.number, view.row.state, view.row.requirements) == ("MEA-2026-0001", MeasureState.UNPROVEN, 1)
    assert (view.scope, view.scope_units, view.covered) == (scope, ("Operations",), 1)
    assert [each.name for each in view.named] == ["Server"]
    assert [each.key for each in view.requirements] == ["NRM-05:A"]
    assert queries.yearly_costs(actor=alice) == {"EUR": 120_000}
    assert ledger_tail()[-1] == "assurance.measure_put"
    draft = MeasureDraft(name="Read them all", unit_id=organisation.operations, phase=Phase.RETIRED)
    commands.put_measure(draft, measure_id=key, version=1, actor=alice, now=LATER)
    after = queries.measure(key, actor=alice, today=TODAY)
    assert (after.row.name, after.row.state, after.requirements, after.named) == (
        "Read them all", MeasureState.RETIRED, (), (),
    )  # fmt: skip
    with pytest.raises(StaleEdit):
        commands.put_measure(draft, measure_id=key, version=1, actor=alice, now=LATER)


def test_a_measure_names_what_exists(organisation: Any, alice: Actor) -> None:
    with pytest.raises(errors.UnknownRequirement, match="NRM-05:A is no requirement"):
        measure(organisation.operations, "NRM-05:A", actor=alice)
    with pytest.raises(BadInput, match="not in the inventory"):
        measure(organisation.operations, actor=alice, scope=Scope(assets=(uuid4(),)))
    with pytest.raises(BadInput, match="does not work here"):
        measure(organisation.operations, actor=alice, owner_id=uuid4())


def test_a_manual_check_fails_raises_once_recovers_and_closes_nothing(
    organisation: Any,
    alice: Actor,
    olga: Actor,
    ledger_tail: Any,
) -> None:
    put_norm("A", actor=alice)
    key = check(measure(organisation.operations, "NRM-05:A", actor=alice), actor=alice, owner_id=olga.person_id)
    files = ((store(b"5 logs"), "logs.txt", "text/plain"),)
    run = commands.do_check(key, NO, files=files, actor=olga, now=NOON)
    assert [row.name for row in queries.evidence_of(run_subject(run))] == ["logs.txt"]
    (kept,) = queries.evidence_of(run_subject(run))
    assert kept.effective_to is not None
    assert kept.effective_to.date() == TODAY + timedelta(days=45)
    commands.do_check(key, NO, actor=olga, now=LATER)
    (finding,) = queries.findings(queries.FindingFilter(), actor=alice).rows
    assert (finding.number, finding.title, finding.origin) == ("FND-2026-0001", "Were the logs read?", "check")
    assert queries.finding(finding.finding_id, actor=alice, today=TODAY).requirements[0][1] == "NRM-05:A"
    commands.do_check(key, YES, actor=olga, now=LATER + timedelta(hours=1))
    (finding,) = queries.findings(queries.FindingFilter(), actor=alice).rows
    assert (finding.state, finding.recovered_at) == (FindingState.OPEN, LATER + timedelta(hours=1))
    view = queries.check(key, actor=alice, today=TODAY)
    assert (view.row.state, view.run_count, view.finding) == (
        CheckState.PASSING, 3, (finding.finding_id, finding.number),
    )  # fmt: skip
    assert view.row.due_on == LATER.date() + timedelta(days=30)
    assert [run.result for run in view.runs] == [Result.PASSED, Result.FAILED, Result.FAILED]
    kinds = ledger_tail()
    assert kinds.count("assurance.check_ran") == 3
    assert kinds.count("assurance.finding_raised") == kinds.count("assurance.finding_recovered") == 1
    with pytest.raises(BadInput, match="has 1 steps, got 0 answers"):
        commands.do_check(key, ManualRun(answers=(), note="x"), actor=olga, now=LATER)


def test_an_automatic_check_runs_keeps_its_exhibit_and_takes_no_answers(
    organisation: Any, alice: Actor, settings: Any
) -> None:
    key = check(
        measure(organisation.operations, actor=alice), actor=alice, automatic="assets.reviews", steps=(), cadence_days=1
    )
    assert queries.due_automatic(now=TODAY) == (key,)
    run = commands.run_check(key, actor=alice, now=NOON)
    row, _check = queries.run(run, actor=alice)
    assert (row.result, dict(row.figures)) == (Result.INCONCLUSIVE, {"Assets in use": 0, "Overdue for review": 0})
    assert queries.due_automatic(now=TODAY) == ()
    assets.add_asset(system("Server", organisation.operations), actor=alice, now=NOON)
    run = commands.run_check(key, actor=alice, now=LATER)
    assert queries.run(run, actor=alice)[0].result is Result.PASSED
    assert [each.name for each in queries.evidence_of(run_subject(run))] == ["overdue-assets.json"]
    run = commands.run_check(key, actor=alice, now=NOON + timedelta(days=400))
    assert queries.run(run, actor=alice)[0].result is Result.FAILED
    with pytest.raises(errors.CheckMisplaced, match="runs by itself"):
        commands.do_check(key, YES, actor=alice, now=NOON)
    with pytest.raises(errors.UnknownCheck, match="no automatic check x"):
        check(measure(organisation.operations, actor=alice), actor=alice, automatic="x", steps=())


def test_a_check_stays_what_it_is_and_a_retired_one_counts_for_nothing(organisation: Any, alice: Actor) -> None:
    (clause,) = put_norm("A", actor=alice)
    home = measure(organisation.operations, "NRM-05:A", actor=alice)
    key = check(home, actor=alice)
    draft = CheckDraft(measure_id=home, title="Were they?", steps=("One?", "Two?"))
    commands.put_check(draft, check_id=key, version=1, actor=alice, now=NOON)
    assert queries.check(key, actor=alice, today=TODAY).steps == ("One?", "Two?")
    with pytest.raises(StaleEdit):
        commands.put_check(draft, check_id=key, version=1, actor=alice, now=NOON)
    other = replace(draft, automatic="assets.reviews", steps=())
    with pytest.raises(errors.CheckMisplaced, match="stays with its measure"):
        commands.put_check(other, check_id=key, version=2, actor=alice, now=NOON)
    with pytest.raises(errors.CheckMisplaced, match="answered by a person"):
        commands.run_check(key, actor=alice, now=NOON)
    ran(key, Result.FAILED, actor=alice)
    assert queries.standing(clause, on=TODAY, actor=alice).derived is Standing.NOT_MET
    commands.retire_check(key, reason="Another tool", version=2, actor=alice, now=LATER)
    view = queries.standing(clause, on=LATER.date(), actor=alice)
    assert [(each.state, each.checks) for each in view.measures] == [(MeasureState.UNPROVEN, ())]
    assert view.derived is Standing.PARTLY_MET, "the finding of the check is open"
    ran(key, Result.FAILED, actor=alice, now=LATER)
    assert queries.checks(queries.CheckFilter(), actor=alice, today=TODAY).total == 0


def test_who_may_what(organisation: Any, alice: Actor, bob: Actor, dora: Actor, charlie: Actor, olga: Actor) -> None:
    home = measure(organisation.operations, actor=alice)
    key, auto = check(home, actor=alice), check(home, actor=alice, automatic="assets.reviews", steps=())
    draft = MeasureDraft(name="x", unit_id=organisation.operations)
    steps = [
        lambda actor: commands.put_measure(draft, measure_id=home, version=1, actor=actor, now=NOON),
        lambda actor: commands.put_check(CheckDraft(measure_id=home, title="x", steps=("y",)), actor=actor, now=NOON),
        lambda actor: commands.retire_check(key, reason="x", version=1, actor=actor, now=NOON),
        lambda actor: commands.do_check(key, YES, actor=actor, now=NOON),
        lambda actor: commands.run_check(auto, actor=actor, now=NOON),
    ]
    for step in steps:
        for reader in (bob, dora):
            with pytest.raises(Forbidden):
                step(reader)
        with pytest.raises(NotFound):
            step(charlie)
    for step in steps[:3]:
        with pytest.raises(Forbidden):
            step(olga)
    commands.run_check(auto, actor=olga, now=NOON)
    bound = check(home, actor=alice, owner_id=alice.person_id)
    with pytest.raises(Forbidden, match="done by its owner"):
        commands.do_check(bound, YES, actor=olga, now=NOON)
    for read in (queries.measure, queries.check):
        with pytest.raises(NotFound):
            read(home, actor=charlie, today=TODAY)
    with pytest.raises(NotFound):
        queries.run(models.CheckRun.objects.get().pk, actor=charlie)
    assert queries.measures(queries.MeasureFilter(), actor=charlie).total == 0


@pytest.mark.parametrize("count", [1, 50])
def test_lists_take_a_fixed_number_of_queries(
    organisation: Any, alice: Actor, django_assert_num_queries: Any, count: int
) -> None:
    put_norm("A", actor=alice)
    for _each in range(count):
        home = measure(organisation.operations, "NRM-05:A", actor=alice, scope=Scope(units=(organisation.root,)))
        key = check(home, actor=alice)
    for _each in range(count):
        ran(key, actor=alice)
    with django_assert_num_queries(2):
        assert len(queries.measures(queries.MeasureFilter(), actor=alice).rows) == count
    with django_assert_num_queries(2):
        assert len(queries.checks(queries.CheckFilter(due=False), actor=alice, today=TODAY).rows) == count
    with django_assert_num_queries(5):
        assert len(queries.check(key, actor=alice, today=TODAY).runs) == count
    with django_assert_num_queries(7):
        queries.measure(home, actor=alice, today=TODAY)
    (clause,) = queries.requirements(actor=alice).rows
    with django_assert_num_queries(16):
        assert len(queries.standing(clause.requirement_id, on=TODAY, actor=alice).measures) == count


def test_lists_are_narrowed(organisation: Any, alice: Actor, olga: Actor) -> None:
    home = measure(organisation.operations, actor=alice)
    measure(organisation.sales, actor=alice, name="Lock doors")
    of = queries.MeasureFilter
    assert queries.measures(of(text="lock"), actor=alice).total == 1
    assert queries.measures(of(states=(MeasureState.FAILING,)), actor=alice).total == 0
    assert queries.measures(of(units=(organisation.sales,)), actor=alice).total == 1
    check(home, actor=alice, owner_id=olga.person_id)
    check(home, actor=alice, automatic="assets.reviews", steps=(), title="Reviews")
    ask = queries.CheckFilter

    def total(**narrowed: Any) -> int:
        return queries.checks(ask(**narrowed), actor=alice, today=TODAY).total

    assert (total(), total(text="logs"), total(text="chk-2026-0002"), total(kind="automatic")) == (2, 1, 1, 1)
    assert (total(kind="manual"), total(mine=olga.person_id), total(due=True)) == (1, 1, 2)
    assert (total(states=(CheckState.PASSING,)), total(units=(organisation.sales,))) == (0, 0)


def test_an_asset_is_required_what_its_need_calls_for_and_a_gap_says_why(
    organisation: Any, alice: Actor, bob: Actor, charlie: Actor
) -> None:
    commands.put_framework(
        framework(
            need("A", "Encrypt", applies_to_need=Need(confidentiality=3)),
            need("B", "Patch", applies_to_types=(AssetType.SYSTEM,)),
            need("C", "Have a policy"),
        ),
        actor=alice,
        now=NOON,
    )
    asset = assets.add_asset(
        system("Payroll", organisation.operations, own=Need(confidentiality=3)), actor=alice, now=NOON
    )
    plain = assets.add_asset(system("Room", organisation.operations, type=AssetType.LOCATION), actor=alice, now=NOON)
    here = measure(
        organisation.operations,
        "NRM-05:A",
        actor=alice,
        scope=Scope(units=(organisation.operations,)),
        name="Disk keys",
    )
    measure(organisation.operations, "NRM-05:B", actor=alice, scope=Scope(units=(organisation.sales,)))
    ran(check(here, actor=alice), actor=alice)
    brief, found = queries.asset_requirements(asset, actor=alice)
    assert brief.name == "Payroll"
    told = [(each.requirement.identifier, each.standing, each.why, each.is_gap) for each in found]
    assert told == [
        ("B", Standing.NOT_ASSESSED, ("system",), True),
        ("A", Standing.MET, ("confidentiality",), False),
    ]
    assert [name for _id, _number, name, _state in found[1].measures] == ["Disk keys"]
    assert queries.asset_requirements(plain, actor=bob)[1] == ()
    assert queries.gaps_by_asset() == {asset: 1}
    with pytest.raises(NotFound):
        queries.asset_requirements(asset, actor=charlie)
