"""Every read of the domain."""

from burgrave.policies.queries.versions import clause, clauses, in_force

__all__ = ["clause", "clauses", "in_force"]
