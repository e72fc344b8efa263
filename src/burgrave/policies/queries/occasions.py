"""What is due of policies, exceptions and runs, for the calendar."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.utils.translation import get_language

from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.queries.documents import visible
from burgrave.policies.queries.exceptions import number_of
from burgrave.policies.queries.reach import any_of
from burgrave.policies.queries.runs import number_of_run
from burgrave.policies.terms import READ, RUN, DocumentState
from burgrave.policies.terms.exceptions import ExceptionState
from burgrave.policies.terms.runs import RunState
from burgrave.web.recurring import Occasion, Occasions, occasions
from burgrave.web.terms import Actor


def document_reviews(first: date, last: date, actor: Actor) -> Occasions:
    """Documents in force whose review is due in these days. Two statements."""
    found = visible(actor).filter(state=DocumentState.IN_FORCE, review_due_on__range=(first, last))
    return occasions(
        found.select_related("owner").order_by("review_due_on", "id"),
        lambda row: Occasion(
            on=row.review_due_on or first,
            title=_title(row),
            key=str(row.pk),
            number=row.number,
            who=row.owner.name if row.owner else "",
            unit_id=row.unit_id,
        ),
    )


def exceptions_ending(first: date, last: date, actor: Actor) -> Occasions:
    """Exceptions in force whose last day is one of these. Two statements."""
    own = Q(requester_id=actor.person_id) if actor.person_id else Q(pk__in=())
    found = models.ClauseException.objects.filter(
        any_of(people.within(actor, READ), own), state=ExceptionState.GRANTED, ends_on__range=(first, last)
    )
    return occasions(
        found.select_related("document", "requester").order_by("ends_on", "id"),
        lambda row: Occasion(
            on=row.ends_on,
            title=f"{row.document.number} {row.clause}",
            key=str(row.pk),
            number=number_of(row),
            who=row.requester.name,
            unit_id=row.unit_id,
        ),
    )


def runs_due(first: date, last: date, actor: Actor) -> Occasions:
    """Runs of procedures that are open, by the day on which they are due. Two statements."""
    found = models.Run.objects.filter(
        any_of(people.within(actor, READ), people.within(actor, RUN)), state=RunState.OPEN, due_on__range=(first, last)
    )
    return occasions(
        found.select_related("document", "starter").order_by("due_on", "id"),
        lambda row: Occasion(
            on=row.due_on,
            title=row.what_for or _title(row.document),
            key=str(row.pk),
            number=number_of_run(row),
            who=row.starter.name if row.starter else "",
            unit_id=row.unit_id,
        ),
    )


def _title(row: models.Document) -> str:
    """The title in the language of the page, where the document has one."""
    return str(row.titles.get(get_language() or "", row.title))
