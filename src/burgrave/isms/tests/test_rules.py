from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.isms.errors import Incomplete, OutdatedDigest, SeparationOfDuties, WrongState
from burgrave.isms.rules import approval, contents, indicators, matrix
from burgrave.isms.terms import (
    APPROVE,
    KINDS,
    LARGEST_VALUE,
    Bearer,
    Direction,
    Duty,
    Line,
    Objective,
    Party,
    Process,
    ReadingDraft,
    Relation,
    Scope,
    StatementDraft,
    StatementId,
    StatementState,
)
from burgrave.isms.terms.rows import Gap, Standing
from burgrave.isms.tests.house import ISSUE, OBJECTIVE, PARTY, PROCESS, SCOPE, draft, indicator
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, PersonId, UnitId

UNIT = UnitId(UUID(int=1))
ADA, BEN, CLEO = (PersonId(UUID(int=number)) for number in (11, 12, 13))
OBJECTIVE_ID = StatementId(UUID(int=2))
CONTENTS = (
    ISSUE,
    PARTY,
    Scope(text="x", units=(UNIT,), interfaces=(Line("a", "b"),)),
    Objective(text="x", due_on=date(2027, 1, 31)),
    indicator(OBJECTIVE_ID, target=Decimal("99.50")),
    Process(
        accountable=Bearer(person_id=ADA),
        responsible=(Bearer(role="a"), Bearer(person_id=BEN)),
        consulted=(Bearer(role="b"),),
        informed=(Bearer(role="c"),),
    ),
    Process(),
)


@pytest.mark.parametrize("content", CONTENTS, ids=lambda each: type(each).__name__)
def test_what_is_kept_is_read_back_as_it_was(content) -> None:
    assert contents.content_of(KINDS[type(content)], contents.plain(content)) == content


@given(st.decimals(-LARGEST_VALUE, LARGEST_VALUE, places=6))
def test_a_number_has_one_spelling_and_stays_itself(value: Decimal) -> None:
    text = contents.decimal_text(value)
    assert Decimal(text) == value
    assert contents.decimal_text(Decimal(text)) == text
    assert "E" not in text


def test_a_digest_follows_every_word_and_nothing_else() -> None:
    said = draft(ISSUE, UNIT)
    others = [
        draft(OBJECTIVE, UNIT),
        draft(ISSUE, UNIT, title="Other"),
        draft(ISSUE, UNIT, owner_id=ADA),
        draft(ISSUE, UNIT, review_every_days=30),
        draft(ISSUE, UnitId(UUID(int=9))),
    ]
    assert contents.digest_of(said) == contents.digest_of(draft(ISSUE, UNIT))
    assert len({contents.digest_of(each) for each in (said, *others)}) == 6


@pytest.mark.parametrize("key", ["", "role:", "person:x", "unit:1", "role"])
def test_a_bearer_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"role:CODE or person:UUID|badly formed"):
        contents.bearer_of(key)


@pytest.mark.parametrize(
    ("version", "approved", "retired", "state"),
    [
        (1, 0, False, StatementState.DRAFT),
        (2, 1, False, StatementState.CHANGED),
        (2, 2, False, StatementState.APPROVED),
        (2, 1, True, StatementState.RETIRED),
    ],
    ids=["never approved", "a newer one waits", "holds", "retired"],
)
def test_the_state_follows_from_the_versions(version: int, approved: int, *, retired: bool, state) -> None:
    assert approval.state_of(version=version, approved_version=approved, is_retired=retired) is state


def test_nobody_approves_their_own_words() -> None:
    ada = Actor(person_id=ADA, label="a", name="Ada", allowed={APPROVE: {UNIT}})
    approval.must_be_apart(ada, [BEN, CLEO], permission=APPROVE, unit_id=UNIT, what="ISS-0001")
    with pytest.raises(SeparationOfDuties, match="ISS-0001 was written by you"):
        approval.must_be_apart(ada, [BEN, ADA], permission=APPROVE, unit_id=UNIT, what="ISS-0001")


def test_nobody_approves_in_the_stead_of_the_author() -> None:
    lent = {APPROVE: {UNIT}}
    ada = Actor(person_id=ADA, label="a", name="Ada", allowed=lent, on_behalf={BEN: lent})
    approval.must_be_apart(ada, [CLEO], permission=APPROVE, unit_id=UNIT, what="x")
    with pytest.raises(SeparationOfDuties):
        approval.must_be_apart(ada, [BEN], permission=APPROVE, unit_id=UNIT, what="x")


