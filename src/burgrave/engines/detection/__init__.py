"""Sigma rules over columns of events: load, compile, match. No files are written, no clock is read."""

from burgrave.engines.detection.correlation_terms import CorrelationRule, CorrelationType
from burgrave.engines.detection.errors import DetectionError, ForeignRows, UnreadableBatch
from burgrave.engines.detection.excepting import Excepted, ExceptingEngine
from burgrave.engines.detection.loading import join_correlations, join_filters, load_rules, load_texts
from burgrave.engines.detection.matching import Engine, compile_rules
from burgrave.engines.detection.parts import load_many
from burgrave.engines.detection.placeholders import ordered as placeholder_values
from burgrave.engines.detection.resolving import chosen_rules, needed_fields
from burgrave.engines.detection.terms import (
    CorrelationUse,
    EventSource,
    Filter,
    FilterUse,
    LogSource,
    Match,
    Rule,
    RuleFault,
    RuleLimits,
    RuleSet,
)

__all__ = [
    "CorrelationRule",
    "CorrelationType",
    "CorrelationUse",
    "DetectionError",
    "Engine",
    "EventSource",
    "Excepted",
    "ExceptingEngine",
    "Filter",
    "FilterUse",
    "ForeignRows",
    "LogSource",
    "Match",
    "Rule",
    "RuleFault",
    "RuleLimits",
    "RuleSet",
    "UnreadableBatch",
    "chosen_rules",
    "compile_rules",
    "join_correlations",
    "join_filters",
    "load_many",
    "load_rules",
    "load_texts",
    "needed_fields",
    "placeholder_values",
]
