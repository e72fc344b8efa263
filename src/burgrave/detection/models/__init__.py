"""Tables of the domain."""

from burgrave.detection.models.attack import AttackRelease
from burgrave.detection.models.exceptions import RuleException
from burgrave.detection.models.layers import AttackLayer
from burgrave.detection.models.library import Batch, BatchFault, Rule, Standing, Switch, Text, Version
from burgrave.detection.models.placeholders import Placeholder
from burgrave.detection.models.references import CorrelationText
from burgrave.detection.models.trials import Trial, TriedRule

__all__ = [
    "AttackLayer",
    "AttackRelease",
    "Batch",
    "BatchFault",
    "CorrelationText",
    "Placeholder",
    "Rule",
    "RuleException",
    "Standing",
    "Switch",
    "Text",
    "Trial",
    "TriedRule",
    "Version",
]
