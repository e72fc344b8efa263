"""Pages of the domain."""
