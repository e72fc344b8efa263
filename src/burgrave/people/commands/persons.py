"""Persons join, change and leave."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.lists import commands as lists
from burgrave.people import models, rules
from burgrave.people.commands.links import issue_invitation
from burgrave.people.commands.loading import (
    is_lasting_administrator,
    lasting_administrators,
    lock_organisation,
    lock_person,
    lock_unit,
    must_be_current,
    touch,
)
from burgrave.people.commands.tokens import revoke_all
from burgrave.people.errors import EmailTaken
from burgrave.people.queries.finding import person_entry
from burgrave.people.terms import (
    Invited,
    Language,
    PersonAdded,
    PersonDeactivated,
    PersonEdited,
    PersonReactivated,
)
from burgrave.web.terms import Actor


@transaction.atomic
def add_person(
    *, email: str, name: str, unit_id: UUID, actor: Actor, now: datetime, language: str = Language.ENGLISH
) -> Invited:
    """The person belongs to the unit and has no password yet; the answer holds the link with which to choose one.

    Raises EmailTaken, NotFound or Forbidden.
    """
    unit = lock_unit(unit_id, actor=actor)

    person = models.Person(
        id=uuid4(),
        email=rules.normal_email(email),
        name=name.strip(),
        unit=unit,
        language=language,
        password=make_password(None),
        joined_at=now,
        changed_by=actor.name,
        changed_at=now,
    )
    _save_with_own_email(person, force_insert=True)

    ledger.append(
        PersonAdded(person_id=person.pk, unit_id=unit.pk, name=Sealed(person.name), email=Sealed(person.email)),
        actor=actor,
        at=now,
    )
    return issue_invitation(person, actor=actor, now=now)


@transaction.atomic
def edit_person(
    person_id: UUID, *, email: str, name: str, unit_id: UUID, version: int, actor: Actor, now: datetime
) -> None:
    """Name, e-mail address and unit are as given. Raises StaleEdit, EmailTaken, NotFound or Forbidden."""
    person = lock_person(person_id, actor=actor)
    unit = lock_unit(unit_id, actor=actor)

    must_be_current(person, version=version)
    rules.must_not_mix(person.unit.is_sample, unit.is_sample)

    person.email, person.name, person.unit = rules.normal_email(email), name.strip(), unit
    touch(person, actor=actor, now=now)
    _save_with_own_email(person, force_insert=False)

    ledger.append(
        PersonEdited(person_id=person.pk, unit_id=unit.pk, name=Sealed(person.name), email=Sealed(person.email)),
        actor=actor,
        at=now,
    )


@transaction.atomic
def move_people(person_ids: Collection[UUID], *, unit_id: UUID, actor: Actor, now: datetime) -> int:
    """All of them belong to the unit, or nobody is moved. Returns how many belonged elsewhere.

    Each is recorded as if moved alone. Raises NotFound, Forbidden, and what must not mix.
    """
    moved = 0
    for person_id in sorted(set(person_ids)):
        person = lock_person(person_id, actor=actor)
        if person.unit_id != unit_id:
            edit_person(
                person_id,
                email=person.email,
                name=person.name,
                unit_id=unit_id,
                version=person.version,
                actor=actor,
                now=now,
            )
            moved += 1
    return moved


@transaction.atomic
def deactivate(person_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """The person is signed out everywhere, may neither sign in nor use a link, and their tokens are revoked.

    Their grants stay for the record and give nothing. Raises LastAdministrator, NotFound or Forbidden.
    """
    organisation = lock_organisation()
    person = lock_person(person_id, actor=actor)

    if not person.is_active:
        return
    if is_lasting_administrator(person, organisation=organisation):
        rules.keeps_administrator(lasting_administrators(organisation, besides=person.pk), person_name=person.name)

    person.is_active = False
    person.session_generation += 1
    counted = touch(person, actor=actor, now=now)
    person.save(update_fields=["is_active", "session_generation", *counted])
    models.OneTimeLink.objects.filter(person=person, used_at=None).delete()
    revoke_all(person, actor=actor, now=now)

    ledger.append(PersonDeactivated(person_id=person.pk, reason=Sealed(reason.strip())), actor=actor, at=now)


@transaction.atomic
def reactivate(person_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The person may sign in again with the old password and the grants that still stand."""
    person = lock_person(person_id, actor=actor)

    if person.is_active:
        return

    person.is_active = True
    counted = touch(person, actor=actor, now=now)
    person.save(update_fields=["is_active", *counted])

    ledger.append(PersonReactivated(person_id=person.pk), actor=actor, at=now)


def _save_with_own_email(person: models.Person, *, force_insert: bool) -> None:
    try:
        with transaction.atomic():
            person.save(force_insert=force_insert)
            lists.index([person_entry(person)])
    except IntegrityError as error:
        if models.Person.objects.filter(email=person.email).exclude(pk=person.pk).exists():
            raise EmailTaken(
                _("somebody else has the e-mail address %(email)s") % {"email": person.email},
                mend=_("Give another address, or edit the other person."),
            ) from error
        raise
