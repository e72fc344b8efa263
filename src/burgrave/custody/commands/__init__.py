"""Every write of custody."""

from burgrave.custody.commands.anchoring import tend
from burgrave.custody.commands.copies import copy_checkpoint
from burgrave.custody.commands.keys import ensure_log_key, private_key
from burgrave.custody.commands.sealing import seal, seal_all
from burgrave.custody.commands.statements import sign_statement
from burgrave.custody.commands.timestamps import stamp_checkpoint
from burgrave.custody.commands.witnesses import ask_witness

__all__ = [
    "ask_witness",
    "copy_checkpoint",
    "ensure_log_key",
    "private_key",
    "seal",
    "seal_all",
    "sign_statement",
    "stamp_checkpoint",
    "tend",
]
