"""Every write of the sample."""

from burgrave.sample.commands.asking import ask_for, ask_to_remove
from burgrave.sample.commands.inviting import invite
from burgrave.sample.commands.loading import load
from burgrave.sample.commands.removing import remove

__all__ = ["ask_for", "ask_to_remove", "invite", "load", "remove"]