@pytest.mark.parametrize("state", list(StatementState))
def test_only_what_waits_is_approved(state: StatementState) -> None:
    if state in {StatementState.DRAFT, StatementState.CHANGED}:
        approval.must_be_approvable(state, what="x")
    else:
        with pytest.raises(WrongState, match="x has no version that waits"):
            approval.must_be_approvable(state, what="x")


def test_what_was_shown_is_what_is_approved() -> None:
    approval.must_be_shown("a", "a", what="x")
    with pytest.raises(OutdatedDigest, match="changed since you opened it"):
        approval.must_be_shown("a", "b", what="x")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (Party(relation=Relation.STAFF, text="x"), "no requirement"),
        (Scope(text="x"), "no boundary"),
        (Process(responsible=(Bearer(role="a"),)), "accountable"),
        (Process(accountable=Bearer(role="a")), "responsible"),
    ],
    ids=["party", "scope", "nobody accountable", "nobody responsible"],
)
def test_what_lacks_what_its_clause_asks_for_is_not_approved(content, message: str) -> None:
    with pytest.raises(Incomplete, match=message):
        approval.must_be_complete(content, what="x")


@pytest.mark.parametrize("content", [ISSUE, PARTY, SCOPE, OBJECTIVE, PROCESS], ids=lambda each: type(each).__name__)
def test_what_says_everything_may_be_approved(content) -> None:
    approval.must_be_complete(content, what="x")


TODAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("value", "read_on", "direction", "expected"),
    [
        (None, None, Direction.AT_MOST, Standing.UNREAD),
        (Decimal(1), None, Direction.AT_MOST, Standing.UNREAD),
        (Decimal(8), date(2026, 3, 1), Direction.AT_MOST, Standing.MET),
        (Decimal(8), date(2026, 2, 28), Direction.AT_MOST, Standing.STALE),
        (Decimal("8.1"), TODAY, Direction.AT_MOST, Standing.MISSED),
        (Decimal(8), TODAY, Direction.AT_LEAST, Standing.MET),
        (Decimal("7.9"), TODAY, Direction.AT_LEAST, Standing.MISSED),
    ],
)
def test_an_indicator_stands_by_its_last_reading(value, read_on, direction, expected) -> None:
    found = indicators.standing(
        value=value, read_on=read_on, target=Decimal(8), direction=direction, every_days=30, today=TODAY
    )
    assert found is expected


def test_gaps_name_what_is_missing_and_who_is_gone() -> None:
    gone = Bearer(person_id=BEN)
    process = Process(consulted=(gone,))
    assert matrix.gaps(process, is_held=lambda each: each != gone) == (
        Gap(duty=Duty.ACCOUNTABLE, bearer=None),
        Gap(duty=Duty.RESPONSIBLE, bearer=None),
        Gap(duty=Duty.CONSULTED, bearer=gone),
    )
    assert matrix.gaps(PROCESS, is_held=lambda _each: True) == ()


def test_the_matrix_has_roles_before_persons_and_letters_in_their_order() -> None:
    head, ada = Bearer(role="head"), Bearer(person_id=ADA)
    first = Process(accountable=ada, responsible=(ada, head))
    columns = matrix.bearers([first, Process(informed=(head,))])
    assert columns == (head, ada)
    assert matrix.letters(first, columns) == ("R", "A/R")
    assert matrix.letters(Process(informed=(head,)), columns) == ("I", "")


@pytest.mark.parametrize(
    "build",
    [
        lambda: Line(""),
        lambda: Line("x" * 501),
        lambda: Scope(text="x", exclusions=(Line("Sales"),)),
        lambda: Scope(text="x", locations=(Line("a"),) * 201),
        lambda: Objective(text="x" * 20_001),
        lambda: indicator(OBJECTIVE_ID, target=Decimal("NaN")),
        lambda: indicator(OBJECTIVE_ID, target=Decimal(10) ** 13),
        lambda: indicator(OBJECTIVE_ID, target=Decimal("0.1234567")),
        lambda: indicator(OBJECTIVE_ID, unit_of_measure=" "),
        lambda: indicator(OBJECTIVE_ID, every_days=0),
        Bearer,
        lambda: Bearer(role="a", person_id=ADA),
        lambda: Process(informed=(Bearer(role="a"), Bearer(role="a"))),
        lambda: StatementDraft(title=" ", unit_id=UNIT, content=ISSUE),
        lambda: StatementDraft(title="x", unit_id=UNIT, content=ISSUE, review_every_days=0),
        lambda: ReadingDraft(on=TODAY, value=Decimal(1), sample_size=-1),
    ],
)
def test_what_makes_no_sense_is_refused_at_the_border(build) -> None:
    with pytest.raises(BadInput):
        build()
