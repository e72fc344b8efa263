"""Every write of the domain."""

from burgrave.detection.commands.deciding import decide, decide_one, switch_off, switch_on
from burgrave.detection.commands.importing import Arrived, RuleArchive, import_rules, loaded, plan_import
from burgrave.detection.commands.listing import LIBRARY, LISTS
from burgrave.detection.rules.archives import is_rule_path, opened

__all__ = [
    "LIBRARY",
    "LISTS",
    "Arrived",
    "RuleArchive",
    "decide",
    "decide_one",
    "import_rules",
    "is_rule_path",
    "loaded",
    "opened",
    "plan_import",
    "switch_off",
    "switch_on",
]
