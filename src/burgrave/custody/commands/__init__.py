"""Every write of custody."""

from burgrave.custody.commands.keys import ensure_log_key
from burgrave.custody.commands.sealing import seal, seal_all
from burgrave.custody.commands.witnesses import ask_witness

__all__ = ["ask_witness", "ensure_log_key", "seal", "seal_all"]
