"""What the tests of this domain build again and again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from burgrave.isms import commands, queries
from burgrave.isms.terms import (
    Bearer,
    Content,
    Direction,
    Effect,
    Indicator,
    Issue,
    Line,
    Objective,
    Origin,
    Party,
    Process,
    Relation,
    Scope,
    StatementDraft,
    StatementId,
    Topic,
)
from burgrave.people.tests_cast import NOON
from burgrave.web.terms import Actor, UnitId

ISSUE = Issue(origin=Origin.EXTERNAL, topic=Topic.LAW, effect=Effect.RISK, text="A new law on resilience.")
PARTY = Party(
    relation=Relation.AUTHORITY,
    text="Watches over critical suppliers.",
    requirements=(Line("Report incidents within 24 hours", "incident process"), Line("Keep records")),
)
SCOPE = Scope(
    text="Pumps and spare parts.",
    locations=(Line("Rostock"),),
    services=(Line("Online shop"),),
    exclusions=(Line("Sales office", "uses no system of ours"),),
)
OBJECTIVE = Objective(text="Respond faster.", means="A second shift.")
PROCESS = Process(accountable=Bearer(role="head_of_security"), responsible=(Bearer(role="incident_responder"),))


def draft(content: Content, unit_id: UnitId, **facts: Any) -> StatementDraft:
    return StatementDraft(**({"title": "Statement"} | facts), unit_id=unit_id, content=content)


def indicator(objective_id: StatementId, **facts: Any) -> Indicator:
    given: dict[str, Any] = {
        "unit_of_measure": "hours",
        "direction": Direction.AT_MOST,
        "target": Decimal(8),
        "every_days": 30,
    }
    return Indicator(objective_id=objective_id, **(given | facts))


def written(content: Content, unit_id: UnitId, *, actor: Actor, **facts: Any) -> StatementId:
    return commands.write_statement(draft(content, unit_id, **facts), actor=actor, now=NOON)


def approve(statement_id: StatementId, *, actor: Actor) -> None:
    digest = queries.statement(statement_id, actor=actor).shown.digest
    commands.approve(statement_id, digest=digest, actor=actor, now=NOON)
