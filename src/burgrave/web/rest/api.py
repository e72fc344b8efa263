"""The API object: refusals are problems, requests are counted, repeated ones act once, and the description is whole.

Made for django-ninja. The description is OpenAPI 3.1: every operation names each refusal that it can answer with.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeAlias

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import Operation

from burgrave.web.errors import Refusal
from burgrave.web.rest import idempotency, limits
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.problems import MEDIA_TYPE, Problem, of_refusal, problem
from burgrave.web.rest.versions import conditional

log = logging.getLogger(__name__)

Run: TypeAlias = "Callable[..., HttpResponse]"
Details: TypeAlias = "dict[str, Any]"  # OpenAPI's own shape

SCHEMA_REF = "#/components/schemas/Problem"
SAID = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, or the token is unknown, expired or revoked.",
    403: "The permission is missing, or the forgery token of a session is.",
    404: "Nothing with this identifier is visible to the caller.",
    409: "Not possible as things stand; somebody may have changed it meanwhile.",
    412: "Somebody changed the record since it was read; nothing was overwritten.",
    413: "The body is larger than this installation accepts.",
    422: "Some of what was sent cannot be used; `errors` names the fields.",
    428: "A change names the version that it is a change of, in If-Match.",
    429: "Too many requests within a minute; Retry-After says how long to wait.",
}
IDEMPOTENCY_PARAMETER: Details = {
    "in": "header",
    "name": idempotency.HEADER,
    "required": False,
    "description": "A random name for this request; sent again within a day it acts once and gets the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
MULTIPART = "multipart/form-data"
NAMED = 5
"""How many unusable fields the sentence itself names."""


class BurgraveAPI(NinjaAPI):
    """An API whose every answer that is no success is a problem (RFC 9457)."""

    def __init__(self, **options: Any) -> None:  # ninja's own options, handed on
        super().__init__(docs_url=None, **options)
        self.add_decorator(_guarded, mode="view")
        self.add_exception_handler(Refusal, of_refusal)  # type: ignore[arg-type]  # it hands over an instance
        self.add_exception_handler(ValidationError, _unusable)  # type: ignore[arg-type]  # as above
        self.add_exception_handler(AuthenticationError, _nobody)  # type: ignore[arg-type]  # as above
        self.add_exception_handler(HttpError, _http_error)  # type: ignore[arg-type]  # as above
        self.add_exception_handler(Http404, _nothing)  # type: ignore[arg-type]  # as above
        self.add_exception_handler(RequestDataTooBig, _too_big)  # type: ignore[arg-type]  # as above

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The domain and the verb: ``incidents_alerts``."""
        parts = operation.view_func.__module__.split(".")
        return f"{parts[1] if parts[0] == 'burgrave' else parts[-1]}_{operation.view_func.__name__}"

    def get_openapi_schema(self, **options: Any) -> Any:  # ninja's dict
        schema = super().get_openapi_schema(**options)
        components = schema.setdefault("components", {}).setdefault("schemas", {})
        described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        components |= described.pop("$defs", {})
        components["Problem"] = described
        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                complete(path, method, operation)
        return schema


def conflicts(when: str) -> Details:
    """What an operation that only reads adds to its description when it can answer 409."""
    described = {"description": f"409: {when}.", "content": {MEDIA_TYPE: {"schema": {"$ref": SCHEMA_REF}}}}
    return {"responses": {409: described}}


def complete(path: str, method: str, operation: Details) -> None:
    """The operation names each refusal that it can answer with, and the headers that it understands."""
    parameters = operation.setdefault("parameters", [])
    body = operation.get("requestBody", {}).get("content", {})
    writes = method not in {"get", "head"}
    changes = any(each["in"] == "header" and each["name"] == "If-Match" for each in parameters)
    statuses = {400, 401, 403, 404, 422, 429}
    if writes:
        statuses |= {409, 413}
    if changes:
        statuses |= {412, 428}
    if method == "post" and MULTIPART not in body and IDEMPOTENCY_PARAMETER not in parameters:
        parameters.append(IDEMPOTENCY_PARAMETER)
    if method == "get" and "{" in path:
        for answer in operation["responses"].values():
            answer.setdefault("headers", {})["ETag"] = {"schema": {"type": "string"}}
    for status in sorted(statuses):
        operation["responses"].setdefault(
            status,
            {"description": SAID[status], "content": {MEDIA_TYPE: {"schema": {"$ref": SCHEMA_REF}}}},
        )


def _guarded(run: Run) -> Run:
    """The run of an operation: counted first, then acted once, then compared with what the caller holds."""

    @wraps(run)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:  # the path's parameters
        now = timezone.now()
        allowance = limits.spend(request, now_seconds=now.timestamp())
        if allowance.is_spent:
            return limits.refuse_spent(request, allowance)
        actor = actor_of(request)

        def act() -> HttpResponse:
            return run(request, *arguments, **named)

        if request.method == "POST" and idempotency.HEADER in request.headers and actor.person_id is not None:
            response = idempotency.once(request, act, caller=actor.caller, now=now)
        else:
            response = act()
        if request.method == "GET" and response.status_code == HTTPStatus.OK and not response.streaming:
            response = conditional(request, response)
        return allowance.mark(response)

    return guarded


def _unusable(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    errors = [
        {"place": ".".join(str(step) for step in each.get("loc", ())), "detail": str(each.get("msg", ""))}
        for each in fault.errors
    ]
    what = ", ".join(each["place"] for each in errors[:NAMED])
    what += " and more" if len(errors) > NAMED else ""
    return problem(request, 422, f"{len(errors)} of the sent fields cannot be used: {what}", errors=errors)


def _nobody(request: HttpRequest, _fault: AuthenticationError) -> HttpResponse:
    return nobody(request)


def nobody(request: HttpRequest, detail: str = "") -> HttpResponse:
    """The answer to whoever is not signed in."""
    response = problem(
        request,
        401,
        detail or "nobody is signed in",
        mend="Send a token of your own as Authorization: Bearer, or sign in on the pages first.",
    )
    response["WWW-Authenticate"] = 'Bearer realm="burgrave"'
    return response


def _http_error(request: HttpRequest, fault: HttpError) -> HttpResponse:
    return problem(request, fault.status_code, fault.message)


def _nothing(request: HttpRequest, _fault: Http404) -> HttpResponse:
    return problem(request, 404, "there is nothing at this address that you can see")


def _too_big(request: HttpRequest, _fault: RequestDataTooBig) -> HttpResponse:
    return problem(
        request, 413, f"the body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes", mend="Send less at once."
    )
