"""Every write of the domain."""

from burgrave.intake.commands.hearing import note_heard
from burgrave.intake.commands.listing import LIST
from burgrave.intake.commands.sample import drop_sample
from burgrave.intake.commands.sources import add_log_source, edit_log_source, move_log_source
from burgrave.intake.commands.tokens import make_source_token, revoke_source_token, use_source_token

__all__ = [
    "LIST",
    "add_log_source",
    "drop_sample",
    "edit_log_source",
    "make_source_token",
    "move_log_source",
    "note_heard",
    "revoke_source_token",
    "use_source_token",
]
