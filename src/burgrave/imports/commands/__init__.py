"""Every write of the domain."""

from burgrave.imports.commands.people_sheet import PeopleSheet, invite
from burgrave.imports.commands.sample import drop_sample
from burgrave.imports.commands.steps import (
    cancel,
    choose,
    discard,
    map_columns,
    receive_file,
    save_mapping,
    start_apply,
    start_check,
)
from burgrave.imports.commands.work import apply_prepared, begin, keep_plan, refuse

__all__ = [
    "PeopleSheet",
    "apply_prepared",
    "begin",
    "cancel",
    "choose",
    "discard",
    "drop_sample",
    "invite",
    "keep_plan",
    "map_columns",
    "receive_file",
    "refuse",
    "save_mapping",
    "start_apply",
    "start_check",
]
