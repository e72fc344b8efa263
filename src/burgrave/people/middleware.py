"""Who asks, in which language and time zone, and whether the door opens: deny by default."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from burgrave.people import commands, queries, rules
from burgrave.people.errors import FactorNeeded, IdentityUnconfirmed, SignInNeeded
from burgrave.people.rules.tokens import USED_EVERY
from burgrave.people.terms import Preferences
from burgrave.people.views import marks
from burgrave.people.views.confirming import interrupt
from burgrave.web.pages import BurgraveRequest, refuse
from burgrave.web.rest.api import nobody as nobody_signed_in
from burgrave.web.rest.problems import is_api
from burgrave.web.terms import Actor

PUBLIC_VIEWS = frozenset(
    {
        "account_login",
        "account_reset_password",
        "mfa_authenticate",
        "people:foreign_begin",
        "people:oidc_back",
        "people:passkey_options",
        "people:passkey_sign_in",
        "people:saml_answer",
        "people:saml_finish",
        "people:saml_metadata",
        "people:second_factor_options",
        "people:join",
        "people:not_set_up",
        "people:set_up",
    }
)
"""The views that open without signing in; settings.BURGRAVE_PUBLIC_VIEWS adds those of other floors."""

WITHOUT_A_FACTOR = frozenset(
    {
        "account_logout",
        "people:add_app",
        "people:add_passkey",
        "people:add_passkey_options",
        "people:confirm",
        "people:confirm_options",
        "people:confirm_with",
        "people:foreign_begin",
        "people:oidc_back",
        "people:factors",
        "people:resume",
        "people:saml_finish",
        "web:appearance",
    }
)
"""The views that open for somebody who must have a second factor and has none yet."""

BEFORE_SET_UP = frozenset({"people:not_set_up", "people:set_up"})
PEOPLE_API = "/api/people/"
SEEN_AT = "burgrave_seen_at"
SEEN_EVERY_SECONDS = 300


def nobody() -> Actor:
    """The actor of a request that nobody signed in for: may nothing."""
    return Actor(person_id=None, label="people.nobody", name=_("Somebody who is not signed in"))


class PeopleMiddleware:
    """Sets ``request.actor`` and ``request.theme``, and activates language and time zone.

    Closes every view that is not public to whoever is not signed in. Before the set-up everything leads to the
    page that says so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.public = PUBLIC_VIEWS | frozenset(getattr(settings, "BURGRAVE_PUBLIC_VIEWS", ()))
        self.confirmed = frozenset(getattr(settings, "BURGRAVE_CONFIRMED_VIEWS", ()))
        self.before_set_up = BEFORE_SET_UP | (self.public - PUBLIC_VIEWS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        actor, preferences = _arrive(request, now=timezone.now())
        request.token_refused = _bearer(request) is not None and actor.token_id is None  # type: ignore[attr-defined]  # read below
        request.actor = actor  # type: ignore[attr-defined]  # declared by web's BurgraveRequest
        request.theme = preferences.theme  # type: ignore[attr-defined]  # read by web.shell
        language = _language(request, preferences)
        with translation.override(language), timezone.override(ZoneInfo(preferences.time_zone)):
            early = actor.person_id is None and not queries.is_set_up() and not self._opens_before_set_up(request)
            response = HttpResponseRedirect(reverse("people:not_set_up")) if early else self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        # No proxy and no browser keeps what one person saw: after a sign-out the way back leads to nothing.
        response.headers.setdefault("Cache-Control", "private, no-store" if actor.person_id else "private, no-cache")
        patch_vary_headers(cast("HttpResponse", response), ("Accept-Language", "Authorization", "Cookie"))
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _arguments: object, _named: object
    ) -> HttpResponse | None:
        """The answer of a closed door, or None when the view may run."""
        actor: Actor = request.actor  # type: ignore[attr-defined]  # set in __call__
        asked = request.resolver_match.view_name if request.resolver_match else ""
        if actor.person_id is None:
            return None if asked in self.public else _to_sign_in(request)
        is_open = asked in WITHOUT_A_FACTOR or actor.token_id is not None or not actor.factors_asked
        if not is_open and _lacks_a_factor(request, now=timezone.now()):
            return _to_factors(request)
        if asked in self.confirmed or _changes_access(request):
            try:
                return interrupt(cast("BurgraveRequest", request))
            except IdentityUnconfirmed as refusal:
                return refuse(request, refusal)
        return None

    def _opens_before_set_up(self, request: HttpRequest) -> bool:
        try:
            return resolve(request.path_info).view_name in self.before_set_up
        except Resolver404:
            return False


