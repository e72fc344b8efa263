"""How a message to a webhook is signed.

The header ``Burgrave-Signature`` holds ``t=<seconds since 1970>,kid=<key id>,v1=<hex>``, where v1 is HMAC-SHA256 under
the secret over ``t``, a dot, and the body byte for byte. The time is under the signature, so that an old message cannot
be sent again later: whoever receives one refuses it when ``t`` is more than five minutes away.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

SIGNATURE = "Burgrave-Signature"
REPLAY_WINDOW = timedelta(minutes=5)


def signature(body: bytes, *, secret: str, key_id: str, now: datetime) -> str:
    """The value of the header."""
    seconds = int(now.timestamp())
    mac = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},kid={key_id},v1={mac}"
