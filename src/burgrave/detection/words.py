"""Codes in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from burgrave.detection.terms import Act, RuleState, VersionState
from burgrave.detection.terms.attack import Shown, TagState
from burgrave.detection.terms.coverage import Hearing
from burgrave.detection.terms.exceptions import Comparison, Effect, RuleExceptionState
from burgrave.detection.terms.references import Correlation, Reference
from burgrave.detection.terms.trials import Noise, Period, TrialState
from burgrave.engines.attack.comparing import Cover
from burgrave.incidents.terms import Level
from burgrave.incidents.terms.asked import facts_said
from burgrave.incidents.terms.faults import fault_said as engine_fault_said
from burgrave.incidents.terms.faults import patterns
from burgrave.web.templatetags.web import said
from burgrave.web.terms import State, Tone, Words
from burgrave.web.words import duration

RULE_STATES: Mapping[RuleState, State] = {
    RuleState.PROPOSED: State(word=_("Proposed"), tone=Tone.WARN),
    RuleState.APPROVED: State(word=pgettext_lazy("state of a rule", "Approved"), tone=Tone.GOING),
    RuleState.ENABLED: State(word=_("Enabled"), tone=Tone.GOOD),
    RuleState.DISABLED: State(word=_("Disabled"), tone=Tone.IDLE),
    RuleState.RETIRED: State(word=pgettext_lazy("state of a rule", "Retired"), tone=Tone.IDLE),
}
VERSION_STATES: Mapping[VersionState, State] = {
    VersionState.PROPOSED: State(word=_("Waits for a decision"), tone=Tone.WARN),
    VersionState.APPROVED: State(word=pgettext_lazy("state of a rule", "Approved"), tone=Tone.GOOD),
    VersionState.DECLINED: State(word=_("Declined"), tone=Tone.IDLE),
    VersionState.SUPERSEDED: State(word=_("Superseded before a decision"), tone=Tone.IDLE),
}
LEVELS: Mapping[Level, Words] = {
    Level.INFORMATIONAL: pgettext_lazy("severity", "Informational"),
    Level.LOW: pgettext_lazy("severity", "Low"),
    Level.MEDIUM: pgettext_lazy("severity", "Medium"),
    Level.HIGH: pgettext_lazy("severity", "High"),
    Level.CRITICAL: pgettext_lazy("severity", "Critical"),
}


def correlation_words(asked: Correlation) -> tuple[tuple[str, str], ...]:
    """What the correlation asks, as facts: what is measured, by what, within which time, and when it holds."""
    facts = facts_said(
        kind=asked.type,
        fields=asked.fields,
        percentile=asked.percentile,
        group_by=asked.group_by,
        within=duration(asked.timespan_seconds),
        bounds=asked.bounds,
        condition=asked.condition,
        generates=asked.generate,
    )
    return tuple((said(label), said(value)) for label, value in facts)


def reference_state(reference: Reference) -> State:
    """How the rule stands that a correlation means, for somebody who asks whether the correlation can find anything."""
    base = reference.base
    if base is None:
        word = _("Several of this name") if reference.is_ambiguous else pgettext_lazy("rule", "Missing")
        return State(word=word, tone=Tone.ACT)
    if base.is_held:
        return State(word=_("Held against events"), tone=Tone.GOOD)
    if base.is_off:
        return State(word=_("Switched off"), tone=Tone.WARN)
    return State(word=_IDLE[base.state or RuleState.DISABLED], tone=Tone.WARN)


_IDLE: Mapping[RuleState, Words] = {
    RuleState.PROPOSED: _("In the library, waits for approval"),
    RuleState.APPROVED: _("Approved, not enabled"),
    RuleState.DISABLED: _("In the library, disabled"),
    RuleState.RETIRED: _("In the library, retired"),
}
EXCEPTION_STATES: Mapping[RuleExceptionState, State] = {
    RuleExceptionState.PROPOSED: State(word=_("Waits for a decision"), tone=Tone.WARN),
    RuleExceptionState.APPROVED: State(word=pgettext_lazy("state of an exception", "Holds"), tone=Tone.GOOD),
    RuleExceptionState.REFUSED: State(word=_("Refused"), tone=Tone.IDLE),
    RuleExceptionState.REVOKED: State(word=_("Revoked"), tone=Tone.IDLE),
    RuleExceptionState.EXPIRED: State(word=_("Expired"), tone=Tone.ACT),
}
EFFECTS: Mapping[Effect, State | None] = {
    Effect.SOME: None,
    Effect.EVERYTHING: State(word=_("Leaves out everything"), tone=Tone.ACT),
    Effect.NOTHING: State(word=_("Leaves out nothing"), tone=Tone.WARN),
}
WHY_EFFECTS: Mapping[Effect, Words] = {
    Effect.SOME: "",
    Effect.EVERYTHING: _(
        "In the last 30 days it left out every match of its rule: the rule finds nothing any more. Narrow it, or "
        "disable the rule, so that nobody counts on it."
    ),
    Effect.NOTHING: _("It has held for 30 days and left out nothing in them. Revoke it if it is not needed any more."),
}
COMPARISONS: Mapping[Comparison, Words] = {
    Comparison.IS: pgettext_lazy("comparison", "is"),
    Comparison.CONTAINS: pgettext_lazy("comparison", "contains"),
    Comparison.STARTSWITH: pgettext_lazy("comparison", "begins with"),
    Comparison.ENDSWITH: pgettext_lazy("comparison", "ends with"),
}
HEARINGS: Mapping[Hearing, State] = {
    Hearing.LIVE: State(word=pgettext_lazy("log source", "Live"), tone=Tone.GOOD),
    Hearing.SILENT: State(word=_("Silent"), tone=Tone.ACT),
    Hearing.NEVER: State(word=_("Never heard"), tone=Tone.IDLE),
    Hearing.UNMAPPED: State(word=_("No known log"), tone=Tone.WARN),
}
WHY_HEARINGS: Mapping[Hearing, Words] = {
    Hearing.LIVE: _("Events that the rules speak of still come: within 7 days, or as its log source says."),
    Hearing.SILENT: _(
        "Such events came within 90 days, and now none for longer than 7, or than its log source may be silent."
    ),
    Hearing.NEVER: _("No such event came within 90 days: no source hands this log in."),
    Hearing.UNMAPPED: _("No channel is known that carries this log, so no event can be held against the rules."),
}
PERIODS: Mapping[Period, Words] = {
    Period.DAY: _("the last day"),
    Period.WEEK: _("the last 7 days"),
    Period.MONTH: _("the last 30 days"),
    Period.QUARTER: _("the last 90 days"),
    Period.YEAR: _("the last year"),
    Period.ALL: _("all times"),
}
TRIAL_STATES: Mapping[TrialState, State] = {
    TrialState.WAITING: State(word=_("Under way"), tone=Tone.GOING),
    TrialState.DONE: State(word=pgettext_lazy("trial", "Done"), tone=Tone.GOOD),
    TrialState.CANCELLED: State(word=_("Cancelled"), tone=Tone.IDLE),
    TrialState.REFUSED: State(word=_("Could not be made"), tone=Tone.WARN),
}
NOISES: Mapping[Noise, State] = {
    Noise.DEAF: State(word=_("Nothing to try on"), tone=Tone.IDLE),
    Noise.QUIET: State(word=_("Quiet"), tone=Tone.GOOD),
    Noise.LOW: State(word=_("Seldom"), tone=Tone.GOING),
    Noise.LOUD: State(word=_("Loud"), tone=Tone.WARN),
    Noise.FAULT: State(word=_("Could not be tried"), tone=Tone.WARN),
}
WHY_NOISES: Mapping[Noise, Words] = {
    Noise.DEAF: _("No event is kept of that time that such a rule speaks of, so nothing is known."),
    Noise.QUIET: _("Events that it speaks of were looked at, and none matched."),
    Noise.LOW: _("It matched once a day or less."),
    Noise.LOUD: _("It matched more than once a day: look at the values, and except what is expected."),
    Noise.FAULT: _("The text cannot be tried; the reason stands with the rule."),
}
TACTICS: Mapping[str, Words] = {
    "reconnaissance": pgettext_lazy("ATT&CK", "Reconnaissance"),
    "resource development": pgettext_lazy("ATT&CK", "Resource development"),
    "initial access": pgettext_lazy("ATT&CK", "Initial access"),
    "execution": pgettext_lazy("ATT&CK", "Execution"),
    "persistence": pgettext_lazy("ATT&CK", "Persistence"),
    "privilege escalation": pgettext_lazy("ATT&CK", "Privilege escalation"),
    "defense evasion": pgettext_lazy("ATT&CK", "Defense evasion"),
    "credential access": pgettext_lazy("ATT&CK", "Credential access"),
    "discovery": pgettext_lazy("ATT&CK", "Discovery"),
    "lateral movement": pgettext_lazy("ATT&CK", "Lateral movement"),
    "collection": pgettext_lazy("ATT&CK", "Collection"),
    "command and control": pgettext_lazy("ATT&CK", "Command and control"),
    "exfiltration": pgettext_lazy("ATT&CK", "Exfiltration"),
    "impact": pgettext_lazy("ATT&CK", "Impact"),
    "": _("Without a tactic"),
}
TAG_STATES: Mapping[TagState, State] = {
    TagState.CURRENT: State(word=_("Current"), tone=Tone.GOOD),
    TagState.DEPRECATED: State(word=pgettext_lazy("ATT&CK", "Deprecated"), tone=Tone.WARN),
    TagState.REVOKED: State(word=pgettext_lazy("ATT&CK", "Revoked"), tone=Tone.WARN),
    TagState.UNKNOWN: State(word=pgettext_lazy("ATT&CK", "Not in this release"), tone=Tone.ACT),
}
SHOWN: Mapping[Shown, Words] = {
    Shown.ALL: _("All techniques"),
    Shown.NAMED: _("With live rules"),
    Shown.BARE: _("Without a live rule"),
}
COVERS: Mapping[Cover, State] = {
    Cover.GAP: State(word=_("No rule"), tone=Tone.ACT),
    Cover.SILENT: State(word=_("Only silent log sources"), tone=Tone.WARN),
    Cover.COVERED: State(word=_("Covered"), tone=Tone.GOOD),
}
WHY_COVERS: Mapping[Cover, Words] = {
    Cover.GAP: _("No live rule names the technique."),
    Cover.SILENT: _("Live rules name it, and none of them hears what it speaks of."),
    Cover.COVERED: _("A live rule that can fire names it."),
}
CELLS: Mapping[str, Words] = {
    "bare": _("no live rule"),
    "none": _("no rule can fire"),
    "one": _("one rule can fire"),
    "few": _("fewer than ten rules can fire"),
    "many": _("ten rules or more can fire"),
}
ACTS: Mapping[Act, Words] = {
    Act.APPROVE: _("Approve"),
    Act.DECLINE: _("Decline"),
    Act.ENABLE: _("Enable"),
    Act.DISABLE: _("Disable"),
    Act.RETIRE: pgettext_lazy("of a rule", "Retire"),
}
RECORD_WORDS = (
    gettext_noop("Rules imported"),
    gettext_noop("Rule proposed"),
    gettext_noop("Rule approved"),
    gettext_noop("Rule declined"),
    gettext_noop("Rule enabled"),
    gettext_noop("Rule disabled"),
    gettext_noop("Rule retired"),
    gettext_noop("Rule switched off"),
    gettext_noop("Rule switched on"),
    gettext_noop("Rule tried"),
    gettext_noop("Rules tried"),
    gettext_noop("Placeholder set"),
    gettext_noop("Placeholder removed"),
    gettext_noop("Layer brought"),
    gettext_noop("Layer replaced"),
    gettext_noop("Layer removed"),
    gettext_noop("Attack brought"),
    gettext_noop("Exception asked"),
    gettext_noop("Exception approved"),
    gettext_noop("Exception refused"),
    gettext_noop("Exception revoked"),
    gettext_noop("Exception expired"),
)
"""The kinds of this domain's records, as the ledger's pages show them."""

FIELD_WORDS = (
    gettext_noop("Batch id"),
    gettext_noop("Sha256"),
    gettext_noop("Name"),
    gettext_noop("New"),
    gettext_noop("Changed"),
    gettext_noop("Same"),
    gettext_noop("Faults"),
    gettext_noop("Library rule id"),
    gettext_noop("Rule id"),
    gettext_noop("Rule sha256"),
    gettext_noop("Number"),
    gettext_noop("Reason"),
    gettext_noop("Exception id"),
    gettext_noop("Unit id"),
    gettext_noop("Filter text"),
    gettext_noop("Owner id"),
    gettext_noop("Ends on"),
    gettext_noop("Placeholder id"),
    gettext_noop("Count"),
    gettext_noop("Values"),
    gettext_noop("Layer id"),
    gettext_noop("Was sha256"),
    gettext_noop("Release"),
    gettext_noop("Revoked"),
    gettext_noop("Deprecated"),
    gettext_noop("Trial id"),
    gettext_noop("Tried matches"),
    gettext_noop("Rules"),
    gettext_noop("Since"),
    gettext_noop("Until"),
    gettext_noop("Looked at"),
    gettext_noop("Matches"),
)
"""The fields of these records, likewise."""


_FAULTS = patterns(
    (
        gettext_noop("its file holds no rule in that place"),
        gettext_noop("the rules that it uses match too many kept events of that time; try a shorter one"),
        gettext_noop("whoever asked for it may not hunt in kept events any more"),
    )
)


def fault_said(kept: str) -> str:
    """Why something could not be tried, as it was kept, so that a page can say it in the reader's language."""
    return engine_fault_said(kept, _FAULTS)
