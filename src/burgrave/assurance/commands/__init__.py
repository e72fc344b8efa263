"""Every write of evidence."""

from burgrave.assurance.commands.bundling import issue_bundle
from burgrave.assurance.commands.keeping import keep, sweep_orphans
from burgrave.assurance.commands.sample import drop_sample

__all__ = ["drop_sample", "issue_bundle", "keep", "sweep_orphans"]
