"""HOTP (RFC 4226) over the steps of a clock (TOTP, RFC 6238), with SHA-1 and six digits as every app has them."""

from __future__ import annotations

import base64
import hmac
from urllib.parse import quote, urlencode

DIGITS = 6
PERIOD_SECONDS = 30
SECRET_BYTES = 20
"""The length of HMAC-SHA-1's output, which RFC 4226 (4, R6) recommends for the shared secret."""
_TOP_BIT_OFF = 0x7FFFFFFF
_LOW_NIBBLE = 0x0F


def step_at(seconds: float) -> int:
    """The number of the step, counted from the Unix epoch (RFC 6238, 4.2)."""
    return int(seconds) // PERIOD_SECONDS


def code_at(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """The code of this step, with its leading zeros (RFC 4226, 5.3)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & _LOW_NIBBLE
    number = int.from_bytes(mac[offset : offset + 4], "big") & _TOP_BIT_OFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, code: str, *, now_step: int, after: int | None, tolerance: int = 1) -> int | None:
    """The step in which the code was made, or None.

    Looked at are ``now_step`` and ``tolerance`` steps before and after it, for clocks that differ. A step that is not
    later than ``after``, the last one that was accepted, never matches: a code is good once (RFC 6238, 5.2).
    """
    found = None
    for step in range(now_step - tolerance, now_step + tolerance + 1):
        same = hmac.compare_digest(code_at(secret, step).encode(), code.encode("utf-8", "surrogatepass"))
        if same and (after is None or step > after):
            found = step
    return found


def address(secret: bytes, *, issuer: str, account: str) -> str:
    """The ``otpauth`` address that an app reads from a QR code (Key Uri Format)."""
    text = base64.b32encode(secret).decode("ascii").rstrip("=")
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    words = {"secret": text, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": PERIOD_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(words, quote_via=quote)}"
