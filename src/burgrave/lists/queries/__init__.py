"""Every read of the domain."""

from burgrave.lists.queries.listing import listing, shown, spec, specs, view, views
from burgrave.lists.queries.searching import entries, kinds, matching, search

__all__ = ["entries", "kinds", "listing", "matching", "search", "shown", "spec", "specs", "view", "views"]
