"""Every write of evidence."""

from burgrave.assurance.commands.bundling import issue_bundle
from burgrave.assurance.commands.keeping import keep, sweep_orphans

__all__ = ["issue_bundle", "keep", "sweep_orphans"]
