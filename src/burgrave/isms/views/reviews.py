"""Management reviews: planned, held, decided, approved, printed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.isms import commands, figures, queries, reports, words
from burgrave.isms.errors import IsmsError
from burgrave.isms.forms import ConclusionForm, DecisionForm, ReviewForm
from burgrave.isms.terms import APPROVE, EDIT, READ
from burgrave.isms.terms.records import review_subject
from burgrave.isms.terms.reviews import ReviewState, ReviewView, Section
from burgrave.isms.views.decisions import shown_decision
from burgrave.isms.views.meetings import everybody, step
from burgrave.isms.views.requests import FORM, version_in
from burgrave.ledger import queries as ledger
from burgrave.people import queries as people
from burgrave.web.errors import Refusal
from burgrave.web.pages import BurgraveRequest, page_number, page_size
from burgrave.web.reports import answer, asked_format


@require_safe
def reviews(request: BurgraveRequest) -> HttpResponse:
    """Every review that the reader may see."""
    request.actor.must_anywhere(READ)
    page = queries.management_reviews(number=page_number(request), size=page_size(request), actor=request.actor)
    shown = {
        "page": page,
        "rows": [(each, words.REVIEW_STATES[each.state]) for each in page.rows],
        "may_edit": request.actor.may_anywhere(EDIT),
    }
    return render(request, "isms/reviews.html", shown)


@require_safe
def review(request: BurgraveRequest, review_id: UUID) -> HttpResponse:
    """The record of a review with its inputs."""
    return _record(request, _view(request, review_id))


def _record(request: BurgraveRequest, view: ReviewView, refusal: Refusal | None = None) -> HttpResponse:
    row, actor, today = view.row, request.actor, timezone.localdate()
    reads_ledger = actor.may("ledger.read", row.unit_id)
    may_edit = actor.may(EDIT, row.unit_id)
    shown = {
        "view": view,
        "row": row,
        "state": words.REVIEW_STATES[row.state],
        "sections": [_section(each) for each in view.sections],
        "standing": figures.indicator_standing(queries.indicators(actor=actor, today=today))
        if row.state is ReviewState.PLANNED
        else None,
        "decisions": [shown_decision(each, today=today) for each in view.decisions],
        "is_frozen": row.state is not ReviewState.PLANNED,
        "may_plan": may_edit and row.state is ReviewState.PLANNED,
        "may_hold": may_edit and row.state is not ReviewState.APPROVED,
        "may_decide": may_edit and row.state is ReviewState.HELD,
        "may_approve": actor.may(APPROVE, row.unit_id) and row.state is ReviewState.HELD,
        "may_read_ledger": reads_ledger,
        "history": ledger.history(review_subject(row.review_id)) if reads_ledger else (),
        "refusal": refusal,
    }
    return render(request, "isms/review.html", shown, status=refusal.status if refusal else 200)


def _section(section: Section) -> dict[str, Any]:
    """An input in the reader's language."""
    return {
        "letter": str(section.input),
        "title": words.INPUTS[section.input],
        "facts": [
            {"name": words.english(each.name), "unit": words.english(each.unit), "fact": each} for each in section.facts
        ],
        "entries": [{"state": words.input_state(each), "entry": each} for each in section.entries],
        "text": section.text,
        "more": section.more,
    }


@require_http_methods(FORM)
def plan(request: BurgraveRequest) -> HttpResponse:
    """A new review."""
    request.actor.must_anywhere(EDIT)
    today = timezone.localdate()
    initial = {"period_from": today.replace(year=today.year - 1, day=1), "period_to": today, "planned_on": today}
    form = ReviewForm(request.POST or None, initial=initial, units=_units(request))

    def act() -> str:
        return _at(commands.plan_review(form.draft(), actor=request.actor, now=timezone.now()))

    return step(request, form, act, title=_("Plan a management review"), back=reverse("isms:reviews"))


@require_http_methods(FORM)
def change(request: BurgraveRequest, review_id: UUID) -> HttpResponse:
    """Another period, another day, what people said."""
    view = _view(request, review_id)
    row = view.row
    request.actor.must(EDIT, row.unit_id)
    initial = {
        "title": row.title,
        "unit": str(row.unit_id),
        "period_from": row.period_from,
        "period_to": row.period_to,
        "planned_on": row.planned_on,
        "feedback": view.feedback,
        "opportunities": view.opportunities,
    }
    form = ReviewForm(request.POST or None, initial=initial, units=_units(request))

    def act() -> str:
        commands.change_review(
            review_id, form.draft(), version=version_in(request), actor=request.actor, now=timezone.now()
        )
        return _at(review_id)

    return step(request, form, act, title=_("Change the review"), back=_at(review_id), version=row.version)


@require_http_methods(FORM)
def hold(request: BurgraveRequest, review_id: UUID) -> HttpResponse:
    """The inputs are frozen, and the conclusion is written."""
    view = _view(request, review_id)
    request.actor.must(EDIT, view.row.unit_id)
    initial = {"attendees": [str(key) for key, _name in view.attendees], "text": view.conclusion}
    form = ConclusionForm(request.POST or None, initial=initial, people=everybody())

    def act() -> str:
        commands.hold_review(
            review_id, form.draft(), version=version_in(request), actor=request.actor, now=timezone.now()
        )
        messages.success(request, _("The inputs are frozen. Enter the decisions, then somebody else approves it."))
        return _at(review_id)

    return step(request, form, act, title=_("Hold the review"), back=_at(review_id), version=view.row.version)


@require_http_methods(FORM)
def decide(request: BurgraveRequest, review_id: UUID) -> HttpResponse:
    """A decision of the review."""
    view = _view(request, review_id)
    request.actor.must(EDIT, view.row.unit_id)
    form = DecisionForm(request.POST or None, people=everybody())

    def act() -> str:
        commands.decide_in_review(review_id, form.draft(), actor=request.actor, now=timezone.now())
        return _at(review_id)

    return step(request, form, act, title=_("Enter a decision"), back=_at(review_id))


@require_POST
def approve(request: BurgraveRequest, review_id: UUID) -> HttpResponse:
    """The review is closed."""
    view = _view(request, review_id)
    try:
        commands.approve_review(
            review_id, digest=request.POST.get("digest", ""), actor=request.actor, now=timezone.now()
        )
    except IsmsError as refusal:
        return _record(request, view, refusal)
    messages.success(request, _("The review is approved and closed."))
    return HttpResponseRedirect(_at(review_id))


@require_POST
def report(request: BurgraveRequest, review_id: UUID) -> HttpResponse:
    """The pack of the review as a file."""
    format_ = asked_format(request)
    return answer(reports.review_pack(format_, review_id, actor=request.actor, now=timezone.now()))


def _view(request: BurgraveRequest, review_id: UUID) -> ReviewView:
    return queries.management_review(review_id, actor=request.actor, today=timezone.localdate())


def _units(request: BurgraveRequest) -> list[tuple[str, str]]:
    return [(str(each.unit_id), each.name) for each in people.named_units(EDIT, actor=request.actor)]


def _at(review_id: UUID) -> str:
    return reverse("isms:review_record", args=[review_id])
