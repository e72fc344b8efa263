"""What is due of the chain, for the calendar."""

from __future__ import annotations

from datetime import date

from burgrave.assurance import models
from burgrave.assurance.queries.speaking import in_readers_language
from burgrave.assurance.terms import READ, requirement_key
from burgrave.assurance.terms.findings import ActionState
from burgrave.assurance.terms.saying import heard
from burgrave.people import queries as people
from burgrave.web.recurring import Occasion, Occasions, occasions
from burgrave.web.terms import Actor


def checks_due(first: date, last: date, actor: Actor) -> Occasions:
    """Checks whose next run is due in these days. Two statements."""
    found = models.Check.objects.filter(people.within(actor, READ), retired_at=None, due_on__range=(first, last))
    return occasions(
        found.select_related("owner").order_by("due_on", "id"),
        lambda row: Occasion(
            on=row.due_on,
            title=row.title,
            key=str(row.pk),
            number=row.number,
            who=row.owner.name if row.owner else "",
            unit_id=row.unit_id,
        ),
    )


def actions_due(first: date, last: date, actor: Actor) -> Occasions:
    """Corrective actions that are not closed, by their day. Two statements."""
    found = models.CorrectiveAction.objects.filter(people.within(actor, READ), due_on__range=(first, last))
    return occasions(
        found.exclude(state=ActionState.CLOSED).select_related("owner").order_by("due_on", "id"),
        lambda row: Occasion(
            on=row.due_on or first,
            title=heard(row.title, row.title_said),
            key=str(row.pk),
            number=row.number,
            who=row.owner.name if row.owner else "",
            unit_id=row.unit_id,
        ),
    )


def assertions_ending(first: date, last: date, actor: Actor) -> Occasions:
    """Until when a person said that a requirement stands so. Two statements."""
    if not actor.may_anywhere(READ):
        return Occasions(rows=(), total=0)
    found = models.Assertion.objects.filter(withdrawn_at=None, expires_on__range=(first, last))
    return occasions(
        found.select_related("requirement__framework").order_by("expires_on", "id"),
        lambda row: Occasion(
            on=row.expires_on,
            title=in_readers_language(row.requirement.title, row.requirement.titles),
            key=str(row.requirement_id),
            number=requirement_key(row.requirement.framework.identifier, row.requirement.identifier),
            who=row.by,
            unit_id=row.requirement.framework.unit_id,
        ),
    )
