"""Tables of the domain."""

from burgrave.detection.models.library import Batch, BatchFault, Rule, Standing, Switch, Text, Version

__all__ = ["Batch", "BatchFault", "Rule", "Standing", "Switch", "Text", "Version"]
