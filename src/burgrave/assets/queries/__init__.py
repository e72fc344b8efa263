"""Every read of the domain."""

from burgrave.assets.queries.assets import (
    ORDERS,
    assets,
    by_hosts,
    choices,
    export,
    facts_of,
    highest_needs,
    highest_rank_in_use,
    matrix,
    names_of,
    number_text,
    overdue_count,
    overdue_share,
    owners,
    reviews_due,
    scheme,
)
from burgrave.assets.queries.duplicates import MOST_CANDIDATES, duplicates, merged_into, merged_with, merging
from burgrave.assets.queries.facets import FACET_ROWS, facet_counts
from burgrave.assets.queries.finding import asset_entries
from burgrave.assets.queries.listing import narrowed
from burgrave.assets.queries.reaching import briefs, briefs_in_use, reviews
from burgrave.assets.queries.record import MOST_SURROUNDINGS, asset, record, surroundings
from burgrave.assets.queries.words import DIMENSION_WORDS, TYPE_WORDS

__all__ = [
    "DIMENSION_WORDS",
    "FACET_ROWS",
    "MOST_CANDIDATES",
    "MOST_SURROUNDINGS",
    "ORDERS",
    "TYPE_WORDS",
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
    "overdue_share",
    "owners",
    "record",
    "reviews",
    "reviews_due",
    "scheme",
    "surroundings",
]
