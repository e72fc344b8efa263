"""Codes in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from burgrave.assurance import queries as assurance
from burgrave.assurance.terms.findings import FindingSeverity
from burgrave.isms.forms.choices import (
    DIRECTIONS,
    EFFECTS,
    FUNCTIONS,
    LEVEL_MEANINGS,
    LEVELS,
    ORIGINS,
    RELATIONS,
    TOPICS,
)
from burgrave.isms.terms import Bearer, Duty, Kind, StatementState
from burgrave.isms.terms.applicability import ApplicabilityState, Applies, ChangeKind, SoaRow
from burgrave.isms.terms.meetings import DecisionState, ItemKind, MeetingState
from burgrave.isms.terms.reviews import Entry, Input, ReviewState
from burgrave.isms.terms.reviews import Tone as InputTone
from burgrave.isms.terms.rows import Gap, Standing
from burgrave.web.terms import State, Tone, Words

__all__ = ["DIRECTIONS", "EFFECTS", "FUNCTIONS", "LEVELS", "LEVEL_MEANINGS", "ORIGINS", "RELATIONS", "TOPICS"]
KINDS: Mapping[Kind, Words] = {
    Kind.ISSUE: _("Issue"),
    Kind.PARTY: _("Interested party"),
    Kind.SCOPE: _("Scope"),
    Kind.OBJECTIVE: _("Objective"),
    Kind.INDICATOR: _("Indicator"),
    Kind.PROCESS: _("Process"),
}
ADD: Mapping[Kind, Words] = {
    Kind.ISSUE: _("Add an issue"),
    Kind.PARTY: _("Add an interested party"),
    Kind.SCOPE: _("Write a scope"),
    Kind.OBJECTIVE: _("Set an objective"),
    Kind.INDICATOR: _("Add an indicator"),
    Kind.PROCESS: _("Add a process"),
}
CLAUSES: Mapping[Kind, str] = {
    Kind.ISSUE: "4.1",
    Kind.PARTY: "4.2",
    Kind.SCOPE: "4.3",
    Kind.OBJECTIVE: "6.2",
    Kind.INDICATOR: "9.1",
    Kind.PROCESS: "5.3",
}
"""The clause of ISO/IEC 27001:2022 that asks for each."""
STATES: Mapping[StatementState, State] = {
    StatementState.DRAFT: State(word=pgettext_lazy("state of a statement", "Draft"), tone=Tone.GOING),
    StatementState.CHANGED: State(word=_("Changed since approval"), tone=Tone.WARN),
    StatementState.APPROVED: State(word=pgettext_lazy("state of a statement", "Approved"), tone=Tone.GOOD),
    StatementState.RETIRED: State(word=pgettext_lazy("state of a statement", "Retired"), tone=Tone.IDLE),
}
STANDINGS: Mapping[Standing, State] = {
    Standing.MET: State(word=_("Met"), tone=Tone.GOOD),
    Standing.MISSED: State(word=_("Target missed"), tone=Tone.ACT),
    Standing.STALE: State(word=_("Reading is overdue"), tone=Tone.WARN),
    Standing.UNREAD: State(word=_("Never read"), tone=Tone.IDLE),
}
DUTIES: Mapping[Duty, Words] = {
    Duty.ACCOUNTABLE: _("Accountable"),
    Duty.RESPONSIBLE: _("Responsible"),
    Duty.CONSULTED: _("Consulted"),
    Duty.INFORMED: _("Informed"),
}
MEETING_STATES: Mapping[MeetingState, State] = {
    MeetingState.PLANNED: State(word=pgettext_lazy("state of a meeting", "Planned"), tone=Tone.GOING),
    MeetingState.HELD: State(word=_("Minutes wait for approval"), tone=Tone.WARN),
    MeetingState.APPROVED: State(word=_("Minutes approved"), tone=Tone.GOOD),
    MeetingState.CANCELLED: State(word=pgettext_lazy("state of a meeting", "Cancelled"), tone=Tone.IDLE),
}
DECISION_STATES: Mapping[DecisionState, State] = {
    DecisionState.OPEN: State(word=pgettext_lazy("state of a decision", "Open"), tone=Tone.GOING),
    DecisionState.DONE: State(word=pgettext_lazy("state of a decision", "Carried out"), tone=Tone.GOOD),
    DecisionState.DROPPED: State(word=pgettext_lazy("state of a decision", "Dropped"), tone=Tone.IDLE),
}
ITEMS: Mapping[ItemKind, Words] = {
    ItemKind.OWN: _("Proposed for this meeting"),
    ItemKind.DECISION: _("An open decision"),
    ItemKind.APPROVAL: _("Waits for approval"),
    ItemKind.REVIEW: _("Its review is due"),
    ItemKind.INDICATOR: _("Misses its target, or was not read"),
    ItemKind.GAP: _("Somebody is missing"),
}
"""Why something stands on an agenda."""
REVIEW_STATES: Mapping[ReviewState, State] = {
    ReviewState.PLANNED: State(word=pgettext_lazy("state of a management review", "Planned"), tone=Tone.GOING),
    ReviewState.HELD: State(word=_("Held, waits for approval"), tone=Tone.WARN),
    ReviewState.APPROVED: State(word=pgettext_lazy("state of a statement", "Approved"), tone=Tone.GOOD),
}
INPUTS: Mapping[Input, Words] = {
    Input.ACTIONS: _("Actions from earlier reviews and meetings"),
    Input.ISSUES: _("Changes in external and internal issues"),
    Input.PARTIES: _("Changes in the needs of interested parties"),
    Input.NONCONFORMITIES: _("Nonconformities and corrective actions"),
    Input.MEASUREMENTS: _("Results of monitoring and measurement"),
    Input.AUDITS: _("Results of audits"),
    Input.OBJECTIVES: _("Whether the objectives are reached"),
    Input.FEEDBACK: _("Feedback of interested parties"),
    Input.RISKS: _("Results of the assessment of risks"),
    Input.OPPORTUNITIES: _("Opportunities for improvement"),
}
"""The inputs by the letters of ISO/IEC 27001:2022, 9.3.2."""
INPUT_TONES: Mapping[InputTone, Tone] = {
    InputTone.PLAIN: Tone.IDLE,
    InputTone.GOOD: Tone.GOOD,
    InputTone.WARN: Tone.WARN,
    InputTone.ACT: Tone.ACT,
}


def english(text: str) -> str:
    """A name that Burgrave itself wrote, in the reader's language."""
    return gettext(text) if text else ""


