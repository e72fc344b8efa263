"""Event files: the drop zone, the list, and the record with its progress and its unreadable records."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from burgrave.incidents import commands, queries, words
from burgrave.incidents.queries.files import ORDERS
from burgrave.incidents.queries.listing import FILE_ORDER
from burgrave.incidents.rules.files import UNFINISHED
from burgrave.incidents.terms import (
    READ,
    SUBMIT,
    AlertFilter,
    EventFileId,
    EventFileState,
    FileOrigin,
    event_file_subject,
)
from burgrave.incidents.views.requests import uuid_of
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.pages import BurgraveRequest, facet, page_number, page_size, part, place_in_list, refresh, wants_part
from burgrave.web.terms import UnitId
from burgrave.web.uploads import received_files, receives_files


@require_safe
def event_files(request: BurgraveRequest) -> HttpResponse:
    """The drop zone, and below it every file that the reader may see."""
    actor = request.actor
    actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.FILES, asked, actor=actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    wanted = queries.narrowed_files(asked)
    page = queries.event_files(
        wanted,
        **place_in_list(request, ORDERS, default=FILE_ORDER),
        actor=actor,
    )
    counts = queries.event_file_facets(wanted, actor=actor)
    states = [(each.value, words.FILE_STATES[EventFileState(each.value)].word, each.count) for each in counts]
    shown = {
        "page": page,
        "rows": [(row, words.FILE_STATES[row.state]) for row in page.rows],
        "facets": (
            facet(request, name="state", label=_("State"), options=states),
            facet(request, name="only", label=_("Also"), options=[("streams", _("Segments of streams"), None)]),
        ),
        "units": people.named_units(SUBMIT, actor=actor),
        "max_bytes": settings.BURGRAVE_MAX_UPLOAD_BYTES,
        "chosen_source": request.GET.get("source", ""),
        "sources": queries.upload_sources(actor=actor),
        **lists.shown(listing, asked, units=people.named_units(READ, actor=actor), actor=actor),
    }
    return render(request, "incidents/event_files.html", shown)


@require_POST
@receives_files(permission=SUBMIT)
def upload(request: BurgraveRequest) -> HttpResponse:
    """The files that came in are received, and one page leads on from there."""
    # The body is read before the fields are: reading them first would spool the files to nowhere.
    files = received_files(request)
    unit_id, origin = _origin_of(request)
    receipts = [
        commands.receive_event_file(
            file.digest,
            name=file.name,
            media_type=file.media_type,
            unit_id=unit_id,
            origin=origin,
            actor=request.actor,
            now=timezone.now(),
        )
        for file in files
    ]
    known = sum(receipt.was_known for receipt in receipts)
    if known:
        messages.info(
            request,
            ngettext(
                "These bytes are here already; this is the file. Nothing was added.",
                "%(count)s of the files are here already; nothing was added for these.",
                known,
            )
            % {"count": known},
        )
    if len(receipts) == 1:
        return HttpResponseRedirect(reverse("incidents:event_file", args=[receipts[0].event_file_id]))
    return HttpResponseRedirect(reverse("incidents:event_files"))


def _origin_of(request: BurgraveRequest) -> tuple[UnitId, FileOrigin]:
    """The unit and origin of what is handed in: those of the chosen log source, else of the chosen unit."""
    named = uuid_of(request.POST.get("unit"))
    source = request.POST.get("source", "")
    unit_id, origin = queries.origin_of_upload(
        source, unit_id=UnitId(named) if named and not source else None, actor=request.actor
    )
    return (_unit_of(request) if unit_id is None else unit_id), origin


def _unit_of(request: BurgraveRequest) -> UnitId:
    """The unit that the form names, or the only one where the actor may submit. Raises BadInput or Forbidden."""
    named = uuid_of(request.POST.get("unit"))
    if named is not None:
        return UnitId(named)
    units = request.actor.units(SUBMIT)
    if not units:
        raise Forbidden(_("You may not hand in event files."))
    if len(units) > 1:
        raise BadInput(
            _("An event file belongs to a unit; none was chosen."), mend=_("Choose the unit, then send again.")
        )
    return next(iter(units))


@require_safe
def event_file(request: BurgraveRequest, event_file_id: UUID) -> HttpResponse:
    """The record of a file: what became of it, what it held, and what could not be read."""
    actor, now = request.actor, timezone.now()
    row = queries.event_file(event_file_id, actor=actor)
    is_raising = row.state is EventFileState.RAISING
    job = queries.reading_of(event_file_id, now=now, raising_at=row.raising_at if is_raising else None)
    if job is not None and is_raising:
        job = replace(job, note="")  # the figures say it, in the reader's language
    if wants_part(request) and request.GET.get("part") == "progress":
        if job is None or not job.state.is_open or request.GET.get("state", row.state) != row.state:
            return refresh()
        return part(request, "incidents/event_file.html#progress", {"file": row, "job": job})
    alerts = queries.alerts(AlertFilter(event_file_id=event_file_id), size=25, actor=actor)
    bad = queries.unreadable_records(event_file_id, number=page_number(request), size=page_size(request), actor=actor)
    under_way = row.state in UNFINISHED
    shown = {
        "file": row,
        "state": words.FILE_STATES[row.state],
        "ended_at": row.finished_at or row.raising_at,
        "job": job if under_way or (job is not None and job.state == "failed") else None,
        "alerts": [(alert, words.alert_state(alert)) for alert in alerts.rows],
        "alerts_total": alerts.total,
        "bad": bad,
        "may_map": row.asks_mapping and actor.may("intake.manage", UnitId(row.unit_id)),
        "may_submit": actor.may(SUBMIT, UnitId(row.unit_id)),
        "may_read_again": row.raw_removed_at is None
        and (
            row.state in {EventFileState.REFUSED, EventFileState.CANCELLED}
            or (under_way and (job is None or job.state == "failed"))
        ),
        "history": ledger.history(event_file_subject(event_file_id)),
    }
    return render(request, "incidents/event_file.html", shown)


@require_POST
def cancel(request: BurgraveRequest, event_file_id: UUID) -> HttpResponse:
    """The reading stops."""
    commands.cancel_reading(EventFileId(event_file_id), actor=request.actor, now=timezone.now())
    messages.success(request, _("The reading was cancelled. The file is kept, and can be read again."))
    return HttpResponseRedirect(reverse("incidents:event_file", args=[event_file_id]))


@require_POST
def again(request: BurgraveRequest, event_file_id: UUID) -> HttpResponse:
    """The file goes back to the worker."""
    commands.read_again(EventFileId(event_file_id), actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("incidents:event_file", args=[event_file_id]))
