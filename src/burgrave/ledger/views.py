"""Pages of the ledger, and its tiles for foreign tools."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from burgrave.engines.merkle import leaf_hash
from burgrave.engines.note import parse_checkpoint
from burgrave.engines.tlog import TILE_WIDTH, TileError, parse_tile_path
from burgrave.ledger import forms, queries, rules
from burgrave.ledger.errors import NoSuchRecord
from burgrave.ledger.terms import RecordRow, in_words
from burgrave.web.errors import NotFound
from burgrave.web.pages import BurgraveRequest, facet
from burgrave.web.terms import Actor, Facet, State, Tone

READ = "ledger.read"
PAGE = 50
ENTRIES = "entries/"

KIND_WORDS = (gettext_noop("Openings erased"), gettext_noop("Drill run"))
FIELD_WORDS = (
    gettext_noop("About"),
    gettext_noop("Actor name"),
    gettext_noop("Record ids"),
    gettext_noop("Size"),
    gettext_noop("Attacks"),
    gettext_noop("Refused"),
    gettext_noop("Undetected"),
    gettext_noop("Reason"),
)


@require_safe
def records(request: BurgraveRequest) -> HttpResponse:
    """The list of records, newest first; a position in the search field opens that record, a time leads there."""
    request.actor.must_anywhere(READ)
    typed = request.GET.get("q", "")
    position, moment = forms.position_of(typed), forms.moment_of(typed)
    if position is not None:
        return HttpResponseRedirect(reverse("ledger:record", args=[position]))
    if moment is not None:
        reached = queries.position_at(moment)
        address = reverse("ledger:records")
        return HttpResponseRedirect(address if reached is None else f"{address}?before={reached + 1}")
    before = forms.position_of(request.GET.get("before", ""))
    filters = forms.filters_of(request.GET)
    page = queries.records(filters, before=before, size=PAGE)
    whole, standing = request.actor.may_everywhere(READ), queries.standing()
    shown = {
        "page": replace(page, rows=tuple(_as_seen_by(request.actor, row) for row in page.rows)),
        "facets": (_kinds(request),),
        "head": standing,
        "signed_at": _signed_at(standing.checkpoint),
        "checkpoints": settings.LEDGER_CHECKPOINTS,
        "pending": standing.pending,
        "stuck": [state for state in queries.handler_states() if state.error] if whole and standing.failing else (),
        "before": before,
        "filters": filters,
        "since": "" if filters.since is None else filters.since.date().isoformat(),
        "until": "" if filters.until is None else (filters.until - forms.A_DAY).date().isoformat(),
    }
    return render(request, "ledger/records.html", shown)


@require_safe
def record(request: BurgraveRequest, position: int) -> HttpResponse:
    """A record with what proves that it stands in the ledger."""
    request.actor.must_anywhere(READ)
    return _record_page(request, queries.record(position))


@require_safe
def record_by_id(request: BurgraveRequest, record_id: UUID) -> HttpResponse:
    """A record that may still await its place."""
    request.actor.must_anywhere(READ)
    row = queries.record_by_id(record_id)
    if row.position is not None:
        return HttpResponseRedirect(reverse("ledger:record", args=[row.position]))
    return _record_page(request, row)


@require_safe
def leaf(request: BurgraveRequest, position: int) -> HttpResponse:
    """The leaf, byte for byte as it is hashed."""
    request.actor.must_anywhere(READ)
    return _file(queries.record(position).leaf, media_type="application/json", name=f"record-{position}.json")


@require_safe
def proof(request: BurgraveRequest, position: int) -> HttpResponse:
    """The inclusion proof as c2sp.org/tlog-proof has it."""
    request.actor.must_anywhere(READ)
    text = queries.proof_text(position)
    return _file(text.encode(), media_type="text/plain; charset=utf-8", name=f"record-{position}.tlog-proof")


@require_safe
def checkpoint(request: BurgraveRequest) -> HttpResponse:
    """The newest signed checkpoint."""
    request.actor.must_anywhere(READ)
    note = queries.checkpoint()
    if note is None:
        raise NoSuchRecord(_("Nothing is signed yet: no record has its place."))
    return HttpResponse(note, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@require_safe
def tile(request: BurgraveRequest, tile: str) -> HttpResponse:
    """A tile of hashes, or with ``entries/`` the leaves under one."""
    request.actor.must_anywhere(READ)
    try:
        wanted = parse_tile_path(f"tile/{'0/' + tile.removeprefix(ENTRIES) if tile.startswith(ENTRIES) else tile}")
        content = (
            queries.entry_bundle(wanted.index, width=wanted.width) if tile.startswith(ENTRIES) else queries.tile(wanted)
        )
    except TileError as error:
        raise NotFound(str(error)) from error
    lasting = "max-age=31536000, immutable" if wanted.width == TILE_WIDTH else "max-age=3600"
    headers = {"Cache-Control": f"private, {lasting}"}
    return HttpResponse(content, content_type="application/octet-stream", headers=headers)


def _record_page(request: BurgraveRequest, row: RecordRow) -> HttpResponse:
    found = None if row.position is None else queries.proof_of(row.leaf, row.position)
    seen = _as_seen_by(request.actor, row)
    before, after = (None, None) if row.position is None else queries.neighbours(row.position)
    shown = {
        "before": before,
        "after": after,
        "verification": settings.LEDGER_VERIFICATION,
        "record": seen,
        "state": State(_("In the ledger"), Tone.GOOD) if found else State(_("Awaits its place"), Tone.GOING),
        "openings": () if seen.is_withheld else queries.openings_of(row),
        "leaf": row.leaf.decode(),
        "leaf_hash": leaf_hash(row.leaf).hex(),
        "proof": found,
        "root": found.root.hex() if found else "",
        "steps": queries.proof_steps(found) if found else (),
        "signed_at": _signed_at(found.checkpoint) if found else None,
    }
    return render(request, "ledger/record.html", shown)


def _as_seen_by(actor: Actor, row: RecordRow) -> RecordRow:
    return rules.as_seen_by(actor, row, permission=READ)


def _signed_at(note: str | None) -> datetime | None:
    """The time that a stored checkpoint states. Whether its signature holds is for `burgrave ledger verify`."""
    return None if note is None else queries.signed_at(parse_checkpoint(note.partition("\n\n")[0] + "\n"))


def _kinds(request: BurgraveRequest) -> Facet:
    options = [(kind, _(in_words(kind.partition(".")[2])), None) for kind in queries.kinds()]
    return facet(request, name="kind", label=_("What"), options=options)


def _file(content: bytes, *, media_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=media_type, headers=headers)
