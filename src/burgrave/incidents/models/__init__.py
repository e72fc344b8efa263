"""The tables of the incident desk; only this domain reads or writes them."""

from burgrave.incidents.models.alerts import Alert, AlertSource, CountedSource, TriageDesk
from burgrave.incidents.models.cases import Case, CaseCounter, CaseDraft, Note, TimelineEntry
from burgrave.incidents.models.correlating import (
    CorrelationFinding,
    CorrelationMemory,
    CorrelationSnapshot,
    CorrelationStep,
)
from burgrave.incidents.models.excepting import FilterTally
from burgrave.incidents.models.files import Detection, EventFile, MatchedEvent, UnreadableRecord
from burgrave.incidents.models.rules import RuleFault, RuleSetState, RuleVersion
from burgrave.incidents.models.segments import SegmentDay

__all__ = [
    "Alert",
    "AlertSource",
    "Case",
    "CaseCounter",
    "CaseDraft",
    "CorrelationFinding",
    "CorrelationMemory",
    "CorrelationSnapshot",
    "CorrelationStep",
    "CountedSource",
    "Detection",
    "EventFile",
    "FilterTally",
    "MatchedEvent",
    "Note",
    "RuleFault",
    "RuleSetState",
    "RuleVersion",
    "SegmentDay",
    "TimelineEntry",
    "TriageDesk",
    "UnreadableRecord",
]
