"""Refusals as problem details (RFC 9457): one shape for everything that the API does not do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Schema
from pydantic import Field

from burgrave.web.errors import Forbidden, NotFound, Refusal, StaleEdit

MEDIA_TYPE: Final = "application/problem+json"
API_PREFIX: Final = "/api/"


class FieldProblem(Schema):
    """What is wrong with one field: ``place`` is where it was sent, such as ``body.alerts.0.version``."""

    place: str
    detail: str


class Problem(Schema):
    """A refusal. ``type`` leads to its description; ``mend`` says what to do instead."""

    type: str
    title: str
    status: int
    detail: str
    mend: str = ""
    instance: str = Field("", description="The address that was asked.")
    errors: list[FieldProblem] = Field([], description="The fields that cannot be used, with 422.")
    changed_by: str = Field("", description="Who made the newer version, where the edit was stale.")
    changed_at: str = Field("", description="When that was, as RFC 3339.")


def is_api(request: HttpRequest) -> bool:
    """Whether whoever asks reads problem details and not a page."""
    return request.path_info.startswith(API_PREFIX) and not request.path_info.startswith(f"{API_PREFIX}docs/")


def problem(
    request: HttpRequest,
    status: int,
    detail: str,
    *,
    name: str = "",
    mend: str = "",
    errors: Sequence[Mapping[str, str]] = (),
    changed: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer. ``name`` is the last part of its type; without one it is the standard phrase of the status."""
    phrase = HTTPStatus(status).phrase
    name = name or phrase.lower().replace(" ", "-")
    body: dict[str, object] = {
        "type": f"{API_PREFIX}docs/#{name}",
        "title": name.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": request.path_info,
    }
    if mend:
        body["mend"] = mend
    if errors:
        body["errors"] = [dict(each) for each in errors]
    return HttpResponse(orjson.dumps(body | dict(changed or {})), status=status, content_type=MEDIA_TYPE)


def of_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as a problem; a stale edit names who changed it and when.

    With If-Match the status of a stale edit is 412 (RFC 9110, 13.1.1), without it stays 409.
    """
    changed: dict[str, str] = {}
    status = refusal.status
    if isinstance(refusal, StaleEdit):
        changed = {"changed_by": refusal.changed_by, "changed_at": refusal.changed_at.isoformat()}
        status = 412 if "If-Match" in request.headers else status
    return problem(request, status, str(refusal), name=name_of(type(refusal)), mend=str(refusal.mend), changed=changed)


def name_of(kind: type[Refusal]) -> str:
    """``SeparationOfDuties`` is *separation-of-duties*; a refusal without a name of its own goes by its status."""
    if kind is Refusal:
        return ""
    return {Forbidden: "forbidden", NotFound: "not-found"}.get(kind) or re.sub(
        r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", kind.__name__
    ).lower()
