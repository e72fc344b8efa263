"""Which assets a scope covers and a requirement binds, and what a checklist comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from burgrave.assets.terms import AssetBrief, AssetId, AssetType, Need
from burgrave.assurance.errors import ReasonMissing
from burgrave.assurance.rules import measures as rules
from burgrave.assurance.terms import AssertionDraft, CheckDraft, ManualRun, MeasureDraft, Scope
from burgrave.engines.standing import Result, Standing
from burgrave.web.errors import BadInput
from burgrave.web.terms import UnitId

ROOT, OPS = UnitId(uuid4()), UnitId(uuid4())
ABOVE = {ROOT: (ROOT,), OPS: (OPS, ROOT)}
DAY = date(2026, 6, 1)
SERVER = AssetBrief(
    asset_id=AssetId(UUID(int=7)),
    number="AST-000007",
    name="Server",
    unit_id=OPS,
    type=AssetType.SYSTEM,
    tags=frozenset({"linux"}),
    need=Need(integrity=3, availability=1),
)


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        (Scope(), False),
        (Scope(assets=(SERVER.asset_id,)), True),
        (Scope(assets=(uuid4(),)), False),
        (Scope(units=(ROOT,)), True),
        (Scope(units=(uuid4(),)), False),  # type: ignore[arg-type] # some unit
        (Scope(types=(AssetType.SYSTEM, AssetType.SERVICE)), True),
        (Scope(types=(AssetType.SERVICE,)), False),
        (Scope(tags=("windows", "linux")), True),
        (Scope(tags=("windows",)), False),
        (Scope(need=Need(integrity=3)), True),
        (Scope(need=Need(integrity=4, availability=2)), False),
        (Scope(need=Need(integrity=4, availability=1)), True),
        (Scope(units=(ROOT,), types=(AssetType.SERVICE,)), False),
        (Scope(units=(ROOT,), types=(AssetType.SERVICE,), assets=(SERVER.asset_id,)), True),
    ],
)
def test_a_scope_covers_what_is_named_or_fulfils_every_condition(scope: Scope, covers: bool) -> None:  # noqa: FBT001 - a table
    assert rules.covers(scope, SERVER, above=ABOVE) is covers


@pytest.mark.parametrize(
    ("need", "types", "binds"),
    [
        (None, (), False),
        (None, (AssetType.SYSTEM,), True),
        (None, (AssetType.SERVICE,), False),
        (Need(integrity=3), (), True),
        (Need(confidentiality=1), (), False),
        (Need(integrity=3), (AssetType.SERVICE,), False),
        (Need(integrity=3), (AssetType.SYSTEM,), True),
    ],
)
def test_a_requirement_binds_assets_of_its_need_and_types(need: Need | None, types: Any, binds: bool) -> None:  # noqa: FBT001 - a table
    assert rules.binds(SERVER, need=need, types=types) is binds


def test_a_checklist_passes_when_every_answer_is_yes() -> None:
    steps = ("One?", "Two?")
    assert rules.found(ManualRun(answers=(True, True), note="x"), steps=steps) is Result.PASSED
    assert rules.found(ManualRun(answers=(True, False), note="x"), steps=steps) is Result.FAILED
    assert rules.found(ManualRun(answers=(), note="Away", could_look=False), steps=steps) is Result.INCONCLUSIVE
    with pytest.raises(BadInput, match="has 2 steps, got 1 answers"):
        rules.found(ManualRun(answers=(True,), note="x"), steps=steps)


def test_days_of_a_check() -> None:
    assert rules.valid_until(DAY, valid_days=45) == date(2026, 7, 16)
    assert rules.due_on(last_run_on=None, added_on=DAY, cadence_days=30) == DAY
    assert rules.due_on(last_run_on=DAY, added_on=DAY, cadence_days=30) == date(2026, 7, 1)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_an_assertion_ends_within_a_year(days: int) -> None:
    rules.must_expire(DAY + timedelta(days=366), today=DAY)
    with pytest.raises(ReasonMissing, match="after today and within a year"):
        rules.must_expire(DAY + timedelta(days=days), today=DAY)


GOOD = MeasureDraft(name="Lock", unit_id=ROOT)
TEST = CheckDraft(measure_id=uuid4(), title="Look", steps=("Shut?",))


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda: replace(GOOD, name=" "), "a measure needs a name"),
        (lambda: replace(GOOD, yearly_cost_minor=1), "both or neither"),
        (lambda: replace(GOOD, currency="EUR"), "both or neither"),
        (lambda: replace(GOOD, yearly_cost_minor=1, currency="eur"), "three letters"),
        (lambda: replace(GOOD, yearly_cost_minor=1, currency="EURO"), "three letters"),
        (lambda: replace(GOOD, yearly_cost_minor=-1, currency="EUR"), "not negative"),
        (lambda: replace(GOOD, scope=Scope(assets=tuple(uuid4() for _ in range(1001)))), "at most 1000 assets"),
        (lambda: replace(TEST, title=""), "a check needs a title"),
        (lambda: replace(TEST, cadence_days=0), "every 1 to 3650 days"),
        (lambda: replace(TEST, valid_days=29), "got every 30 days, valid for 29"),
        (lambda: replace(TEST, automatic="x"), "exactly one of the two"),
        (lambda: replace(TEST, steps=()), "exactly one of the two"),
        (lambda: replace(TEST, steps=("x" * 301,)), "1 to 300 characters"),
        (lambda: replace(TEST, steps=("x",) * 51), "at most 50 steps"),
        (lambda: ManualRun(answers=(), note=" "), "say what was looked at"),
        (lambda: AssertionDraft(standing=Standing.MET, reason="", expires_on=DAY), "say why it stands so"),
    ],
)
def test_a_bad_draft_is_refused_with_a_sentence(made: Any, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        made()
