"""What a database must not give away is encrypted with a key that lies beside it, in a file.

AES-256-GCM with a fresh nonce for each text. The key is derived (HKDF-SHA256, RFC 5869) from the bytes of the factor
key file, which is not the key that signs sessions: that one may be thrown away to sign everybody out.
"""

from __future__ import annotations

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from burgrave.people.errors import VaultIsClosed

MARK = "v1:"
_NONCE_BYTES = 12
_KEY_BYTES = 32


def encrypt(text: str) -> str:
    """The text as nobody reads it without the key file."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = nonce + AESGCM(_key()).encrypt(nonce, text.encode(), MARK.encode())
    return MARK + base64.b64encode(sealed).decode("ascii")


def decrypt(sealed: str) -> str:
    """The text again. Raises VaultIsClosed when it was written with another key, or was changed."""
    try:
        if not sealed.startswith(MARK):
            raise ValueError(sealed[: len(MARK)])
        raw = base64.b64decode(sealed.removeprefix(MARK), validate=True)
        return AESGCM(_key()).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], MARK.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise VaultIsClosed(
            _("a second factor was kept under another key than this installation has now"),
            mend=_("Put the file factor_key of the state directory back, or have an administrator reset the factors."),
        ) from error


def _key() -> bytes:
    derive = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"burgrave.people.factors/1")
    return derive.derive(settings.BURGRAVE_FACTOR_KEY)
