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


class WitnessAway(CustodyError):
    """A witness answers; nothing is known about the ledger while it does not."""


class WitnessStranger(CustodyError):
    """A witness knows this ledger and its key, and answers with its own."""


class WitnessDisagreed(CustodyError):
    """The ledger continues what a witness saw of it. Broken, it means that the past was rewritten or put back."""


class TimestampRefused(CustodyError):
    """A time stamping authority answers with a token that its roots vouch for (RFC 3161)."""


class CopyFailed(CustodyError):
    """A checkpoint is copied where this machine cannot change it."""


class CopyDisagreed(CustodyError):
    """A copy that was made once stays as it was. Broken, somebody wrote another past over it or here."""


class StatementRefused(CustodyError):
    """The key of the ledger signs statements of known kinds, which nobody can take for a checkpoint."""


class StatementForged(CustodyError):
    """A signed statement is the one that this key signed."""
