"""The pages of no domain: errors, the choice of language and theme, and the component gallery."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from burgrave.web.errors import Forbidden
from burgrave.web.gallery import gallery_context
from burgrave.web.pages import part, refusal_of_status, refuse, wants_part
from burgrave.web.rest.problems import is_api, of_refusal
from burgrave.web.shell import THEME_COOKIE, THEMES

YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language or theme in a cookie and go back to where the reader was."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    remember(response, language=request.POST.get("language", ""), theme=request.POST.get("theme", ""))
    return response


def remember(response: HttpResponse, *, language: str = "", theme: str = "") -> None:
    """Set the cookies of a language and a theme; an unknown value is left alone."""
    if language in dict(settings.LANGUAGES):
        _set_cookie(response, settings.LANGUAGE_COOKIE_NAME, language)
    if theme in THEMES:
        _set_cookie(response, THEME_COOKIE, theme)


@require_GET
def design(request: HttpRequest) -> HttpResponse:
    """Every component on one page, for whoever builds pages; only in development and in tests."""
    if not (settings.DEBUG or getattr(settings, "WEB_GALLERY", False)):
        raise Http404
    template = "web/gallery.html#progress" if wants_part(request) and "progress" in request.GET else "web/gallery.html"
    return part(request, template, gallery_context(request))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return refuse(request, refusal_of_status(400))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return refuse(request, refusal_of_status(403))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return refuse(request, refusal_of_status(404))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    refusal = Forbidden(
        _("This form was open too long, or was sent from another page."),
        mend=_("Go back, reload the page and send again; what you typed is still there."),
    )
    return refuse(request, refusal)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without the database, the session or a context processor: any of them may be what failed."""
    refusal = refusal_of_status(500)
    if is_api(request):
        return of_refusal(request, refusal)
    return HttpResponse(render_to_string("web/failure.html", {"refusal": refusal, "status": 500}), status=500)


def _set_cookie(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
