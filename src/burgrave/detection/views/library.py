"""The library of rules: its list, one rule with its review, imports, and rules on disk that are switched off."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.detection import commands, queries, words
from burgrave.detection.queries.listing import ORDER, uuid_of
from burgrave.detection.rules.redline import redline
from burgrave.detection.terms import (
    NEEDS_REASON,
    READ,
    RULES,
    Act,
    LibraryDetail,
    RuleState,
    VersionRow,
    batch_subject,
    library_rule_subject,
)
from burgrave.detection.terms.attack import TagState
from burgrave.detection.views.shared import version_in
from burgrave.detection.views.trials import asked_for
from burgrave.incidents import queries as incidents
from burgrave.incidents.terms import Level
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, Refusal
from burgrave.web.pages import BurgraveRequest, facet, page_number, page_size, sort_of
from burgrave.web.shell import tabs
from burgrave.web.terms import Facet

FORM = ["GET", "HEAD", "POST"]
ACTS = {
    "approve": (Act.APPROVE,),
    "approve_and_enable": (Act.APPROVE, Act.ENABLE),
    "decline": (Act.DECLINE,),
    "enable": (Act.ENABLE,),
    "disable": (Act.DISABLE,),
    "retire": (Act.RETIRE,),
}


@require_safe
def rules(request: BurgraveRequest) -> HttpResponse:
    """The rules of the library, with where each stands."""
    actor = request.actor
    actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.LIBRARY, asked, actor=actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    page = queries.library_rules(
        queries.narrowed(asked),
        order=sort_of(request, dict(queries.ORDERS), default=ORDER),
        number=page_number(request),
        size=page_size(request),
        actor=actor,
    )
    figures = queries.figures(actor=actor)
    batch_id = uuid_of(request.GET.get("batch", ""))
    trial_id = uuid_of(request.GET.get("trial", ""))
    shown = {
        "page": page,
        "rows": [(row, words.RULE_STATES[row.state]) for row in page.rows],
        "figures": figures,
        "enabled": figures.states[RuleState.ENABLED],
        "total": sum(figures.states.values()),
        "batch": queries.batch(batch_id, actor=actor) if batch_id else None,
        "facets": _facets(request, figures.states, waiting=figures.waiting),
        "trial": queries.trial(trial_id, actor=actor) if trial_id else None,
        "may_import": actor.may_everywhere(RULES),
        "tabs": tabs("detection:library"),
        **lists.shown(listing, asked, units=people.named_units(READ, actor=actor), actor=actor),
    }
    return render(request, "detection/library.html", shown)


def _facets(request: BurgraveRequest, states: object, *, waiting: int) -> tuple[Facet, ...]:
    counts = queries.facets(actor=request.actor)
    levels = dict(counts["level"])
    known = dict(states)  # type: ignore[call-overload]  # a mapping
    return (
        facet(
            request,
            name="state",
            label=_("State"),
            options=[(str(each), words.RULE_STATES[each].word, known[each]) for each in RuleState],
        ),
        facet(request, name="waits", label=_("Review"), options=[("yes", _("Waits for a decision"), waiting)]),
        facet(
            request,
            name="level",
            label=_("Level"),
            options=[(str(each), words.LEVELS[each], levels.get(str(each), 0)) for each in reversed(Level)],
        ),
        facet(
            request,
            name="product",
            label=_("Product"),
            options=[(name, name, count) for name, count in counts["product"] if name],
        ),
    )


@require_safe
def rule(request: BurgraveRequest, library_rule_id: UUID) -> HttpResponse:
    """One rule: what waits for a decision, how it differs from what holds, its texts, and its history."""
    return render(request, "detection/rule.html", _record(request, library_rule_id))


@require_POST
def decide(request: BurgraveRequest, library_rule_id: UUID) -> HttpResponse:
    """One act on the rule as the form showed it."""
    queries.library_rule(library_rule_id, actor=request.actor)
    acts = ACTS.get(request.POST.get("act", ""))
    if acts is None:
        raise BadInput(_("This is no act on a rule."))
    reason = request.POST.get("reason", "")
    try:
        commands.decide_one(
            library_rule_id,
            *acts,
            version=version_in(request),
            reason=reason,
            actor=request.actor,
            now=timezone.now(),
        )
    except Refusal as refusal:
        shown = _record(request, library_rule_id) | {"refusal": refusal, "reason": reason}
        return render(request, "detection/rule.html", shown, status=refusal.status)
    return HttpResponseRedirect(reverse("detection:rule", args=[library_rule_id]))


def _record(request: BurgraveRequest, library_rule_id: UUID) -> dict[str, object]:
    actor = request.actor
    detail = queries.library_rule(library_rule_id, version_id=uuid_of(request.GET.get("version", "")), actor=actor)
    acts = queries.acts_on(detail) if actor.may_everywhere(RULES) else frozenset()
    own = detail.proposer_id is not None and detail.proposer_id == actor.person_id
    against, before = _against(request, detail)
    using = queries.used_by(detail.row.rule_id, actor=actor)
    return {
        "detail": detail,
        "rule": detail.row,
        "attack": [
            (tag, words.TAG_STATES[tag.state] if tag.state is not TagState.CURRENT else None)
            for tag in queries.tags(detail.row.techniques)
        ],
        "state": words.RULE_STATES[detail.row.state],
        "shown_state": words.VERSION_STATES[detail.shown.state],
        "versions": [(each, words.VERSION_STATES[each.state]) for each in detail.versions],
        "lines": () if against is None else redline(before, detail.source),
        "against": against,
        "others": [each for each in detail.versions if each.number != detail.shown.number],
        "acts": {str(act): True for act in acts},
        "reasoned": [(str(act), words.ACTS[act]) for act in Act if act in acts & NEEDS_REASON],
        "is_own": own,
        "may_read_ledger": actor.may_anywhere("ledger.read"),
        "history": ledger.history(library_rule_subject(library_rule_id)),
        "live_rule_id": incidents.live_version_of(detail.row.rule_id, actor=actor),
        "tabs": tabs("detection:library"),
        "refusal": None,
        "correlation": (correlation := queries.correlation_of(detail.shown.version_id, actor=actor)),
        "correlation_words": None if correlation is None else words.correlation_words(correlation),
        "references": [
            (each, words.reference_state(each)) for each in (() if correlation is None else correlation.references)
        ],
        "used_by": [(each, None if each.state is None else words.RULE_STATES[each.state]) for each in using],
        "is_silenced": any(each.is_held and not each.generates for each in using),
        "tried": (tried := queries.newest_tried(detail.shown.version_id, actor=actor)),
        "tried_noise": None if tried is None else words.NOISES[tried.noise],
        **asked_for(actor),
    }


def _against(request: BurgraveRequest, detail: LibraryDetail) -> tuple[VersionRow | None, str]:
    """The text that the shown one is compared with: the named one, what holds, or the one before it."""
    named = request.GET.get("from", "")
    others = {str(each.number): each for each in detail.versions if each.number != detail.shown.number}
    before = max((each.number for each in others.values() if each.number < detail.shown.number), default=0)
    live = "" if detail.live is None else str(detail.live.number)
    chosen = others.get(named) or others.get(live) or others.get(str(before))
    if chosen is None:
        return None, ""
    texts = queries.texts_of(detail.row.library_rule_id, actor=request.actor)
    return chosen, texts[chosen.number]


@require_safe
def batches(request: BurgraveRequest) -> HttpResponse:
    """The imports of rules, newest first."""
    page = queries.batches(
        order=sort_of(request, dict(queries.BATCH_ORDERS), default="-time"),
        number=page_number(request),
        size=page_size(request),
        actor=request.actor,
    )
    shown = {
        "page": page,
        "may_import": request.actor.may_everywhere(RULES),
        "tabs": tabs("detection:batches"),
    }
    return render(request, "detection/batches.html", shown)


@require_safe
def batch(request: BurgraveRequest, batch_id: UUID) -> HttpResponse:
    """One import: what it brought, and what of it cannot run."""
    actor = request.actor
    shown = {
        "batch": queries.batch(batch_id, actor=actor),
        "faults": queries.batch_faults(batch_id, number=page_number(request), size=page_size(request), actor=actor),
        "history": ledger.history(batch_subject(batch_id)),
        "may_read_ledger": actor.may_anywhere("ledger.read"),
    }
    return render(request, "detection/batch.html", shown)


@require_safe
def switches(request: BurgraveRequest) -> HttpResponse:
    """The rules on disk that are switched off, each with the reason."""
    shown = {
        "rows": queries.switches(actor=request.actor),
        "may_change": request.actor.may_everywhere(RULES),
        "tabs": tabs("detection:switches"),
    }
    return render(request, "detection/switches.html", shown)


@require_http_methods(FORM)
def switch_off(request: BurgraveRequest, rule_version_id: UUID) -> HttpResponse:
    """A rule on disk is switched off with a reason."""
    found = incidents.rule_detail(rule_version_id, actor=request.actor).rule
    refusal, reason = None, request.POST.get("reason", "")
    if request.method == "POST":
        try:
            commands.switch_off(rule_version_id, reason=reason, actor=request.actor, now=timezone.now())
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("It is off from now on; files that are being read now end as they began."))
            return HttpResponseRedirect(reverse("detection:switches"))
    row = queries.library_rule_of(found.rule_id, actor=request.actor)
    shown = {"rule": found, "refusal": refusal, "reason": reason, "library_rule": row}
    return render(request, "detection/switch_off.html", shown, status=200 if refusal is None else refusal.status)


@require_POST
def switch_on(request: BurgraveRequest) -> HttpResponse:
    """A rule on disk is held against events again."""
    commands.switch_on(request.POST.get("rule", "")[:200], actor=request.actor, now=timezone.now())
    messages.success(request, _("It is held against events again."))
    return HttpResponseRedirect(reverse("detection:switches"))
