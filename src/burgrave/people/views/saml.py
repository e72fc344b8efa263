"""The addresses of a SAML service provider. The response comes by POST from another site, so without a session."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from allauth.decorators import rate_limit
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from burgrave.people.commands import openid
from burgrave.people.commands import saml as commands
from burgrave.people.errors import ForeignAnswerRefused, NobodyMeant
from burgrave.people.terms.providers import AnyProvider, SamlProvider
from burgrave.people.views import foreign
from burgrave.people.views.requests import BurgraveRequest
from burgrave.web.errors import NotFound

UNASKED: dict[str, Any] = {"confirms": False, "next": ""}


@never_cache
@csrf_exempt
@require_POST
@rate_limit(action="login")  # type: ignore[untyped-decorator]  # allauth is untyped
def answer(request: BurgraveRequest, slug: str) -> HttpResponse:
    """Judge the response and let it wait for its browser, which comes next with its session.

    The signature stands for the token that a form of this site would carry; the browser must hold the question.
    """
    provider = saml(foreign.provider_of(slug))
    ticket, now = secrets.token_urlsafe(24), timezone.now()
    try:
        response = request.POST.get("SAMLResponse", "")
        assertion = commands.judge(provider, response=response, here=foreign.here(request, provider))
        if not assertion.in_response_to and not provider.unsolicited:
            raise openid.refused(provider.name, "nobody here asked for it")
        commands.remember(assertion, provider=provider, ticket=ticket, now=now)
    except ForeignAnswerRefused as refusal:
        foreign.record(request, provider, refusal)
        raise
    return HttpResponseRedirect(f"{reverse('people:saml_finish', args=[provider.slug])}?ticket={ticket}")


@never_cache
@require_safe
def finish(request: BurgraveRequest, slug: str) -> HttpResponse:
    """The browser is back with its session: in, if this session asked."""
    provider = saml(foreign.provider_of(slug))
    try:
        vouched, asked, at = commands.redeem(request.GET.get("ticket", ""), provider=provider, now=timezone.now())
        kept = foreign.taken(request, asked, provider=provider) if asked else UNASKED
        if kept["confirms"] and at.timestamp() < kept["at"] - timedelta(minutes=1).total_seconds():
            raise openid.refused(provider.name, "the person did not sign in anew")
        return foreign.enter(request, vouched, provider=provider, kept=kept)
    except (ForeignAnswerRefused, NobodyMeant) as refusal:
        foreign.record(request, provider, refusal)
        raise


@require_safe
def metadata(request: BurgraveRequest, slug: str) -> HttpResponse:
    """What the provider's administrator needs to know about this service provider."""
    provider = saml(foreign.provider_of(slug))
    text = commands.description(provider, here=foreign.here(request, provider))
    return HttpResponse(text, content_type="application/samlmetadata+xml")


def saml(provider: AnyProvider) -> SamlProvider:
    if not isinstance(provider, SamlProvider):
        raise NotFound(_("no identity provider has this name here"))
    return provider
