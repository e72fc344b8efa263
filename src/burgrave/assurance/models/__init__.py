"""Tables of the domain."""

from burgrave.assurance.models.evidence import Bundle, BundleSubject, Evidence
from burgrave.assurance.models.findings import (
    CorrectiveAction,
    Counter,
    Finding,
    FindingAsset,
    FindingRequirement,
    FindingSpan,
)
from burgrave.assurance.models.frameworks import Framework, Requirement, Satisfies, Wording
from burgrave.assurance.models.measures import (
    Assertion,
    Check,
    CheckRun,
    DerivedStanding,
    Measure,
    MeasureAnswer,
    MeasureAsset,
    MeasurePhase,
    Reach,
)

__all__ = [
    "Assertion",
    "Bundle",
    "BundleSubject",
    "Check",
    "CheckRun",
    "CorrectiveAction",
    "Counter",
    "DerivedStanding",
    "Evidence",
    "Finding",
    "FindingAsset",
    "FindingRequirement",
    "FindingSpan",
    "Framework",
    "Measure",
    "MeasureAnswer",
    "MeasureAsset",
    "MeasurePhase",
    "Reach",
    "Requirement",
    "Satisfies",
    "Wording",
]
