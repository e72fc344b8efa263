"""The made-up people of the sample: they come at once, below one unit, and leave at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed
from burgrave.lists import commands as lists
from burgrave.people import models, rules
from burgrave.people.commands.loading import lock_organisation
from burgrave.people.commands.units import save_with_own_name
from burgrave.people.errors import SampleStands, SampleStaysApart
from burgrave.people.queries.finding import PERSON, UNIT, person_entry, unit_entry
from burgrave.people.terms import GrantMade, PersonAdded, SampleLeft, SamplePerson, UnitAdded, UnitId
from burgrave.people.terms.records import person_subject, unit_subject
from burgrave.web.terms import Actor

CHUNK = 500
MANAGE = "people.manage"


@transaction.atomic
def add_sample_root(*, name: str, actor: Actor, now: datetime) -> UnitId:
    """Below this unit everything is made up. Raises SampleStands, UnitNameTaken, NotSetUp or Forbidden."""
    organisation = lock_organisation()
    actor.must(MANAGE, UnitId(organisation.root_id))

    if models.Unit.objects.filter(is_sample=True).exists():
        raise SampleStands(_("the sample stands already"), mend=_("Remove it first."))

    unit = models.Unit(
        id=uuid4(), name=name, parent_id=organisation.root_id, is_sample=True, changed_by=actor.name, changed_at=now
    )
    save_with_own_name(unit, force_insert=True)
    lists.index([unit_entry(unit)])

    record = UnitAdded(unit_id=unit.pk, parent_id=organisation.root_id, name=Sealed(unit.name))
    ledger.append(record, actor=actor, at=now)
    return UnitId(unit.pk)


@transaction.atomic
def add_sample_people(people: Sequence[SamplePerson], *, actor: Actor, now: datetime) -> tuple[UUID, ...]:
    """These people belong to units of the sample with their roles there, in the order given.

    None of them has a password or a link to choose one. Raises SampleStaysApart or Forbidden.
    """
    lock_organisation()
    named = {person.unit_id for person in people} | {unit for person in people for _role, unit, _end in person.roles}
    if models.Unit.objects.filter(pk__in=named, is_sample=True).count() != len(named):
        raise SampleStaysApart(_("made-up people belong to the sample alone"))
    for unit_id in named:
        actor.must(MANAGE, unit_id)

    nobody = make_password(None)
    rows = [
        models.Person(
            id=uuid4(),
            email=rules.normal_email(person.email),
            name=person.name,
            unit_id=person.unit_id,
            language=person.language,
            time_zone=person.time_zone,
            password=nobody,
            joined_at=person.joined_at,
            changed_by=actor.name,
            changed_at=now,
        )
        for person in people
    ]
    grants = [
        models.Grant(
            id=uuid4(), person=row, role_id=role, unit_id=unit, expires_at=end, granted_at=now, granted_by=actor.name
        )
        for row, person in zip(rows, people, strict=True)
        for role, unit, end in person.roles
    ]
    models.Person.objects.bulk_create(rows, batch_size=CHUNK // 10)
    models.Grant.objects.bulk_create(grants, batch_size=CHUNK // 5)
    lists.index(map(person_entry, rows))

    records: list[Record] = [
        PersonAdded(person_id=row.pk, unit_id=row.unit_id, name=Sealed(row.name), email=Sealed(row.email))
        for row in rows
    ]
    records += [
        GrantMade(
            grant_id=each.pk,
            person_id=each.person_id,
            role=each.role_id,
            unit_id=each.unit_id,
            expires_at=each.expires_at,
        )
        for each in grants
    ]
    ledger.append_all(records, actor=actor, at=now)
    return tuple(row.pk for row in rows)


@transaction.atomic
def drop_sample(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """No unit, person or role of the sample is left. Returns the subjects that the ledger knows them by.

    What other domains hold of the sample has to be gone before. Roles that real people were given in its units end.
    """
    organisation = lock_organisation()
    actor.must(MANAGE, UnitId(organisation.root_id))
    units = list(models.Unit.objects.filter(is_sample=True))
    if not units:
        return ()
    known = {unit.pk for unit in units}
    root = next(unit for unit in units if unit.parent_id not in known)
    people = list(models.Person.objects.filter(unit__is_sample=True).values_list("pk", flat=True))

    _count, gone = models.Grant.objects.filter(unit__is_sample=True).delete()
    models.ApiToken.objects.filter(unit__is_sample=True).delete()
    models.Person.objects.filter(unit__is_sample=True).delete()
    left = {unit.pk: unit.parent_id for unit in units}
    while left:
        leaves = left.keys() - set(left.values())
        models.Unit.objects.filter(pk__in=leaves).delete()
        left = {key: parent for key, parent in left.items() if key not in leaves}
    models.Organisation.objects.update(tree_tag=uuid4())
    lists.unindex(PERSON, people)
    lists.unindex(UNIT, sorted(known))

    record = SampleLeft(root_unit_id=root.pk, persons=len(people), grants=gone.get("people.Grant", 0), units=len(units))
    ledger.append(record, actor=actor, at=now)
    return (*map(person_subject, people), *map(unit_subject, sorted(known)))
