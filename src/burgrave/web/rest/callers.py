"""Who calls the API."""

from __future__ import annotations

from django.http import HttpRequest

from burgrave.web.terms import Actor


def actor_of(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by people's middleware
    return actor
