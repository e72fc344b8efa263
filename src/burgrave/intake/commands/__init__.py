"""Every write of the domain."""

from burgrave.intake.commands.hearing import note_heard
from burgrave.intake.commands.listening import listening_mark, mark_listening
from burgrave.intake.commands.listing import LIST
from burgrave.intake.commands.mappings import (
    add_event_mapping,
    begin_event_mapping,
    remove_event_mapping,
    save_event_mapping,
)
from burgrave.intake.commands.receiving import note_lost_files, receive_batch, spool_file, spool_syslog
from burgrave.intake.commands.sample import drop_sample
from burgrave.intake.commands.sources import add_log_source, edit_log_source, move_log_source
from burgrave.intake.commands.taking import prune_spool_marks, take_in
from burgrave.intake.commands.tokens import make_source_token, revoke_source_token, use_source_token
from burgrave.intake.commands.watching import note_silences

__all__ = [
    "LIST",
    "add_event_mapping",
    "add_log_source",
    "begin_event_mapping",
    "drop_sample",
    "edit_log_source",
    "listening_mark",
    "make_source_token",
    "mark_listening",
    "move_log_source",
    "note_heard",
    "note_lost_files",
    "note_silences",
    "prune_spool_marks",
    "receive_batch",
    "remove_event_mapping",
    "revoke_source_token",
    "save_event_mapping",
    "spool_file",
    "spool_syslog",
    "take_in",
    "use_source_token",
]
