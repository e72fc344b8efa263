"""What goes out of the management system on paper, each recorded with its digest."""

from burgrave.isms.reports.minutes import minutes
from burgrave.isms.reports.pack import review_pack

__all__ = ["minutes", "review_pack"]
