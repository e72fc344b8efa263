"""The life of a rule of the library: proposed, approved, enabled or disabled, retired; and who may decide it."""

from __future__ import annotations

from dataclasses import replace

from burgrave.detection.errors import ReasonMissing, SeparationOfDuties, WrongState
from burgrave.detection.terms import NEEDS_REASON, Act, RuleCase, RuleState
from burgrave.web.errors import Said

STATE_WORDS = {
    RuleState.PROPOSED: Said("proposed"),
    RuleState.APPROVED: Said("approved"),
    RuleState.ENABLED: Said("enabled"),
    RuleState.DISABLED: Said("disabled"),
    RuleState.RETIRED: Said("retired"),
}
ACT_WORDS = {
    Act.APPROVE: Said("approved"),
    Act.DECLINE: Said("declined"),
    Act.ENABLE: Said("enabled"),
    Act.DISABLE: Said("disabled"),
    Act.RETIRE: Said("retired"),
}


def decide(case: RuleCase, act: Act, *, is_apart: bool, reason: str = "") -> RuleCase:
    """The rule after the act. Raises WrongState, SeparationOfDuties, ReasonMissing.

    ``is_apart``: whoever decides neither brought the text that waits nor stands in for who did.
    """
    if act in NEEDS_REASON:
        must_say(reason)
    if not possible(case, act):
        raise WrongState(
            "%(title)s is %(state)s, and cannot be %(act)s as it stands",
            words={"title": case.title, "state": STATE_WORDS[case.state], "act": ACT_WORDS[act]},
            mend="Look at its present state; somebody may have gone on meanwhile.",
        )
    if act is Act.APPROVE and not is_apart:
        raise SeparationOfDuties(
            "%(title)s was brought by the same person; nobody approves what they brought",
            words={"title": case.title},
            mend="Ask somebody else who may change detection rules.",
        )
    return _after(case, act)


def possible(case: RuleCase, act: Act) -> bool:
    """Whether the act belongs where the rule stands, whoever does it."""
    match act:
        case Act.APPROVE | Act.DECLINE:
            return case.waits
        case Act.ENABLE:
            return case.is_approved and case.state in {RuleState.APPROVED, RuleState.DISABLED}
        case Act.DISABLE:
            return case.state in {RuleState.APPROVED, RuleState.ENABLED}
        case Act.RETIRE:
            return case.state is not RuleState.RETIRED


def _after(case: RuleCase, act: Act) -> RuleCase:
    match act:
        case Act.APPROVE:
            starts = case.state in {RuleState.PROPOSED, RuleState.RETIRED}
            state = RuleState.APPROVED if starts else case.state
            return replace(case, state=state, waits=False, is_approved=True)
        case Act.DECLINE:
            state = RuleState.RETIRED if case.state is RuleState.PROPOSED else case.state
            return replace(case, state=state, waits=False)
        case Act.ENABLE:
            return replace(case, state=RuleState.ENABLED)
        case Act.DISABLE:
            return replace(case, state=RuleState.DISABLED)
        case Act.RETIRE:
            return replace(case, state=RuleState.RETIRED, waits=False)


def must_say(reason: str) -> None:
    """Return when a reason is given. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing("this needs a reason", mend="Say why; it stays with the rule.")


def must_be_on_disk(title: str, *, is_of_library: bool) -> None:
    """Return for a rule that ships or stands in a folder of this installation. Raises WrongState."""
    if is_of_library:
        raise WrongState(
            "%(title)s is a rule of the library",
            words={"title": title},
            mend="Disable it in the library, where it is also approved.",
        )
