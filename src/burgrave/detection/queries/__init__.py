"""Every read of the domain."""

from burgrave.detection.queries.coverage import CHECKS, coverage, health
from burgrave.detection.queries.exception_listing import narrowed_exceptions
from burgrave.detection.queries.exceptions import (
    EXCEPTION_ORDERS,
    removal_of,
    rule_exception,
    rule_exceptions,
    state_counts,
)
from burgrave.detection.queries.library import (
    BATCH_ORDERS,
    ORDERS,
    acts_on,
    batch,
    batch_faults,
    batches,
    facets,
    figures,
    library,
    library_rule,
    library_rule_of,
    library_rules,
    switches,
    texts_of,
)
from burgrave.detection.queries.listing import narrowed

__all__ = [
    "BATCH_ORDERS",
    "CHECKS",
    "EXCEPTION_ORDERS",
    "ORDERS",
    "acts_on",
    "batch",
    "batch_faults",
    "batches",
    "coverage",
    "facets",
    "figures",
    "health",
    "library",
    "library_rule",
    "library_rule_of",
    "library_rules",
    "narrowed",
    "narrowed_exceptions",
    "removal_of",
    "rule_exception",
    "rule_exceptions",
    "state_counts",
    "switches",
    "texts_of",
]
