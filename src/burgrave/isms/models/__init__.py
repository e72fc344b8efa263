"""Tables of the management system."""

from burgrave.isms.models.statements import Counter, Reading, Statement, Version

__all__ = ["Counter", "Reading", "Statement", "Version"]
