"""Plan, do, check, act: a few figures of each, read from the domains that hold them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from burgrave.assurance import queries as assurance
from burgrave.assurance.queries import ActionFilter, CheckFilter, FindingFilter, MeasureFilter
from burgrave.assurance.terms.findings import FindingRow, FindingState
from burgrave.engines.standing import Standing as RequirementStanding
from burgrave.isms import models
from burgrave.isms.queries.indicators import indicators
from burgrave.isms.queries.matrix import matrix
from burgrave.isms.queries.meetings import decisions
from burgrave.isms.queries.statements import STATES, visible
from burgrave.isms.terms import READ, StatementState
from burgrave.isms.terms.meetings import DecisionFilter, DecisionState
from burgrave.isms.terms.reviews import ReviewState
from burgrave.isms.terms.rows import IndicatorRow, Standing
from burgrave.people import queries as people
from burgrave.web.terms import Actor

SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """The figures; those of *Assurance* are None for whoever may not read there."""

    statements: int
    approved: int
    overdue_reviews: int
    gaps: int
    measures: int | None
    open_decisions: int
    overdue_decisions: int
    indicators: tuple[IndicatorRow, ...]
    due_checks: int | None
    requirements: int | None
    requirements_met: int | None
    last_review_on: date | None
    open_findings: int | None
    findings: tuple[FindingRow, ...]
    overdue_actions: int | None
    done_decisions: int

    @property
    def met(self) -> int:
        return sum(each.standing is Standing.MET for each in self.indicators)


def cycle(*, actor: Actor, now: datetime, today: date) -> Cycle:
    """Everything that the overview shows. A fixed number of statements."""
    actor.must_anywhere(READ)
    found = visible(actor).filter(is_retired=False)
    held = models.Review.objects.filter(people.within(actor, READ)).exclude(state=ReviewState.PLANNED)
    last = held.order_by("-held_at").values_list("held_at", flat=True).first()
    reads = actor.may_anywhere("assurance.read")
    counts = assurance.standing_counts() if reads else {}
    findings = assurance.findings(FindingFilter(states=(FindingState.OPEN,)), size=25, actor=actor) if reads else None
    return Cycle(
        statements=found.count(),
        approved=found.filter(STATES[StatementState.APPROVED]).count(),
        overdue_reviews=found.filter(review_due_on__lt=today).count(),
        gaps=sum(len(each.gaps) for each in matrix(actor=actor).rows),
        measures=assurance.measures(MeasureFilter(), actor=actor).total if reads else None,
        open_decisions=_decisions(actor, today, states=(DecisionState.OPEN,)),
        overdue_decisions=_decisions(actor, today, overdue=True),
        indicators=indicators(actor=actor, today=today),
        due_checks=assurance.checks(CheckFilter(due=True), actor=actor, today=today).total if reads else None,
        requirements=sum(counts.values()) if reads else None,
        requirements_met=counts.get(RequirementStanding.MET, 0) if reads else None,
        last_review_on=last.date() if last and last <= now else None,
        open_findings=findings.total if findings else None,
        findings=findings.rows[:SHOWN] if findings else (),
        overdue_actions=assurance.actions(ActionFilter(overdue=True), actor=actor, today=today).total
        if reads
        else None,
        done_decisions=_decisions(actor, today, states=(DecisionState.DONE,)),
    )


def _decisions(actor: Actor, today: date, *, states: tuple[DecisionState, ...] = (), overdue: bool = False) -> int:
    return decisions(DecisionFilter(states=states, overdue=overdue), actor=actor, today=today).total