def input_state(entry: Entry) -> State | None:
    """How an entry of an input stands, in the reader's language."""
    return State(word=gettext(entry.state), tone=INPUT_TONES[entry.tone]) if entry.state else None


SEVERITIES: Mapping[FindingSeverity, Words] = {
    FindingSeverity.MAJOR: _("Major nonconformity"),
    FindingSeverity.MINOR: _("Minor nonconformity"),
    FindingSeverity.OBSERVATION: _("Observation"),
}
APPLIES: Mapping[Applies, State] = {
    Applies.YES: State(word=_("Applies"), tone=Tone.GOOD),
    Applies.NO: State(word=_("Does not apply"), tone=Tone.IDLE),
    Applies.UNDECIDED: State(word=_("Nobody decided yet"), tone=Tone.WARN),
}
SOA_STATES: Mapping[ApplicabilityState, State] = {
    ApplicabilityState.MADE: State(word=_("Waits for approval"), tone=Tone.WARN),
    ApplicabilityState.APPROVED: State(word=pgettext_lazy("state of a statement", "Approved"), tone=Tone.GOOD),
}
CHANGES: Mapping[ChangeKind, Words] = {
    ChangeKind.ADDED: pgettext_lazy("change of a row", "Added"),
    ChangeKind.GONE: pgettext_lazy("change of a row", "Gone"),
    ChangeKind.APPLIES: _("Whether it applies"),
    ChangeKind.REASON: _("Reason"),
    ChangeKind.STANDING: _("Standing"),
    ChangeKind.MEASURES: _("Measures"),
    ChangeKind.WORDING: _("Title"),
}
REQUIREMENT_STANDINGS: Mapping[str, State] = {
    "met": State(word=pgettext_lazy("standing of a requirement", "Met"), tone=Tone.GOOD),
    "stale": State(word=_("Evidence is stale"), tone=Tone.WARN),
    "unproven": State(word=pgettext_lazy("standing of a requirement", "Not proven"), tone=Tone.WARN),
    "partly_met": State(word=pgettext_lazy("standing of a requirement", "Partly met"), tone=Tone.WARN),
    "not_met": State(word=pgettext_lazy("standing of a requirement", "Not met"), tone=Tone.ACT),
    "not_assessed": State(word=_("Nothing answers it"), tone=Tone.IDLE),
}


