"""Pages of evidence and bundles, and the files themselves."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from burgrave.assurance import commands, queries
from burgrave.assurance.errors import AssuranceError
from burgrave.assurance.terms import MANAGE, READ, EvidenceRow, bundle_subject, evidence_subject
from burgrave.custody import queries as custody
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.downloads import file_answer
from burgrave.web.errors import BadInput, NotFound, Refusal
from burgrave.web.pages import BurgraveRequest, facet, page_number, page_size, place_in_list
from burgrave.web.terms import State, Tab, Tone


@require_safe
def evidence(request: BurgraveRequest) -> HttpResponse:
    """The list of evidence in the reader's units."""
    request.actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.EVIDENCE, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    wanted, units = queries.narrowed_evidence(asked), people.named_units(READ, actor=request.actor)
    page = queries.evidence_list(
        text=wanted.text,
        units=wanted.units,
        **place_in_list(request, queries.EVIDENCE_ORDERS, default=queries.EVIDENCE_ORDER),
        actor=request.actor,
    )
    options = [(str(unit.unit_id), unit.name, None) for unit in units]
    shown = {
        "page": page,
        "tabs": _tabs(request),
        "facets": (facet(request, name="unit", label=_("Unit"), options=options),),
        **lists.shown(listing, asked, units=units, actor=request.actor),
    }
    return render(request, "assurance/evidence.html", shown)


@require_safe
def bundles(request: BurgraveRequest) -> HttpResponse:
    """The list of bundles in the reader's units."""
    request.actor.must_anywhere(READ)
    page = queries.bundle_list(actor=request.actor, number=page_number(request), size=page_size(request))
    return render(request, "assurance/bundles.html", {"page": page, "tabs": _tabs(request)})


@require_safe
def evidence_record(request: BurgraveRequest, evidence_id: UUID) -> HttpResponse:
    """One piece of evidence, with the record that names its digest."""
    return _record(request, queries.evidence(evidence_id, actor=request.actor))


@require_POST
def hold_evidence(request: BurgraveRequest, evidence_id: UUID) -> HttpResponse:
    """No retention removes it from now on."""
    return _decided(request, evidence_id, commands.hold_evidence)


@require_POST
def release_evidence(request: BurgraveRequest, evidence_id: UUID) -> HttpResponse:
    """Its retention counts again."""
    return _decided(request, evidence_id, commands.release_evidence)


def _decided(request: BurgraveRequest, evidence_id: UUID, decide: Callable[..., None]) -> HttpResponse:
    row = queries.evidence(evidence_id, actor=request.actor)
    try:
        decide(evidence_id, reason=request.POST.get("reason", ""), actor=request.actor, now=timezone.now())
    except (AssuranceError, BadInput) as refusal:
        return _record(request, row, refusal)
    return HttpResponseRedirect(reverse("assurance:evidence_record", args=[evidence_id]))


def _record(request: BurgraveRequest, row: EvidenceRow, refusal: Refusal | None = None) -> HttpResponse:
    shown = {
        "evidence": row,
        "state": _state(row),
        "may_hold": request.actor.may(MANAGE, row.unit_id),
        "history": ledger.history(evidence_subject(row.evidence_id)),
        "refusal": refusal,
    }
    return render(request, "assurance/evidence_record.html", shown, status=refusal.status if refusal else 200)


def _state(row: EvidenceRow) -> State:
    if row.removed_at is not None:
        return State(pgettext("state of evidence", "Removed"), Tone.IDLE)
    if row.held_at is not None:
        return State(pgettext("state of evidence", "Held"), Tone.GOING)
    return State(pgettext("state of evidence", "Kept"), Tone.GOOD)


@require_safe
def evidence_download(request: BurgraveRequest, evidence_id: UUID) -> HttpResponseBase:
    """The file as it was received, byte for byte."""
    row = queries.evidence(evidence_id, actor=request.actor)
    return file_answer(queries.evidence_content(row), size_bytes=row.size_bytes, name=row.name)


@require_safe
def bundle(request: BurgraveRequest, bundle_id: UUID) -> HttpResponse:
    """One bundle, and how an outsider verifies it."""
    row = queries.bundle(bundle_id, actor=request.actor)
    shown = {
        "bundle": row,
        "state": State(pgettext("state of a bundle", "Issued"), Tone.GOOD),
        "history": ledger.history(bundle_subject(row.bundle_id)),
    }
    return render(request, "assurance/bundle.html", shown)


@require_safe
def bundle_download(request: BurgraveRequest, bundle_id: UUID) -> HttpResponseBase:
    """The zip."""
    row = queries.bundle(bundle_id, actor=request.actor)
    content = queries.content(row.sha256, size_bytes=row.size_bytes)
    return file_answer(content, size_bytes=row.size_bytes, name=row.file_name)


@require_safe
def log_key(request: BurgraveRequest) -> HttpResponse:
    """The public key of the ledger: what an outsider compares."""
    request.actor.must_anywhere(READ)
    return render(request, "assurance/log_key.html", {"key": custody.log_key()})


@require_safe
def log_key_download(request: BurgraveRequest, form: str) -> HttpResponse:
    """The public key as a file, ``pem`` or ``vkey``."""
    request.actor.must_anywhere(READ)
    key = custody.log_key()
    files = {"pem": key.pem, "vkey": f"{key.verifier_key}\n"}
    if form not in files:
        raise NotFound(_("The public key is given as pem or vkey."))
    headers = {"Content-Disposition": f'attachment; filename="ledger.{form}"'}
    return HttpResponse(files[form], content_type="text/plain; charset=utf-8", headers=headers)


def _tabs(request: BurgraveRequest) -> tuple[Tab, ...]:
    name = request.resolver_match.url_name if request.resolver_match else ""
    return (
        Tab(href=reverse("assurance:evidence"), label=_("Evidence"), current=name == "evidence"),
        Tab(href=reverse("assurance:bundles"), label=_("Bundles"), current=name == "bundles"),
    )
