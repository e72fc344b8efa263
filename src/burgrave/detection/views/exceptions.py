"""Exceptions: made from an alert or a rule, decided by somebody else, revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.detection import commands, queries, words
from burgrave.detection.figures import left_out_by_day
from burgrave.detection.forms import ExceptionForm
from burgrave.detection.queries.exception_listing import EXCEPTION_ORDER
from burgrave.detection.terms import READ, RULES
from burgrave.detection.terms.exceptions import (
    TRIAGE,
    ExceptionFacts,
    Removal,
    RuleExceptionState,
    RuleOfException,
    rule_exception_subject,
)
from burgrave.detection.views.shared import version_in
from burgrave.incidents import queries as incidents
from burgrave.incidents.terms import RuleRow
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, Forbidden, Refusal
from burgrave.web.pages import BurgraveRequest, facet, place_in_list
from burgrave.web.shell import tabs
from burgrave.web.terms import UnitId

FORM = ["GET", "HEAD", "POST"]
HOLDS_FOR = timedelta(days=90)


@require_safe
def exceptions(request: BurgraveRequest) -> HttpResponse:
    """The exceptions that the reader may see; those that end first come first."""
    actor = request.actor
    actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.EXCEPTIONS, asked, actor=actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    page = queries.rule_exceptions(
        queries.narrowed_exceptions(asked),
        **place_in_list(request, dict(queries.EXCEPTION_ORDERS), default=EXCEPTION_ORDER),
        actor=actor,
    )
    effects = queries.effects_of(page.rows, today=_today())
    counts = queries.state_counts(actor=actor)
    states = [(str(each), words.EXCEPTION_STATES[each].word, counts[str(each)]) for each in RuleExceptionState]
    shown = {
        "page": page,
        "rows": [
            (
                row,
                words.EXCEPTION_STATES[row.state],
                effects[row.exception_id],
                words.EFFECTS[effects[row.exception_id].effect],
            )
            for row in page.rows
        ],
        "facets": (facet(request, name="state", label=_("State"), options=states),),
        "tabs": tabs("detection:exceptions"),
        **lists.shown(listing, asked, units=people.named_units(READ, actor=actor), actor=actor),
    }
    return render(request, "detection/exceptions.html", shown)


@require_http_methods(FORM)
def except_alert(request: BurgraveRequest, alert_id: UUID) -> HttpResponse:
    """What an alert found is expected here: an exception is asked for, with the fields that matched."""
    detail = incidents.alert_detail(alert_id, actor=request.actor)
    unit_id = UnitId(detail.alert.unit_id)
    fields = dict(detail.matches[0].fields) if detail.matches else {}
    fields.setdefault("Computer", detail.alert.computer)
    return _ask(request, detail.rule, fields, unit_id=unit_id, alert_id=alert_id)


@require_http_methods(FORM)
def except_rule(request: BurgraveRequest, rule_version_id: UUID) -> HttpResponse:
    """Some of what a rule finds is expected: an exception is asked for, with the fields of its newest match."""
    rule = incidents.rule_detail(rule_version_id, actor=request.actor).rule
    unit_id = commands.unit_of_rules()
    if unit_id is None:
        raise Forbidden(_("There is no organisation yet."))
    kept = incidents.matched_fields(rule.rule_id, most=1, actor=request.actor)
    return _ask(request, rule, dict(kept[0]) if kept else {}, unit_id=unit_id, alert_id=None)


def _ask(
    request: BurgraveRequest, rule: RuleRow, fields: dict[str, str], *, unit_id: UnitId, alert_id: UUID | None
) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    if not actor.may(TRIAGE, unit_id) and not actor.may(RULES, unit_id):
        raise Forbidden(_("You may not ask for exceptions here."))
    form = ExceptionForm(
        request.POST or None,
        found={name: value for name, value in fields.items() if value},
        owners=[(str(key), name) for key, name in people.everybody().items()],
        comparisons=[(str(each), word) for each, word in words.COMPARISONS.items()],
        initial={"owner": str(actor.person_id or ""), "ends_on": today + HOLDS_FOR},
    )
    shown = {"form": form, "rule": rule, "alert_id": alert_id, "refusal": None, "removal": None}
    if not any(rule.logsource.values()):
        shown |= {"is_correlation": True, "counted": queries.counted_by(rule.rule_id, actor=actor)}
    if request.method != "POST":
        return render(request, "detection/exception_form.html", shown)
    if not form.is_valid():
        return render(request, "detection/exception_form.html", shown, status=422)
    try:
        facts = ExceptionFacts(rule=_rule_of(rule), unit_id=unit_id, alert_id=alert_id, **form.facts())
        if "count" in request.POST:
            shown["removal"] = queries.removal_of(rule.rule_id, facts.conditions, actor=actor)
            return render(request, "detection/exception_form.html", shown)
        made = commands.ask_exception(facts, actor=actor, now=timezone.now())
    except Refusal as refusal:
        return render(request, "detection/exception_form.html", shown | {"refusal": refusal}, status=refusal.status)
    return HttpResponseRedirect(reverse("detection:exception", args=[made]))


def _rule_of(rule: RuleRow) -> RuleOfException:
    return RuleOfException(
        rule_id=rule.rule_id,
        title=rule.title,
        product=rule.logsource.get("product", ""),
        category=rule.logsource.get("category", ""),
        service=rule.logsource.get("service", ""),
    )


@require_safe
def exception(request: BurgraveRequest, exception_id: UUID) -> HttpResponse:
    """The record of an exception, with what it would have left out of what is kept."""
    return render(request, "detection/exception.html", _record(request, exception_id))


@require_POST
def decide_exception(request: BurgraveRequest, exception_id: UUID) -> HttpResponse:
    """Approve, refuse or revoke it, as the form showed it."""
    queries.rule_exception(exception_id, actor=request.actor)
    now, version, reason = timezone.now(), version_in(request), request.POST.get("reason", "")
    actor = request.actor
    acts: dict[str, Callable[[], None]] = {
        "approve": lambda: commands.approve_exception(exception_id, version=version, actor=actor, now=now),
        "refuse": lambda: commands.refuse_exception(exception_id, reason=reason, version=version, actor=actor, now=now),
        "revoke": lambda: commands.revoke_exception(exception_id, reason=reason, version=version, actor=actor, now=now),
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        raise BadInput(_("This is no act on an exception."))
    try:
        act()
    except Refusal as refusal:
        shown = _record(request, exception_id) | {"refusal": refusal, "reason": reason}
        return render(request, "detection/exception.html", shown, status=refusal.status)
    return HttpResponseRedirect(reverse("detection:exception", args=[exception_id]))


def _record(request: BurgraveRequest, exception_id: UUID) -> dict[str, object]:
    actor = request.actor
    row = queries.rule_exception(exception_id, actor=actor)
    may_decide = actor.may_everywhere(RULES)
    waits = row.state is RuleExceptionState.PROPOSED
    removal: Removal | None = None
    if waits or row.state is RuleExceptionState.APPROVED:
        removal = queries.removal_of(row.rule.rule_id, row.conditions, actor=actor)
    return {
        "row": row,
        "state": words.EXCEPTION_STATES[row.state],
        "conditions": [(each, words.COMPARISONS[each.comparison]) for each in row.conditions],
        "removal": removal,
        "effect": (effect := queries.effect_of(row, today=_today())),
        "effect_word": words.EFFECTS[effect.effect],
        "effect_why": words.WHY_EFFECTS[effect.effect],
        "figure": left_out_by_day(effect, today=_today()),
        "is_own": row.author_id == actor.person_id,
        "may_approve": may_decide and waits and row.author_id != actor.person_id,
        "may_refuse": may_decide and waits,
        "may_revoke": may_decide and row.state is RuleExceptionState.APPROVED,
        "is_over": row.ends_on < _today(),
        "live_rule_id": incidents.live_version_of(row.rule.rule_id, actor=actor),
        "may_read_ledger": actor.may("ledger.read", row.unit_id),
        "history": ledger.history(rule_exception_subject(exception_id)),
        "tabs": tabs("detection:exceptions"),
        "refusal": None,
    }


def _today() -> date:
    return timezone.now().date()
