"""Codes in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from burgrave.incidents.rules.durations import Clock
from burgrave.incidents.terms import (
    AlertRow,
    AlertState,
    CaseState,
    CountedEventRow,
    CountedRow,
    Dismissal,
    EventFileState,
    Level,
    RuleOrigin,
    Severity,
    told,
)
from burgrave.incidents.terms.asked import facts_said, holds_said, measured_said
from burgrave.web.templatetags.web import said
from burgrave.web.terms import State, Tone, Words
from burgrave.web.words import duration, number

FILE_STATES: Mapping[EventFileState, State] = {
    EventFileState.RECEIVED: State(word=_("Waiting to be read"), tone=Tone.IDLE),
    EventFileState.READING: State(word=_("Being read"), tone=Tone.GOING),
    EventFileState.RAISING: State(word=_("Alerts being raised"), tone=Tone.GOING),
    EventFileState.READ: State(word=_("Read"), tone=Tone.GOOD),
    EventFileState.REFUSED: State(word=_("Refused"), tone=Tone.WARN),
    EventFileState.CANCELLED: State(word=_("Reading cancelled"), tone=Tone.IDLE),
}

ALERT_STATES: Mapping[AlertState, State] = {
    AlertState.NEW: State(word=_("New"), tone=Tone.ACT),
    AlertState.ACKNOWLEDGED: State(word=_("Acknowledged"), tone=Tone.GOING),
    AlertState.DISMISSED: State(word=_("Dismissed"), tone=Tone.IDLE),
    AlertState.ESCALATED: State(word=_("In an incident"), tone=Tone.WARN),
}

CONFIRMED = State(word=_("Confirmed"), tone=Tone.WARN)

DISMISSALS: Mapping[Dismissal, Words] = {
    Dismissal.FALSE_POSITIVE: _("False positive"),
    Dismissal.BENIGN: _("Benign: it happened, and it was allowed"),
    Dismissal.DUPLICATE: _("Duplicate of another alert"),
}

CASE_STATES: Mapping[CaseState, State] = {
    CaseState.OPEN: State(word=pgettext_lazy("state of an incident", "Open"), tone=Tone.ACT),
    CaseState.CONTAINED: State(word=_("Contained"), tone=Tone.WARN),
    CaseState.ERADICATED: State(word=_("Eradicated"), tone=Tone.GOING),
    CaseState.RECOVERED: State(word=_("Recovered"), tone=Tone.GOING),
    CaseState.CLOSED: State(word=pgettext_lazy("state of an incident", "Closed"), tone=Tone.GOOD),
    CaseState.MERGED: State(word=_("Merged into another incident"), tone=Tone.IDLE),
}

CASE_STEPS: Mapping[CaseState, Words] = {
    CaseState.OPEN: _("Back to open"),
    CaseState.CONTAINED: _("Mark as contained"),
    CaseState.ERADICATED: _("Mark as eradicated"),
    CaseState.RECOVERED: _("Mark as recovered"),
}

CASE_STEPS_BACK: Mapping[CaseState, Words] = {
    CaseState.OPEN: _("Back to open"),
    CaseState.CONTAINED: _("Back to contained"),
    CaseState.ERADICATED: _("Back to eradicated"),
}

LEVELS: Mapping[Level, Words] = {
    Level.CRITICAL: _("Critical"),
    Level.HIGH: _("High"),
    Level.MEDIUM: _("Medium"),
    Level.LOW: _("Low"),
    Level.INFORMATIONAL: _("Informational"),
}

SEVERITIES: Mapping[Severity, Words] = {
    Severity.CRITICAL: _("Critical"),
    Severity.HIGH: _("High"),
    Severity.MEDIUM: _("Medium"),
    Severity.LOW: _("Low"),
}

ORIGINS: Mapping[RuleOrigin, Words] = {
    RuleOrigin.SHIPPED: _("Ships with Burgrave"),
    RuleOrigin.LIBRARY: _("Of the rule library"),
    RuleOrigin.LOCAL: _("Of this installation"),
}

CLOCKS: Mapping[Clock, Words] = {
    Clock.DETECT: _("Time to detect"),
    Clock.ACKNOWLEDGE: _("Time to acknowledge"),
    Clock.CONTAIN: _("Time to contain"),
    Clock.RESOLVE: _("Time to resolve"),
}

RECORD_WORDS = (
    gettext_noop("Event file received"),
    gettext_noop("Report made"),
    gettext_noop("Format"),
    gettext_noop("Event file read"),
    gettext_noop("Event file refused"),
    gettext_noop("Event file cancelled"),
    gettext_noop("Event file queued again"),
    gettext_noop("Rules loaded"),
    gettext_noop("Sample left"),
    gettext_noop("Alerts reweighed"),
    gettext_noop("Alert raised"),
    gettext_noop("Alert cleared"),
    gettext_noop("Alert extended"),
    gettext_noop("Alert acknowledged"),
    gettext_noop("Alert dismissed"),
    gettext_noop("Alert confirmed"),
    gettext_noop("Alert assigned"),
    gettext_noop("Alert reopened"),
    gettext_noop("Case opened"),
    gettext_noop("Case changed"),
    gettext_noop("Alert linked"),
    gettext_noop("Note added"),
    gettext_noop("Timeline added"),
    gettext_noop("Timeline withdrawn"),
    gettext_noop("Evidence attached"),
    gettext_noop("Case state changed"),
    gettext_noop("Case merged"),
    gettext_noop("Case closed"),
    gettext_noop("Case reopened"),
    gettext_noop("Segments removed"),
    gettext_noop("Segments summed"),
)
"""The kinds of this domain's records, as the ledger's pages show them."""

FIELD_WORDS = (
    gettext_noop("Day"),
    gettext_noop("Was sha256"),
    gettext_noop("Event file ids"),
    gettext_noop("Received from"),
    gettext_noop("Received until"),
    gettext_noop("Segments"),
    gettext_noop("Event file id"),
    gettext_noop("Unit id"),
    gettext_noop("Sha256"),
    gettext_noop("Size bytes"),
    gettext_noop("Name"),
    gettext_noop("Ruleset sha256"),
    gettext_noop("Rules"),
    gettext_noop("Events"),
    gettext_noop("Unreadable"),
    gettext_noop("Matches"),
    gettext_noop("Alerts raised"),
    gettext_noop("Alerts extended"),
    gettext_noop("Reason"),
    gettext_noop("Added"),
    gettext_noop("Retired"),
    gettext_noop("Faults"),
    gettext_noop("Alert id"),
    gettext_noop("Rule id"),
    gettext_noop("Rule sha256"),
    gettext_noop("Level"),
    gettext_noop("Computer"),
    gettext_noop("First at"),
    gettext_noop("Last at"),
    gettext_noop("Case id"),
    gettext_noop("Dismissal"),
    gettext_noop("Note"),
    gettext_noop("Person id"),
    gettext_noop("State"),
    gettext_noop("Number"),
    gettext_noop("Severity"),
    gettext_noop("Lead id"),
    gettext_noop("Title"),
    gettext_noop("Summary"),
    gettext_noop("Text"),
    gettext_noop("Entry id"),
    gettext_noop("Happened at"),
    gettext_noop("Source"),
    gettext_noop("Evidence id"),
    gettext_noop("Before"),
    gettext_noop("After"),
    gettext_noop("Into id"),
    gettext_noop("Alerts"),
    gettext_noop("Cause"),
    gettext_noop("Impact"),
    gettext_noop("Lessons"),
)
"""The fields of these records, likewise."""


def alert_state(alert: AlertRow) -> State:
    """The state of the alert; one of an incident that somebody confirmed says so."""
    return CONFIRMED if alert.is_confirmed else ALERT_STATES[alert.state]


def correlation_words(asked: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a correlation asks, as facts; ``asked`` is written by the engine, and empty for a rule of single events."""
    if not asked:
        return ()
    facts = facts_said(
        kind=asked["type"],
        fields=asked["fields"],
        percentile=asked["percentile"] or "",
        group_by=asked["group_by"],
        within=duration(asked["seconds"]),
        bounds=asked["bounds"],
        condition=told(asked["presence"], asked["rules"]),
        generates=asked["generate"],
    )
    return tuple((said(label), said(value)) for label, value in facts)


