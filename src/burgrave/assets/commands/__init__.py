"""Every write of the domain."""

from burgrave.assets.commands.assets import (
    add_asset,
    classify,
    define_scheme,
    edit_asset,
    lower_need,
    move,
    review,
)
from burgrave.assets.commands.bom import BomDocument
from burgrave.assets.commands.bulk import change_many
from burgrave.assets.commands.importing import AssetSheet, Imported, import_table
from burgrave.assets.commands.links import link, unlink
from burgrave.assets.commands.listing import LIST
from burgrave.assets.commands.many import save_many
from burgrave.assets.commands.merging import merge_assets
from burgrave.assets.commands.needs import renew_all
from burgrave.assets.commands.reporting import record_report
from burgrave.assets.commands.sample import drop_sample

__all__ = [
    "LIST",
    "AssetSheet",
    "BomDocument",
    "Imported",
    "add_asset",
    "change_many",
    "classify",
    "define_scheme",
    "drop_sample",
    "edit_asset",
    "import_table",
    "link",
    "lower_need",
    "merge_assets",
    "move",
    "record_report",
    "renew_all",
    "review",
    "save_many",
    "unlink",
]
