"""Every decision of the management system."""
