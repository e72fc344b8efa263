"""Incidents: the list, the record, and every step of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.assets import queries as assets
from burgrave.assurance import queries as assurance
from burgrave.events.terms import HUNT
from burgrave.incidents import commands, figures, queries, reports, words
from burgrave.incidents.forms import CaseForm, ConclusionForm, MergeForm, NoteForm, ReasonForm, TimelineForm
from burgrave.incidents.queries.cases import FACET_COUNTED, ORDERS
from burgrave.incidents.queries.listing import CASE_ORDER
from burgrave.incidents.rules.cases import severity_of
from burgrave.incidents.rules.durations import Clock
from burgrave.incidents.terms import (
    CLOSE,
    READ,
    RESPOND,
    TRIAGE,
    CaseDetail,
    CaseId,
    CaseState,
    FacetCount,
    Severity,
    TimelineEntryId,
    case_subject,
)
from burgrave.incidents.views.counted import shown_counted
from burgrave.incidents.views.named import named_assets
from burgrave.incidents.views.requests import version_in, with_form
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.errors import NotFound, Refusal
from burgrave.web.pages import BurgraveRequest, facet, place_in_list
from burgrave.web.reports import answer, asked_format
from burgrave.web.terms import Facet, UnitId
from burgrave.web.uploads import received_files, receives_files

FORM = ["GET", "HEAD", "POST"]
COUNTED_SHOWN = 10
"""Events that are listed of each match of a correlation: the page of its alert lists more."""


@require_safe
def cases(request: BurgraveRequest) -> HttpResponse:
    """The list; without a filter, the incidents that are being worked on."""
    request.actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.CASES, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    wanted = queries.narrowed_cases(asked)
    total, counts = queries.case_facets(wanted, actor=request.actor)
    page = queries.cases(
        wanted,
        **place_in_list(request, ORDERS, default=CASE_ORDER),
        total=total,
        actor=request.actor,
    )
    shown = {
        "page": page,
        "rows": [(row, words.CASE_STATES[row.state]) for row in page.rows],
        "facets": _facets(request, counts),
        "drafts": queries.drafts(actor=request.actor),
        "may_respond": request.actor.may_anywhere(RESPOND),
        **lists.shown(listing, asked, units=people.named_units(READ, actor=request.actor), actor=request.actor),
    }
    return render(request, "incidents/cases.html", shown)


def _facets(request: BurgraveRequest, counts: Mapping[str, tuple[FacetCount, ...]]) -> tuple[Facet, ...]:
    states = [(each.value, words.CASE_STATES[CaseState(each.value)].word, each.count) for each in counts["state"]]
    severities = [(each.value, words.SEVERITIES[Severity(each.value)], each.count) for each in counts["severity"]]
    return (
        facet(request, name="state", label=_("State"), options=states, most=FACET_COUNTED),
        facet(request, name="severity", label=_("Severity"), options=severities, most=FACET_COUNTED),
        facet(request, name="lead", label=_("Lead"), options=[("me", _("Me"), None)]),
    )


@require_safe
def case(request: BurgraveRequest, number: str) -> HttpResponse:
    """The record of an incident."""
    return _record(request, _detail(request, number))


def _record(
    request: BurgraveRequest, detail: CaseDetail, *, note_form: NoteForm | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    detail = queries.with_counted(detail)
    actor, row = request.actor, detail.case
    unit = UnitId(row.unit_id)
    subject = case_subject(row.case_id)
    keeps = refusal is not None or "evidence" in request.GET.getlist("with")
    shown = {
        "detail": detail,
        "case": row,
        "state": words.CASE_STATES[row.state],
        "proposed": severity_of(alert.priority for alert in detail.alerts) if detail.alerts else "",
        "course": figures.case_timeline(detail, now=timezone.now()),
        "durations": [(each, words.CLOCKS[Clock(each.clock)]) for each in detail.durations],
        "alerts": [(alert, words.alert_state(alert)) for alert in detail.alerts],
        "counted": [
            (each, [(match, shown_counted(match.counted, most=COUNTED_SHOWN)) for match in each.first])
            for each in detail.counted
        ],
        "correlated": sum(each.is_correlated for each in detail.alerts),
        "may_hunt": actor.may(HUNT, unit),
        **(_kept(detail) if keeps else {}),
        "assets": named_assets(actor, [each.name for each in detail.computers], scheme=assets.scheme()),
        "steps": [(state, words.CASE_STEPS[state]) for state in detail.next_states],
        "steps_back": [(state, words.CASE_STEPS_BACK[state]) for state in detail.earlier_states],
        "note_form": note_form or NoteForm(),
        "refusal": refusal,
        "may_respond": actor.may(RESPOND, unit),
        "may_triage": actor.may(TRIAGE, unit),
        "may_close": actor.may(CLOSE, unit),
        "may_export": actor.may("assurance.export", unit),
        "may_read_ledger": actor.may_anywhere("ledger.read"),
        "history": ledger.history(subject) if actor.may_anywhere("ledger.read") else (),
        "dismissals": words.DISMISSALS.items(),
    }
    status = refusal.status if refusal else (422 if note_form is not None and note_form.errors else 200)
    return render(request, "incidents/case.html", shown, status=status)


def _kept(detail: CaseDetail) -> dict[str, object]:
    """What is kept of the incident, which comes when it is asked for by ``with`` in the address."""
    subject = case_subject(detail.case.case_id)
    files = queries.files_of_case(detail.case.case_id)
    evidence = assurance.evidence_of(subject)
    return {
        "keeps": True,
        "files": [(file, words.FILE_STATES[file.state]) for file in files],
        "evidence": evidence,
        "kept_count": len(files) + len(evidence),
        "bundles": assurance.bundles_of(subject),
    }


@require_http_methods(FORM)
def edit(request: BurgraveRequest, number: str) -> HttpResponse:
    """Title, severity, summary and lead; a second editor is told and keeps what was typed."""
    detail = _detail(request, number)
    row = detail.case
    request.actor.must(RESPOND, UnitId(row.unit_id))
    written = {
        "title": row.title,
        "severity": row.severity,
        "summary": row.summary,
        "lead": str(row.lead.person_id) if row.lead else "",
    }
    form = CaseForm(
        request.POST or None,
        initial=written,
        people=people.holders(RESPOND, row.unit_id, now=timezone.now()),
        severities=words.SEVERITIES.items(),
    )

    def act() -> None:
        commands.change_case(
            row.case_id,
            form.facts,
            lead_id=form.lead_id,
            version=version_in(request),
            actor=request.actor,
            now=timezone.now(),
        )

    return _step(request, detail, form, act, title=_("Edit %(number)s"), submit=_("Save"), draft="edit")


@require_http_methods(FORM)
def move(request: BurgraveRequest, number: str, to: str) -> HttpResponse:
    """The next phase is one press; going back asks for a reason."""
    detail = _detail(request, number)
    if to not in set(CaseState):
        raise NotFound(_("There is no such state of an incident."))
    target = CaseState(to)
    back = target in detail.earlier_states
    form = ReasonForm(request.POST or None)
    if not back:
        form.fields["reason"].required = False

    def act() -> None:
        commands.move_case(
            detail.case.case_id,
            target,
            reason=form.cleaned_data["reason"],
            version=version_in(request),
            actor=request.actor,
            now=timezone.now(),
        )

    word = words.CASE_STEPS_BACK[target] if back else words.CASE_STEPS.get(target, _("Move"))
    return _step(request, detail, form, act, title=str(word) + ": %(number)s", submit=str(word), draft=f"move-{to}")


@require_http_methods(FORM)
def close(request: BurgraveRequest, number: str) -> HttpResponse:
    """The conclusion."""
    detail = _detail(request, number)
    request.actor.must(CLOSE, UnitId(detail.case.unit_id))
    written = {"cause": detail.cause, "impact": detail.impact, "lessons": detail.lessons}
    form = ConclusionForm(request.POST or None, initial=written)

    def act() -> None:
        commands.close_case(
            detail.case.case_id, form.conclusion, version=version_in(request), actor=request.actor, now=timezone.now()
        )

    return _step(request, detail, form, act, title=_("Close %(number)s"), submit=_("Close the incident"), draft="close")


@require_http_methods(FORM)
def reopen(request: BurgraveRequest, number: str) -> HttpResponse:
    """What came to light."""
    detail = _detail(request, number)
    request.actor.must(CLOSE, UnitId(detail.case.unit_id))
    form = ReasonForm(request.POST or None)

    def act() -> None:
        commands.reopen_case(
            detail.case.case_id,
            reason=form.cleaned_data["reason"],
            version=version_in(request),
            actor=request.actor,
            now=timezone.now(),
        )

    return _step(request, detail, form, act, title=_("Reopen %(number)s"), submit=_("Reopen"), draft="reopen")


@require_http_methods(FORM)
def merge(request: BurgraveRequest, number: str) -> HttpResponse:
    """Which incident goes on."""
    detail = _detail(request, number)
    row = detail.case
    request.actor.must(RESPOND, UnitId(row.unit_id))
    others = queries.open_cases(besides=row.case_id, unit_id=row.unit_id, actor=request.actor)
    form = MergeForm(request.POST or None, others=others)

    def act() -> None:
        into_id = CaseId(UUID(form.cleaned_data["into"]))
        commands.merge_case(
            row.case_id, into_id=into_id, version=version_in(request), actor=request.actor, now=timezone.now()
        )

    return _step(
        request,
        detail,
        form,
        act,
        title=_("Merge %(number)s into another incident"),
        submit=_("Merge"),
        draft="merge",
        help_text=_("Its alerts, notes and timeline become part of the other incident, and this one ends."),
    )


@require_http_methods(FORM)
def timeline(request: BurgraveRequest, number: str) -> HttpResponse:
    """An entry by hand."""
    detail = _detail(request, number)
    request.actor.must(RESPOND, UnitId(detail.case.unit_id))
    form = TimelineForm(request.POST or None)

    def act() -> None:
        commands.add_timeline_entry(
            detail.case.case_id,
            at=form.cleaned_data["at"],
            text=form.cleaned_data["text"],
            actor=request.actor,
            now=timezone.now(),
        )

    return _step(
        request,
        detail,
        form,
        act,
        title=_("Add to the timeline of %(number)s"),
        submit=_("Add"),
        draft="timeline",
        anchor="#timeline",
    )


@require_http_methods(FORM)
def withdraw(request: BurgraveRequest, entry_id: UUID, number: str) -> HttpResponse:
    """An entry is struck out."""
    detail = _detail(request, number)
    request.actor.must(RESPOND, UnitId(detail.case.unit_id))
    entry = next((row for row in detail.timeline if row.entry_id == entry_id), None)
    if entry is None:
        raise NotFound(_("There is no such entry on this timeline."))
    form = ReasonForm(request.POST or None)

    def act() -> None:
        commands.withdraw_timeline_entry(
            TimelineEntryId(entry_id), reason=form.cleaned_data["reason"], actor=request.actor, now=timezone.now()
        )

    return _step(
        request,
        detail,
        form,
        act,
        title=_("Strike out an entry of %(number)s"),
        submit=_("Strike out"),
        draft="withdraw",
        help_text=entry.text,
        anchor="#timeline",
    )


@require_POST
def note(request: BurgraveRequest, number: str) -> HttpResponse:
    """A note; one that is refused stays in its field."""
    detail = _detail(request, number)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _record(request, detail, note_form=form)
    try:
        commands.add_note(detail.case.case_id, form.cleaned_data["text"], actor=request.actor, now=timezone.now())
    except Refusal as refusal:
        return _record(request, detail, note_form=form, refusal=refusal)
    return HttpResponseRedirect(reverse("incidents:case", args=[number]) + "#notes")


@require_POST
@receives_files(permission=RESPOND)
def evidence(request: BurgraveRequest, number: str) -> HttpResponse:
    """Files that belong to the incident."""
    files = received_files(request)
    detail = _detail(request, number)
    for file in files:
        commands.attach_evidence(
            detail.case.case_id,
            file.digest,
            name=file.name,
            media_type=file.media_type,
            actor=request.actor,
            now=timezone.now(),
        )
    return HttpResponseRedirect(reverse("incidents:case", args=[number]) + "#evidence")


@require_POST
def bundle(request: BurgraveRequest, number: str) -> HttpResponse:
    """The signed bundle of the incident is made, and downloaded."""
    detail = _detail(request, number)
    issued = commands.issue_case_bundle(detail.case.case_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The bundle was signed. Whoever has it can verify it without this program."))
    return HttpResponseRedirect(reverse("assurance:bundle", args=[issued.bundle_id]))


def _detail(request: BurgraveRequest, number: str) -> CaseDetail:
    return queries.numbered_case(number, actor=request.actor)


def _step(
    request: BurgraveRequest,
    detail: CaseDetail,
    form: CaseForm | ConclusionForm | ReasonForm | MergeForm | TimelineForm,
    act: Callable[[], None],
    *,
    title: str,
    submit: str,
    draft: str,
    help_text: str = "",
    anchor: str = "",
) -> HttpResponse:
    """One form page of an incident: shown, refused with what was typed, or done and back to the record."""
    number = detail.case.number
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except Refusal as told:
            refusal = told
        else:
            return HttpResponseRedirect(reverse("incidents:case", args=[number]) + anchor)
    shown = {
        "title": title % {"number": number},
        "submit": submit,
        "help_text": help_text,
        "draft": f"incidents.{draft}.{detail.case.case_id}",
        "state": words.CASE_STATES[detail.case.state],
    }
    # Read again after a refusal: the present state stands beside what was typed, which may then be sent knowingly.
    present = queries.case(detail.case.case_id, actor=request.actor).case if refusal else detail.case
    return with_form(request, "incidents/case_form.html", form=form, refusal=refusal, case=present, **shown)


@require_POST
def report(request: BurgraveRequest, number: str) -> HttpResponse:
    """The incident as a report, downloaded and recorded."""
    return answer(reports.incident(asked_format(request), number, actor=request.actor, now=timezone.now()))
