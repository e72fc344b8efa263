"""Somebody for whom an identity provider vouches: known here, linked, or made known."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import models, rules
from burgrave.people.commands.loading import lock_organisation, self_actor
from burgrave.people.errors import NobodyMeant
from burgrave.people.terms import PersonAdded, PersonId
from burgrave.people.terms.providers import (
    AnyProvider,
    ForeignIdentityLinked,
    ForeignSignInRefused,
    Vouched,
)
from burgrave.web.terms import system_actor


@transaction.atomic
def meet(vouched: Vouched, *, provider: AnyProvider, now: datetime) -> PersonId:
    """The active person who is meant. Known subjects come first, then a verified address, then a new person.

    Raises NobodyMeant, with a sentence that says why.
    """
    lock_organisation()
    known = models.ForeignIdentity.objects.filter(provider=provider.slug, subject=vouched.subject).first()
    if known is not None:
        person = models.Person.objects.select_for_update().get(pk=known.person_id)
        _must_be_active(person)
        known.last_used_at = now
        known.save(update_fields=["last_used_at"])
        return PersonId(person.pk)

    person = _by_address(vouched, provider=provider, now=now)
    models.ForeignIdentity.objects.create(
        person=person, provider=provider.slug, subject=vouched.subject, linked_at=now, last_used_at=now
    )
    # Whoever signs in over the provider needs no link to choose a password with.
    models.OneTimeLink.objects.filter(person=person, used_at=None).delete()

    ledger.append(
        ForeignIdentityLinked(person_id=person.pk, provider=provider.slug, subject=Sealed(vouched.subject)),
        actor=self_actor(person),
        at=now,
    )
    return PersonId(person.pk)


@transaction.atomic
def refuse_foreign(*, provider: str, reason: str, address: str, now: datetime) -> None:
    """It is recorded that an answer of a provider let nobody in."""
    refused = ForeignSignInRefused(provider=provider, reason=Sealed(reason[:1_000]), address=Sealed(address))
    ledger.append(refused, actor=system_actor(), at=now)


def _by_address(vouched: Vouched, *, provider: AnyProvider, now: datetime) -> models.Person:
    email = rules.normal_email(vouched.email)
    if not email or not vouched.email_verified:
        raise NobodyMeant(
            _("%(name)s tells no e-mail address that it has verified") % {"name": provider.name},
            mend=_("Have the address verified there, or ask an administrator."),
        )
    if not provider.vouches_for(email):
        raise NobodyMeant(
            _("%(name)s may not vouch for addresses of this domain") % {"name": provider.name},
            mend=_("Sign in another way, or ask an administrator."),
        )
    person = models.Person.objects.select_for_update().filter(email=email).first()
    if person is None:
        if not provider.provision:
            raise NobodyMeant(
                _("nobody here has the e-mail address that %(name)s tells") % {"name": provider.name},
                mend=_("Ask an administrator to add you under People, then sign in again."),
            )
        return _provisioned(email, vouched.name, now=now)
    _must_be_active(person)
    if models.ForeignIdentity.objects.filter(provider=provider.slug, person=person).exists():
        raise NobodyMeant(
            _("this e-mail address belongs to another account of %(name)s already") % {"name": provider.name},
            mend=_("Ask an administrator: the address may have been given to somebody else."),
        )
    return person


def _provisioned(email: str, name: str, *, now: datetime) -> models.Person:
    try:
        validate_email(email)
    except ValidationError as error:
        raise NobodyMeant(_("the provider tells an e-mail address that is none")) from error
    organisation = lock_organisation()
    person = models.Person.objects.create(
        id=uuid4(),
        email=email[:254],
        name=" ".join(name.split())[:200] or email,
        unit_id=organisation.root_id,
        password=make_password(None),
        joined_at=now,
        changed_by=email,
        changed_at=now,
    )
    ledger.append(
        PersonAdded(
            person_id=person.pk, unit_id=organisation.root_id, name=Sealed(person.name), email=Sealed(person.email)
        ),
        actor=system_actor(),
        at=now,
    )
    return person


def _must_be_active(person: models.Person) -> None:
    if not person.is_active:
        raise NobodyMeant(
            _("this account is deactivated"), mend=_("Ask an administrator, if you think that it should not be.")
        )
