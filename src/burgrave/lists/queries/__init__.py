"""Every read of the domain."""

from burgrave.lists.queries.listing import listing, spec, views
from burgrave.lists.queries.searching import entries, kinds, matching, search

__all__ = ["entries", "kinds", "listing", "matching", "search", "spec", "views"]
