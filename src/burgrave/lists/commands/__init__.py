"""Every write of the domain."""

from burgrave.lists.commands.acting import act_of, act_on_many, chosen, found
from burgrave.lists.commands.exporting import export
from burgrave.lists.commands.indexing import INDEX_VERSION, index, rebuild, rebuild_if_old, unindex
from burgrave.lists.commands.viewing import change_view, choose_columns, open_by_itself, remove_view, save_view

__all__ = [
    "INDEX_VERSION",
    "act_of",
    "act_on_many",
    "change_view",
    "choose_columns",
    "chosen",
    "export",
    "found",
    "index",
    "open_by_itself",
    "rebuild",
    "rebuild_if_old",
    "remove_view",
    "save_view",
    "unindex",
]
