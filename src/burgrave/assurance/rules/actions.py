"""The life of a finding and of a corrective action (ISO/IEC 27001:2022, 10.2).

An action is planned when its cause, what is to be done, by whom and until when are known; done when its owner says so;
closed when somebody else found it effective and evidence of that is kept. What was not effective begins anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from burgrave.assurance.errors import (
    ActionsUnfinished,
    EvidenceMissing,
    ReasonMissing,
    SeparationOfDuties,
    WrongState,
)
from burgrave.assurance.terms.findings import ActionState, CorrectiveActionDraft, FindingState
from burgrave.assurance.terms.shared import NOTE_MAX
from burgrave.web.errors import BadInput, Said, listed
from burgrave.web.terms import PersonId

_SAID = {str(said): said for said in (Said("open"), Said("planned"), Said("implemented"), Said("closed"))}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStanding:
    """An action as it stands before a step."""

    number: str
    state: ActionState
    done_by: PersonId | None = None


def number(series: str, sequence: int) -> str:
    """The number that people say aloud, for example FND-2026-0001 of the series FND-2026."""
    return f"{series}-{sequence:04d}"


def is_planned(draft: CorrectiveActionDraft) -> bool:
    """Whether nothing of the plan is missing."""
    return bool(draft.root_cause.strip() and draft.plan.strip() and draft.owner_id and draft.due_on)


def plan(standing: ActionStanding, draft: CorrectiveActionDraft) -> ActionState:
    """The state after a plan was made or changed. Raises WrongState or ReasonMissing."""
    _must_be(standing, ActionState.OPEN, ActionState.PLANNED, act=Said("planned"))
    if not is_planned(draft):
        raise ReasonMissing(
            "%(number)s is planned when its root cause, what is to be done, by whom and until when are known",
            words={"number": standing.number},
            mend="Fill in the four fields; ask why until the answer is something that can be changed.",
        )
    return ActionState.PLANNED


def hand_over(standing: ActionStanding, draft: CorrectiveActionDraft) -> ActionState:
    """The state after its owner or its day changed: planned when nothing of the plan is missing. Raises WrongState."""
    _must_be(standing, ActionState.OPEN, ActionState.PLANNED, act=Said("handed over"))
    return ActionState.PLANNED if is_planned(draft) else ActionState.OPEN


def implement(standing: ActionStanding, *, done: str) -> ActionState:
    """The state after the owner did what was planned. Raises WrongState or ReasonMissing."""
    _must_be(standing, ActionState.PLANNED, act=Said("implemented"))
    spoken(done, what=Said("what was done"))
    return ActionState.IMPLEMENTED


def judge(
    standing: ActionStanding, *, is_effective: bool, verdict: str, judge_id: PersonId | None, evidence: int
) -> ActionState:
    """The state after somebody looked whether it works. Raises WrongState, SeparationOfDuties or EvidenceMissing.

    ``evidence`` is how many pieces are kept of the action.
    """
    _must_be(standing, ActionState.IMPLEMENTED, act=Said("judged"))
    spoken(verdict, what=Said("what was looked at and what was seen"))
    if judge_id is not None and judge_id == standing.done_by:
        raise SeparationOfDuties(
            "%(number)s was implemented by you; somebody else judges whether it is effective",
            words={"number": standing.number},
            mend="Ask a colleague who may manage assurance here.",
        )
    if not is_effective:
        return ActionState.OPEN
    if not evidence:
        raise EvidenceMissing(
            "%(number)s is closed with evidence, and none is kept",
            words={"number": standing.number},
            mend="Add a file that shows it: a record, a screenshot, a log.",
        )
    return ActionState.CLOSED


def reopen(standing: ActionStanding, *, reason: str) -> ActionState:
    """The state after a closed action turned out not to hold. Raises WrongState or ReasonMissing."""
    _must_be(standing, ActionState.CLOSED, act=Said("reopened"))
    spoken(reason, what=Said("what turned out not to hold"))
    return ActionState.OPEN


def may_go_on(label: str, finding: FindingState) -> None:
    """Return when actions of the finding may be opened. Raises WrongState."""
    if finding is FindingState.CLOSED:
        raise WrongState(
            "%(label)s is closed; a corrective action is of an open finding",
            words={"label": label},
            mend="Reopen the finding with a reason first.",
        )


def close_finding(label: str, state: FindingState, *, reason: str, actions: Sequence[ActionStanding]) -> str:
    """The reason without outer spaces; the finding is closed. Raises WrongState, ActionsUnfinished, ReasonMissing."""
    if state is FindingState.CLOSED:
        raise WrongState("%(label)s is closed already", words={"label": label})
    left = [each.number for each in actions if each.state is not ActionState.CLOSED]
    if left:
        raise ActionsUnfinished(
            "%(label)s cannot close while %(left)s is not closed",
            words={"label": label, "left": listed(left)},
            mend="Bring each corrective action to its end first.",
        )
    return spoken(reason, what=Said("why the finding is over"))


def reopen_finding(label: str, state: FindingState, *, reason: str) -> str:
    """The reason without outer spaces; the finding is open again. Raises WrongState or ReasonMissing."""
    if state is FindingState.OPEN:
        raise WrongState("%(label)s is open", words={"label": label})
    return spoken(reason, what=Said("what turned out not to be over"))


def is_overdue(state: ActionState, due_on: date | None, *, today: date) -> bool:
    """Whether somebody must act: it was to be done before today and is not."""
    return due_on is not None and due_on < today and state in (ActionState.OPEN, ActionState.PLANNED)


def spoken(text: str, *, what: str) -> str:
    """The text without outer spaces. Raises ReasonMissing or BadInput."""
    words = text.strip()
    if not words:
        raise ReasonMissing("write %(what)s", words={"what": what})
    if len(words) > NOTE_MAX:
        raise BadInput(
            "%(what)s: at most %(most)s characters, got %(got)s",
            words={"what": what, "most": str(NOTE_MAX), "got": str(len(words))},
        )
    return words


def _must_be(standing: ActionStanding, *states: ActionState, act: str) -> None:
    if standing.state not in states:
        raise WrongState(
            "%(number)s is %(state)s and cannot be %(act)s",
            words={"number": standing.number, "state": _SAID[standing.state], "act": act},
        )
