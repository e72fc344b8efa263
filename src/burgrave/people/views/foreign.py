"""Signing in, and proving anew who one is, at an identity provider."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.people import commands, queries
from burgrave.people.commands import openid, saml
from burgrave.people.errors import ForeignAnswerRefused, NobodyMeant, PeopleError, ProviderAway
from burgrave.people.terms.factors import FactorKind, Proof
from burgrave.people.terms.providers import AnyProvider, OidcProvider, SamlProvider, Vouched
from burgrave.people.views import marks
from burgrave.people.views.requests import BurgraveRequest, address_of
from burgrave.web.errors import BadInput, NotFound

ASKED = "people.foreign"
TYPED = "people.typed"
MOST_QUESTIONS = 5
QUESTION_LASTS_SECONDS = 600
MOST_TYPED = 200_000


def provider_of(slug: str) -> AnyProvider:
    """The provider that the operator's file names so. Raises NotFound."""
    found: Iterable[AnyProvider] = settings.BURGRAVE_IDENTITY_PROVIDERS
    for provider in found:
        if provider.slug == slug:
            return provider
    raise NotFound(_("no identity provider has this name here"))


@never_cache
@require_safe
@rate_limit(action="login")  # type: ignore[untyped-decorator]  # allauth is untyped
def begin(request: BurgraveRequest, slug: str) -> HttpResponse:
    """Off to the provider; ``confirm`` in the address has somebody who is signed in prove it anew."""
    provider = provider_of(slug)
    confirms = "confirm" in request.GET and request.actor.person_id is not None
    since = timezone.now().timestamp() if confirms else None
    if isinstance(provider, SamlProvider):
        address, state = saml.ask(provider, here=here(request, provider), anew=confirms)
        keep(request, state, provider=provider, confirms=confirms, asked={})
    else:
        state = secrets.token_urlsafe(24)
        address, asked = openid.ask(provider, state=state, callback=callback(request, provider), since=since)
        keep(request, state, provider=provider, confirms=confirms, asked=asked.kept())
    return HttpResponseRedirect(address)


@never_cache
@require_safe
def oidc_back(request: BurgraveRequest, slug: str) -> HttpResponse:
    """Back from the provider with a code, or with the reason why there is none."""
    provider = oidc(provider_of(slug))
    try:
        kept = taken(request, request.GET.get("state", ""), provider=provider)
        asked = openid.Asked(**kept["asked"])
        if request.GET.get("iss", provider.issuer) != provider.issuer:
            raise openid.refused(provider.name, "another provider answered (RFC 9207)")
        if "code" not in request.GET:
            raise openid.refused(provider.name, f"it answered {request.GET.get('error', 'nothing')!r:.80}")
        vouched = openid.take(
            provider,
            code=request.GET["code"],
            callback=callback(request, provider),
            asked=asked,
            now=timezone.now().timestamp(),
        )
        return enter(request, vouched, provider=provider, kept=kept)
    except (ForeignAnswerRefused, NobodyMeant, ProviderAway) as refusal:
        record(request, provider, refusal)
        raise


@never_cache
@require_POST
def confirm_with(request: BurgraveRequest, slug: str) -> HttpResponse:
    """Keep what was typed while the browser is away; a form may not lead to another site, so the page does."""
    provider = provider_of(slug)
    action = request.POST.get("confirm_action", "")
    typed = [
        [name, value]
        for name, values in request.POST.lists()
        if name not in {"csrfmiddlewaretoken", "confirm_action", "confirm_next"}
        for value in values
    ]
    if sum(len(name) + len(value) for name, value in typed) > MOST_TYPED:
        raise BadInput(_("what you typed is too long to be kept meanwhile"), mend=_("Confirm first, then type it."))
    request.session[TYPED] = {"action": action, "typed": typed} if action else None
    words = {"confirm": "1", "next": request.POST.get("confirm_next", "")}
    to = f"{reverse('people:foreign_begin', args=[provider.slug])}?{urlencode(words)}"
    response = render(request, "people/go_on.html", {"to": to, "name": provider.name})
    response.headers["Refresh"] = f"0; url={to}"
    return response


@never_cache
@require_http_methods(["GET", "HEAD"])
def resume(request: BurgraveRequest) -> HttpResponse:
    """What was typed before the browser went away, ready to be sent."""
    kept = request.session.pop(TYPED, None)
    if not isinstance(kept, dict) or not _is_inside(request, kept["action"]):
        return HttpResponseRedirect(reverse("people:me"))
    return render(request, "people/resume.html", {"action": kept["action"], "typed": kept["typed"]})


