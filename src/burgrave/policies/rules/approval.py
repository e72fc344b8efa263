"""The way of a version: who may send it on, who decides, and when it is approved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from burgrave.policies.errors import NotAsked, PlanUnusable, ReasonMissing, SeparationOfDuties, WrongState
from burgrave.policies.terms import MOST_APPROVERS, MOST_STEPS, REASON_MAX, Verdict, VersionState
from burgrave.policies.terms.drafts import PlanStep
from burgrave.web.errors import BadInput, Said, either
from burgrave.web.terms import PersonId

STATE_NAMES = {
    VersionState.DRAFT: Said("a draft"),
    VersionState.IN_REVIEW: Said("in review"),
    VersionState.APPROVED: Said("approved"),
    VersionState.PUBLISHED: Said("published"),
    VersionState.SUPERSEDED: Said("superseded"),
    VersionState.RETIRED: Said("retired"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A decision of the present round; ``step`` counts from 0."""

    step: int
    person_id: PersonId
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A version as its approvers see it: where it stands, who wrote it, whom its plan asks, what was decided."""

    label: str
    state: VersionState
    authors: frozenset[PersonId]
    plan: tuple[PlanStep, ...] = ()
    decisions: tuple[Given, ...] = ()

    @property
    def step(self) -> int | None:
        """The step whose approvers are asked now, from 0; None when every step is done or nobody is asked."""
        if self.state is not VersionState.IN_REVIEW:
            return None
        return next((place for place in range(len(self.plan)) if self.missing(place)), None)

    def approved(self, step: int) -> AbstractSet[PersonId]:
        return {each.person_id for each in self.decisions if each.step == step and each.verdict is Verdict.APPROVED}

    def missing(self, step: int) -> int:
        """How many approvals the step still needs."""
        return max(0, self.plan[step].quorum - len(self.approved(step)))

    @property
    def asked(self) -> tuple[PersonId, ...]:
        """Those whose decision is waited for."""
        step = self.step
        if step is None:
            return ()
        return tuple(each for each in self.plan[step].approvers if each not in self.approved(step))


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """``step`` is the one that was decided, from 0; ``completes`` says that nothing is left to decide."""

    step: int
    completes: bool


def must_be(label: str, state: VersionState, *expected: VersionState, act: str) -> None:
    """Return when the version stands where the act belongs. Raises WrongState; ``act`` is Said."""
    if state not in expected:
        raise WrongState(
            "version %(label)s is %(state)s; only one that is %(expected)s can be %(act)s",
            words={
                "label": label,
                "state": STATE_NAMES[state],
                "expected": either(STATE_NAMES[each] for each in expected),
                "act": act,
            },
            mend="Look at the present state: somebody may have been faster.",
        )


def plan(steps: Sequence[PlanStep], *, authors: Collection[PersonId]) -> tuple[PlanStep, ...]:
    """The plan, if it can be fulfilled without anybody who wrote the text. Raises PlanUnusable, SeparationOfDuties."""
    if not 1 <= len(steps) <= MOST_STEPS:
        raise PlanUnusable(
            "an approval plan has 1 to %(most)s steps, got %(steps)s",
            words={"most": str(MOST_STEPS), "steps": str(len(steps))},
            mend="Name at least one approver.",
        )
    for number, step in enumerate(steps, 1):
        distinct = set(step.approvers)
        if len(distinct) != len(step.approvers):
            raise PlanUnusable(
                "step %(number)s names somebody twice", words={"number": str(number)}, mend="Name each approver once."
            )
        if not 1 <= len(distinct) <= MOST_APPROVERS:
            raise PlanUnusable(
                "step %(number)s asks %(asked)s people; expected 1 to %(most)s",
                words={"number": str(number), "asked": str(len(distinct)), "most": str(MOST_APPROVERS)},
                mend="Take the step out, or name its approvers.",
            )
        if distinct & set(authors):
            raise SeparationOfDuties(
                "step %(number)s asks somebody who wrote the text",
                words={"number": str(number)},
                mend="Name other approvers; whoever saved the draft has written it.",
            )
        if not 1 <= step.quorum <= len(distinct):
            raise PlanUnusable(
                "step %(number)s needs %(quorum)s approvals of %(asked)s people",
                words={"number": str(number), "quorum": str(step.quorum), "asked": str(len(distinct))},
                mend="Name more approvers, or ask for fewer approvals.",
            )
    return tuple(steps)


def approve(review: Review, *, person_id: PersonId | None) -> Approval:
    """The approval counts. Raises WrongState, SeparationOfDuties, NotAsked."""
    step = _turn(review, person_id)
    last = len(review.plan) - 1
    return Approval(step=step, completes=step == last and review.missing(step) == 1)


def reject(review: Review, *, person_id: PersonId | None, reason: str) -> int:
    """The step in which the version is sent back. Raises WrongState, SeparationOfDuties, NotAsked, ReasonMissing."""
    step = _turn(review, person_id)
    reasoned(reason, why=Said("a version is sent back only with a reason"))
    return step


def reasoned(reason: str, *, why: str) -> str:
    """The reason without blanks around it. Raises ReasonMissing, BadInput; ``why`` is Said."""
    text = reason.strip()
    if not text:
        raise ReasonMissing("%(why)s", words={"why": why}, mend="Say in a sentence what others will want to know.")
    if len(text) > REASON_MAX:
        raise BadInput(
            "a reason has at most %(most)s characters, got %(got)s",
            words={"most": str(REASON_MAX), "got": str(len(text))},
        )
    return text


def _turn(review: Review, person_id: PersonId | None) -> int:
    """The step in which this person is asked now."""
    must_be(review.label, review.state, VersionState.IN_REVIEW, act=Said("decided on"))
    step = review.step
    if person_id is None or step is None:
        raise NotAsked("version %(label)s asks nobody without a name", words={"label": review.label})
    if person_id in review.authors:
        raise SeparationOfDuties(
            "version %(label)s was written by you; nobody approves what they wrote",
            words={"label": review.label},
            mend="Wait for those whom the plan asks.",
        )
    if person_id in review.approved(step):
        raise NotAsked(
            "you have approved version %(label)s already", words={"label": review.label}, mend="Wait for the others."
        )
    if person_id not in review.plan[step].approvers:
        raise NotAsked(
            "version %(label)s does not ask you, or not yet",
            words={"label": review.label},
            mend="The plan on the page says who decides now, and who after them.",
        )
    return step
