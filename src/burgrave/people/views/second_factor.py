"""The second half of a sign-in, and the sign-in that needs no first: passkeys."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.decorators import rate_limit
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.people import commands, queries
from burgrave.people.commands import passkeys
from burgrave.people.errors import FactorsAreLocked, SignInOver, WrongFactor
from burgrave.people.forms.factors import CodeForm
from burgrave.people.terms.factors import FactorKind, Proof, Purpose
from burgrave.people.views import marks
from burgrave.people.views.requests import BurgraveRequest, address_of

FORM = ["GET", "HEAD", "POST"]


@never_cache
@require_http_methods(FORM)
def second_factor(request: BurgraveRequest) -> HttpResponse:
    """After the password, for whoever has a second factor: a code or a passkey."""
    stage = _stage(request)
    person = stage.login.user
    refusal: WrongFactor | FactorsAreLocked | None = None
    if request.method == "POST":
        try:
            _prove(request, person)
        except (WrongFactor, FactorsAreLocked) as error:
            refusal = error
        else:
            marks.be_strong(request.session, person.pk)
            return cast("HttpResponse", stage.exit())
    kinds = {row.kind for row in queries.factors_of(person.pk)}
    shown = {
        "refusal": refusal,
        "form": CodeForm() if FactorKind.RECOVERY_CODES in kinds or FactorKind.APP in kinds else None,
        "passkey": FactorKind.PASSKEY in kinds,
        "app": FactorKind.APP in kinds,
    }
    return render(request, "account/second_factor.html", shown, status=getattr(refusal, "status", 200))


@never_cache
@require_safe
def second_factor_options(request: BurgraveRequest) -> HttpResponse:
    """What the browser asks a passkey of the person whose password was right."""
    stage = _stage(request)
    have = queries.passkeys_of(stage.login.user.pk)
    return marks.ask_with(request.session, Purpose.SIGN_IN, passkeys.ask(marks.host_of(request), have=have))


def _prove(request: BurgraveRequest, person: Any) -> None:
    address, now = address_of(request), timezone.now()
    if "proof_credential" in request.POST:
        answer, state = marks.answer_to(request.session, Purpose.SIGN_IN, request.POST["proof_credential"])
        commands.prove_with_passkey(
            person.pk,
            answer=answer,
            state=state,
            host=marks.host_of(request),
            purpose=Purpose.SIGN_IN,
            address=address,
            now=now,
        )
    else:
        typed = request.POST.get("proof_code", "")
        commands.prove_with_code(person.pk, typed=typed, purpose=Purpose.SIGN_IN, address=address, now=now)


def _stage(request: BurgraveRequest) -> Any:
    """The sign-in of this browser that waits for a second factor. Raises SignInOver."""
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None or stage.login.user is None or not stage.login.user.is_active:
        raise SignInOver(
            _("no sign-in of this browser waits for a second factor"),
            mend=_("Sign in again, and show it within a quarter of an hour."),
        )
    return stage


@never_cache
@require_safe
def passkey_options(request: BurgraveRequest) -> JsonResponse:
    """What the browser asks any passkey of this installation."""
    return marks.ask_with(request.session, Purpose.SIGN_IN_ALONE, passkeys.ask(marks.host_of(request), have=None))


@never_cache
@require_POST
@rate_limit(action="login")  # type: ignore[untyped-decorator]  # allauth is untyped
def passkey_sign_in(request: BurgraveRequest) -> HttpResponse:
    """In, by a passkey alone: it is something that one has, opened by something that one knows or is."""
    person = _owner(request)
    marks.be_strong(request.session, person.pk)
    marks.come_by(request.session, person.pk, Proof.PASSKEY)
    record_authentication(request, person, "mfa", type=str(FactorKind.PASSKEY), passwordless=True)
    return cast("HttpResponse", perform_login(request, Login(user=person, redirect_url=_next(request))))


def _owner(request: BurgraveRequest) -> Any:
    """The active person whose passkey answered. Raises WrongFactor, the same for whatever is wrong."""
    answer, state = marks.answer_to(request.session, Purpose.SIGN_IN_ALONE, request.POST.get("proof_credential", ""))
    owner = passkeys.owner_of(answer)
    person = queries.active_person(owner) if owner else None
    if person is None:
        raise WrongFactor(
            _("nobody here has this passkey"), mend=_("Sign in with your password, and add it on your own page.")
        )
    commands.prove_with_passkey(
        person.pk,
        answer=answer,
        state=state,
        host=marks.host_of(request),
        purpose=Purpose.SIGN_IN_ALONE,
        address=address_of(request),
        now=timezone.now(),
    )
    return person


def _next(request: BurgraveRequest) -> str | None:
    to = request.POST.get("next", "")
    inside = url_has_allowed_host_and_scheme(to, {request.get_host()}, require_https=request.is_secure())
    return to if to and inside else None
