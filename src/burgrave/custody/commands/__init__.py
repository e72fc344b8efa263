"""Every write of custody."""

from burgrave.custody.commands.keys import ensure_log_key
from burgrave.custody.commands.sealing import seal, seal_all

__all__ = ["ensure_log_key", "seal", "seal_all"]
