"""Whose certificates are believed when a mail server or a webhook is spoken to over TLS."""

from __future__ import annotations

import ssl

from django.conf import settings


def tls_context() -> ssl.SSLContext:
    """Believes the authorities of the system, and those of BURGRAVE_CA_FILE. Names and dates are always checked."""
    context = ssl.create_default_context()
    if settings.BURGRAVE_CA_FILE is not None:
        context.load_verify_locations(cafile=settings.BURGRAVE_CA_FILE)
    return context


def distrust(error: BaseException) -> str:
    """What to say of a certificate that is not believed; "" for any other error."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return ""
    return (
        f"its certificate is not believed here: {error.verify_message}; "
        "name the certificate of its authority in BURGRAVE_CA_FILE"
    )
