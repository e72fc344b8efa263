"""Codes in words."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from burgrave.engines.events import tables
from burgrave.incidents.terms import EventFileState
from burgrave.intake.terms import LogSourceRow, MappingState, SourceKind, SourceState
from burgrave.web.terms import State, Tone, Words

KINDS: Mapping[SourceKind, Words] = {
    SourceKind.UPLOAD: _("Files handed in"),
    SourceKind.HTTP: _("Sent over HTTP"),
    SourceKind.SYSLOG: _("Syslog"),
    SourceKind.FOLDER: _("Folder watched"),
    SourceKind.JOURNAL: _("Journal of this machine"),
    SourceKind.KAFKA: _("Kafka"),
}
KIND_HELP: Mapping[SourceKind, Words] = {
    SourceKind.UPLOAD: _("A person or a program hands in whole files: exports, forensic images, evidence."),
    SourceKind.HTTP: _("A program sends batches with a token of its own. What was answered with 202 is never lost."),
    SourceKind.SYSLOG: _("Devices and servers send RFC 5424 or RFC 3164 over UDP, TCP or TLS to a listener here."),
    SourceKind.FOLDER: _("Files on this machine that grow are followed, also when they are rotated or cut short."),
    SourceKind.JOURNAL: _("The journal of systemd on this machine is followed from where it was left."),
    SourceKind.KAFKA: _("Topics of a Kafka cluster are consumed; offsets are committed once the messages are on disk."),
}
STATES: Mapping[SourceState, State] = {
    SourceState.ACTIVE: State(word=_("Listened to"), tone=Tone.GOOD),
    SourceState.PAUSED: State(word=pgettext_lazy("state of a log source", "Paused"), tone=Tone.WARN),
    SourceState.RETIRED: State(word=pgettext_lazy("state of a log source", "Retired"), tone=Tone.IDLE),
}
SILENT = State(word=_("Silent for too long"), tone=Tone.ACT)
NEVER_HEARD = State(word=_("Not heard yet"), tone=Tone.IDLE)
MAPPING_STATES: Mapping[MappingState, State] = {
    MappingState.DRAFT: State(word=_("Draft, reads nothing yet"), tone=Tone.WARN),
    MappingState.ACTIVE: State(word=_("Reads tables of its kind"), tone=Tone.GOOD),
}
DELIMITER_WORDS: Mapping[str, Words] = {",": _("Comma"), ";": _("Semicolon"), "\t": _("Tab"), "|": _("Bar")}
DELIMITERS: tuple[tuple[str, Words], ...] = (("", _("Find out")), *DELIMITER_WORDS.items())
ENCODINGS: tuple[tuple[str, Words], ...] = (("", _("Find out")), *((each, each.upper()) for each in tables.ENCODINGS))
FIELD_NAMES = tables.FIELD_NAMES
ZONES = sorted(available_timezones())
_COUNT_WORDS: Mapping[str, Words] = {
    "seconds": _("seconds since 1970"),
    "milliseconds": _("milliseconds since 1970"),
    "microseconds": _("microseconds since 1970"),
    "filetime": _("100 ns since 1601 (Windows)"),
}


def time_forms() -> tuple[tuple[str, Words], ...]:
    """What may be chosen for the form of a time: what is typed instead counts too."""
    known = [(each, _COUNT_WORDS[each]) for each in tables.COUNTS]
    return (*known, *((each, each) for each in tables.FORMATS))


FILE_STATES: Mapping[EventFileState, State] = {
    EventFileState.RECEIVED: State(word=_("Waiting to be read"), tone=Tone.IDLE),
    EventFileState.READING: State(word=_("Being read"), tone=Tone.GOING),
    EventFileState.RAISING: State(word=_("Alerts being raised"), tone=Tone.GOING),
    EventFileState.READ: State(word=_("Read"), tone=Tone.GOOD),
    EventFileState.REFUSED: State(word=_("Refused"), tone=Tone.WARN),
    EventFileState.CANCELLED: State(word=_("Reading cancelled"), tone=Tone.IDLE),
}
STEPS: Mapping[SourceState, Words] = {
    SourceState.ACTIVE: _("Listen again"),
    SourceState.PAUSED: _("Pause"),
    SourceState.RETIRED: pgettext_lazy("of a log source", "Retire"),
}
RECORD_WORDS = (
    gettext_noop("Log source added"),
    gettext_noop("Log source changed"),
    gettext_noop("Log source moved"),
    gettext_noop("Token made"),
    gettext_noop("Token revoked"),
    gettext_noop("Sample left"),
    gettext_noop("Event mapping begun"),
    gettext_noop("Event mapping saved"),
    gettext_noop("Event mapping removed"),
    gettext_noop("Event mapping id"),
    gettext_noop("Columns sha256"),
    gettext_noop("Mapping sha256"),
    gettext_noop("Queued again"),
    gettext_noop("Log source id"),
    gettext_noop("Log sources"),
    gettext_noop("Source kind"),
    gettext_noop("Silent after seconds"),
    gettext_noop("Segment id"),
    gettext_noop("Token id"),
    gettext_noop("Expires at"),
    gettext_noop("Ends at"),
    gettext_noop("Unit id"),
    gettext_noop("Fields"),
    gettext_noop("Name"),
    gettext_noop("State"),
    gettext_noop("Reason"),
)
"""The ledger shows kinds and fields in these words."""


def state_of(row: LogSourceRow) -> State:
    """How the source is: what asks for somebody first."""
    if row.is_silent:
        return SILENT
    if row.state is SourceState.ACTIVE and row.last_heard_at is None:
        return NEVER_HEARD
    return STATES[row.state]
