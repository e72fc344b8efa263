"""A small site that serves only what `web` has: no people, no database."""

from __future__ import annotations

import socketserver
import threading
import uuid
from collections.abc import Callable, Iterator
from http import HTTPStatus
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.files.uploadedfile import UploadedFile
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from burgrave.web import urls, views
from burgrave.web.errors import BadInput, Forbidden, NotFound, Refusal
from burgrave.web.shell import NavEntry
from burgrave.web.terms import Actor, PersonId, UnitId

UNIT = UnitId(uuid.UUID(int=1))
READER = Actor(
    person_id=PersonId(uuid.UUID(int=7)),
    label="people.person:7",
    name="Alice 王",
    allowed={"incidents.read": frozenset({UNIT})},
)
REFUSALS = {
    "conflict": Refusal("The incident is closed.", mend="Open it again first."),
    "forbidden": Forbidden("Only its owner may do this."),
    "unseen": NotFound("No alert has this number."),
    "unreadable": BadInput("A date was expected, 31 February was got."),
}
NAV = (
    NavEntry("Home", "design-home", "house", key="h"),
    NavEntry("Components", "web:design", "component", key="d", permission="incidents.read", group="Incidents"),
    NavEntry("Not for Alice", "design-hidden", "lock", permission="people.manage"),
    NavEntry("Nowhere", "no-such-name", "ban"),
)
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "burgrave.web.middleware.RefusalMiddleware",
]


def seen_by_reader(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def seen(request: HttpRequest, **kwargs: str) -> HttpResponse:
        request.actor = READER  # type: ignore[attr-defined]  # a middleware of people sets it
        return view(request, **kwargs)

    return seen


def raise_refusal(request: HttpRequest, kind: str) -> HttpResponse:
    raise REFUSALS[kind]


def fail(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def save(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": "/design/"})


def accept_file(request: HttpRequest) -> HttpResponse:
    upload = request.FILES["file"]
    assert isinstance(upload, UploadedFile)
    if upload.size == 0:
        raise BadInput("The file is empty.", mend="Choose another one.")
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": f"/design/?received={upload.size}"})


class SampleSite(tuple):  # type: ignore[type-arg]  # a hashable urlconf with error handlers
    __slots__ = ()

    handler400 = staticmethod(views.bad_request)
    handler403 = staticmethod(views.permission_denied)
    handler404 = staticmethod(views.page_not_found)
    handler500 = staticmethod(views.server_error)

    @property
    def urlpatterns(self) -> list[object]:
        return list(self)


SITE = SampleSite(
    (
        path("", seen_by_reader(views.design), name="design-home"),
        path("hidden/", seen_by_reader(views.design), name="design-hidden"),
        path("refuse/<str:kind>/", seen_by_reader(raise_refusal)),
        path("fail/", fail),
        path("accept/", accept_file),
        path("save/", save),
        path("", ([path("design/", seen_by_reader(views.design), name="design"), *urls.urlpatterns], "web", "web")),
    )
)


@pytest.fixture
def site(settings: Settings) -> None:
    """Only `web` is served, to a reader who may read incidents."""
    settings.MIDDLEWARE = MIDDLEWARE
    settings.ROOT_URLCONF = SITE
    settings.WEB_NAV = NAV
    settings.WEB_SEARCH = "web:design"
    settings.WEB_PROFILE = ""
    settings.WEB_GALLERY = True
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"


@pytest.fixture
def reader(site: None) -> Client:
    return Client(raise_request_exception=False)


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of the standard library
        return


@pytest.fixture
def address(site: None) -> Iterator[str]:
    """The small site on a port of this machine."""
    server = make_server(
        "127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()), server_class=_Server, handler_class=_Silent
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
