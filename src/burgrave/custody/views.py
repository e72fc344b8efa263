"""What holds the ledger from outside, for whoever reads the ledger."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from burgrave.custody import queries
from burgrave.custody.terms import AnchorKind, AnchorState
from burgrave.ledger import queries as ledger
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import State, Tone

READ = "ledger.read"
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
