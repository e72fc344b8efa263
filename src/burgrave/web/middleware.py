"""The last middleware: a refusal raised in a view becomes an answer, and an address that nobody types gets one."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from burgrave.web.errors import Refusal
from burgrave.web.pages import refusal_of_status, refuse
from burgrave.web.rest.problems import is_api, problem


class RefusalMiddleware:
    """Answers every Refusal with its page or part and its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # No text of ours holds NUL, and PostgreSQL refuses to compare one: such an address is a probe.
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path_info:
            return refuse(request, refusal_of_status(400))
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and is_api(request):
            allowed = response.headers.get("Allow", "")
            response = problem(request, 405, f"this address takes {allowed or 'another method'}, got {request.method}")
            response.headers["Allow"] = allowed
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            return refuse(request, exception)
        if isinstance(exception, RequestDataTooBig):
            return refuse(request, refusal_of_status(413))
        return None
