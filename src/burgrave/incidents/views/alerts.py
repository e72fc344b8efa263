"""The triage workbench: the queue, one alert, and what is decided about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from burgrave.assets import queries as assets
from burgrave.events.terms import HUNT
from burgrave.incidents import commands, queries, words
from burgrave.incidents.forms import DismissForm
from burgrave.incidents.queries.alerts import FACET_ROWS, ORDERS
from burgrave.incidents.queries.listing import ALERT_ORDER
from burgrave.incidents.rules.triage import ALLOWED, Act
from burgrave.incidents.terms import (
    GROUP_WINDOW,
    READ,
    RESPOND,
    TRIAGE,
    AlertDetail,
    AlertRef,
    AlertRow,
    AlertState,
    CaseId,
    Dismissal,
    FacetCount,
    Level,
    alert_subject,
)
from burgrave.incidents.views.counted import EVENTS_SHOWN, shown_counted
from burgrave.incidents.views.named import named_assets, need_word
from burgrave.incidents.views.requests import (
    alert_refs,
    back_to,
    uuid_of,
    with_query,
)
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.lists.terms import Listing
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, Refusal
from burgrave.web.pages import BurgraveRequest, facet, place_in_list
from burgrave.web.terms import Actor, Facet, Page, PersonId, UnitId


@require_safe
def alerts(request: BurgraveRequest) -> HttpResponse:
    """The queue; nothing is opened yet."""
    request.actor.must_anywhere(READ)
    listing = lists.listing(commands.ALERTS, dict(request.GET.lists()), actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    return render(request, "incidents/alerts.html", _queue(request, listing))


@require_safe
def alert(request: BurgraveRequest, alert_id: UUID) -> HttpResponse:
    """One alert opened: why it stands there, what matched, and what may be done.

    The queue beside it and the choices of who may have it come when they are asked for, by ``with`` in the address.
    """
    detail = queries.alert_detail(alert_id, actor=request.actor)
    asked = request.GET.getlist("with")
    shown = _opened(request, detail) | (_given(request, detail) if "give" in asked else {})
    return render(request, "incidents/alerts.html", shown | (_queue(request) if "queue" in asked else {}))


@require_POST
def triage(request: BurgraveRequest) -> HttpResponse:
    """One decision about one or many alerts, all or none."""
    refs = alert_refs(request.POST.getlist("selected"))
    act = request.POST.get("act", "")
    try:
        done = _decide(request, act, refs)
    except Refusal as refusal:
        if len(refs) != 1:
            raise
        return _refused(request, refs[0], refusal)
    if isinstance(done, HttpResponse):
        return done
    messages.success(request, done)
    return back_to(request, reverse("incidents:alerts"))


def _decide(request: BurgraveRequest, act: str, refs: tuple[AlertRef, ...]) -> str | HttpResponse:
    """Do it, and say what was done; opening a case leads to its guide. Raises BadInput for an unknown act."""
    if act == "open":
        alert_ids = [ref.alert_id for ref in refs]
        draft_id = commands.begin_draft(alert_ids=alert_ids, unit_id=None, actor=request.actor, now=timezone.now())
        return HttpResponseRedirect(reverse("incidents:draft_facts", args=[draft_id]))
    if act not in ACTS:
        raise BadInput(_("There is no such act on alerts."))
    ACTS[act](request, refs)
    return DONE[act](len(refs)) % {"count": len(refs)}


def _acknowledge(request: BurgraveRequest, refs: tuple[AlertRef, ...]) -> None:
    commands.acknowledge(refs, actor=request.actor, now=timezone.now())


def _dismiss(request: BurgraveRequest, refs: tuple[AlertRef, ...]) -> None:
    code, note = request.POST.get("dismissal", ""), request.POST.get("note", "")
    if code not in set(Dismissal):
        raise BadInput(_("A dismissal names its reason."), mend=_("Choose why the alert needs no further work."))
    commands.dismiss(refs, dismissal=Dismissal(code), note=note, actor=request.actor, now=timezone.now())


def _confirm(request: BurgraveRequest, refs: tuple[AlertRef, ...]) -> None:
    commands.confirm(refs, actor=request.actor, now=timezone.now())


def _assign(request: BurgraveRequest, refs: tuple[AlertRef, ...]) -> None:
    person = uuid_of(request.POST.get("person"))
    person_id = None if person is None else PersonId(person)
    commands.assign(refs, person_id=person_id, actor=request.actor, now=timezone.now())


def _reopen(request: BurgraveRequest, refs: tuple[AlertRef, ...]) -> None:
    commands.reopen(refs, reason=request.POST.get("reason", ""), actor=request.actor, now=timezone.now())


def _link(request: BurgraveRequest, refs: tuple[AlertRef, ...]) -> None:
    case_id = uuid_of(request.POST.get("case"))
    if case_id is None:
        raise BadInput(_("No incident was chosen."))
    commands.link_alerts(CaseId(case_id), alerts=refs, actor=request.actor, now=timezone.now())


ACTS: Mapping[str, Callable[[BurgraveRequest, tuple[AlertRef, ...]], None]] = {
    "acknowledge": _acknowledge,
    "dismiss": _dismiss,
    "confirm": _confirm,
    "assign": _assign,
    "reopen": _reopen,
    "link": _link,
}

DONE: Mapping[str, Callable[[int], str]] = {
    "acknowledge": lambda n: ngettext("The alert is yours.", "%(count)s alerts are yours.", n),
    "dismiss": lambda n: ngettext("The alert was dismissed.", "%(count)s alerts were dismissed.", n),
    "confirm": lambda n: ngettext("The alert was confirmed.", "%(count)s alerts were confirmed.", n),
    "assign": lambda n: ngettext("The alert was assigned.", "%(count)s alerts were assigned.", n),
    "reopen": lambda n: ngettext("The alert was reopened.", "%(count)s alerts were reopened.", n),
    "link": lambda n: ngettext("The alert was added.", "%(count)s alerts were added.", n),
}


def _refused(request: BurgraveRequest, ref: AlertRef, refusal: Refusal) -> HttpResponse:
    """The opened alert as it is now, with the refusal, and with what was typed still in its form."""
    detail = queries.alert_detail(ref.alert_id, actor=request.actor)
    typed = {name: request.POST.get(name, "") for name in ("dismissal", "note", "reason", "person")}
    opened = _opened(request, detail, typed=typed) | _given(request, detail)
    shown = {**_queue(request), **opened, "refusal": refusal}
    return render(request, "incidents/alerts.html", shown, status=refusal.status)


def _queue(request: BurgraveRequest, listing: Listing | None = None) -> dict[str, object]:
    actor = request.actor
    actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = listing or lists.listing(commands.ALERTS, asked, actor=actor)
    wanted = queries.narrowed_alerts(asked)
    matching = queries.sought(wanted.text, actor=actor)
    total, counts = queries.alert_facets(wanted, matching=matching, actor=actor)
    page = queries.alerts(
        wanted,
        matching=matching,
        **place_in_list(request, ORDERS, default=ALERT_ORDER),
        total=total,
        actor=actor,
    )
    return {
        "page": page,
        "rows": _rows(request, page),
        "facets": _facets(request, counts),
        "dismissals": words.DISMISSALS.items(),
        "may_triage": actor.may_anywhere(TRIAGE),
        "may_respond": actor.may_anywhere(RESPOND),
        **_where(request),
        **lists.shown(listing, asked, units=people.named_units(READ, actor=actor), actor=actor),
    }


def _where(request: BurgraveRequest) -> dict[str, object]:
    queue_href = with_query(reverse("incidents:alerts"), request)
    return {"queue_href": queue_href, "here": queue_href if request.method == "POST" else request.get_full_path()}


def _rows(request: BurgraveRequest, page: Page[AlertRow]) -> list[tuple[AlertRow, object, str]]:
    return [
        (row, words.alert_state(row), with_query(reverse("incidents:alert", args=[row.alert_id]), request))
        for row in page.rows
    ]


def _facets(request: BurgraveRequest, counts: Mapping[str, tuple[FacetCount, ...]]) -> tuple[Facet, ...]:
    states = [(each.value, words.ALERT_STATES[AlertState(each.value)].word, each.count) for each in counts["state"]]
    priorities = [(each.value, words.LEVELS[Level(each.value)], each.count) for each in counts["priority"]]
    levels = [(each.value, words.LEVELS[Level(each.value)], each.count) for each in counts["level"]]
    return (
        facet(request, name="state", label=_("State"), options=states, most=FACET_ROWS),
        facet(request, name="priority", label=_("Priority"), options=priorities, most=FACET_ROWS),
        facet(request, name="level", label=_("Level"), options=levels, most=FACET_ROWS),
        facet(
            request,
            name="computer",
            label=_("Computer"),
            options=[(each.value, each.label, each.count) for each in counts["computer"]],
        ),
        facet(
            request,
            name="rule",
            label=_("Rule"),
            options=[(each.value, each.label, each.count) for each in counts["rule"]],
        ),
        facet(
            request,
            name="file",
            label=_("File"),
            options=[(each.value, each.label, each.count) for each in counts["file"]],
        ),
        facet(
            request,
            name="assigned",
            label=_("Assigned to"),
            options=[("me", _("Me"), None), ("nobody", _("Nobody"), None)],
        ),
    )


def _opened(request: BurgraveRequest, detail: AlertDetail, *, typed: dict[str, str] | None = None) -> dict[str, object]:
    actor, row, scheme = request.actor, detail.alert, assets.scheme()
    may_triage = actor.may(TRIAGE, UnitId(row.unit_id))
    may_respond = actor.may(RESPOND, UnitId(row.unit_id))
    typed = typed or {}
    originals = [match.original for match in detail.matches]
    most = None if len(originals) == 1 else EVENTS_SHOWN
    counted = [None if each.counted is None else shown_counted(each.counted, most=most) for each in detail.matches]
    return {
        **_where(request),
        "detail": detail,
        "alert": row,
        "alert_state": words.alert_state(row),
        "window_minutes": int(GROUP_WINDOW.total_seconds() // 60),
        "dismissal": words.DISMISSALS[row.dismissal] if row.dismissal else "",
        "matches": list(zip(detail.matches, map(_json_of, originals), counted, strict=True)),
        "lead": counted[0] if len(counted) == 1 else None,
        "may_hunt": actor.may(HUNT, UnitId(row.unit_id)),
        "similar": [
            (other, words.alert_state(other), words.DISMISSALS[other.dismissal] if other.dismissal else "")
            for other in detail.similar
        ],
        "acts": _acts(row) if may_triage else frozenset(),
        "may_open": may_respond and row.case_id is None and row.state in ALLOWED[Act.ESCALATE],
        "dismiss_form": DismissForm(
            initial={"dismissal": typed.get("dismissal", ""), "note": typed.get("note", "")},
            reasons=words.DISMISSALS.items(),
        ),
        "typed_reason": typed.get("reason", ""),
        "ref": f"{row.alert_id}:{row.version}",
        "assets": named_assets(actor, [row.computer], scheme=scheme),
        "need_word": need_word(row.need, scheme=scheme),
        "is_decided": row.state is AlertState.DISMISSED,
        "history": ledger.history(alert_subject(row.alert_id)) if _may_read_ledger(actor) else (),
        "may_read_ledger": _may_read_ledger(actor),
    }


def _given(request: BurgraveRequest, detail: AlertDetail) -> dict[str, object]:
    """Whom the alert can be given to, and which incidents it can be added to."""
    actor, unit_id = request.actor, detail.alert.unit_id
    may_triage, may_respond = actor.may(TRIAGE, UnitId(unit_id)), actor.may(RESPOND, UnitId(unit_id))
    return {
        "gives": True,
        "people": people.holders(TRIAGE, unit_id, now=timezone.now()) if may_triage else (),
        "open_cases": queries.open_cases(unit_id=unit_id, actor=actor) if may_respond else (),
    }


def _may_read_ledger(actor: Actor) -> bool:
    return actor.may_anywhere("ledger.read")


def _acts(row: AlertRow) -> frozenset[str]:
    """The names of the acts that the alert's state allows."""
    return frozenset(
        act.value
        for act, states in ALLOWED.items()
        if row.state in states and not (act is Act.CONFIRM and row.is_confirmed)
    )


def _json_of(original: str) -> object:
    """The original as JSON for reading; as it stands when it is none."""
    try:
        return json.loads(original)
    except ValueError:
        return original
