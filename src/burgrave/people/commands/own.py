"""What everybody may change about themselves, without any permission."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import available_timezones

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.people import models
from burgrave.people.commands.loading import must_be_current, must_be_strong, touch
from burgrave.people.errors import WrongPassword
from burgrave.people.terms import Language, PasswordChanged, ProfileChanged, Theme
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.terms import Actor


@transaction.atomic
def change_own_profile(*, language: str, theme: str, time_zone: str, version: int, actor: Actor, now: datetime) -> None:
    """Pages come to this person in the language, theme and time zone. Raises BadInput or StaleEdit."""
    person = myself(actor, found=models.Person.objects.select_for_update())

    must_be_current(person, version=version)
    if language not in set(Language) or theme not in set(Theme) or time_zone not in available_timezones():
        raise BadInput(_("language, theme or time zone is not one that Burgrave knows"))

    person.language, person.theme, person.time_zone = language, theme, time_zone
    counted = touch(person, actor=actor, now=now)
    person.save(update_fields=["language", "theme", "time_zone", *counted])

    ledger.append(
        ProfileChanged(person_id=person.pk, language=language, theme=theme, time_zone=time_zone),
        actor=actor,
        at=now,
    )


def change_password(*, old: str, new: str, actor: Actor, now: datetime) -> None:
    """The new password holds, and every session of this person has ended. Raises WrongPassword or WeakPassword."""
    person = myself(actor, found=models.Person.objects.all())
    if not check_password(old, person.password):
        raise WrongPassword(_("the current password is not right"), mend=_("Enter it again."))
    must_be_strong(new, person=person)
    _write_password(person.password, make_password(new), actor=actor, now=now)


@transaction.atomic
def _write_password(seen: str, hashed: str, *, actor: Actor, now: datetime) -> None:
    person = myself(actor, found=models.Person.objects.select_for_update())

    if person.password != seen:
        raise WrongPassword(_("the password was changed meanwhile"), mend=_("Sign in again."))

    person.password = hashed
    person.session_generation += 1
    person.save(update_fields=["password", "session_generation"])
    models.OneTimeLink.objects.filter(person=person, used_at=None).delete()

    ledger.append(PasswordChanged(person_id=person.pk), actor=actor, at=now)


def myself(actor: Actor, *, found: QuerySet[models.Person]) -> models.Person:
    """The person who acts, active and out of ``found``. Raises Forbidden for somebody who is not signed in."""
    person = found.filter(pk=actor.person_id, is_active=True).first() if actor.person_id else None
    if person is None:
        raise Forbidden(_("only somebody who is signed in can do this"))
    return person
