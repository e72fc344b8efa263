"""Every write of the domain."""

from burgrave.lists.commands.indexing import INDEX_VERSION, index, rebuild, rebuild_if_old, unindex

__all__ = ["INDEX_VERSION", "index", "rebuild", "rebuild_if_old", "unindex"]
