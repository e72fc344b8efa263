"""Who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID

from django.db.models import DateTimeField, Exists, F, JSONField, Q, QuerySet, Subquery, Value

from burgrave.people import models, rules
from burgrave.people.rules import delegation
from burgrave.people.rules import tokens as token_rules
from burgrave.people.terms import HeldGrant, PersonId, Preferences, UnitId, UnitNode
from burgrave.people.terms.explanations import Claim, Lent
from burgrave.people.terms.records import person_subject
from burgrave.web.terms import Actor


def actor_of(person_id: UUID, now: datetime) -> Actor:
    """The person with every permission that holds at ``now``; one statement, whatever the number of grants.

    Somebody unknown or deactivated gets an actor that may nothing. After a change of the tree of units, the first
    actor in each process costs one statement more.
    """
    rows = _standing_of(person_id, now=now)
    person = next((row for row in rows if row.what == "person"), None)
    if person is None:
        return Actor(person_id=None, label="people.nobody", name="")
    tree = tree_tagged(person.place)
    mine = tuple(_held(row, person_id) for row in rows if row.what == "grant")
    lent = tuple(
        part
        for row in rows
        if row.what == "lent"
        for part in delegation.part_of(
            replace(_held(row, person_id), delegated_by=PersonId(row.holder)),
            units=tuple(UnitId(UUID(unit)) for unit in row.lent_units),
            permissions=frozenset(row.lent_permissions),
            tree=tree,
        )
    )
    allowed = rules.compile_allowed((*mine, *lent), tree, now=now)
    lenders = {grant.delegated_by for grant in lent if grant.delegated_by}
    return Actor(
        person_id=PersonId(person.holder),
        label=person_subject(person.holder),
        name=person.text,
        allowed=allowed,
        everywhere=rules.holding_everywhere(allowed),
        factors_asked=person.is_asked,
        samples=tree.samples,
        own=rules.compile_allowed(mine, tree, now=now) if lent else {},
        on_behalf={
            lender: rules.compile_allowed([grant for grant in lent if grant.delegated_by == lender], tree, now=now)
            for lender in lenders
        },
    )


class _Standing(NamedTuple):
    """A row of `_standing_of`: the person, a grant of theirs, or one that was lent to them.

    ``place`` is the unit, for the person the tag of the tree if there is one; ``holder`` is the person or the
    delegator, ``text`` a name or a role.
    """

    what: str
    place: UUID | None
    holder: UUID
    text: str
    is_asked: bool
    permissions: Sequence[str]
    lent_units: Sequence[str]
    lent_permissions: Sequence[str]
    expires_at: datetime | None


def _standing_of(person_id: UUID, *, now: datetime) -> tuple[_Standing, ...]:
    """The person if they are active, with every grant and delegation that holds at ``now``. One statement."""
    nothing, no = Value([], JSONField()), Value(value=False)
    tag = models.Organisation.objects.values("tree_tag")[:1]
    grants = models.Grant.objects.filter(standing(now), person_id=person_id)
    lent = live_delegations(now).filter(delegate_id=person_id)
    person = models.Person.objects.filter(pk=person_id, is_active=True)
    asked = Exists(models.FactorRule.objects.all())
    parts = (
        lent.annotate(
            c0=Value("lent"), c1=F("grant__unit_id"), c2=F("grant__person_id"), c3=F("grant__role_id"), c4=no,
            c5=F("grant__role__permissions"), c6=F("units"), c7=F("permissions"), c8=F("grant__expires_at"),
        ),
        grants.annotate(
            c0=Value("grant"), c1=F("unit_id"), c2=F("person_id"), c3=F("role_id"), c4=no,
            c5=F("role__permissions"), c6=nothing, c7=nothing, c8=F("expires_at"),
        ),
        person.annotate(
            c0=Value("person"), c1=Subquery(tag), c2=F("pk"), c3=F("name"), c4=asked,
            c5=nothing, c6=nothing, c7=nothing, c8=Value(None, DateTimeField()),
        ),
    )  # fmt: skip
    first, *others = (part.order_by().values_list(*(f"c{each}" for each in range(9))) for part in parts)
    return tuple(_Standing(*row) for row in first.union(*others, all=True))


def _held(row: _Standing, person_id: UUID) -> HeldGrant:
    return HeldGrant(
        person_id=PersonId(person_id),
        role=row.text,
        unit_id=UnitId(cast("UUID", row.place)),
        permissions=frozenset(row.permissions),
        expires_at=row.expires_at,
    )


def live_delegations(now: datetime) -> QuerySet[models.Delegation]:
    """The delegations that could give something at ``now``: out of a grant that holds, of somebody who is active."""
    ends = Q(grant__expires_at__isnull=True) | Q(grant__expires_at__gt=now)
    return models.Delegation.objects.filter(
        ends, taken_back_at__isnull=True, begins_at__lte=now, ends_at__gt=now, grant__person__is_active=True
    )


def claim_of(grant: models.Grant, lent: models.Delegation | None = None) -> Claim:
    """A grant as it stands in the table, or a delegation of it."""
    return Claim(
        grant_id=grant.pk,
        role=grant.role_id,
        role_name=grant.role.name,
        role_permissions=frozenset(grant.role.permissions),
        unit_id=UnitId(grant.unit_id),
        unit_name=grant.unit.name,
        expires_at=grant.expires_at,
        granted_at=grant.granted_at,
        granted_by=grant.granted_by,
        lent=_lent(grant, lent) if lent else None,
    )


def _lent(grant: models.Grant, lent: models.Delegation) -> Lent:
    return Lent(
        delegation_id=lent.pk,
        delegator_id=PersonId(grant.person_id),
        delegator_name=grant.person.name,
        delegator_is_active=grant.person.is_active,
        units=tuple(UnitId(UUID(unit)) for unit in lent.units),
        permissions=frozenset(lent.permissions),
        begins_at=lent.begins_at,
        ends_at=lent.ends_at,
        taken_back_at=lent.taken_back_at,
    )


def standing(now: datetime) -> Q:
    """The filter of grants that hold at ``now``."""
    return Q(expires_at__isnull=True) | Q(expires_at__gt=now)


def narrowed_to(actor: Actor, unit_id: UnitId) -> Actor:
    """The same actor who sees and may nothing outside the unit and what stands below it. No statement.

    For computations about a part of the organisation, such as a report of one unit.
    """
    reaches = rules.reaches_of(actor.allowed)
    allowed = token_rules.narrowed(reaches, permissions=frozenset(reaches), unit_id=unit_id)
    return replace(actor, allowed=allowed, everywhere=rules.holding_everywhere(allowed), own={}, on_behalf={})


KEPT_TREES = 4
_trees: dict[UUID, rules.Tree] = {}


def current_tree() -> rules.Tree:
    """The tree of units as it is now. One statement, and another where this process has not seen it yet."""
    return tree_tagged(models.Organisation.objects.values_list("tree_tag", flat=True).first())


def tree_tagged(tag: UUID | None) -> rules.Tree:
    """The tree that goes by this tag, read once in each process; without a tag it is read and not kept."""
    if tag is not None and tag in _trees:
        return _trees[tag]
    rows: Iterable[tuple[UUID, UUID | None, bool]] = models.Unit.objects.values_list("id", "parent_id", "is_sample")
    tree = rules.tree_of(
        UnitNode(unit_id=UnitId(unit_id), parent_id=UnitId(parent_id) if parent_id else None, is_sample=is_sample)
        for unit_id, parent_id, is_sample in rows
    )
    if tag is not None:
        for stale in list(_trees)[: 1 - KEPT_TREES]:
            _trees.pop(stale, None)
        _trees[tag] = tree
    return tree


def within(actor: Actor, permission: str, field: str = "unit") -> Q:
    """The filter that leaves what lies where the actor holds the permission; ``field`` is the path to the unit.

    It names the tops of the parts where the permission holds and never each unit below them, so that it stays as
    small for five thousand units as for five.
    """
    if actor.may_everywhere(permission):
        return Q()
    reach = actor.units(permission)
    if not reach:
        return Q(pk__in=())
    if not isinstance(reach, rules.Reach):
        return Q(**{f"{field}__in": reach})
    below = models.Place.objects.filter(upper_id__in=reach.tops)
    return Q(**{f"{field}__in": below.values("unit_id")})


def holders(permission: str, unit_id: UUID, *, now: datetime) -> tuple[tuple[PersonId, str], ...]:
    """Everybody who may do this in the unit, by name: whom work can be given to. Four statements."""
    found = (
        models.Person.objects.filter(may_here(permission, unit_id, tree=current_tree(), now=now), is_active=True)
        .order_by("name", "pk")
        .values_list("pk", "name")
    )
    return tuple((PersonId(person_id), name) for person_id, name in found)


def giving(permission: str, unit_id: UUID, *, now: datetime) -> QuerySet[models.Grant]:
    """The grants that give the permission in the unit at ``now``. One statement finds the roles."""
    return models.Grant.objects.filter(
        standing(now),
        role_id__in=roles_with(permission),
        unit_id__in=models.Place.objects.filter(unit_id=unit_id).values("upper_id"),
    )


def may_here(permission: str, unit_id: UUID, *, tree: rules.Tree, now: datetime) -> Q:
    """The filter of persons who may do this in the unit, by a grant or by delegation. Two statements find it out."""
    grants = giving(permission, unit_id, now=now)
    unit = UnitId(unit_id)
    lent = live_delegations(now).filter(grant__in=grants).select_related("grant__role", "grant__unit", "grant__person")
    delegates = [
        row.delegate_id
        for row in lent
        if any(
            permission in held.permissions and tree.covers(held.unit_id, unit)
            for held in delegation.lent_grants(
                [claim_of(row.grant, row)], delegate_id=PersonId(row.delegate_id), tree=tree, now=now
            )
        )
    ]
    return Q(pk__in=grants.values("person_id")) | Q(pk__in=delegates)


def roles_with(permission: str) -> tuple[str, ...]:
    """The roles that allow it. JSON is searched differently by each database, and roles are few."""
    found: Iterable[tuple[str, list[str]]] = models.Role.objects.values_list("code", "permissions")
    return tuple(code for code, permissions in found if permission in permissions)


def names(person_ids: Iterable[UUID]) -> Mapping[PersonId, str]:
    """The names of these persons, also of those who left. One statement."""
    found = models.Person.objects.filter(pk__in=set(person_ids)).values_list("id", "name")
    return {PersonId(person_id): name for person_id, name in found}


def preferences_of(person_id: UUID) -> tuple[Preferences, int]:
    """How the person wants pages to be, and the version that an edit must send back."""
    row = models.Person.objects.only("language", "theme", "time_zone", "version").get(pk=person_id)
    return Preferences(language=row.language, theme=row.theme, time_zone=row.time_zone), row.version


MOST_PEOPLE = 2_000


def everybody() -> Mapping[PersonId, str]:
    """Everybody who is active, at most 2,000 by name: whom something can be given to. One statement."""
    found = models.Person.objects.filter(is_active=True).order_by("sort_key", "id").values_list("pk", "name")
    return {PersonId(key): name for key, name in found[:MOST_PEOPLE]}


def by_email() -> Mapping[str, PersonId]:
    """Everybody who is active, by e-mail address. One statement."""
    found = models.Person.objects.filter(is_active=True).values_list("email", "pk")
    return {address: PersonId(key) for address, key in found}
