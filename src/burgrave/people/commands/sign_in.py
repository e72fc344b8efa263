"""Who signed in, who failed to, who is locked out: each is a record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from axes.handlers.proxy import AxesProxyHandler
from django.db import transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import models, rules
from burgrave.people.commands.loading import lock_person, self_actor
from burgrave.people.errors import NothingToUnlock
from burgrave.people.terms import LockoutBegan, LockoutLifted, SignedIn, SignedOut, SignInFailed
from burgrave.web.terms import Actor, system_actor


@transaction.atomic
def sign_in(person_id: UUID, *, address: str, now: datetime) -> None:
    """It is recorded that the person signed in from this network address."""
    person = models.Person.objects.get(pk=person_id)
    ledger.append(SignedIn(person_id=person.pk, address=Sealed(address)), actor=self_actor(person), at=now)


@transaction.atomic
def sign_out(person_id: UUID, *, address: str, now: datetime) -> None:
    """It is recorded that the person signed out."""
    person = models.Person.objects.get(pk=person_id)
    ledger.append(SignedOut(person_id=person.pk, address=Sealed(address)), actor=self_actor(person), at=now)


@transaction.atomic
def fail_sign_in(*, email: str, address: str, failures: int, locked_until: datetime | None, now: datetime) -> None:
    """It is recorded that a sign-in failed, and that a lockout began when ``locked_until`` is given.

    ``failures`` counts those of this address pair within the lockout period; 0 for an attempt that was refused
    unread because a lockout stood already.
    """
    name, peer = Sealed(rules.normal_email(email)), Sealed(address)
    ledger.append(SignInFailed(failures=failures, email=name, address=peer), actor=system_actor(), at=now)
    if locked_until is not None:
        ledger.append(
            LockoutBegan(failures=failures, until=locked_until, email=name, address=peer),
            actor=system_actor(),
            at=now,
        )


@transaction.atomic
def unlock(person_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The person may try again: failed sign-ins and refused factors are forgotten. Raises NothingToUnlock."""
    person = lock_person(person_id, actor=actor)

    forgotten = AxesProxyHandler.reset_attempts(username=person.email)
    forgotten += models.FactorTries.objects.filter(person=person, failures__gt=0).delete()[0]
    if not forgotten:
        raise NothingToUnlock(_("no failed sign-ins of %(name)s are counted") % {"name": person.name})

    ledger.append(LockoutLifted(person_id=person.pk), actor=actor, at=now)
