"""Every read of the domain."""

from burgrave.assets.queries.assets import (
    FACET_COUNTED,
    MOST_SURROUNDINGS,
    ORDERS,
    asset,
    assets,
    by_hosts,
    choices,
    export,
    facet_counts,
    facts_of,
    highest_needs,
    highest_rank_in_use,
    matrix,
    names_of,
    number_text,
    overdue_count,
    owners,
    scheme,
    surroundings,
)
from burgrave.assets.queries.duplicates import MOST_CANDIDATES, duplicates, merged_into, merged_with, merging
from burgrave.assets.queries.finding import asset_entries
from burgrave.assets.queries.listing import narrowed
from burgrave.assets.queries.reaching import briefs, briefs_in_use, reviews

__all__ = [
    "FACET_COUNTED",
    "MOST_CANDIDATES",
    "MOST_SURROUNDINGS",
    "ORDERS",
    "asset",
    "asset_entries",
    "assets",
    "briefs",
    "briefs_in_use",
    "by_hosts",
    "choices",
    "duplicates",
    "export",
    "facet_counts",
    "facts_of",
    "highest_needs",
    "highest_rank_in_use",
    "matrix",
    "merged_into",
    "merged_with",
    "merging",
    "names_of",
    "narrowed",
    "number_text",
    "overdue_count",
    "owners",
    "reviews",
    "scheme",
    "surroundings",
]
