"""The shortest way to a chain: a framework, a measure that answers it, a check that tests the measure."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from burgrave.assurance import commands, queries
from burgrave.assurance.terms import CheckDraft, CheckId, MeasureDraft, MeasureId, Outcome, RequirementId
from burgrave.assurance.tests.shelf import NOON
from burgrave.assurance.tests.test_framework_rules import framework, need
from burgrave.engines.standing import Result
from burgrave.web.terms import Actor, UnitId

TODAY = NOON.date()


def put_norm(*identifiers: str, actor: Actor, now: datetime = NOON, **more: Any) -> list[RequirementId]:
    """A framework NRM-05 with these requirements, in their order."""
    key = commands.put_framework(framework(*[need(each) for each in identifiers], **more), actor=actor, now=now)
    rows = queries.requirements(actor=actor, framework_id=key).rows
    return [row.requirement_id for row in rows]


def measure(unit_id: UnitId, *keys: str, actor: Actor, now: datetime = NOON, **more: Any) -> MeasureId:
    draft = MeasureDraft(**{"name": "Read the logs", **more}, unit_id=unit_id, requirements=keys)
    return commands.put_measure(draft, actor=actor, now=now)


def check(measure_id: UUID, *, actor: Actor, now: datetime = NOON, **more: Any) -> CheckId:
    words: dict[str, Any] = {"title": "Were the logs read?", "steps": ("Were they?",), **more}
    return commands.put_check(CheckDraft(measure_id=measure_id, **words), actor=actor, now=now)


def ran(check_id: UUID, result: Result = Result.PASSED, *, actor: Actor, now: datetime = NOON) -> None:
    commands.record_run(check_id, Outcome(result=result, note="Looked"), actor=actor, now=now)
