"""What the views of this domain know about a request."""

from __future__ import annotations

from django.http import HttpRequest

from burgrave.people.views.adapter import address_of
from burgrave.web.pages import BurgraveRequest

PROXY_HEADERS = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_VIA",
)


def was_forwarded(request: HttpRequest) -> bool:
    """True when a proxy stood between the reader and this machine."""
    return any(header in request.META for header in PROXY_HEADERS)


__all__ = ["BurgraveRequest", "address_of", "was_forwarded"]
