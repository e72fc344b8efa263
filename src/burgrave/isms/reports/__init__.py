"""What goes out of the management system on paper, each recorded with its digest."""

from burgrave.isms.reports.applicability import statement_of_applicability
from burgrave.isms.reports.minutes import minutes
from burgrave.isms.reports.pack import review_pack

__all__ = ["minutes", "review_pack", "statement_of_applicability"]
