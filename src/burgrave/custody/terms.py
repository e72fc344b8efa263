"""Words of custody.

*Checkpoint* and *verifier key* as in C2SP tlog-checkpoint and signed-note; *fingerprint* is ``SHA256:`` and the
unpadded base64 of SHA-256 over the 32 bytes of the Ed25519 public key.
"""

from __future__ import annotations

from dataclasses import dataclass

KEY_FOLDER = "keys"
PRIVATE_KEY = "ledger.pem"
VERIFIER_KEY = "ledger.vkey"
KEPT_CHECKPOINT = "ledger.checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """The public half of the log key as a page shows it."""

    origin: str
    fingerprint: str
    verifier_key: str
    pem: str