def standing_state(code: str) -> State:
    """How a requirement stands, as a state."""
    return REQUIREMENT_STANDINGS[code]


def soa_title(row: SoaRow) -> str:
    """What a requirement of a statement is called."""
    return assurance.in_readers_language(row.title, row.titles)


def standing_word(code: str) -> str:
    """How a requirement stands, "" where nothing is said."""
    return str(REQUIREMENT_STANDINGS[code].word) if code else ""


def change_value(kind: ChangeKind, value: str) -> str:
    """A value of a row as a page shows it."""
    if kind is ChangeKind.APPLIES:
        return str(APPLIES[Applies(value)].word)
    return standing_word(value) if kind is ChangeKind.STANDING else value


def bearer(which: Bearer, name: str) -> str:
    """A role in the reader's language, or a person by name."""
    if which.role:
        return str(gettext(name)) if name else which.role
    return name or gettext("somebody who is unknown")


def gap(which: Gap, name: str) -> str:
    """What is missing, as a sentence."""
    if which.bearer is None:
        return gettext("Nobody is accountable") if which.duty is Duty.ACCOUNTABLE else gettext("Nobody is responsible")
    said = {"who": bearer(which.bearer, name), "duty": str(DUTIES[which.duty])}
    if which.bearer.role:
        return gettext("Nobody holds the role %(who)s (%(duty)s)") % said
    return gettext("%(who)s has left (%(duty)s)") % said


RECORD_WORDS = (
    gettext_noop("Statement written"),
    gettext_noop("Statement approved"),
    gettext_noop("Statement reviewed"),
    gettext_noop("Statement retired"),
    gettext_noop("Reading taken"),
    gettext_noop("Reading withdrawn"),
    gettext_noop("Statement id"),
    gettext_noop("Statement kind"),
    gettext_noop("Digest"),
    gettext_noop("Reading id"),
    gettext_noop("On"),
    gettext_noop("Value"),
    gettext_noop("Sample size"),
    gettext_noop("Source"),
    gettext_noop("Feed made"),
    gettext_noop("Feed revoked"),
    gettext_noop("Feed id"),
    gettext_noop("Review planned"),
    gettext_noop("Review held"),
    gettext_noop("Review approved"),
    gettext_noop("Period from"),
    gettext_noop("Period to"),
    gettext_noop("Planned on"),
    gettext_noop("Inputs digest"),
    gettext_noop("Attendees"),
    gettext_noop("Sample left"),
    gettext_noop("Statements"),
    gettext_noop("Meetings"),
    gettext_noop("Reviews"),
    gettext_noop("Applicability decided"),
    gettext_noop("Applicability stated"),
    gettext_noop("Applicability approved"),
    gettext_noop("Soa id"),
    gettext_noop("Framework id"),
    gettext_noop("Requirement id"),
    gettext_noop("Applies"),
    gettext_noop("Rows"),
    gettext_noop("Process rated"),
    gettext_noop("Rating id"),
    gettext_noop("Level"),
    gettext_noop("Evidence"),
    gettext_noop("Committee set"),
    gettext_noop("Member seated"),
    gettext_noop("Term ended"),
    gettext_noop("Meeting planned"),
    gettext_noop("Meeting cancelled"),
    gettext_noop("Minutes written"),
    gettext_noop("Minutes approved"),
    gettext_noop("Decided"),
    gettext_noop("Decision closed"),
    gettext_noop("Report made"),
    gettext_noop("Committee id"),
    gettext_noop("Member id"),
    gettext_noop("Meeting id"),
    gettext_noop("Decision id"),
    gettext_noop("Review id"),
    gettext_noop("Quorum"),
    gettext_noop("Function"),
    gettext_noop("From on"),
    gettext_noop("Until on"),
    gettext_noop("Planned at"),
    gettext_noop("Items"),
    gettext_noop("Own items"),
    gettext_noop("Present"),
    gettext_noop("Owner id"),
    gettext_noop("Due on"),
    gettext_noop("About"),
    gettext_noop("Report"),
    gettext_noop("Outcome"),
)
"""The ledger shows kinds and fields in these words."""
