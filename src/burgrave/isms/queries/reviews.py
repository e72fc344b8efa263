"""Management reviews: live inputs until one is held, frozen ones afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from burgrave.isms import models
from burgrave.isms.queries import inputs
from burgrave.isms.queries.meetings import decisions_of_review, review_number
from burgrave.isms.rules import reviewing as rules
from burgrave.isms.terms import READ
from burgrave.isms.terms.reviews import ReviewId, ReviewRow, ReviewState, ReviewView, Section
from burgrave.people import queries as people
from burgrave.web.errors import NotFound
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Page, PersonId, UnitId

MOST_DIGITS = 9
REVIEW_ORDERS: Mapping[str, str] = {"planned": "planned_on id"}


def management_reviews(*, number: int = 1, size: int = 50, actor: Actor) -> Page[ReviewRow]:
    """Visible reviews, newest first. Two statements."""
    found = models.Review.objects.filter(people.within(actor, READ)).select_related("unit")
    return page_of(found.order_by("-planned_on", "-number"), number=number, size=size).of(_row)


def review_by_number(number: str, *, actor: Actor) -> ReviewId:
    """The key of the review that bears this number. One statement. Raises NotFound."""
    digits = number.strip().upper().removeprefix("REV-")
    found = models.Review.objects.filter(people.within(actor, READ))
    if digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS:
        key = found.filter(number=int(digits)).values_list("pk", flat=True).first()
        if key is not None:
            return ReviewId(key)
    raise NotFound("no management review with the number %(number)s is visible to you", words={"number": number[:40]})


def management_review(review_id: UUID, *, actor: Actor, today: date) -> ReviewView:
    """One review with its inputs and decisions. Raises NotFound."""
    row = models.Review.objects.filter(people.within(actor, READ), pk=review_id).select_related("unit").first()
    if row is None:
        raise NotFound("no management review with this identifier is visible to you")
    names = people.names(UUID(each) for each in row.attendees)
    return ReviewView(
        row=_row(row),
        feedback=row.feedback,
        opportunities=row.opportunities,
        sections=sections_of(row, actor=actor, today=today),
        inputs_digest=row.inputs_digest,
        held_at=row.held_at,
        attendees=tuple(sorted(names.items(), key=lambda pair: pair[1])),
        conclusion=row.conclusion,
        writers=frozenset(PersonId(UUID(each)) for each in row.writers),
        digest=row.digest,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        decisions=decisions_of_review(row.pk),
    )


def sections_of(row: models.Review, *, actor: Actor, today: date) -> tuple[Section, ...]:
    """The inputs: as they were frozen, or as they are now."""
    if row.inputs is not None:
        return rules.sections_of(row.inputs)
    return inputs.sections(
        row.unit_id,
        row.period_from,
        row.period_to,
        feedback=row.feedback,
        opportunities=row.opportunities,
        actor=actor,
        today=today,
    )


def _row(row: models.Review) -> ReviewRow:
    return ReviewRow(
        review_id=ReviewId(row.pk),
        number=review_number(row.number),
        title=row.title,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        period_from=row.period_from,
        period_to=row.period_to,
        planned_on=row.planned_on,
        state=ReviewState(row.state),
        version=row.version,
    )
