"""Where allauth and axes meet the commands: every sign-in, failure, lockout and sign-out becomes a record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from burgrave.people import commands, queries, rules
from burgrave.people.errors import PasswordsAreOff
from burgrave.people.views import marks

if TYPE_CHECKING:
    from burgrave.people.models import Person

LOCKED = 429


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Nobody signs up; whoever is deactivated fails like a wrong password; what happens is recorded."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False

    def add_message(self, *_arguments: Any, **_named: Any) -> None:
        """Say nothing: the page that follows a sign-in or sign-out shows it."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Person | None:
        if not settings.BURGRAVE_PASSWORD_SIGN_IN:
            raise PasswordsAreOff(
                _("signing in with a password is switched off here"),
                mend=_("Sign in as your organisation does, or with a passkey."),
            )
        person: Person | None = super().authenticate(request, **credentials)
        if person is not None and not person.is_active:
            self.authentication_failed(request, **credentials)
            return None
        return person

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        # The failures are None when a lockout stood already and the attempt was refused unread.
        failures: int | None = getattr(request, "axes_failures_since_start", None)
        locks = bool(getattr(request, "axes_locked_out", False)) and failures is not None
        email = username_of(request, credentials)
        commands.fail_sign_in(
            email=email,
            address=address_of(request),
            failures=failures or 0,
            locked_until=locked_until(email, request) if locks else None,
            now=timezone.now(),
        )

    def login(self, request: HttpRequest, user: Person) -> None:
        super().login(request, user)
        now, address = timezone.now(), address_of(request)
        proof = marks.came_by(request.session, user.pk)
        marks.prove(request.session, proof, now=now)
        commands.sign_in(user.pk, address=address, now=now)
        commands.begin_session(
            user.pk,
            session_key=request.session.session_key or "",
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
            address=address,
            proof=proof,
            now=now,
        )
        _tell_what_is_due(request, user, now=now)

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            commands.sign_out(request.user.pk, address=address_of(request), now=timezone.now())
        super().logout(request)


def _tell_what_is_due(request: HttpRequest, user: Person, *, now: datetime) -> None:
    """During the days of grace each sign-in says until when a second factor is asked for."""
    due_at = queries.factor_due_at(user.pk, joined_at=user.joined_at, now=now)
    if due_at is not None and due_at > now and not queries.has_factor(user.pk):
        day = date_format(timezone.localtime(due_at), "DATETIME_FORMAT")
        words = _("Your organisation asks you for a second factor until %(day)s. Add one under Profile.")
        messages.warning(request, words % {"day": day})


def username_of(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """The e-mail address of an attempt, in the one spelling that is counted."""
    given = credentials or {}
    for key in ("email", "login", "username"):
        if given.get(key):
            return rules.normal_email(str(given[key]))
    return rules.normal_email(request.POST.get("login", ""))


def address_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def locked_until(email: str, request: HttpRequest) -> datetime:
    """When the pair of this e-mail address and this network address may try again."""
    last = (
        AccessAttempt.objects.filter(username=email, ip_address=address_of(request))
        .order_by("-attempt_time")
        .values_list("attempt_time", flat=True)
        .first()
    )
    until: datetime = (last or timezone.now()) + get_cool_off(request)
    return until


def locked_out(
    request: HttpRequest, _response: HttpResponse | None = None, credentials: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The page of a lockout, with the time at which it ends."""
    until = locked_until(username_of(request, credentials), request)
    minutes = max(1, -(-int((until - timezone.now()).total_seconds()) // 60))
    return render(request, "account/locked.html", {"until": until, "minutes": minutes}, status=LOCKED)
