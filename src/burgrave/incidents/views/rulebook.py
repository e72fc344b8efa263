"""Detection rules: the list, the record, and the rules that cannot run."""

from __future__ import annotations

from pathlib import Path
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
from burgrave.incidents.handlers import loaded_rules
from burgrave.incidents.queries.rulebook import ORDERS
from burgrave.incidents.terms import READ, RULES, Level, RuleFilter, RuleOrigin
from burgrave.incidents.views.requests import chosen, searched
from burgrave.web.pages import BurgraveRequest, facet, page_number, page_size, sort_of
from burgrave.web.terms import Facet


@require_safe
def rules(request: BurgraveRequest) -> HttpResponse:
    """The live rules, with what they found."""
    actor = request.actor
    actor.must_anywhere(READ)
    retired = request.GET.get("retired") == "yes"
    wanted = RuleFilter(
        levels=chosen(request, "level", Level),
        origins=chosen(request, "origin", RuleOrigin),
        text=searched(request),
        with_retired=retired,
    )
    page = queries.detection_rules(
        wanted,
        order=sort_of(request, ORDERS, default="-level"),
        number=page_number(request),
        size=page_size(request),
        actor=actor,
    )
    shown = {
        "page": page,
        "rows": [(row, words.ORIGINS[row.origin]) for row in page.rows],
        "facets": _facets(request),
        "set": queries.rule_set(actor=actor),
        "may_load": actor.may_anywhere(RULES),
    }
    return render(request, "incidents/rules.html", shown)


def _facets(request: BurgraveRequest) -> tuple[Facet, ...]:
    counts = queries.rule_facets(actor=request.actor)
    levels = [(each.value, words.LEVELS[Level(each.value)], each.count) for each in counts["level"]]
    origins = [(each.value, words.ORIGINS[RuleOrigin(each.value)], each.count) for each in counts["origin"]]
    return (
        facet(request, name="level", label=_("Level"), options=levels),
        facet(request, name="origin", label=_("Origin"), options=origins),
        facet(request, name="retired", label=_("Retired versions"), options=[("yes", _("Show them too"), None)]),
    )


@require_safe
def rule(request: BurgraveRequest, rule_version_id: UUID) -> HttpResponse:
    """One version of a rule: its text, its author and licence, and what it found."""
    detail = queries.rule_detail(rule_version_id, actor=request.actor)
    shown = {"detail": detail, "rule": detail.rule, "origin": words.ORIGINS[detail.rule.origin]}
    return render(request, "incidents/rule.html", shown)


@require_safe
def faults(request: BurgraveRequest) -> HttpResponse:
    """The rules that cannot run, each with its path, line and reason."""
    page = queries.rule_faults(number=page_number(request), size=page_size(request), actor=request.actor)
    return render(request, "incidents/rule_faults.html", {"page": page})


@require_POST
def load(request: BurgraveRequest) -> HttpResponse:
    """The rules are read from their folders again."""
    request.actor.must_anywhere(RULES)
    book = loaded_rules(local=Path(settings.BURGRAVE_RULES)).book
    changed = commands.load_rules(book, actor=request.actor, now=timezone.now())
    count = len(book.rules)
    told = ngettext("%(count)s rule is live.", "%(count)s rules are live.", count) % {"count": count}
    messages.success(request, told if changed else _("Nothing has changed since the rules were last loaded."))
    return HttpResponseRedirect(reverse("incidents:rules"))
