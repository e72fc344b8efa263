"""The first start: an organisation and its first administrator."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.lists import commands as lists
from burgrave.people import models, rules
from burgrave.people.commands.links import dead_link, lock_link
from burgrave.people.commands.loading import must_be_strong, self_actor
from burgrave.people.commands.roles import write_roles
from burgrave.people.errors import AlreadySetUp
from burgrave.people.queries.finding import person_entry, unit_entry
from burgrave.people.terms import Language, OrganisationSetUp, PersonId, RoleCode, SetUpResult, UnitId

FIRST_ROLES = (RoleCode.ADMINISTRATOR, RoleCode.HEAD_OF_SECURITY)


def set_up(
    *,
    organisation: str,
    email: str,
    name: str,
    password: str,
    now: datetime,
    token: str | None = None,
    language: str = Language.ENGLISH,
    time_zone: str = "UTC",
    sample: bool = False,
) -> SetUpResult:
    """The organisation exists with its root unit and its first administrator, and the set-up link is dead.

    Without a token the caller vouches for standing on the machine itself, as the command line does.
    Raises AlreadySetUp, LinkIsDead, or WeakPassword.
    """
    person = models.Person(
        id=uuid4(),
        email=rules.normal_email(email),
        name=name.strip(),
        language=language,
        time_zone=time_zone,
        joined_at=now,
        changed_by=name.strip(),
        changed_at=now,
    )
    must_be_strong(password, person=person)
    # The slow hash comes before the transaction, so that nobody waits for it.
    person.password = make_password(password)
    try:
        return _write(person, organisation=organisation.strip(), token=token, sample=sample, now=now)
    except IntegrityError as error:
        # The primary key of the organisation lets one of two simultaneous set-ups through.
        if models.Organisation.objects.exists():
            raise _over() from error
        raise


@transaction.atomic
def _write(person: models.Person, *, organisation: str, token: str | None, sample: bool, now: datetime) -> SetUpResult:
    if models.Organisation.objects.exists():
        raise _over()
    if token is not None:
        link = lock_link(token, now=now)
        if link.person_id is not None:
            raise dead_link()
        link.used_at = now
        link.save(update_fields=["used_at"])

    root = models.Unit.objects.create(name=organisation, changed_by=person.name, changed_at=now)
    models.Organisation.objects.create(name=organisation, root=root, set_up_at=now)
    person.unit = root
    person.save(force_insert=True)
    write_roles()
    models.Grant.objects.bulk_create(
        models.Grant(person=person, role_id=role, unit=root, granted_at=now, granted_by=person.name)
        for role in FIRST_ROLES
    )
    models.OneTimeLink.objects.filter(person=None, used_at=None).delete()
    lists.index([unit_entry(root), person_entry(person)])

    ledger.append(
        OrganisationSetUp(
            root_unit_id=root.pk,
            administrator_id=person.pk,
            sample=sample,
            name=Sealed(organisation),
            administrator_name=Sealed(person.name),
            administrator_email=Sealed(person.email),
        ),
        actor=self_actor(person),
        at=now,
    )
    return SetUpResult(person_id=PersonId(person.pk), root_unit_id=UnitId(root.pk))


def _over() -> AlreadySetUp:
    return AlreadySetUp(_("the organisation is set up already"), mend=_("Sign in, or ask an administrator to add you."))
