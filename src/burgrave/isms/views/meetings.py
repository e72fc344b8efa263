"""Committees, their meetings, minutes and decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.isms import commands, queries, reports, words
from burgrave.isms.errors import IsmsError
from burgrave.isms.forms import CommitteeForm, DecisionForm, MeetingForm, MinutesForm, TermForm
from burgrave.isms.forms.statements import typed_lines
from burgrave.isms.terms import APPROVE, EDIT, READ, Line
from burgrave.isms.terms.meetings import ItemKind, MeetingState, MeetingView
from burgrave.isms.terms.records import committee_subject, meeting_subject
from burgrave.isms.views.decisions import shown_decision
from burgrave.isms.views.requests import FORM, day_in, version_in
from burgrave.ledger import queries as ledger
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, Refusal, StaleEdit
from burgrave.web.pages import BurgraveRequest
from burgrave.web.reports import answer, asked_format


@require_safe
def committees(request: BurgraveRequest) -> HttpResponse:
    """Every committee that the reader may see."""
    request.actor.must_anywhere(READ)
    rows = queries.committees(actor=request.actor, today=timezone.localdate())
    return render(request, "isms/committees.html", {"rows": rows, "may_edit": request.actor.may_anywhere(EDIT)})


@require_safe
def committee(request: BurgraveRequest, committee_id: UUID) -> HttpResponse:
    """Members, meetings and open decisions of a committee."""
    today = timezone.localdate()
    view = queries.committee(committee_id, actor=request.actor, today=today)
    reads_ledger = request.actor.may("ledger.read", view.row.unit_id)
    shown = {
        "view": view,
        "row": view.row,
        "members": [(each, words.FUNCTIONS[each.term.function], each.term.holds_on(today)) for each in view.members],
        "meetings": [(each, words.MEETING_STATES[each.state]) for each in view.meetings],
        "decisions": [shown_decision(each, today=today) for each in view.decisions],
        "may_edit": request.actor.may(EDIT, view.row.unit_id),
        "today": today,
        "may_read_ledger": reads_ledger,
        "history": ledger.history(committee_subject(committee_id)) if reads_ledger else (),
    }
    return render(request, "isms/committee.html", shown)


@require_http_methods(FORM)
def add_committee(request: BurgraveRequest) -> HttpResponse:
    request.actor.must_anywhere(EDIT)
    form = CommitteeForm(request.POST or None, units=_units(request))

    def act() -> str:
        made = commands.found_committee(form.draft(), actor=request.actor, now=timezone.now())
        return reverse("isms:committee", args=[made])

    return step(request, form, act, title=_("Add a committee"), back=reverse("isms:committees"))


@require_http_methods(FORM)
def edit_committee(request: BurgraveRequest, committee_id: UUID) -> HttpResponse:
    row = queries.committee(committee_id, actor=request.actor, today=timezone.localdate()).row
    request.actor.must(EDIT, row.unit_id)
    initial = {"name": row.name, "unit": str(row.unit_id), "quorum": row.quorum, "every_days": row.every_days}
    form = CommitteeForm(request.POST or None, initial=initial, units=_units(request))
    back = reverse("isms:committee", args=[committee_id])

    def act() -> str:
        commands.edit_committee(
            committee_id, form.draft(), version=version_in(request), actor=request.actor, now=timezone.now()
        )
        return back

    return step(request, form, act, title=_("Edit the committee"), back=back, version=row.version)


@require_http_methods(FORM)
def seat(request: BurgraveRequest, committee_id: UUID) -> HttpResponse:
    """A new member."""
    row = queries.committee(committee_id, actor=request.actor, today=timezone.localdate()).row
    request.actor.must(EDIT, row.unit_id)
    form = TermForm(request.POST or None, initial={"from_on": timezone.localdate()}, people=everybody())
    back = reverse("isms:committee", args=[committee_id])

    def act() -> str:
        commands.seat(committee_id, form.term(), actor=request.actor, now=timezone.now())
        return back

    return step(request, form, act, title=_("Add a member"), back=back)


@require_POST
def end_term(request: BurgraveRequest, committee_id: UUID, member_id: UUID) -> HttpResponse:
    """The term ends on the day that the form names, today without one."""
    queries.committee(committee_id, actor=request.actor, today=timezone.localdate())
    until = day_in(request.POST.get("until_on", "")) or timezone.localdate()
    commands.end_term(committee_id, member_id, until_on=until, actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("isms:committee", args=[committee_id]))


@require_http_methods(FORM)
def plan(request: BurgraveRequest, committee_id: UUID) -> HttpResponse:
    """A new meeting."""
    row = queries.committee(committee_id, actor=request.actor, today=timezone.localdate()).row
    request.actor.must(EDIT, row.unit_id)
    form = MeetingForm(request.POST or None)

    def act() -> str:
        made = commands.plan_meeting(committee_id, form.draft(), actor=request.actor, now=timezone.now())
        return reverse("isms:meeting", args=[made])

    return step(request, form, act, title=_("Plan a meeting"), back=reverse("isms:committee", args=[committee_id]))


@require_safe
def meeting(request: BurgraveRequest, meeting_id: UUID) -> HttpResponse:
    """The record of a meeting."""
    return _record(request, queries.meeting(meeting_id, actor=request.actor))


def _record(request: BurgraveRequest, view: MeetingView, refusal: Refusal | None = None) -> HttpResponse:
    row, actor, today = view.row, request.actor, timezone.localdate()
    reads_ledger = actor.may("ledger.read", row.unit_id)
    may_edit = actor.may(EDIT, row.unit_id)
    shown = {
        "view": view,
        "row": row,
        "state": words.MEETING_STATES[row.state],
        "agenda": [(each, words.ITEMS[each.kind], _place(each.kind, each.key)) for each in view.agenda],
        "members": [
            (each, words.FUNCTIONS[each.term.function], each.term.person_id in view.present) for each in view.members
        ],
        "decisions": [shown_decision(each, today=today) for each in view.decisions],
        "may_plan": may_edit and row.state is MeetingState.PLANNED,
        "may_write": may_edit and row.state in {MeetingState.PLANNED, MeetingState.HELD},
        "may_decide": may_edit and row.state is MeetingState.HELD and view.has_quorum,
        "may_approve": actor.may(APPROVE, row.unit_id) and row.state is MeetingState.HELD,
        "has_minutes": row.state in {MeetingState.HELD, MeetingState.APPROVED},
        "may_read_ledger": reads_ledger,
        "history": ledger.history(meeting_subject(row.meeting_id)) if reads_ledger else (),
        "refusal": refusal,
    }
    return render(request, "isms/meeting.html", shown, status=refusal.status if refusal else 200)


@require_http_methods(FORM)
def change(request: BurgraveRequest, meeting_id: UUID) -> HttpResponse:
    """Another time, place or agenda."""
    view = queries.meeting(meeting_id, actor=request.actor)
    request.actor.must(EDIT, view.row.unit_id)
    own = [Line(each.title, each.note) for each in view.agenda if each.kind is ItemKind.OWN]
    initial = {
        "planned_at": timezone.localtime(view.row.planned_at),
        "place": view.row.place,
        "items": typed_lines(own),
    }
    form = MeetingForm(request.POST or None, initial=initial)

    def act() -> str:
        commands.change_meeting(
            meeting_id, form.draft(), version=version_in(request), actor=request.actor, now=timezone.now()
        )
        return _at(meeting_id)

    return step(request, form, act, title=_("Change the meeting"), back=_at(meeting_id), version=view.row.version)


@require_http_methods(FORM)
def write(request: BurgraveRequest, meeting_id: UUID) -> HttpResponse:
    """The minutes."""
    view = queries.meeting(meeting_id, actor=request.actor)
    request.actor.must(EDIT, view.row.unit_id)
    form = MinutesForm(
        request.POST or None,
        initial={"present": [str(each) for each in view.present], "text": view.minutes},
        members=[(str(each.term.person_id), each.name) for each in view.members],
    )

    def act() -> str:
        commands.write_minutes(
            meeting_id, form.draft(), version=version_in(request), actor=request.actor, now=timezone.now()
        )
        messages.success(request, _("The minutes are kept. Somebody else approves them."))
        return _at(meeting_id)

    return step(request, form, act, title=_("Write the minutes"), back=_at(meeting_id), version=view.row.version)


@require_http_methods(FORM)
def decide(request: BurgraveRequest, meeting_id: UUID) -> HttpResponse:
    """A decision of the meeting."""
    view = queries.meeting(meeting_id, actor=request.actor)
    request.actor.must(EDIT, view.row.unit_id)
    form = DecisionForm(request.POST or None, people=everybody())

    def act() -> str:
        commands.decide(meeting_id, form.draft(), actor=request.actor, now=timezone.now())
        return _at(meeting_id)

    return step(request, form, act, title=_("Enter a decision"), back=_at(meeting_id))


@require_POST
def approve(request: BurgraveRequest, meeting_id: UUID) -> HttpResponse:
    """The minutes are closed."""
    view = queries.meeting(meeting_id, actor=request.actor)
    try:
        commands.approve_minutes(
            meeting_id, digest=request.POST.get("digest", ""), actor=request.actor, now=timezone.now()
        )
    except IsmsError as refusal:
        return _record(request, view, refusal)
    messages.success(request, _("The minutes are approved and closed."))
    return HttpResponseRedirect(_at(meeting_id))


@require_POST
def cancel(request: BurgraveRequest, meeting_id: UUID) -> HttpResponse:
    """The meeting does not take place."""
    view = queries.meeting(meeting_id, actor=request.actor)
    try:
        commands.cancel_meeting(
            meeting_id,
            reason=request.POST.get("reason", ""),
            version=version_in(request),
            actor=request.actor,
            now=timezone.now(),
        )
    except IsmsError as refusal:
        return _record(request, view, refusal)
    return HttpResponseRedirect(_at(meeting_id))


@require_POST
def report(request: BurgraveRequest, meeting_id: UUID) -> HttpResponse:
    """The minutes as a file."""
    format_ = asked_format(request)
    return answer(reports.minutes(format_, meeting_id, actor=request.actor, now=timezone.now()))


def step(
    request: BurgraveRequest, form: forms.Form, act: Callable[[], str], *, title: str, back: str, version: int = 0
) -> HttpResponse:
    """A page with one form: what it does is done, or the page says why not and keeps what was typed."""
    shown: dict[str, Any] = {"form": form, "title": title, "back": back, "version": version or ""}
    if request.method != "POST":
        return render(request, "isms/step.html", shown)
    if form.is_valid():
        try:
            return HttpResponseRedirect(act())
        except (IsmsError, BadInput, StaleEdit) as refusal:
            return render(request, "isms/step.html", shown | {"refusal": refusal}, status=refusal.status)
    return render(request, "isms/step.html", shown, status=422)


def everybody() -> list[tuple[str, str]]:
    """Everybody who is active, by name, as a form offers them."""
    return [(str(key), name) for key, name in people.everybody().items()]


def _units(request: BurgraveRequest) -> list[tuple[str, str]]:
    return [(str(each.unit_id), each.name) for each in people.named_units(EDIT, actor=request.actor)]


def _place(kind: ItemKind, key: str) -> str:
    if not key:
        return ""
    return reverse("isms:decision" if kind is ItemKind.DECISION else "isms:statement", args=[key])


def _at(meeting_id: UUID) -> str:
    return reverse("isms:meeting", args=[meeting_id])
