"""Statements of Applicability: how one would read now, its versions, and the way to a new one."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from burgrave.assurance import queries as assurance
from burgrave.assurance.terms import EvidenceRow
from burgrave.isms import commands, queries, reports, words
from burgrave.isms.errors import IsmsError
from burgrave.isms.terms import APPROVE, EDIT, READ
from burgrave.isms.terms.applicability import ApplicabilityState, Applies, Change, Choice, SoaRow, SoaVersion, SoaView
from burgrave.isms.terms.records import soa_subject
from burgrave.isms.views.requests import uuid_in
from burgrave.ledger import queries as ledger
from burgrave.web.errors import BadInput, Refusal
from burgrave.web.pages import BurgraveRequest
from burgrave.web.reports import answer, asked_format

RECORDS_SHOWN = 20


@require_safe
def frameworks(request: BurgraveRequest) -> HttpResponse:
    """The frameworks, each with its newest statement."""
    request.actor.must_anywhere(READ)
    rows = [
        (framework, version, words.SOA_STATES[version.state] if version else None)
        for framework, version in queries.soa_frameworks(actor=request.actor)
    ]
    return render(request, "isms/soa_frameworks.html", {"rows": rows})


@require_safe
def framework(request: BurgraveRequest, framework_id: UUID) -> HttpResponse:
    """How the statement of the framework would read now."""
    return _live(request, framework_id)


def _live(request: BurgraveRequest, framework_id: UUID, refusal: Refusal | None = None) -> HttpResponse:
    actor = request.actor
    live = queries.soa_live(framework_id, actor=actor, today=timezone.localdate())
    reads_ledger = actor.may("ledger.read", live.unit_id)
    shown = {
        "live": live,
        "rows": [_row(each) for each in live.rows],
        "counts": _counts(live.rows),
        "versions": [(each, words.SOA_STATES[each.state]) for each in live.versions],
        "changes": [_change(each) for each in live.changes],
        "may_edit": actor.may(EDIT, live.unit_id),
        "may_read_ledger": reads_ledger,
        "may_open": actor.may_anywhere("assurance.read"),
        "history": ledger.history(soa_subject(framework_id), limit=RECORDS_SHOWN) if reads_ledger else (),
        "refusal": refusal,
        "at": timezone.now(),
    }
    return render(request, "isms/soa_live.html", shown, status=refusal.status if refusal else 200)


@require_POST
def decide(request: BurgraveRequest, framework_id: UUID) -> HttpResponse:
    """The chosen requirements apply or do not, for the reason that is given."""
    chosen = [found for each in request.POST.getlist("selected") if (found := uuid_in(each))]
    applies = request.POST.get("applies", "")
    try:
        if applies not in set(Applies):
            raise BadInput("a requirement applies or it does not")
        count = commands.decide_applicability(
            framework_id,
            chosen,
            Choice(applies=Applies(applies), reason=request.POST.get("reason", "")),
            actor=request.actor,
            now=timezone.now(),
        )
    except (BadInput, IsmsError) as refusal:
        return _live(request, framework_id, refusal)
    text = ngettext("%(count)s requirement was decided.", "%(count)s requirements were decided.", count)
    messages.success(request, text % {"count": count})
    return HttpResponseRedirect(reverse("isms:soa_framework", args=[framework_id]))


@require_POST
def generate(request: BurgraveRequest, framework_id: UUID) -> HttpResponse:
    """A new version."""
    try:
        made = commands.generate_soa(framework_id, actor=request.actor, now=timezone.now())
    except IsmsError as refusal:
        return _live(request, framework_id, refusal)
    messages.success(request, _("The version is generated. Somebody else approves it."))
    return HttpResponseRedirect(reverse("isms:soa", args=[made]))


@require_safe
def soa(request: BurgraveRequest, soa_id: UUID) -> HttpResponse:
    """A version as it was generated."""
    return _record(request, queries.soa(soa_id, actor=request.actor))


def _record(request: BurgraveRequest, view: SoaView, refusal: Refusal | None = None) -> HttpResponse:
    actor, version = request.actor, view.version
    is_open = version.state is ApplicabilityState.MADE
    shown = {
        "view": view,
        "version": version,
        "state": words.SOA_STATES[version.state],
        "rows": [_row(each) for each in view.rows],
        "counts": _counts(view.rows),
        "changes": [_change(each) for each in view.changes],
        "may_approve": is_open and actor.may(APPROVE, version.unit_id),
        "is_apart": all(actor.may_apart_from(each, APPROVE, version.unit_id) for each in view.writers),
        "may_open": actor.may_anywhere("assurance.read"),
        "kept": _kept(version) if version.signature and actor.may("assurance.read", version.unit_id) else (),
        "refusal": refusal,
    }
    return render(request, "isms/soa.html", shown, status=refusal.status if refusal else 200)


def _kept(version: SoaVersion) -> tuple[EvidenceRow, ...]:
    """The signed files of this version; the reader may see evidence of its unit."""
    begins = f"SoA-{version.framework}-{version.version}."
    return tuple(row for row in assurance.evidence_of(soa_subject(version.framework_id)) if row.name.startswith(begins))


@require_POST
def approve(request: BurgraveRequest, soa_id: UUID) -> HttpResponse:
    """The version holds."""
    view = queries.soa(soa_id, actor=request.actor)
    try:
        commands.approve_soa(soa_id, digest=request.POST.get("digest", ""), actor=request.actor, now=timezone.now())
    except IsmsError as refusal:
        return _record(request, view, refusal)
    messages.success(request, _("The Statement of Applicability is approved."))
    return HttpResponseRedirect(reverse("isms:soa", args=[soa_id]))


@require_POST
def report(request: BurgraveRequest, soa_id: UUID) -> HttpResponse:
    """The version as a file."""
    format_ = asked_format(request)
    return answer(reports.statement_of_applicability(format_, soa_id, actor=request.actor, now=timezone.now()))


def _row(row: SoaRow) -> dict[str, Any]:
    return {
        "row": row,
        "title": words.soa_title(row),
        "applies": words.APPLIES[row.applies],
        "standing": words.standing_state(row.standing),
    }


def _counts(rows: tuple[SoaRow, ...]) -> list[tuple[Any, int]]:
    counts = Counter(each.applies for each in rows)
    return [(words.APPLIES[each].word, counts[each]) for each in Applies]


def _change(change: Change) -> dict[str, Any]:
    return {
        "change": change,
        "kind": words.CHANGES[change.kind],
        "before": words.change_value(change.kind, change.before),
        "after": words.change_value(change.kind, change.after),
    }