def keep(
    request: BurgraveRequest, state: str, *, provider: AnyProvider, confirms: bool, asked: Mapping[str, Any]
) -> None:
    """The session knows the question; of many only the newest few."""
    questions: dict[str, Any] = dict(list(request.session.get(ASKED, {}).items())[-MOST_QUESTIONS + 1 :])
    questions[state] = {
        "slug": provider.slug,
        "at": timezone.now().timestamp(),
        "confirms": confirms,
        "next": request.GET.get("next", ""),
        "asked": dict(asked),
    }
    request.session[ASKED] = questions


def taken(request: BurgraveRequest, state: str, *, provider: AnyProvider) -> dict[str, Any]:
    """The question that this answer belongs to; it is gone from the session. Raises ForeignAnswerRefused."""
    questions = dict(request.session.get(ASKED, {}))
    kept = questions.pop(state, None)
    request.session[ASKED] = questions
    now = timezone.now().timestamp()
    if kept is None or kept["slug"] != provider.slug or now - kept["at"] > QUESTION_LASTS_SECONDS:
        raise openid.refused(provider.name, "this browser did not ask for it, asked long ago, or got it already")
    return cast("dict[str, Any]", kept)


def enter(
    request: BurgraveRequest, vouched: Vouched, *, provider: AnyProvider, kept: Mapping[str, Any]
) -> HttpResponse:
    """In, or proved anew. Raises NobodyMeant."""
    if kept["confirms"]:
        return _confirmed(request, vouched, provider=provider, kept=kept)
    person = queries.active_person(commands.meet(vouched, provider=provider, now=timezone.now()))
    if person is None:
        raise NobodyMeant(_("this account is deactivated"))
    if request.actor.person_id not in {None, person.pk}:
        logout(request)
    marks.come_by(request.session, person.pk, Proof.PROVIDER)
    if provider.second_factor:
        marks.be_strong(request.session, person.pk)
        record_authentication(request, person, "mfa", type=str(FactorKind.PASSKEY), passwordless=True)
    to = kept["next"] if _is_inside(request, kept["next"]) else None
    return cast("HttpResponse", perform_login(request, Login(user=person, redirect_url=to)))


def _confirmed(
    request: BurgraveRequest, vouched: Vouched, *, provider: AnyProvider, kept: Mapping[str, Any]
) -> HttpResponse:
    meant = queries.person_of_subject(provider.slug, vouched.subject)
    if meant is None or meant != request.actor.person_id:
        raise NobodyMeant(
            _("somebody else signed in at %(name)s than who is signed in here") % {"name": provider.name},
            mend=_("Sign in there as yourself."),
        )
    now = timezone.now()
    marks.prove(request.session, Proof.PROVIDER, now=now)
    commands.confirm_identity(meant, proof=Proof.PROVIDER, address=address_of(request), now=now)
    if request.session.get(TYPED):
        return HttpResponseRedirect(reverse("people:resume"))
    return HttpResponseRedirect(kept["next"] if _is_inside(request, kept["next"]) else reverse("people:me"))


def record(request: BurgraveRequest, provider: AnyProvider, refusal: PeopleError) -> None:
    commands.refuse_foreign(
        provider=provider.slug, reason=str(refusal), address=address_of(request), now=timezone.now()
    )


def oidc(provider: AnyProvider) -> OidcProvider:
    if not isinstance(provider, OidcProvider):
        raise NotFound(_("no identity provider has this name here"))
    return provider


def here(request: BurgraveRequest, provider: SamlProvider) -> saml.Here:
    return saml.Here(
        entity_id=request.build_absolute_uri(reverse("people:saml_metadata", args=[provider.slug])),
        acs=request.build_absolute_uri(reverse("people:saml_answer", args=[provider.slug])),
    )


def callback(request: BurgraveRequest, provider: AnyProvider) -> str:
    return request.build_absolute_uri(reverse("people:oidc_back", args=[provider.slug]))


def _is_inside(request: BurgraveRequest, to: str) -> bool:
    allowed = {request.get_host()}
    return bool(to) and url_has_allowed_host_and_scheme(to, allowed, require_https=request.is_secure())
