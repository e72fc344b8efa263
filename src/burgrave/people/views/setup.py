"""The first start, and the pages behind one-time links."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.people import commands, queries, rules
from burgrave.people.commands import links
from burgrave.people.errors import WeakPassword
from burgrave.people.forms import NewPasswordForm, SetUpForm
from burgrave.people.views.requests import BurgraveRequest, address_of, was_forwarded
from burgrave.web.errors import Forbidden
from burgrave.web.terms import Step
from burgrave.web.views import remember


@require_safe
def not_set_up(request: BurgraveRequest) -> HttpResponse:
    """Says what to do before the set-up; afterwards it leads home."""
    if queries.is_set_up():
        return HttpResponseRedirect("/")
    return render(request, "people/not_set_up.html")


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: BurgraveRequest, token: str) -> HttpResponse:
    """The guide of the first start, for whoever sits at this machine and holds the link."""
    _must_be_here(request)
    if not queries.set_up_link_is_live(token, now=timezone.now()):
        raise links.dead_link()
    has_sample = bool(getattr(settings, "BURGRAVE_SAMPLE", ""))
    form = SetUpForm(request.POST or None, sample=has_sample, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            commands.set_up(
                organisation=given["organisation"],
                email=given["email"],
                name=given["name"],
                password=given["password"],
                language=given["language"],
                sample=given.get("sample", False),
                token=token,
                now=timezone.now(),
            )
        except WeakPassword as refusal:
            form.add_error("password", str(refusal))
        else:
            response = _enter(request, email=given["email"], password=given["password"])
            remember(response, language=given["language"])
            return response
    steps = (
        Step(label=_("Open the link"), state="done"),
        Step(label=_("Name the organisation and its administrator"), state="current"),
        Step(label=_("Add people and the first event file")),
    )
    status = 422 if form.errors else 200
    return render(request, "people/set_up.html", {"form": form, "steps": steps}, status=status)


@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: BurgraveRequest, token: str) -> HttpResponse:
    """Whoever holds the link of an invitation chooses a password, and is in."""
    invited = queries.invitation(token, now=timezone.now())
    if invited is None:
        raise links.dead_link()
    name, email = invited
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.accept_invitation(token, password=form.cleaned_data["password"], now=timezone.now())
        except WeakPassword as refusal:
            form.add_error("password", str(refusal))
        else:
            return _enter(request, email=email, password=form.cleaned_data["password"])
    status = 422 if form.errors else 200
    return render(request, "people/join.html", {"form": form, "name": name, "email": email}, status=status)


def _must_be_here(request: BurgraveRequest) -> None:
    """Return when the request was made on this machine. Raises Forbidden."""
    if not rules.is_loopback(address_of(request), host=request.get_host(), forwarded=was_forwarded(request)):
        raise Forbidden(
            _("The set-up can be done only on the machine where Burgrave runs."),
            mend=_(
                "Open the link there, or through a tunnel such as ssh -L 8000:127.0.0.1:8000; or run “burgrave setup”."
            ),
        )


def _enter(request: BurgraveRequest, *, email: str, password: str) -> HttpResponse:
    """Home, signed in with the password that was chosen a moment ago; to the sign-in page if that fails."""
    adapter = get_adapter(request)
    if not settings.BURGRAVE_PASSWORD_SIGN_IN:
        return HttpResponseRedirect(reverse("account_login"))
    person = adapter.authenticate(request, email=rules.normal_email(email), password=password)
    if person is None:
        return HttpResponseRedirect(reverse("account_login"))
    adapter.login(request, person)
    return HttpResponseRedirect(settings.LOGIN_REDIRECT_URL)
