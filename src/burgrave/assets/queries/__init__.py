"""Every read of the domain."""

from burgrave.assets.queries.assets import (
    MOST_SURROUNDINGS,
    ORDERS,
    asset,
    assets,
    by_hosts,
    choices,
    export,
    facts_of,
    highest_rank_in_use,
    matrix,
    number_text,
    overdue_count,
    scheme,
    surroundings,
)

__all__ = [
    "MOST_SURROUNDINGS",
    "ORDERS",
    "asset",
    "assets",
    "by_hosts",
    "choices",
    "export",
    "facts_of",
    "highest_rank_in_use",
    "matrix",
    "number_text",
    "overdue_count",
    "scheme",
    "surroundings",
]
