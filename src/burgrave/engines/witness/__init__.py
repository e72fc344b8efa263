"""What a witness of a transparency log decides and signs (c2sp.org/tlog-witness, c2sp.org/tlog-cosignature).

Pure rules: state and time come in, new state and a cosignature go out. Ed25519 cosignatures only.
"""

from burgrave.engines.witness.cosignatures import (
    CosignerKey,
    cosign,
    parse_cosigner_key,
    verify_cosignature,
)
from burgrave.engines.witness.requests import AddCheckpoint, parse_request
from burgrave.engines.witness.rules import (
    BadProof,
    BadSignature,
    Cosigned,
    Fork,
    Malformed,
    NotWitnessed,
    Rollback,
    Seen,
    StaleOldSize,
    UnknownOrigin,
    add_checkpoint,
    origin_of,
)

__all__ = [
    "AddCheckpoint",
    "BadProof",
    "BadSignature",
    "Cosigned",
    "CosignerKey",
    "Fork",
    "Malformed",
    "NotWitnessed",
    "Rollback",
    "Seen",
    "StaleOldSize",
    "UnknownOrigin",
    "add_checkpoint",
    "cosign",
    "origin_of",
    "parse_cosigner_key",
    "parse_request",
    "verify_cosignature",
]
