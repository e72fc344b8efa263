"""What holds the ledger from outside, for whoever reads the ledger."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from burgrave.custody import forms, queries
from burgrave.custody.terms import AnchorKind, AnchorState
from burgrave.ledger import queries as ledger
from burgrave.ledger.errors import LedgerError, LedgerFault
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import State, Tone

READ = "ledger.read"
PAGE = 20
"""So few, since each signature is verified for the page."""
SOUND = State(_("Sound"), Tone.GOOD)
KIND_WORDS = (
    gettext_noop("Witness disagreed"),
    gettext_noop("Anchor went away"),
    gettext_noop("Anchor returned"),
    gettext_noop("Checkpoint timestamped"),
)
FIELD_WORDS = (
    gettext_noop("Anchor kind"),
    gettext_noop("Name"),
    gettext_noop("Size"),
    gettext_noop("Reason"),
    gettext_noop("Away seconds"),
    gettext_noop("Token sha256"),
)
"""The ledger shows kinds and fields in these words."""
STATES = {
    AnchorState.HOLDS: State(_("Holds everything"), Tone.GOOD),
    AnchorState.BEHIND: State(_("Holds most"), Tone.GOING),
    AnchorState.UNASKED: State(_("Not asked yet"), Tone.IDLE),
    AnchorState.AWAY: State(_("Away"), Tone.WARN),
    AnchorState.DISAGREES: State(_("Disagrees"), Tone.ACT),
}
KINDS = {
    AnchorKind.WITNESS: _("Witness"),
    AnchorKind.TIMESTAMP: _("Time stamps"),
    AnchorKind.COPY: _("Copies"),
}


@require_safe
def anchors(request: BurgraveRequest) -> HttpResponse:
    """Each anchor with how far it holds the ledger, and the tokens."""
    request.actor.must_anywhere(READ)
    rows = queries.anchors(settings.BURGRAVE_ANCHORS, now=timezone.now())
    shown = {
        "rows": [{"row": row, "state": STATES[row.state], "kind": KINDS[row.kind]} for row in rows],
        "alarms": [row for row in rows if row.state is AnchorState.DISAGREES],
        "stamps": queries.timestamps(),
        "head": ledger.head(),
        "recorded": f"{reverse('ledger:records')}?kind=custody.witness_disagreed",
    }
    return render(request, "custody/anchors.html", shown)


@require_safe
def checkpoints(request: BurgraveRequest) -> HttpResponse:
    """The signed checkpoints, the largest first, and the form that compares two of them."""
    request.actor.must_anywhere(READ)
    before = forms.size_of(request.GET.get("before", ""))
    rows, older = queries.checkpoints(before=before, size=PAGE)
    shown = {"rows": rows, "older": older, "before": before, "head": ledger.head(), "key": queries.log_key()}
    return render(request, "custody/checkpoints.html", shown)


@require_safe
def growth(request: BurgraveRequest) -> HttpResponse:
    """Whether one checkpoint continues another, with the path that shows it."""
    request.actor.must_anywhere(READ)
    if not request.GET:
        return HttpResponseRedirect(reverse("custody:checkpoints"))
    sizes = forms.sizes_of(request.GET)
    try:
        found = queries.verified_growth(*sizes)
    except LedgerError as refusal:
        shown = {"sizes": sizes, "refusal": refusal, "fault": _fault_name(refusal)}
        return render(request, "custody/growth.html", shown, status=refusal.status)
    return render(request, "custody/growth.html", {"sizes": sizes, "growth": found, "sound": SOUND})


@require_safe
def verification(request: BurgraveRequest, position: int) -> HttpResponse:
    """One record looked at anew: leaf, columns, openings, path, and the signature of the newest checkpoint."""
    request.actor.must_anywhere(READ)
    try:
        found = queries.verified_record(position)
    except LedgerFault as fault:
        shown = {"position": position, "refusal": fault, "fault": _fault_name(fault)}
        return render(request, "custody/verification.html", shown, status=fault.status)
    rows = queries.anchors(settings.BURGRAVE_ANCHORS, now=timezone.now())
    shown = {
        "position": position,
        "verified": found,
        "sound": SOUND,
        "key": queries.log_key(),
        "holders": [row for row in rows if row.size > position and row.state is not AnchorState.DISAGREES],
    }
    return render(request, "custody/verification.html", shown)


def _fault_name(refusal: LedgerError) -> str:
    return type(refusal).__name__ if isinstance(refusal, LedgerFault) else ""


@require_safe
def token(request: BurgraveRequest, timestamp_id: int, part: str) -> HttpResponse:
    """The token as the authority sent it, or the checkpoint that it is over: what openssl ts -verify takes."""
    request.actor.must_anywhere(READ)
    row = queries.timestamp(timestamp_id)
    content, media, suffix = (
        (row.token, "application/timestamp-reply", "tsr")
        if part == "token"
        else (row.note.encode(), "text/plain; charset=utf-8", "checkpoint")
    )
    headers = {"Content-Disposition": f'attachment; filename="checkpoint-{row.size}.{suffix}"'}
    return HttpResponse(content, content_type=media, headers=headers)
