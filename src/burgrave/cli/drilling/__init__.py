"""A drill of the ledger: attacks by whoever owns its machine, on a copy of real records that has a key of its own."""