def _changes_access(request: HttpRequest) -> bool:
    """Whether the API is asked to change people or access: from a browser that needs the same proof as the pages."""
    return request.path_info.startswith(PEOPLE_API) and request.method not in {"GET", "HEAD", "OPTIONS"}


def _bearer(request: HttpRequest) -> str | None:
    """The token that an API request carries, None without one. Pages take none: a browser has its session."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and is_api(request) else None


def _arrive(request: HttpRequest, *, now: datetime) -> tuple[Actor, Preferences]:
    if (token := _bearer(request)) is not None:
        # Whoever sends a token acts by it alone: a session beside it neither adds to it nor mends a dead one.
        return _arrive_by_token(token, now=now)
    user = request.user
    if not user.is_authenticated:
        return nobody(), Preferences(language="")
    if _has_been_away(request, now=now):
        logout(request)
        return nobody(), Preferences(language="")
    preferences = Preferences(language=user.language, theme=user.theme, time_zone=user.time_zone)
    return queries.actor_of(user.pk, now), preferences


def _arrive_by_token(token: str, *, now: datetime) -> tuple[Actor, Preferences]:
    found = queries.actor_by_token(token, now)
    if found is None:
        return nobody(), Preferences(language="")
    actor, preferences, last_used_at = found
    if actor.token_id is not None and (last_used_at is None or now - last_used_at >= USED_EVERY):
        commands.use_token(actor.token_id, now=now)
    return actor, preferences


def _has_been_away(request: HttpRequest, *, now: datetime) -> bool:
    """True when the session was idle for longer than the limit; notes the visit otherwise, at most every 5 minutes."""
    seen_at = cast("float | None", request.session.get(SEEN_AT))
    here = now.timestamp()
    if seen_at is not None and here - seen_at > rules.IDLE_LIMIT.total_seconds():
        return True
    if seen_at is None or here - seen_at > SEEN_EVERY_SECONDS:
        request.session[SEEN_AT] = here
    if seen_at is not None and here - seen_at > SEEN_EVERY_SECONDS:
        commands.note_visit(request.session.session_key, now=now)
    return False


def _language(request: HttpRequest, preferences: Preferences) -> str:
    """The language chosen on this browser, else the person's, else what the browser asks for."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    known = dict(settings.LANGUAGES)
    if chosen in known:
        return chosen
    return preferences.language or translation.get_language_from_request(request)


def _lacks_a_factor(request: HttpRequest, *, now: datetime) -> bool:
    """True when a rule that binds this person has run out of grace, and they have no second factor."""
    user = request.user
    if not user.is_authenticated or marks.is_strong(request.session, user.pk):
        return False
    due_at = queries.factor_due_at(user.pk, joined_at=user.joined_at, now=now)
    return due_at is not None and due_at <= now and not queries.has_factor(user.pk)


def _to_factors(request: HttpRequest) -> HttpResponse:
    if is_api(request) or getattr(request, "htmx", False) or not request.accepts("text/html"):
        return refuse(
            request,
            FactorNeeded(
                _("Your organisation asks you for a second factor, and you have none."),
                mend=_("Open /me/factors/ in a browser and add one first."),
            ),
        )
    return HttpResponseRedirect(reverse("people:factors"))


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if getattr(request, "htmx", False):
        return refuse(
            request,
            SignInNeeded(
                _("You are no longer signed in."),
                mend=_("Sign in in another tab, come back and try again: what you typed is still here."),
            ),
        )
    if is_api(request):
        refused = bool(getattr(request, "token_refused", False))
        return nobody_signed_in(request, "the token is unknown, has ended or was revoked" if refused else "")
    if not request.accepts("text/html"):
        return HttpResponse(_("Sign in first.") + "\n", status=401, content_type="text/plain; charset=utf-8")
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else ""
    query = f"?{urlencode({'next': back})}" if back and back != "/" else ""
    return HttpResponseRedirect(reverse("account_login") + query)
