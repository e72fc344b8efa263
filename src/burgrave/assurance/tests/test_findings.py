"""Findings and corrective actions through their commands: once each, in their units, with their records."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from burgrave.assets import commands as assets
from burgrave.assets.tests.house import system
from burgrave.assurance import commands, errors, models, queries
from burgrave.assurance.terms import (
    ActionState,
    CorrectiveActionDraft,
    FindingDraft,
    FindingOrigin,
    FindingSeverity,
    FindingState,
    action_subject,
)
from burgrave.assurance.tests.shelf import NOON, keep
from burgrave.assurance.tests.test_framework_rules import framework, need
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor, UnitId

TODAY = NOON.date()
LATER = NOON + timedelta(days=3)


def draft(unit_id: UnitId, key: str = "k", **more: Any) -> FindingDraft:
    words = {"origin": FindingOrigin.AUDIT, "subject": "", "title": "Logs are not read", **more}
    return FindingDraft(unique_key=key, unit_id=unit_id, **words)


def whole(owner: Actor, **more: Any) -> CorrectiveActionDraft:
    words: dict[str, Any] = {
        "title": "Read them",
        "owner_id": owner.person_id,
        "due_on": date(2026, 4, 1),
        "root_cause": "Nobody was asked to",
        "plan": "Ask somebody",
        **more,
    }
    return CorrectiveActionDraft(**words)


def test_a_finding_is_raised_once_while_it_is_open(organisation: Any, alice: Actor, ledger_tail: Any) -> None:
    first = commands.raise_finding(draft(organisation.operations), actor=alice, now=NOON)
    assert commands.raise_finding(draft(organisation.operations, title="Again"), actor=alice, now=LATER) == first
    assert ledger_tail() == ["assurance.finding_raised"]
    view = queries.finding(first, actor=alice, today=TODAY)
    assert (view.row.number, view.row.title, view.row.state) == ("FND-2026-0001", "Logs are not read", "open")
    commands.close_finding(first, reason="Over", version=1, actor=alice, now=LATER)
    second = commands.raise_finding(draft(organisation.operations), actor=alice, now=LATER)
    assert queries.finding(second, actor=alice, today=TODAY).row.number == "FND-2026-0002"
    with pytest.raises(BadInput, match="that finding is open"):
        commands.reopen_finding(first, reason="Again", version=2, actor=alice, now=LATER)


def test_it_names_requirements_and_assets_that_exist(organisation: Any, alice: Actor, bob: Actor) -> None:
    commands.put_framework(framework(need("A", "Read logs")), actor=alice, now=NOON)
    asset = assets.add_asset(system("Server", organisation.operations), actor=alice, now=NOON)
    made = commands.raise_finding(
        draft(organisation.operations, requirements=("NRM-05:A",), assets=(asset,)), actor=alice, now=NOON
    )
    view = queries.finding(made, actor=bob, today=TODAY)
    assert [(key, title) for _id, key, title in view.requirements] == [("NRM-05:A", "Read logs")]
    assert [each.name for each in view.assets] == ["Server"]
    with pytest.raises(errors.UnknownRequirement, match="NRM-05:Z is no requirement"):
        commands.raise_finding(draft(organisation.root, "other", requirements=("NRM-05:Z",)), actor=alice, now=NOON)
    with pytest.raises(BadInput, match="not in the inventory"):
        commands.raise_finding(draft(organisation.root, "other", assets=(uuid4(),)), actor=alice, now=NOON)
    assert models.Finding.objects.count() == 1
    assert models.Counter.objects.get(series="FND-2026").last == 1


def test_what_recovers_stays_open_and_says_so_until_it_is_found_again(
    organisation: Any, alice: Actor, ledger_tail: Any
) -> None:
    assert commands.mark_recovered("k", actor=alice, now=NOON) is None
    made = commands.raise_finding(draft(organisation.operations), actor=alice, now=NOON)
    for _twice in range(2):
        assert commands.mark_recovered("k", actor=alice, now=LATER) == made
    row = queries.finding(made, actor=alice, today=TODAY).row
    assert (row.state, row.recovered_at) == (FindingState.OPEN, LATER)
    assert ledger_tail() == ["assurance.finding_raised", "assurance.finding_recovered"]
    commands.raise_finding(draft(organisation.operations), actor=alice, now=LATER)
    assert queries.finding(made, actor=alice, today=TODAY).row.recovered_at is None


def test_an_action_goes_its_whole_way_and_back(organisation: Any, alice: Actor, olga: Actor, ledger_tail: Any) -> None:
    made = commands.raise_finding(draft(organisation.operations, action=whole(olga)), actor=alice, now=NOON)
    (action,) = queries.finding(made, actor=alice, today=TODAY).actions
    assert (action.number, action.state, action.owner_name) == ("CA-2026-0001", ActionState.PLANNED, "Olga Orth")
    key = action.action_id
    commands.implement_action(key, done="Asked Paul", version=1, actor=olga, now=LATER)
    with pytest.raises(errors.ActionsUnfinished):
        commands.close_finding(made, reason="Over", version=1, actor=alice, now=LATER)
    with pytest.raises(errors.EvidenceMissing):
        commands.judge_action(key, is_effective=True, verdict="Seen", version=2, actor=alice, now=LATER)
    keep(b"seen", unit_id=organisation.operations, actor=alice, subject=action_subject(key))
    commands.judge_action(key, is_effective=True, verdict="Seen", version=2, actor=alice, now=LATER)
    commands.reopen_action(key, reason="Paul left", version=3, actor=alice, now=LATER)
    view = queries.action(key, actor=alice, today=TODAY)
    assert (view.row.state, view.row.reopenings, view.verdict, view.done_by) == ("open", 1, "Seen", "Olga Orth")
    commands.plan_action(key, whole(olga, plan="Ask two"), version=4, actor=alice, now=LATER)
    assert queries.action(key, actor=alice, today=TODAY).row.state is ActionState.PLANNED
    tail = ledger_tail()
    assert tail.count("assurance.action_moved") == 5
    with pytest.raises(StaleEdit, match="was changed by"):
        commands.plan_action(key, whole(olga), version=1, actor=alice, now=LATER)


def test_an_ineffective_action_begins_anew_and_the_finding_goes_on(
    organisation: Any, alice: Actor, olga: Actor
) -> None:
    made = commands.raise_finding(draft(organisation.operations), actor=alice, now=NOON)
    key = commands.open_action(made, CorrectiveActionDraft(title="Mend"), actor=alice, now=NOON)
    assert queries.action(key, actor=alice, today=TODAY).row.state is ActionState.OPEN
    commands.plan_action(key, whole(olga), version=1, actor=alice, now=NOON)
    commands.implement_action(key, done="Done", version=2, actor=olga, now=NOON)
    commands.judge_action(key, is_effective=False, verdict="No log was read", version=3, actor=alice, now=NOON)
    row = queries.action(key, actor=alice, today=TODAY).row
    assert (row.state, row.reopenings) == (ActionState.OPEN, 1)
    assert queries.finding(made, actor=alice, today=TODAY).row.open_actions == 1


def test_who_may_what(organisation: Any, alice: Actor, bob: Actor, dora: Actor, olga: Actor, charlie: Actor) -> None:
    unit = organisation.operations
    with pytest.raises(Forbidden):
        commands.report_finding(draft(unit), actor=bob, now=NOON)
    made = commands.report_finding(draft(unit, action=whole(olga)), actor=dora, now=NOON)
    (action,) = queries.finding(made, actor=dora, today=TODAY).actions
    steps = [
        lambda actor: commands.close_finding(made, reason="x", version=1, actor=actor, now=NOON),
        lambda actor: commands.reopen_finding(made, reason="x", version=1, actor=actor, now=NOON),
        lambda actor: commands.open_action(made, whole(olga), actor=actor, now=NOON),
        lambda actor: commands.plan_action(action.action_id, whole(olga), version=1, actor=actor, now=NOON),
        lambda actor: commands.implement_action(action.action_id, done="x", version=1, actor=actor, now=NOON),
        lambda actor: commands.judge_action(
            action.action_id, is_effective=False, verdict="x", version=1, actor=actor, now=NOON
        ),
        lambda actor: commands.reopen_action(action.action_id, reason="x", version=1, actor=actor, now=NOON),
    ]
    for step in steps:
        with pytest.raises(Forbidden):
            step(dora)
        with pytest.raises(NotFound):
            step(charlie)
    for read in (queries.finding, queries.action):
        with pytest.raises(NotFound):
            read(made, actor=charlie, today=TODAY)
    assert queries.findings(queries.FindingFilter(), actor=charlie).total == 0
    nobody = CorrectiveActionDraft(title="x", owner_id=uuid4())  # type: ignore[arg-type] # nobody has this id
    with pytest.raises(BadInput, match="does not work here"):
        commands.open_action(made, nobody, actor=alice, now=NOON)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda: CorrectiveActionDraft(title=" "), "a corrective action needs a title"),
        (lambda: CorrectiveActionDraft(title="x", plan="x" * 4001), "at most 4000 characters each"),
        (lambda: draft(UnitId(uuid4()), title=""), "a finding needs a title"),
        (lambda: draft(UnitId(uuid4()), ""), "a key of 1 to 200"),
        (lambda: draft(UnitId(uuid4()), detail="x" * 4001), "the detail of a finding"),
    ],
)
def test_a_bad_draft_is_refused(made: Any, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        made()


@pytest.mark.parametrize("count", [1, 50])
def test_lists_take_a_fixed_number_of_queries(
    organisation: Any, alice: Actor, olga: Actor, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        severity = FindingSeverity.MAJOR if number % 2 else FindingSeverity.MINOR
        commands.raise_finding(
            draft(organisation.operations, str(number), severity=severity, action=whole(olga)), actor=alice, now=NOON
        )
    with django_assert_num_queries(2):
        assert len(queries.findings(queries.FindingFilter(), actor=alice).rows) == count
    with django_assert_num_queries(2):
        rows = queries.actions(queries.ActionFilter(overdue=True), actor=alice, today=date(2026, 5, 1)).rows
        assert len(rows) == count
        assert all(row.is_overdue for row in rows)
    assert queries.actions(queries.ActionFilter(overdue=True), actor=alice, today=TODAY).total == 0


def test_lists_are_narrowed(organisation: Any, alice: Actor, olga: Actor) -> None:
    commands.raise_finding(draft(organisation.operations, "1", action=whole(olga)), actor=alice, now=NOON)
    commands.raise_finding(draft(organisation.sales, "2", title="Other"), actor=alice, now=NOON)
    ask = queries.FindingFilter
    assert queries.findings(ask(text="logs"), actor=alice).total == 1
    assert queries.findings(ask(text="fnd-2026-0002"), actor=alice).total == 1
    assert queries.findings(ask(states=(FindingState.CLOSED,)), actor=alice).total == 0
    assert queries.findings(ask(units=(organisation.sales,)), actor=alice).total == 1
    of = queries.ActionFilter
    assert queries.actions(of(text="read"), actor=alice, today=TODAY).total == 1
    assert queries.actions(of(states=(ActionState.CLOSED,)), actor=alice, today=TODAY).total == 0
    assert queries.actions(of(mine=olga.person_id), actor=alice, today=TODAY).total == 1
    assert queries.actions(of(units=(organisation.sales,)), actor=alice, today=TODAY).total == 0
