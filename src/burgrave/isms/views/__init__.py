"""Pages of the management system."""
