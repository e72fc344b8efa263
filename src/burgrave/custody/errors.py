"""Broken promises about keys."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class CustodyError(Refusal):
    """A key cannot be used as things stand; str() is fit to show, and never holds key material."""


class LogKeyMissing(CustodyError):
    """The key that signed the ledger so far is there to sign on."""


class LogKeyExposed(CustodyError):
    """Only its owner can read the key file."""


class LogKeyUnreadable(CustodyError):
    """The key file holds an Ed25519 key that the passphrase opens."""


class LogKeyChanged(CustodyError):
    """The key that signs is the key that signed before, and the ledger is where it left it."""
