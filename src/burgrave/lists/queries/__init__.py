"""Every read of the domain."""

from burgrave.lists.queries.searching import entries, kinds, matching, search

__all__ = ["entries", "kinds", "matching", "search"]