def counted_words(counted: CountedRow) -> str:
    """How many events counted, and in which time."""
    figures = {"count": number(counted.events), "duration": duration(counted.lasted)}
    if counted.lasted:
        return gettext("%(count)s events in %(duration)s") % figures
    if counted.events > 1:
        return gettext("%(count)s events at one moment") % figures
    return gettext("One event")


def place_words(event: CountedEventRow) -> str:
    """Where the event stands."""
    said = {"number": number(event.ordinal), "file": event.file_name or gettext("a file that is gone")}
    return gettext("event %(number)s of %(file)s") % said


def measured_words(counted: CountedRow) -> str:
    """What was measured, and what the correlation asks for."""
    asked = counted.asked
    measured = number(int(counted.measured)) if counted.measured.isdecimal() else counted.measured
    what = measured_said(asked["type"], fields=asked["fields"], percentile=asked["percentile"] or "") if asked else None
    if what is None:
        return gettext("Measured: %(measured)s.") % {"measured": measured}
    return gettext("Measured: %(measured)s, %(what)s. The rule asks for %(asked)s within %(duration)s.") % {
        "measured": measured,
        "what": said(what),
        "asked": said(holds_said(asked["bounds"], condition=told(asked["presence"], asked["rules"]))),
        "duration": duration(asked["seconds"]),
    }
