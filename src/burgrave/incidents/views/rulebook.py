"""Detection rules: the list, the record, and the rules that cannot run."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from burgrave.incidents import commands, queries, words
from burgrave.incidents.handlers import live_rules
from burgrave.incidents.queries.listing import RULE_ORDER
from burgrave.incidents.queries.rulebook import ORDERS
from burgrave.incidents.terms import READ, RULES, RuleSetRow
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.pages import BurgraveRequest, facet, page_number, page_size, sort_of
from burgrave.web.shell import tabs
from burgrave.web.terms import Facet


@require_safe
def rules(request: BurgraveRequest) -> HttpResponse:
    """The live rules, with what they found."""
    actor = request.actor
    actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.RULES, asked, actor=actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    page = queries.detection_rules(
        queries.narrowed_rules(asked),
        order=sort_of(request, ORDERS, default=RULE_ORDER),
        number=page_number(request),
        size=page_size(request),
        actor=actor,
    )
    rule_set = queries.rule_set(actor=actor)
    shown = {
        "page": page,
        "rows": [(row, words.ORIGINS[row.origin]) for row in page.rows],
        "facets": _facets(request, rule_set),
        "set": rule_set,
        "tabs": tabs("incidents:rules"),
        "may_load": actor.may_anywhere(RULES),
        **lists.shown(listing, asked, units=people.named_units(READ, actor=actor), actor=actor),
    }
    return render(request, "incidents/rules.html", shown)


def _facets(request: BurgraveRequest, rule_set: RuleSetRow) -> tuple[Facet, ...]:
    levels = [(level.value, words.LEVELS[level], count) for level, count in rule_set.levels.items()]
    origins = [(origin.value, words.ORIGINS[origin], count) for origin, count in rule_set.origins.items()]
    return (
        facet(request, name="level", label=_("Level"), options=levels),
        facet(request, name="origin", label=_("Origin"), options=origins),
        facet(request, name="retired", label=_("Retired versions"), options=[("yes", _("Show them too"), None)]),
    )


@require_safe
def rule(request: BurgraveRequest, rule_version_id: UUID) -> HttpResponse:
    """One version of a rule: its text, its author and licence, and what it found."""
    detail = queries.rule_detail(rule_version_id, actor=request.actor)
    origin = words.ORIGINS[detail.rule.origin]
    shown = {
        "detail": detail,
        "rule": detail.rule,
        "origin": origin,
        "asked": words.correlation_words(detail.rule.correlation),
        "tabs": tabs("incidents:rules"),
    }
    return render(request, "incidents/rule.html", shown)


@require_safe
def faults(request: BurgraveRequest) -> HttpResponse:
    """The rules that cannot run, each with its path, line and reason."""
    page = queries.rule_faults(number=page_number(request), size=page_size(request), actor=request.actor)
    return render(request, "incidents/rule_faults.html", {"page": page, "tabs": tabs("incidents:rules")})


@require_safe
def correlating(request: BurgraveRequest) -> HttpResponse:
    """What correlations remember of the streams of each unit, and what they had to let go."""
    page = queries.correlation_memories(number=page_number(request), size=page_size(request), actor=request.actor)
    return render(request, "incidents/correlating.html", {"page": page, "tabs": tabs("incidents:rules")})


@require_POST
def load(request: BurgraveRequest) -> HttpResponse:
    """The rules are read from their folders again."""
    request.actor.must_anywhere(RULES)
    now = timezone.now()
    book = live_rules(now).book
    changed = commands.load_rules(book, actor=request.actor, now=now)
    count = len(book.rules)
    told = ngettext("%(count)s rule is live.", "%(count)s rules are live.", count) % {"count": count}
    messages.success(request, told if changed else _("Nothing has changed since the rules were last loaded."))
    return HttpResponseRedirect(reverse("incidents:rules"))
