"""Secrets of webhooks rest sealed: AES-256-GCM under a key that is derived from the installation's own."""

from __future__ import annotations

import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from burgrave.notifications.errors import SecretUnreadable

NONCE_BYTES = 12


def seal(secret: str, *, about: UUID) -> bytes:
    """The secret, sealed; it opens only as the secret of the same webhook."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(_key()).encrypt(nonce, secret.encode(), about.bytes)


def unseal(sealed: bytes, *, about: UUID) -> str:
    """The secret. Raises SecretUnreadable when the installation's key is another one now."""
    try:
        opened = AESGCM(_key()).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.bytes)
    except InvalidTag as error:
        raise SecretUnreadable(
            "the secret of this webhook was sealed with another key of this installation",
            mend="Give the webhook a new secret.",
        ) from error
    return opened.decode()


def _key() -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"burgrave.notifications.webhook").derive(
        settings.SECRET_KEY.encode()
    )
