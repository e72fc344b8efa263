"""Codes, records and states in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from burgrave.assurance.terms import ActionState, FindingOrigin, FindingSeverity, FindingState, FrameworkOrigin
from burgrave.engines.norms import Modality
from burgrave.engines.standing import CheckState, Divergence, MeasureState, Phase, Result, Standing
from burgrave.web.terms import State, Tone, Words

KIND_WORDS = (
    gettext_noop("Assertion withdrawn"),
    gettext_noop("Check put"),
    gettext_noop("Check ran"),
    gettext_noop("Check retired"),
    gettext_noop("Measure put"),
    gettext_noop("Standing asserted"),
    gettext_noop("Action moved"),
    gettext_noop("Bundle issued"),
    gettext_noop("Evidence kept"),
    gettext_noop("Evidence forgotten"),
    gettext_noop("Evidence removed"),
    gettext_noop("Evidence held"),
    gettext_noop("Evidence released"),
    gettext_noop("After days"),
    gettext_noop("Kept from"),
    gettext_noop("Kept until"),
    gettext_noop("Finding closed"),
    gettext_noop("Finding raised"),
    gettext_noop("Finding recovered"),
    gettext_noop("Finding reopened"),
    gettext_noop("Framework put"),
    gettext_noop("Sample left"),
)
FIELD_WORDS = (
    gettext_noop("Automatic"),
    gettext_noop("Cadence days"),
    gettext_noop("Check id"),
    gettext_noop("Expires on"),
    gettext_noop("Measure id"),
    gettext_noop("Requirement"),
    gettext_noop("Requirement id"),
    gettext_noop("Result"),
    gettext_noop("Run id"),
    gettext_noop("Standing"),
    gettext_noop("Valid days"),
    gettext_noop("Valid until"),
    gettext_noop("Yearly cost minor"),
    gettext_noop("Phase"),
    gettext_noop("Currency"),
    gettext_noop("Scope"),
    gettext_noop("Figures"),
    gettext_noop("Action id"),
    gettext_noop("About"),
    gettext_noop("Added"),
    gettext_noop("Changed"),
    gettext_noop("Digest"),
    gettext_noop("Due on"),
    gettext_noop("Finding id"),
    gettext_noop("Framework"),
    gettext_noop("Framework id"),
    gettext_noop("Note"),
    gettext_noop("Number"),
    gettext_noop("Origin"),
    gettext_noop("Owner id"),
    gettext_noop("Reason"),
    gettext_noop("Requirements"),
    gettext_noop("Severity"),
    gettext_noop("Source"),
    gettext_noop("To"),
    gettext_noop("Unit id"),
    gettext_noop("Version"),
    gettext_noop("Withdrawn"),
    gettext_noop("Bundle id"),
    gettext_noop("Bundles"),
    gettext_noop("Documents"),
    gettext_noop("Effective from"),
    gettext_noop("Effective to"),
    gettext_noop("Evidence"),
    gettext_noop("Evidence id"),
    gettext_noop("Media type"),
    gettext_noop("Name"),
    gettext_noop("Records"),
    gettext_noop("Sha256"),
    gettext_noop("Size bytes"),
    gettext_noop("Subject"),
    gettext_noop("Title"),
    gettext_noop("Tree size"),
)

STANDINGS: dict[Standing, State] = {
    Standing.MET: State(word=pgettext_lazy("standing", "Met"), tone=Tone.GOOD),
    Standing.STALE: State(word=_("Evidence is stale"), tone=Tone.WARN),
    Standing.UNPROVEN: State(word=_("Not proven"), tone=Tone.WARN),
    Standing.PARTLY_MET: State(word=_("Partly met"), tone=Tone.WARN),
    Standing.NOT_MET: State(word=_("Not met"), tone=Tone.ACT),
    Standing.NOT_ASSESSED: State(word=_("Nothing answers it"), tone=Tone.IDLE),
}
DIVERGENCES: dict[Divergence, State | None] = {
    Divergence.NONE: None,
    Divergence.OVERSTATED: State(word=_("Said to be better"), tone=Tone.ACT),
    Divergence.UNDERSTATED: State(word=_("Said to be worse"), tone=Tone.WARN),
}
MEASURE_STATES: dict[MeasureState, State] = {
    MeasureState.EFFECTIVE: State(word=_("Effective"), tone=Tone.GOOD),
    MeasureState.FAILING: State(word=_("Failing"), tone=Tone.ACT),
    MeasureState.STALE: State(word=_("Evidence is stale"), tone=Tone.WARN),
    MeasureState.UNPROVEN: State(word=_("Not proven"), tone=Tone.WARN),
    MeasureState.PLANNED: State(word=_("Planned"), tone=Tone.GOING),
    MeasureState.RETIRED: State(word=_("Retired"), tone=Tone.IDLE),
}
PHASES: dict[Phase, Words] = {
    Phase.PLANNED: _("Planned"),
    Phase.OPERATING: _("Operating"),
    Phase.RETIRED: _("Retired"),
}
CHECK_STATES: dict[CheckState, State] = {
    CheckState.PASSING: State(word=_("Passing"), tone=Tone.GOOD),
    CheckState.FAILING: State(word=_("Failing"), tone=Tone.ACT),
    CheckState.STALE: State(word=_("Evidence is stale"), tone=Tone.WARN),
    CheckState.INCONCLUSIVE: State(word=_("Could not tell"), tone=Tone.WARN),
    CheckState.NEVER_RUN: State(word=_("Never ran"), tone=Tone.IDLE),
}
RESULTS: dict[Result, State] = {
    Result.PASSED: State(word=_("Passed"), tone=Tone.GOOD),
    Result.FAILED: State(word=_("Failed"), tone=Tone.ACT),
    Result.INCONCLUSIVE: State(word=_("Could not tell"), tone=Tone.WARN),
}
FINDING_STATES: dict[FindingState, State] = {
    FindingState.OPEN: State(word=pgettext_lazy("state of a finding", "Open"), tone=Tone.ACT),
    FindingState.CLOSED: State(word=pgettext_lazy("state of a finding", "Closed"), tone=Tone.GOOD),
}
RECOVERED = State(word=_("Recovered, not closed"), tone=Tone.WARN)
SEVERITIES: dict[FindingSeverity, State] = {
    FindingSeverity.MAJOR: State(word=_("Major nonconformity"), tone=Tone.ACT),
    FindingSeverity.MINOR: State(word=_("Minor nonconformity"), tone=Tone.WARN),
    FindingSeverity.OBSERVATION: State(word=_("Opportunity for improvement"), tone=Tone.IDLE),
}
ORIGINS: dict[FindingOrigin, Words] = {
    FindingOrigin.AUDIT: _("Audit"),
    FindingOrigin.CHECK: _("Check"),
    FindingOrigin.EXCEPTION: _("Expired exception"),
    FindingOrigin.INCIDENT: _("Incident"),
    FindingOrigin.REVIEW: _("Review"),
    FindingOrigin.DEVIATION: _("Deviation from a procedure"),
}
ACTION_STATES: dict[ActionState, State] = {
    ActionState.OPEN: State(word=_("To be planned"), tone=Tone.ACT),
    ActionState.PLANNED: State(word=_("Planned"), tone=Tone.GOING),
    ActionState.IMPLEMENTED: State(word=_("Done, effect not judged"), tone=Tone.WARN),
    ActionState.CLOSED: State(word=_("Effective and closed"), tone=Tone.GOOD),
}
OVERDUE = State(word=_("Overdue"), tone=Tone.ACT)
FRAMEWORK_ORIGINS: dict[FrameworkOrigin, Words] = {
    FrameworkOrigin.INTERNAL: _("Own norm"),
    FrameworkOrigin.EXTERNAL: _("From outside"),
}
MODALITIES: dict[Modality, Words] = {
    Modality.SHALL: _("Shall"),
    Modality.SHALL_NOT: _("Shall not"),
    Modality.SHOULD: _("Should"),
    Modality.SHOULD_NOT: _("Should not"),
    Modality.MAY: _("May"),
    Modality.INSTRUCTION: _("Instruction"),
    Modality.NONE: _("Statement"),
}
