"""Before a dangerous act: who sits here proves again who they are, unless they did so within the last minutes.

``recent`` guards a view of a domain above; a domain below names its view in ``settings.BURGRAVE_CONFIRMED_VIEWS``.
Nothing typed is lost: a form is asked for before it is shown, and a POST that is interrupted carries what was typed
through the question and on to the act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.people import commands, queries
from burgrave.people.commands import passkeys
from burgrave.people.errors import FactorsAreLocked, IdentityUnconfirmed, WrongFactor, WrongPassword
from burgrave.people.forms.factors import CodeForm, PasswordForm
from burgrave.people.terms.factors import FactorKind, Proof, Purpose
from burgrave.people.views import marks
from burgrave.people.views.requests import BurgraveRequest, address_of
from burgrave.web.errors import Refusal
from burgrave.web.rest.problems import is_api

P = ParamSpec("P")
FORM = ["GET", "HEAD", "POST"]
ASKED = ("proof_password", "proof_code", "proof_credential")
NOT_TYPED = frozenset({*ASKED, "csrfmiddlewaretoken"})


def recent(view: Callable[Concatenate[BurgraveRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """The view runs for whoever proved within the last minutes who they are; anybody else is asked first."""

    @wraps(view)
    def guarded(request: BurgraveRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        asked = interrupt(request)
        return view(request, *args, **kwargs) if asked is None else asked

    return guarded


def interrupt(request: BurgraveRequest) -> HttpResponse | None:
    """The question that comes before the act, or None when it may be done. A POST with the right answer goes on."""
    # A token holds for what it names and for nothing else; nobody sits there who could be asked.
    if (
        request.actor.person_id is None
        or request.actor.token_id is not None
        or marks.is_fresh(request.session, now=timezone.now())
    ):
        return None
    if is_api(request) or request.content_type == "multipart/form-data" or request.htmx:
        raise IdentityUnconfirmed(
            _("this act needs a fresh proof of who you are"),
            mend=_("Open /me/confirm/ in another tab, prove it there, come back and send this again."),
        )
    if request.method != "POST":
        return HttpResponseRedirect(f"{reverse('people:confirm')}?{urlencode({'next': request.get_full_path()})}")
    typed = [(name, value) for name, values in request.POST.lists() if name not in NOT_TYPED for value in values]
    refusal = _refused(request)
    if refusal is None and any(name in request.POST for name in ASKED):
        request.POST = _without_the_proof(request)  # type: ignore[assignment]  # what the view gets is what was typed
        return None
    return _question(request, action=request.get_full_path(), typed=typed, refusal=refusal, status=403)


@never_cache
@sensitive_post_parameters(*ASKED)
@require_http_methods(FORM)
def confirm(request: BurgraveRequest) -> HttpResponse:
    """Prove who you are, then go where you wanted to."""
    to = _safe(request, request.GET.get("next", ""))
    refusal = _refused(request) if request.method == "POST" else None
    if refusal is None and (request.method == "POST" or marks.is_fresh(request.session, now=timezone.now())):
        return HttpResponseRedirect(to)
    return _question(request, action=request.get_full_path(), typed=(), refusal=refusal, status=200)


@never_cache
@require_safe
def passkey_options(request: BurgraveRequest) -> JsonResponse:
    """What the browser asks a passkey of this person."""
    have = queries.passkeys_of(_me(request).pk)
    return marks.ask_with(request.session, Purpose.CONFIRM, passkeys.ask(marks.host_of(request), have=have))


def _refused(request: BurgraveRequest) -> Refusal | None:
    """Why the proof that came along does not hold; None when it does, or none came."""
    try:
        if "proof_credential" in request.POST:
            proof = _by_passkey(request)
        elif "proof_code" in request.POST:
            proof = _by_code(request)
        elif "proof_password" in request.POST:
            proof = _by_password(request)
        else:
            return None
    except (WrongFactor, WrongPassword, FactorsAreLocked) as refusal:
        return refusal
    now = timezone.now()
    marks.prove(request.session, proof, now=now)
    commands.confirm_identity(_me(request).pk, proof=proof, address=address_of(request), now=now)
    return None


def _by_password(request: BurgraveRequest) -> Proof:
    person = _me(request)
    password = request.POST["proof_password"]
    if get_adapter(request).authenticate(request, email=person.email, password=password) != person:
        raise WrongPassword(_("the password is not right"), mend=_("Enter it again."))
    return Proof.PASSWORD


def _by_code(request: BurgraveRequest) -> Proof:
    commands.prove_with_code(
        _me(request).pk,
        typed=request.POST["proof_code"],
        purpose=Purpose.CONFIRM,
        address=address_of(request),
        now=timezone.now(),
    )
    return Proof.CODE


def _by_passkey(request: BurgraveRequest) -> Proof:
    answer, state = marks.answer_to(request.session, Purpose.CONFIRM, request.POST["proof_credential"])
    commands.prove_with_passkey(
        _me(request).pk,
        answer=answer,
        state=state,
        host=marks.host_of(request),
        purpose=Purpose.CONFIRM,
        address=address_of(request),
        now=timezone.now(),
    )
    return Proof.PASSKEY


def _question(
    request: BurgraveRequest,
    *,
    action: str,
    typed: Iterable[tuple[str, str]],
    refusal: Refusal | None,
    status: int,
) -> HttpResponse:
    person, typed = _me(request), tuple(typed)
    kinds = {row.kind for row in queries.factors_of(person.pk)}
    shown = {
        "action": action,
        "typed": typed,
        "refusal": refusal,
        "password": PasswordForm() if settings.BURGRAVE_PASSWORD_SIGN_IN and person.has_usable_password() else None,
        "code": CodeForm() if kinds & {FactorKind.APP, FactorKind.RECOVERY_CODES} else None,
        "passkey": FactorKind.PASSKEY in kinds,
        "providers": _linked_providers(person, action=action, typed=typed),
        "minutes": settings.BURGRAVE_CONFIRMATION_MINUTES,
        "username": person.email,
    }
    return render(request, "people/confirm.html", shown, status=getattr(refusal, "status", status))


def _linked_providers(person: Any, *, action: str, typed: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
    """The providers at which this person could sign in anew."""
    linked = queries.linked_providers(person.pk) if settings.BURGRAVE_IDENTITY_PROVIDERS else frozenset()
    asks_for_a_page = action.startswith(reverse("people:confirm"))
    return [
        {
            "name": provider.name,
            "slug": provider.slug,
            "href": reverse("people:confirm_with", args=[provider.slug]),
            "action": "" if asks_for_a_page else action,
            "next": QueryDict(action.partition("?")[2]).get("next", "") if asks_for_a_page else "",
            "typed": typed,
        }
        for provider in settings.BURGRAVE_IDENTITY_PROVIDERS
        if provider.slug in linked
    ]


def _without_the_proof(request: HttpRequest) -> QueryDict:
    left = request.POST.copy()
    for name in ASKED:
        left.pop(name, None)
    return left


def _safe(request: HttpRequest, to: str) -> str:
    """The address within this installation, else that of one's own page."""
    inside = url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure())
    return to if to and inside else reverse("people:me")


def _me(request: HttpRequest) -> Any:
    """The row that Django's sign-in loaded for this request."""
    return cast("Any", request.user)
