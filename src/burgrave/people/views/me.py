"""One's own account."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.ledger import queries as ledger
from burgrave.people import commands, queries
from burgrave.people.errors import WeakPassword, WrongPassword
from burgrave.people.forms import ChangePasswordForm, ProfileForm
from burgrave.people.terms.records import person_subject
from burgrave.people.views import words
from burgrave.people.views.persons import FORM, version_in, with_form
from burgrave.people.views.requests import BurgraveRequest
from burgrave.web.errors import StaleEdit
from burgrave.web.views import remember


@require_http_methods(FORM)
def me(request: BurgraveRequest) -> HttpResponse:
    """Language, theme and time zone, and what one may do here."""
    view = queries.myself(actor=request.actor, now=timezone.now())
    written = {"language": view.language, "theme": view.theme, "time_zone": view.time_zone}
    form = ProfileForm(request.POST or None, initial=written)
    refusal: StaleEdit | None = None
    if request.method == "POST" and form.is_valid():
        try:
            commands.change_own_profile(
                language=form.cleaned_data["language"],
                theme=form.cleaned_data["theme"],
                time_zone=form.cleaned_data["time_zone"],
                version=version_in(request),
                actor=request.actor,
                now=timezone.now(),
            )
        except StaleEdit as error:
            refusal = error
        else:
            response = HttpResponseRedirect(reverse("people:me"))
            remember(response, language=form.cleaned_data["language"], theme=form.cleaned_data["theme"])
            return response
    return with_form(
        request,
        "people/me.html",
        form,
        refusal=refusal,
        person=view,
        grants=[(grant, words.role_word(grant.role, grant.role_name)) for grant in view.grants],
        history=ledger.history(person_subject(view.person_id)),
        may_read_ledger=request.actor.may_anywhere("ledger.read"),
    )


@never_cache
@sensitive_post_parameters("old", "password", "again")
@require_http_methods(FORM)
def change_password(request: BurgraveRequest) -> HttpResponse:
    """A new password; afterwards every session has ended, this one too."""
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.change_password(
                old=form.cleaned_data["old"],
                new=form.cleaned_data["password"],
                actor=request.actor,
                now=timezone.now(),
            )
        except WrongPassword as refusal:
            form.add_error("old", str(refusal))
        except WeakPassword as refusal:
            form.add_error("password", str(refusal))
        else:
            logout(request)
            messages.success(request, _("The password is changed. Sign in with the new one."))
            return HttpResponseRedirect(reverse("account_login"))
    return with_form(request, "people/change_password.html", form, refusal=None)


@require_safe
def password_help(request: BurgraveRequest) -> HttpResponse:
    """What to do about a forgotten password, where no mail is sent."""
    return render(request, "account/password_reset.html")
