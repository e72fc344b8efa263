"""Who may call: a person's browser, or a program with a token of theirs."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from burgrave.web.rest.callers import actor_of
from burgrave.web.terms import Actor


class TokenAuth(HttpBearer):
    """Accepts the token that the middleware has judged already; it alone reads the header."""

    def __call__(self, request: HttpRequest) -> Actor | None:
        return self.authenticate(request, "")

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:  # noqa: ARG002 - ninja's signature
        actor = actor_of(request)
        return actor if actor.token_id is not None else None
