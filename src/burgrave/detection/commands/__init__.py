"""Every write of the domain."""

from burgrave.detection.commands.attacking import bring_attack
from burgrave.detection.commands.deciding import decide, decide_one, switch_off, switch_on
from burgrave.detection.commands.excepting import (
    approve_exception,
    ask_exception,
    look_at_exceptions,
    refuse_exception,
    revoke_exception,
    unit_of_rules,
)
from burgrave.detection.commands.importing import Arrived, RuleArchive, import_rules, loaded, plan_import
from burgrave.detection.commands.layering import bring_layer, put_layer, remove_layer, replace_layer
from burgrave.detection.commands.listing import EXCEPTIONS, HEALTH, LIBRARY, LISTS
from burgrave.detection.commands.placing import add_placeholder, change_placeholder, remove_placeholder
from burgrave.detection.commands.trying import (
    Tried,
    ask_trial,
    cancel_trial,
    finish_trial,
    forget_details,
    refuse_trial,
)
from burgrave.detection.rules.archives import is_rule_path, opened

__all__ = [
    "EXCEPTIONS",
    "HEALTH",
    "LIBRARY",
    "LISTS",
    "Arrived",
    "RuleArchive",
    "Tried",
    "add_placeholder",
    "approve_exception",
    "ask_exception",
    "ask_trial",
    "bring_attack",
    "bring_layer",
    "cancel_trial",
    "change_placeholder",
    "decide",
    "decide_one",
    "finish_trial",
    "forget_details",
    "import_rules",
    "is_rule_path",
    "loaded",
    "look_at_exceptions",
    "opened",
    "plan_import",
    "put_layer",
    "refuse_exception",
    "refuse_trial",
    "remove_layer",
    "remove_placeholder",
    "replace_layer",
    "revoke_exception",
    "switch_off",
    "switch_on",
    "unit_of_rules",
]
