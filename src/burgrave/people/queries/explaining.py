"""Why somebody may do something somewhere, and who else may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from burgrave.people import models
from burgrave.people.queries.access import claim_of, current_tree, may_here
from burgrave.people.rules import normal_email
from burgrave.people.rules.explaining import explain as decide
from burgrave.people.rules.tree import Tree
from burgrave.people.terms import PERMISSIONS, NamedUnit, PersonId, UnitId
from burgrave.people.terms.explanations import Claim, ExplainedPerson, Explanation, HolderRow, Reason
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.pages import page_of
from burgrave.web.terms import Actor, Page

READ = "people.read"


def explain(person_id: UUID, permission: str, unit_id: UUID, *, actor: Actor, now: datetime) -> ExplainedPerson:
    """Whether the person may do this in the unit, and why. Everybody may ask about themselves.

    What the person holds in units that the reader does not see is counted, not shown. Six statements at most.
    Raises NotFound or BadInput.
    """
    must_be_a_permission(permission)
    person = models.Person.objects.filter(pk=person_id).first()
    is_own = person is not None and person.pk == actor.person_id
    if person is None or not (is_own or actor.may(READ, UnitId(person.unit_id))):
        raise NotFound(_("no person with this identifier is visible to you"))
    tree = current_tree()
    unit_name, path = _where(unit_id, tree, actor=actor, own_unit=person.unit_id if is_own else None)
    claims = claims_of([person.pk])[PersonId(person.pk)]
    explanation = decide(
        claims, permission=permission, unit_id=UnitId(unit_id), is_active=person.is_active, tree=tree, now=now
    )
    return ExplainedPerson(
        person_id=PersonId(person.pk),
        person_name=person.name,
        unit_name=unit_name,
        unit_path=path,
        explanation=explanation if is_own else _veiled(explanation, actor=actor),
    )


def who_may(permission: str, unit_id: UUID, *, number: int, size: int, actor: Actor, now: datetime) -> Page[HolderRow]:
    """Everybody who may do this in the unit, by name, each with the reasons. Seven statements at most.

    The name of somebody whom the reader does not see otherwise is given too: who may act here is no secret to
    whoever sees the people of the unit. Raises NotFound or BadInput.
    """
    must_be_a_permission(permission)
    if not actor.may(READ, UnitId(unit_id)):
        raise NotFound(_("no unit with this identifier is visible to you"))
    tree = current_tree()
    found = models.Person.objects.filter(may_here(permission, unit_id, tree=tree, now=now), is_active=True)
    page = page_of(found.order_by("name", "pk"), number=number, size=size)
    claims = claims_of([row.pk for row in page.rows])
    return Page(
        rows=tuple(
            _holder(row, claims[PersonId(row.pk)], permission, UnitId(unit_id), tree, actor=actor, now=now)
            for row in page.rows
        ),
        number=page.number,
        size=page.size,
        total=page.total,
    )


def must_be_a_permission(permission: str) -> None:
    """Return when the permission exists. Raises BadInput."""
    if permission not in PERMISSIONS:
        raise BadInput(
            "there is no permission %(permission)s",
            words={"permission": permission[:100]},
            mend="Choose one of the list, such as people.read.",
        )


def claims_of(person_ids: Iterable[UUID]) -> dict[PersonId, tuple[Claim, ...]]:
    """Every grant of these persons, and everything lent to them, whatever became of it. Two statements."""
    wanted = list(person_ids)
    claims: dict[PersonId, list[Claim]] = defaultdict(list)
    grants = models.Grant.objects.filter(person_id__in=wanted).select_related("role", "unit")
    for grant in grants.order_by("granted_at", "pk"):
        claims[PersonId(grant.person_id)].append(claim_of(grant))
    lent = models.Delegation.objects.filter(delegate_id__in=wanted).select_related(
        "grant__role", "grant__unit", "grant__person"
    )
    for row in lent.order_by("made_at", "pk"):
        claims[PersonId(row.delegate_id)].append(claim_of(row.grant, row))
    return {PersonId(person_id): tuple(claims[PersonId(person_id)]) for person_id in wanted}


def _where(unit_id: UUID, tree: Tree, *, actor: Actor, own_unit: UUID | None) -> tuple[str, tuple[str, ...]]:
    """The name of the unit, and the names from the root to it as far as the reader sees them.

    Whoever asks about themselves (``own_unit``) may also name that unit and every unit where they hold anything.
    """
    above = tree.above.get(UnitId(unit_id), ())
    names = dict(models.Unit.objects.filter(pk__in=above).values_list("pk", "name"))
    reached = own_unit is not None and any(UnitId(unit_id) in reach for reach in actor.allowed.values())
    may_see = reached or unit_id == own_unit or actor.may(READ, UnitId(unit_id))
    if unit_id not in names or not may_see:
        raise NotFound(_("no unit with this identifier is visible to you"))
    seen = [names[upper] for upper in reversed(above) if actor.may(READ, upper) or upper == unit_id]
    return names[unit_id], tuple(seen)


def _holder(
    row: models.Person,
    claims: tuple[Claim, ...],
    permission: str,
    unit_id: UnitId,
    tree: Tree,
    *,
    actor: Actor,
    now: datetime,
) -> HolderRow:
    explanation = _veiled(
        decide(claims, permission=permission, unit_id=unit_id, is_active=True, tree=tree, now=now), actor=actor
    )
    return HolderRow(
        person_id=PersonId(row.pk),
        name=row.name,
        email=row.email,
        because=explanation.because,
        hidden=explanation.hidden,
        is_visible=actor.may(READ, UnitId(row.unit_id)),
    )


def person_id_by_email(email: str, *, actor: Actor) -> PersonId:
    """The person with this address, when the reader may see them or is them. Raises NotFound."""
    row = models.Person.objects.filter(email=normal_email(email)).only("pk", "unit_id").first()
    if row is None or not (row.pk == actor.person_id or actor.may(READ, UnitId(row.unit_id))):
        raise NotFound(_("no person with this e-mail address is visible to you"))
    return PersonId(row.pk)


def email_of(actor: Actor) -> str:
    """The address of whoever asks; empty for nobody."""
    return (
        models.Person.objects.filter(pk__in=[actor.person_id] if actor.person_id else [])
        .values_list("email", flat=True)
        .first()
        or ""
    )


def askable_units(*, actor: Actor) -> tuple[NamedUnit, ...]:
    """The units that the actor may ask about: where they see people, hold anything, or belong. One statement."""
    tops = {top for reach in actor.allowed.values() for top in getattr(reach, "tops", reach)}
    mine = models.Person.objects.filter(pk__in=[actor.person_id] if actor.person_id else [])
    found = Q(pk__in=models.Place.objects.filter(upper_id__in=tops).values("unit_id"))
    found |= Q(pk__in=mine.values("unit_id"))
    rows = models.Unit.objects.filter(found).order_by("name", "id").values_list("pk", "name")
    return tuple(NamedUnit(unit_id=UnitId(pk), name=name) for pk, name in rows)


def _veiled(explanation: Explanation, *, actor: Actor) -> Explanation:
    """Without the claims in units that the reader does not see; they are counted."""

    def seen(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
        return tuple(reason for reason in reasons if actor.may(READ, reason.claim.unit_id))

    because, nearest = seen(explanation.because), seen(explanation.nearest)
    hidden_giving = len(explanation.because) - len(because)
    return replace(
        explanation,
        because=because,
        nearest=nearest,
        hidden=hidden_giving + len(explanation.nearest) - len(nearest),
        hidden_gives=hidden_giving > 0,
    )
