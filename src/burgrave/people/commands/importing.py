"""Many persons join, change and leave at once, as a table has them; and links for those who have no password yet."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import transaction
from django.db.models import Q

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed
from burgrave.lists import commands as lists
from burgrave.people import models, rules
from burgrave.people.commands.loading import lock_organisation, touch
from burgrave.people.commands.persons import deactivate
from burgrave.people.queries.finding import person_entry, unit_entry
from burgrave.people.queries.importing import MANAGE, Decision, PeopleSurvey, survey_people
from burgrave.people.rules.importing import ParsedPeople, Place
from burgrave.people.terms import GrantMade, InvitationIssued, PersonAdded, PersonEdited, UnitAdded, UnitId
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor

CHUNK = 500
NOT_IN_FILE = "not in the imported file"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSaved:
    new: tuple[UUID, ...]
    changed: tuple[UUID, ...]
    same: int
    grants: int
    units: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitedPerson:
    """Somebody who was invited, and the path of the link, which is kept nowhere."""

    name: str
    email: str
    path: str
    expires_at: datetime


@transaction.atomic
def import_people(parsed: ParsedPeople, *, deactivates: bool, actor: Actor, now: datetime) -> PeopleSaved:
    """Everybody stands as the table has them, with the units and roles that it names; all of them or nobody.

    Nobody is invited by this. The rules are those of `add_person`, `edit_person`, `grant` and `deactivate`. Raises
    BadInput with the first fault, Forbidden, LastAdministrator.
    """
    actor.must_anywhere(MANAGE)
    lock_organisation()
    found = survey_people(parsed, deactivates=deactivates, actor=actor, now=now)
    if found.faults:
        raise BadInput(
            "%(count)s rows cannot be used; the first: %(fault)s",
            words={"count": str(len(found.faults)), "fault": str(found.faults[0])},
            mend="Mend them, then send the file again.",
        )
    made = _make_units(found, actor=actor, now=now)
    new = _add([each for each in found.decisions if each.person_id is None], made, actor=actor, now=now)
    changed = [each for each in found.decisions if each.person_id is not None and not each.is_same]
    _edit([each for each in changed if each.edits], made, actor=actor, now=now)
    keys = {**new, **{each.wanted.email: each.person_id for each in changed if each.person_id is not None}}
    _grant(found.decisions, keys, made, actor=actor, now=now)
    for person_id, _name in found.leaving:
        deactivate(person_id, reason=NOT_IN_FILE, actor=actor, now=now)
    return PeopleSaved(
        new=tuple(new.values()),
        changed=(*(each.person_id for each in changed if each.person_id), *(key for key, _name in found.leaving)),
        same=found.same,
        grants=found.grants,
        units=len(made),
        left=len(found.leaving),
    )


@transaction.atomic
def invite_many(person_ids: Sequence[UUID], *, actor: Actor, now: datetime) -> tuple[InvitedPerson, ...]:
    """Those of the persons who are active and have no password yet get a fresh link each; earlier ones are dead.

    Only persons in units that the actor manages.
    """
    invited: list[InvitedPerson] = []
    for start in range(0, len(person_ids), CHUNK):
        some = person_ids[start : start + CHUNK]
        without = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        rows = [
            row
            for row in models.Person.objects.filter(without, pk__in=some, is_active=True).order_by("name", "id")
            if actor.may(MANAGE, UnitId(row.unit_id))
        ]
        models.OneTimeLink.objects.filter(person__in=[row.pk for row in rows], used_at=None).delete()
        links, records = [], []
        for row in rows:
            token = secrets.token_urlsafe(rules.TOKEN_BYTES)
            ends = now + rules.INVITATION_LIFE
            link = models.OneTimeLink(token_hash=rules.token_hash(token), person=row, issued_at=now, expires_at=ends)
            links.append(link)
            records.append(InvitationIssued(person_id=row.pk, link_id=link.pk, expires_at=ends))
            invited.append(InvitedPerson(name=row.name, email=row.email, path=f"/join/{token}/", expires_at=ends))
        models.OneTimeLink.objects.bulk_create(links, batch_size=CHUNK)
        ledger.append_bulk(records, actor=actor, at=now)
    return tuple(invited)


def _make_units(found: PeopleSurvey, *, actor: Actor, now: datetime) -> dict[tuple[UnitId, tuple[str, ...]], UUID]:
    """Every unit that is missing stands below the one where its path begins, parents first."""
    made: dict[tuple[UnitId, tuple[str, ...]], UUID] = {}
    records: list[Record] = []
    for place in found.units:
        for end in range(1, len(place.path) + 1):
            key = _key(place.unit_id, place.path[:end])
            if key in made:
                continue
            parent = made[_key(place.unit_id, place.path[: end - 1])] if end > 1 else place.unit_id
            name = place.path[end - 1]
            if models.Unit.objects.filter(parent_id=parent, name__iexact=name).exists():
                raise BadInput("there is a unit %(name)s already that you may not manage", words={"name": name})
            unit = models.Unit.objects.create(
                id=uuid4(), name=name, parent_id=parent, changed_by=actor.name, changed_at=now
            )
            lists.index([unit_entry(unit)])
            made[key] = unit.pk
            records.append(UnitAdded(unit_id=unit.pk, parent_id=parent, name=Sealed(name)))
    ledger.append_bulk(records, actor=actor, at=now)
    return made


def _key(unit_id: UnitId, path: tuple[str, ...]) -> tuple[UnitId, tuple[str, ...]]:
    return unit_id, tuple(part.casefold() for part in path)


def _unit_of(place: Place, made: dict[tuple[UnitId, tuple[str, ...]], UUID]) -> UUID:
    return made[_key(place.unit_id, place.path)] if place.path else place.unit_id


def _add(
    decisions: Sequence[Decision], made: dict[tuple[UnitId, tuple[str, ...]], UUID], *, actor: Actor, now: datetime
) -> dict[str, UUID]:
    keys: dict[str, UUID] = {}
    for start in range(0, len(decisions), CHUNK):
        rows = []
        for each in decisions[start : start + CHUNK]:
            wanted = each.wanted
            if wanted.place is None:
                raise AssertionError(f"{wanted.email} is new and has no unit, which the survey names as a fault")
            keys[wanted.email] = uuid4()
            rows.append(
                models.Person(
                    id=keys[wanted.email],
                    email=wanted.email,
                    name=wanted.name,
                    unit_id=_unit_of(wanted.place, made),
                    language=wanted.language,
                    password=make_password(None),
                    joined_at=now,
                    changed_by=actor.name,
                    changed_at=now,
                )
            )
        models.Person.objects.bulk_create(rows, batch_size=CHUNK)
        lists.index([person_entry(row) for row in rows])
        records = [
            PersonAdded(person_id=row.pk, unit_id=row.unit_id, name=Sealed(row.name), email=Sealed(row.email))
            for row in rows
        ]
        ledger.append_bulk(records, actor=actor, at=now)
    return keys


def _edit(
    decisions: Sequence[Decision], made: dict[tuple[UnitId, tuple[str, ...]], UUID], *, actor: Actor, now: datetime
) -> None:
    for start in range(0, len(decisions), CHUNK):
        part = decisions[start : start + CHUNK]
        some = {each.person_id: each for each in part if each.person_id is not None}
        rows = list(models.Person.objects.select_for_update().filter(pk__in=some).order_by("pk"))
        fields: list[str] = []
        for row in rows:
            each = some[row.pk]
            names = {name for name, _old, _new in each.edits}
            row.name = each.wanted.name
            if "Unit" in names and each.wanted.place is not None:
                row.unit_id = _unit_of(each.wanted.place, made)
            fields = touch(row, actor=actor, now=now)
        models.Person.objects.bulk_update(rows, ["name", "unit", *fields], batch_size=100)
        lists.index([person_entry(row) for row in rows])
        records = [
            PersonEdited(person_id=row.pk, unit_id=row.unit_id, name=Sealed(row.name), email=Sealed(row.email))
            for row in rows
        ]
        ledger.append_bulk(records, actor=actor, at=now)


def _grant(
    decisions: Sequence[Decision],
    keys: dict[str, UUID],
    made: dict[tuple[UnitId, tuple[str, ...]], UUID],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    rows = [
        models.Grant(
            id=uuid4(),
            person_id=keys[each.wanted.email],
            role_id=grant.role,
            unit_id=_unit_of(grant.place, made),
            expires_at=grant.expires_at,
            granted_at=now,
            granted_by=actor.name,
        )
        for each in decisions
        for grant in each.grants
    ]
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        persons = {row.person_id for row in some}
        # A link that somebody with less power gave out before would now open more than they may open.
        models.OneTimeLink.objects.filter(person_id__in=persons, used_at=None).exclude(
            Q(person__password="") | Q(person__password__startswith=UNUSABLE_PASSWORD_PREFIX)
        ).delete()
        ended = models.Grant.objects.filter(person_id__in=persons, expires_at__lte=now)
        asked = {(row.person_id, row.role_id, row.unit_id) for row in some}
        models.Grant.objects.filter(
            pk__in=[row.pk for row in ended if (row.person_id, row.role_id, row.unit_id) in asked]
        ).delete()
        models.Grant.objects.bulk_create(some, batch_size=CHUNK)
        records = [
            GrantMade(
                grant_id=row.pk,
                person_id=row.person_id,
                role=row.role_id,
                unit_id=row.unit_id,
                expires_at=row.expires_at,
            )
            for row in some
        ]
        ledger.append_bulk(records, actor=actor, at=now)
