"""Codes in words: acknowledgements, exceptions and runs."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from burgrave.engines.norms import Kind
from burgrave.policies.terms.acknowledging import AskState, AudienceKind
from burgrave.policies.terms.exceptions import ExceptionState, RiskLevel
from burgrave.policies.terms.runs import RunState, StepState
from burgrave.web.terms import State, Tone, Words

ASK_STATES: Mapping[AskState, State] = {
    AskState.OPEN: State(word=_("To confirm"), tone=Tone.GOING),
    AskState.OVERDUE: State(word=_("Overdue"), tone=Tone.ACT),
    AskState.CONFIRMED: State(word=pgettext_lazy("acknowledgement", "Confirmed"), tone=Tone.GOOD),
    AskState.ENDED: State(word=_("Asked no more"), tone=Tone.IDLE),
}
KINDS: Mapping[Kind, Words] = {
    Kind.POLICY: _("Policy"),
    Kind.NORM: _("Norm"),
    Kind.PROCEDURE: _("Procedure"),
    Kind.GUIDELINE: _("Guideline"),
    Kind.RECORD: _("Record form"),
}
AUDIENCES: Mapping[AudienceKind, Words] = {
    AudienceKind.EVERYBODY: _("Everybody"),
    AudienceKind.UNIT: _("Unit"),
    AudienceKind.ROLE: _("Role"),
    AudienceKind.OWNERS: _("Owners of assets"),
}
EXCEPTION_STATES: Mapping[ExceptionState, State] = {
    ExceptionState.REQUESTED: State(word=_("Waits for a decision"), tone=Tone.WARN),
    ExceptionState.GRANTED: State(word=_("Granted"), tone=Tone.GOOD),
    ExceptionState.REFUSED: State(word=pgettext_lazy("exception", "Refused"), tone=Tone.IDLE),
    ExceptionState.WITHDRAWN: State(word=_("Withdrawn"), tone=Tone.IDLE),
    ExceptionState.REVOKED: State(word=_("Revoked"), tone=Tone.IDLE),
    ExceptionState.EXPIRED: State(word=pgettext_lazy("exception", "Expired"), tone=Tone.ACT),
}
RISKS: Mapping[RiskLevel, Words] = {
    RiskLevel.LOW: pgettext_lazy("risk", "Low"),
    RiskLevel.MEDIUM: pgettext_lazy("risk", "Medium"),
    RiskLevel.HIGH: pgettext_lazy("risk", "High"),
    RiskLevel.CRITICAL: pgettext_lazy("risk", "Critical"),
}
RUN_STATES: Mapping[RunState, State] = {
    RunState.OPEN: State(word=_("Under way"), tone=Tone.GOING),
    RunState.FINISHED: State(word=_("Finished"), tone=Tone.GOOD),
    RunState.ABANDONED: State(word=_("Abandoned"), tone=Tone.WARN),
}
STEP_STATES: Mapping[StepState, State] = {
    StepState.OPEN: State(word=pgettext_lazy("step", "Open"), tone=Tone.IDLE),
    StepState.DONE: State(word=pgettext_lazy("step", "Done"), tone=Tone.GOOD),
    StepState.SKIPPED: State(word=_("Left out"), tone=Tone.WARN),
    StepState.DEVIATED: State(word=_("Done otherwise"), tone=Tone.WARN),
}

RECORD_WORDS: tuple[str, ...] = (
    gettext_noop("Audience set"),
    gettext_noop("Quiz set"),
    gettext_noop("Acknowledgement asked"),
    gettext_noop("Audience renewed"),
    gettext_noop("Acknowledged"),
    gettext_noop("Attempt given"),
    gettext_noop("Acknowledgements exported"),
    gettext_noop("Exception requested"),
    gettext_noop("Exception approved"),
    gettext_noop("Exception refused"),
    gettext_noop("Exception withdrawn"),
    gettext_noop("Extension requested"),
    gettext_noop("Exception revoked"),
    gettext_noop("Exception expired"),
    gettext_noop("Run started"),
    gettext_noop("Step settled"),
    gettext_noop("Run finished"),
    gettext_noop("Run abandoned"),
    gettext_noop("Cadence set"),
    gettext_noop("Everybody"),
    gettext_noop("Unit ids"),
    gettext_noop("Unit ids with below"),
    gettext_noop("Roles"),
    gettext_noop("Owners of"),
    gettext_noop("People"),
    gettext_noop("Due days"),
    gettext_noop("Questions"),
    gettext_noop("Pass mark"),
    gettext_noop("Attempts"),
    gettext_noop("Asked"),
    gettext_noop("Ended"),
    gettext_noop("Persons"),
    gettext_noop("Person id"),
    gettext_noop("Right answers"),
    gettext_noop("Rows"),
    gettext_noop("Exception id"),
    gettext_noop("Asset ids"),
    gettext_noop("Risk"),
    gettext_noop("Starts on"),
    gettext_noop("Ends on"),
    gettext_noop("Justification"),
    gettext_noop("Compensation"),
    gettext_noop("Until"),
    gettext_noop("Is extension"),
    gettext_noop("Finding id"),
    gettext_noop("Run id"),
    gettext_noop("Steps"),
    gettext_noop("Cadence id"),
    gettext_noop("Position"),
    gettext_noop("Step state"),
    gettext_noop("Evidence ids"),
    gettext_noop("On time"),
    gettext_noop("Skipped"),
    gettext_noop("Deviated"),
    gettext_noop("Settled"),
    gettext_noop("Every days"),
    gettext_noop("Next on"),
    gettext_noop("Is paused"),
)
"""The ledger shows kinds and fields in these words."""
