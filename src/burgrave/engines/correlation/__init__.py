"""Sigma correlations over the hits of rules: windows over event time, in order, within bounds, kept across restarts."""

from burgrave.engines.correlation.correlator import Correlator
from burgrave.engines.correlation.errors import CorrelationError, ForeignState, StateDamaged
from burgrave.engines.correlation.state import digest_of
from burgrave.engines.correlation.steps import Step, bounded, unpacked
from burgrave.engines.correlation.terms import Counts, Finding, Hit, Limits, Named, Strayed

__all__ = [
    "CorrelationError",
    "Correlator",
    "Counts",
    "Finding",
    "ForeignState",
    "Hit",
    "Limits",
    "Named",
    "StateDamaged",
    "Step",
    "Strayed",
    "bounded",
    "digest_of",
    "unpacked",
]
