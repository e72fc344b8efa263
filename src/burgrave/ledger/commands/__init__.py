"""Every write of the ledger."""

from burgrave.ledger.commands.appending import append, append_all, append_bulk, bind_all, write_all
from burgrave.ledger.commands.dispatching import dispatch
from burgrave.ledger.commands.drilling import record_drill
from burgrave.ledger.commands.erasing import erase_openings
from burgrave.ledger.commands.guards import disarm_guards, install_guards
from burgrave.ledger.commands.sequencing import accept_checkpoint, sequence

__all__ = [
    "accept_checkpoint",
    "append",
    "append_all",
    "append_bulk",
    "bind_all",
    "disarm_guards",
    "dispatch",
    "erase_openings",
    "install_guards",
    "record_drill",
    "sequence",
    "write_all",
]
