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

__all__ = [
    "Bundle",
    "BundleSubject",
    "CorrectiveAction",
    "Counter",
    "Evidence",
    "Finding",
    "FindingAsset",
    "FindingRequirement",
    "FindingSpan",
    "Framework",
    "Requirement",
    "Satisfies",
    "Wording",
]
