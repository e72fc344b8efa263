"""One document: its record, and what may be done to it."""

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

from burgrave.imports import queries as imports
from burgrave.ledger import queries as ledger
from burgrave.people import queries as people
from burgrave.policies import commands, queries, words
from burgrave.policies.errors import PolicyError
from burgrave.policies.forms.documents import DocumentForm
from burgrave.policies.terms import EDIT, PUBLISH, DocumentState, document_subject
from burgrave.policies.terms.drafts import DocumentDetail, LinkRow
from burgrave.web.errors import BadInput, Refusal, StaleEdit
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import Link

FORM = ["GET", "HEAD", "POST"]
REFUSED = (PolicyError, BadInput, StaleEdit)


@require_safe
def document(request: BurgraveRequest, document_id: UUID) -> HttpResponse:
    """The record of a document."""
    detail = queries.document(document_id, actor=request.actor)
    return render(request, "policies/document.html", _record(request, detail))


def _record(request: BurgraveRequest, detail: DocumentDetail, refusal: Refusal | None = None) -> dict[str, Any]:
    row = detail.row
    reads_ledger = request.actor.may("ledger.read", row.unit_id)
    may_edit = request.actor.may(EDIT, row.unit_id)
    return {
        "document": detail,
        "shown": words.shown_row(row, today=timezone.localdate()),
        "versions": [
            {
                "row": each,
                "state": words.stage(
                    each.state, begins=each.effective_on, ended=each.ended_on, today=timezone.localdate()
                ),
            }
            for each in detail.versions
        ],
        "implements": _links(detail.links),
        "implemented_by": _links(detail.linked_by),
        "history": ledger.history(document_subject(row.document_id)) if reads_ledger else (),
        "made_by": imports.made_by(row.document_id, actor=request.actor),
        "may_read_ledger": reads_ledger,
        "may_edit": may_edit,
        "may_begin": may_edit and row.stage is None,
        "may_publish": request.actor.may(PUBLISH, row.unit_id),
        "may_review": may_edit and row.state is DocumentState.IN_FORCE,
        "may_retire": request.actor.may(PUBLISH, row.unit_id) and row.state is DocumentState.IN_FORCE,
        "today": timezone.localdate(),
        "refusal": refusal,
    }


def _links(rows: tuple[LinkRow, ...]) -> tuple[Link, ...]:
    return tuple(
        Link(
            href=reverse("policies:document", args=[each.other_id]) if each.other_id else "",
            label=f"{each.words} {each.title}".strip(),
            kind=words.LINKS[each.kind],
            state=words.STATES[each.state] if each.state else None,
            note="" if each.other_id else _("no document here has this number"),
        )
        for each in rows
    )


@require_http_methods(FORM)
def add(request: BurgraveRequest) -> HttpResponse:
    """A new document with its first draft."""
    request.actor.must_anywhere(EDIT)
    form = DocumentForm(request.POST or None, **_choices(request), is_new=True)
    shown: dict[str, Any] = {"form": form, "title": _("Add a document")}
    if request.method != "POST":
        return render(request, "policies/form.html", shown)
    if form.is_valid():
        try:
            made = commands.add_document(form.facts(), form.draft(), actor=request.actor, now=timezone.now())
        except REFUSED as refusal:
            return render(request, "policies/form.html", shown | {"refusal": refusal}, status=refusal.status)
        going = queries.document(made, actor=request.actor).versions[0]
        return HttpResponseRedirect(reverse("policies:edit_text", args=[going.version_id]))
    return render(request, "policies/form.html", shown, status=422)


@require_http_methods(FORM)
def edit(request: BurgraveRequest, document_id: UUID) -> HttpResponse:
    """Unit, owner and review of a document."""
    detail = queries.document(document_id, actor=request.actor)
    row = detail.row
    request.actor.must(EDIT, row.unit_id)
    initial = {
        "unit": str(row.unit_id),
        "owner": str(row.owner_id or ""),
        "review_every_days": row.review_every_days,
    }
    form = DocumentForm(request.POST or None, initial=initial, **_choices(request), is_new=False)
    shown: dict[str, Any] = {"form": form, "document": detail, "title": _("Edit"), "version": row.version}
    if request.method != "POST":
        return render(request, "policies/form.html", shown)
    version = number_of(request, "version")
    if form.is_valid():
        try:
            commands.edit_document(
                document_id, form.facts(kind=row.kind), version=version, actor=request.actor, now=timezone.now()
            )
        except REFUSED as refusal:
            return render(request, "policies/form.html", shown | {"refusal": refusal}, status=refusal.status)
        return HttpResponseRedirect(reverse("policies:document", args=[document_id]))
    return render(request, "policies/form.html", shown | {"version": version}, status=422)


@require_POST
def begin(request: BurgraveRequest, document_id: UUID) -> HttpResponse:
    """The next version, as a draft."""
    try:
        made = commands.begin_draft(document_id, actor=request.actor, now=timezone.now())
    except REFUSED as refusal:
        return _refused(request, document_id, refusal)
    return HttpResponseRedirect(reverse("policies:edit_text", args=[made]))


@require_POST
def review(request: BurgraveRequest, document_id: UUID) -> HttpResponse:
    """What holds is still right."""
    try:
        due = commands.review(
            document_id,
            note=request.POST.get("note", ""),
            version=number_of(request, "version"),
            actor=request.actor,
            now=timezone.now(),
        )
    except REFUSED as refusal:
        return _refused(request, document_id, refusal)
    messages.success(request, _("Confirmed; the next review is due on %(day)s.") % {"day": due.isoformat()})
    return HttpResponseRedirect(reverse("policies:document", args=[document_id]))


@require_POST
def retire(request: BurgraveRequest, document_id: UUID) -> HttpResponse:
    """Nothing of the document holds any more."""
    try:
        commands.retire(
            document_id,
            reason=request.POST.get("reason", ""),
            version=number_of(request, "version"),
            actor=request.actor,
            now=timezone.now(),
        )
    except REFUSED as refusal:
        return _refused(request, document_id, refusal)
    messages.success(request, _("The document is retired."))
    return HttpResponseRedirect(reverse("policies:document", args=[document_id]))


@require_safe
def on_day(request: BurgraveRequest, document_id: UUID) -> HttpResponse:
    """What held of the document on a day: its version, or a page that says that none did."""
    detail = queries.document(document_id, actor=request.actor)
    day = queries.day_of(request.GET.get("on", "")) or timezone.localdate()
    held = queries.version_on(document_id, on=day, actor=request.actor)
    if held:
        return HttpResponseRedirect(f"{reverse('policies:version', args=[held.version_id])}?on={day.isoformat()}")
    return render(request, "policies/nothing_held.html", {"document": detail, "day": day})


def _refused(request: BurgraveRequest, document_id: UUID, refusal: Refusal) -> HttpResponse:
    detail = queries.document(document_id, actor=request.actor)
    return render(request, "policies/document.html", _record(request, detail, refusal), status=refusal.status)


def _choices(request: BurgraveRequest) -> dict[str, Any]:
    return {
        "kinds": words.KINDS,
        "units": [(str(each.unit_id), each.name) for each in people.named_units(EDIT, actor=request.actor)],
        "people": [(str(key), name) for key, name in people.everybody().items()],
    }


def number_of(request: BurgraveRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not text.isdecimal() or len(text) > 9:  # noqa: PLR2004 - digits of a number that fits everywhere
        raise BadInput("the form does not say which state it was opened at", mend="Open the page again.")
    return int(text)
