"""Every read of the domain."""

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
    "ORDERS",
    "acts_on",
    "batch",
    "batch_faults",
    "batches",
    "facets",
    "figures",
    "library",
    "library_rule",
    "library_rule_of",
    "library_rules",
    "narrowed",
    "switches",
    "texts_of",
]
