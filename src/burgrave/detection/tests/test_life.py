"""The life of a rule: which act belongs where, and who may do it."""

from __future__ import annotations

import pytest

from burgrave.detection.errors import ReasonMissing, SeparationOfDuties, WrongState
from burgrave.detection.rules import life
from burgrave.detection.rules.redline import Line, LineKind, redline
from burgrave.detection.terms import Act, RuleCase, RuleState

pytestmark = pytest.mark.engine_only
S = RuleState


def case(state: RuleState, *, waits: bool = False, is_approved: bool = False) -> RuleCase:
    return RuleCase(title="R", state=state, waits=waits, is_approved=is_approved)


@pytest.mark.parametrize(
    ("before", "act", "after"),
    [
        (case(S.PROPOSED, waits=True), Act.APPROVE, case(S.APPROVED, is_approved=True)),
        (case(S.PROPOSED, waits=True), Act.DECLINE, case(S.RETIRED)),
        (case(S.APPROVED, is_approved=True), Act.ENABLE, case(S.ENABLED, is_approved=True)),
        (case(S.ENABLED, waits=True, is_approved=True), Act.APPROVE, case(S.ENABLED, is_approved=True)),
        (case(S.ENABLED, waits=True, is_approved=True), Act.DECLINE, case(S.ENABLED, is_approved=True)),
        (case(S.ENABLED, is_approved=True), Act.DISABLE, case(S.DISABLED, is_approved=True)),
        (case(S.DISABLED, is_approved=True), Act.ENABLE, case(S.ENABLED, is_approved=True)),
        (case(S.DISABLED, waits=True, is_approved=True), Act.APPROVE, case(S.DISABLED, is_approved=True)),
        (case(S.ENABLED, waits=True, is_approved=True), Act.RETIRE, case(S.RETIRED, is_approved=True)),
        (case(S.RETIRED, waits=True), Act.APPROVE, case(S.APPROVED, is_approved=True)),
    ],
)
def test_each_act_leads_where_it_should(before: RuleCase, act: Act, after: RuleCase) -> None:
    assert life.decide(before, act, is_apart=True, reason="since") == after


@pytest.mark.parametrize(
    ("before", "act"),
    [
        (case(S.PROPOSED, waits=True), Act.ENABLE),
        (case(S.PROPOSED, waits=True), Act.DISABLE),
        (case(S.APPROVED, is_approved=True), Act.APPROVE),
        (case(S.ENABLED, is_approved=True), Act.ENABLE),
        (case(S.DISABLED, is_approved=True), Act.DECLINE),
        (case(S.RETIRED, is_approved=True), Act.ENABLE),
        (case(S.RETIRED), Act.RETIRE),
    ],
)
def test_what_does_not_belong_there_is_refused(before: RuleCase, act: Act) -> None:
    with pytest.raises(WrongState, match=f"R is {before.state}, and cannot be"):
        life.decide(before, act, is_apart=True, reason="since")


def test_nobody_approves_what_they_brought_but_may_take_it_back() -> None:
    waiting = case(S.PROPOSED, waits=True)
    with pytest.raises(SeparationOfDuties, match="nobody approves what they brought"):
        life.decide(waiting, Act.APPROVE, is_apart=False)
    assert life.decide(waiting, Act.DECLINE, is_apart=False, reason="a mistake").state is S.RETIRED


@pytest.mark.parametrize("act", [Act.DECLINE, Act.DISABLE, Act.RETIRE])
def test_what_takes_away_needs_a_reason(act: Act) -> None:
    with pytest.raises(ReasonMissing, match="needs a reason"):
        life.decide(case(S.ENABLED, waits=True, is_approved=True), act, is_apart=True, reason="  ")


def test_a_rule_of_the_library_is_not_switched_off_as_one_on_disk() -> None:
    life.must_be_on_disk("R", is_of_library=False)
    with pytest.raises(WrongState, match="is a rule of the library"):
        life.must_be_on_disk("R", is_of_library=True)


def test_a_redline_shows_what_changed_with_its_numbers_and_leaves_out_the_rest() -> None:
    old = "\n".join(f"line {n}" for n in range(1, 21))
    new = old.replace("line 10\n", "line ten\nand more\n")
    found = redline(old, new)
    assert found[0] == Line(kind=LineKind.GAP)
    assert [(each.kind, each.text, each.before, each.after) for each in found if each.kind is not LineKind.SAME][
        1:
    ] == [
        ("removed", "line 10", 10, None),
        ("added", "line ten", None, 10),
        ("added", "and more", None, 11),
    ]
    assert [each.before for each in found if each.kind is LineKind.SAME] == [7, 8, 9, 11, 12, 13]
    assert redline(old, old) == ()
    assert [each.kind for each in redline("a", "b")] == ["removed", "added"]
    far = redline(old, old.replace("line 2\n", "").replace("line 19", "x"))
    assert sum(each.kind is LineKind.GAP for each in far) == 1
