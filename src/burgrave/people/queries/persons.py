"""Persons, in a list and one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Generator, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from burgrave.people import models
from burgrave.people.queries.access import claim_of, live_delegations, standing, tree_tagged, within
from burgrave.people.rules.delegation import lent_grants
from burgrave.people.rules.tree import Tree
from burgrave.people.terms import (
    GrantRow,
    PersonFilter,
    PersonId,
    PersonRow,
    PersonState,
    PersonView,
    UnitId,
    WhyMay,
)
from burgrave.people.terms.factors import FactorKind
from burgrave.web.errors import NotFound
from burgrave.web.pages import page_of
from burgrave.web.terms import Actor, Page

NO_PASSWORD = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
STATES = {
    PersonState.ACTIVE: Q(is_active=True) & ~NO_PASSWORD,
    PersonState.INVITED: Q(is_active=True) & NO_PASSWORD,
    PersonState.DEACTIVATED: Q(is_active=False),
}
EXPORTED_AT_ONCE = 1_000
ORDERS = {"name": "sort_key", "unit": "unit__sort_key", "seen": "last_login", "email": "email"}


def persons(
    wanted: PersonFilter,
    *,
    number: int,
    size: int,
    actor: Actor,
    now: datetime,
    order: tuple[str, ...] = ("sort_key",),
) -> Page[PersonRow]:
    """One page of the persons whom the actor may see. Three statements, whatever the number of rows.

    ``order`` holds fields out of ORDERS, each with a ``-`` to turn it round.
    """
    # The keys of the page first: sorting whole rows costs far more where the order has no index.
    page = page_of(_keys(wanted, order=order, actor=actor, now=now), number=number, size=size)
    rows = _rows_of(page.rows, actor=actor, now=now)
    return page.of(lambda key: rows[key])


def ids_of(wanted: PersonFilter, *, most: int, actor: Actor, now: datetime) -> tuple[UUID, ...]:
    """The keys of the narrowed list, so many at most."""
    found = _filtered(wanted, actor=actor, now=now).order_by("pk").values_list("pk", flat=True)
    return tuple(found[:most])


def names_of(ids: Collection[UUID], *, most: int, actor: Actor) -> tuple[str, ...]:
    """Names and addresses of the first of these people by name, as far as the actor may see them. One statement."""
    found = models.Person.objects.filter(within(actor, "people.read"), pk__in=ids).order_by("sort_key", "id")
    return tuple(f"{name} <{email}>" for name, email in found.values_list("name", "email")[:most])


def export(
    wanted: PersonFilter, *, order: tuple[str, ...], actor: Actor, now: datetime
) -> Generator[PersonRow, None, None]:
    """Everybody of the narrowed list, in its order; one statement for each EXPORTED_AT_ONCE of them."""
    keys = list(_keys(wanted, order=order, actor=actor, now=now))
    for start in range(0, len(keys), EXPORTED_AT_ONCE):
        some = keys[start : start + EXPORTED_AT_ONCE]
        rows = _rows_of(some, actor=actor, now=now)
        yield from (rows[key] for key in some if key in rows)


def _keys(
    wanted: PersonFilter, *, order: tuple[str, ...], actor: Actor, now: datetime
) -> QuerySet[models.Person, UUID]:
    return _filtered(wanted, actor=actor, now=now).order_by(*order, "sort_key", "id").values_list("pk", flat=True)


def _rows_of(keys: Sequence[UUID], *, actor: Actor, now: datetime) -> dict[UUID, PersonRow]:
    """The persons with the roles that the actor may see, by key. One statement, with a row for each grant."""
    holding = FilteredRelation("grants", condition=Q(grants__expires_at__isnull=True) | Q(grants__expires_at__gt=now))
    found = models.Person.objects.filter(pk__in=keys).select_related("unit").annotate(holding=holding)
    found = found.annotate(
        held_role=F("holding__role_id"), held_name=F("holding__role__name"), held_in=F("holding__unit_id")
    )
    persons: dict[UUID, models.Person] = {}
    roles: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for row in found.order_by("held_role"):
        persons[row.pk] = row
        held = (row.held_role, row.held_name)
        if row.held_in and actor.may("people.read", UnitId(row.held_in)) and held not in roles[row.pk]:
            roles[row.pk].append(held)
    return {key: _person_row(row, tuple(roles[key])) for key, row in persons.items()}


def _filtered(wanted: PersonFilter, *, actor: Actor, now: datetime) -> QuerySet[models.Person]:
    found = models.Person.objects.filter(within(actor, "people.read"))
    if wanted.text:
        found = found.filter(Q(name__icontains=wanted.text) | Q(email__icontains=wanted.text))
    if wanted.units:
        found = found.filter(unit_id__in=wanted.units)
    if wanted.roles:
        holding = models.Grant.objects.filter(standing(now), within(actor, "people.read"), role_id__in=wanted.roles)
        found = found.filter(pk__in=holding.values("person_id"))
    if wanted.states:
        found = found.filter(reduce(or_, (STATES[state] for state in wanted.states)))
    return found


def _person_row(row: models.Person, roles: tuple[tuple[str, str], ...]) -> PersonRow:
    return PersonRow(
        person_id=PersonId(row.pk),
        name=row.name,
        email=row.email,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        state=state_of(row),
        roles=tuple(code for code, _name in roles),
        named_roles=roles,
        last_signed_in_at=row.last_login,
    )


def state_of(row: models.Person) -> PersonState:
    if not row.is_active:
        return PersonState.DEACTIVATED
    return PersonState.ACTIVE if row.has_usable_password() and row.password else PersonState.INVITED


def person(person_id: UUID, *, actor: Actor, now: datetime) -> PersonView:
    """One person with grants and reasons. Raises NotFound when the actor may not see them. Three statements."""
    row = _profiles().filter(pk=person_id).first()
    if row is None or not actor.may("people.read", UnitId(row.unit_id)):
        raise NotFound(_("no person with this identifier is visible to you"))
    grants = _grants(row)
    visible = tuple(grant for grant in grants if actor.may("people.read", UnitId(grant.unit_id)))
    return _view(
        row,
        visible,
        hidden=len(grants) - len(visible),
        seen=lambda unit_id: actor.may("people.read", unit_id),
        now=now,
    )


def myself(*, actor: Actor, now: datetime) -> PersonView:
    """Whoever asks, with all of their own grants. Raises NotFound for somebody who is not signed in."""
    row = _profiles().filter(pk=actor.person_id or UUID(int=0)).first()
    if row is None:
        raise NotFound(_("only somebody who is signed in has a profile"))
    return _view(row, _grants(row), hidden=0, seen=lambda _unit_id: True, now=now)


def _profiles() -> QuerySet[models.Person]:
    """Persons with their units, the tag of the tree, and how many second factors they have."""
    factors = Authenticator.objects.filter(user_id=OuterRef("pk")).exclude(type=FactorKind.RECOVERY_CODES)
    counted = factors.order_by().values("user_id").annotate(count=Count("pk")).values("count")
    return models.Person.objects.select_related("unit").annotate(
        tree_tag=Subquery(models.Organisation.objects.values("tree_tag")[:1]),
        factors=Coalesce(Subquery(counted), 0),
    )


def _grants(row: models.Person) -> tuple[models.Grant, ...]:
    found = models.Grant.objects.filter(person=row).select_related("role", "unit")
    return tuple(found.order_by("role_id", "unit__name", "id"))


def _view(
    row: models.Person,
    grants: tuple[models.Grant, ...],
    *,
    hidden: int,
    seen: Callable[[UnitId], bool],
    now: datetime,
) -> PersonView:
    return PersonView(
        person_id=PersonId(row.pk),
        name=row.name,
        email=row.email,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        state=state_of(row),
        language=row.language,
        theme=row.theme,
        time_zone=row.time_zone,
        joined_at=row.joined_at,
        last_signed_in_at=row.last_login,
        version=row.version,
        grants=tuple(_grant_row(grant, now=now) for grant in grants),
        hidden_grants=hidden,
        why=_reasons(row, grants, seen=seen, now=now) if row.is_active else (),
        factors=row.factors,  # type: ignore[attr-defined]  # annotated by _profiles
    )


def _grant_row(grant: models.Grant, *, now: datetime) -> GrantRow:
    return GrantRow(
        grant_id=grant.pk,
        role=grant.role_id,
        role_name=grant.role.name,
        unit_id=UnitId(grant.unit_id),
        unit_name=grant.unit.name,
        expires_at=grant.expires_at,
        is_expired=grant.expires_at is not None and grant.expires_at <= now,
        granted_at=grant.granted_at,
        granted_by=grant.granted_by,
    )


def _reasons(
    row: models.Person, grants: tuple[models.Grant, ...], *, seen: Callable[[UnitId], bool], now: datetime
) -> tuple[WhyMay, ...]:
    """Each permission with the grants and delegations that give it now, by permission."""
    tree = tree_tagged(row.tree_tag)  # type: ignore[attr-defined]  # annotated by _profiles
    reasons = [
        WhyMay(
            permission=permission,
            role=grant.role_id,
            role_name=grant.role.name,
            grant_id=grant.pk,
            unit_id=UnitId(grant.unit_id),
            unit_name=grant.unit.name,
            units_below=len(tree.below(UnitId(grant.unit_id))) - 1,
            expires_at=grant.expires_at,
        )
        for grant in grants
        if grant.expires_at is None or now < grant.expires_at
        for permission in grant.role.permissions
    ]
    reasons += _lent_reasons(row, tree, seen=seen, now=now)
    return tuple(sorted(reasons, key=lambda reason: (reason.permission, reason.role, reason.unit_name)))


def _lent_reasons(row: models.Person, tree: Tree, *, seen: Callable[[UnitId], bool], now: datetime) -> list[WhyMay]:
    found = live_delegations(now).filter(delegate=row).select_related("grant__role", "grant__unit", "grant__person")
    given = [
        (claim, held)
        for claim in (claim_of(each.grant, each) for each in found)
        for held in lent_grants([claim], delegate_id=PersonId(row.pk), tree=tree, now=now)
        if seen(claim.unit_id)
    ]
    wanted = {held.unit_id for _claim, held in given}
    names = dict(models.Unit.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}
    return [
        WhyMay(
            permission=permission,
            role=claim.role,
            role_name=claim.role_name,
            grant_id=claim.grant_id,
            unit_id=held.unit_id,
            unit_name=names[held.unit_id],
            units_below=len(tree.below(held.unit_id)) - 1,
            expires_at=claim.ends_at,
            lent_by=claim.lent.delegator_name if claim.lent else "",
        )
        for claim, held in given
        for permission in held.permissions
    ]
