"""The library, what held on a day, what the linter says, and the words that texts share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.engines.norms import Finding, Language, Severity
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.people.terms import NamedUnit
from burgrave.policies import commands, queries, words
from burgrave.policies.errors import PolicyError
from burgrave.policies.forms.documents import VariablesForm
from burgrave.policies.terms import EDIT, PUBLISH, READ
from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest, facet, place_in_list
from burgrave.web.templatetags.web import said
from burgrave.web.terms import Facet, Words

FORM = ["GET", "HEAD", "POST"]
MOST_SHOWN = 500


@require_safe
def documents(request: BurgraveRequest) -> HttpResponse:
    """The list of the documents that the reader may see."""
    request.actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.LIST, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    today = timezone.localdate()
    narrowed, units = queries.narrowed(asked), people.named_units(READ, actor=request.actor)
    total, counts = queries.facet_counts(
        narrowed, units=[each.unit_id for each in units], actor=request.actor, today=today
    )
    page = queries.documents(
        narrowed,
        **place_in_list(request, queries.ORDERS, default="number"),
        total=total,
        actor=request.actor,
        today=today,
    )
    shown = {
        "page": page,
        "rows": [words.shown_row(row, today=today) for row in page.rows],
        "facets": _facets(request, units, counts),
        "may_add": request.actor.may_anywhere(EDIT),
        **lists.shown(listing, asked, units=units, actor=request.actor),
    }
    return render(request, "policies/documents.html", shown)


def _facets(
    request: BurgraveRequest, units: Sequence[NamedUnit], counts: Mapping[tuple[str, str], int]
) -> tuple[Facet, ...]:
    named: tuple[tuple[str, str, Sequence[tuple[str, Words]]], ...] = (
        ("kind", _("Kind"), [(str(key), word) for key, word in words.KINDS.items()]),
        ("state", _("State"), [(str(key), state.word) for key, state in words.STATES.items()]),
        ("stage", _("On its way"), [(str(key), words.STAGES[key].word) for key in queries.STAGES]),
        ("unit", _("Unit"), [(str(each.unit_id), each.name) for each in units]),
        ("only", _("Only"), [("mine", _("Concerns me")), ("overdue", _("Review is overdue"))]),
    )
    return tuple(
        facet(
            request,
            name=name,
            label=label,
            options=[(value, word, counts.get((name, value))) for value, word in options],
            most=queries.FACET_COUNTED,
        )
        for name, label, options in named
    )


@require_safe
def as_of(request: BurgraveRequest) -> HttpResponse:
    """Everything that held on a day."""
    request.actor.must_anywhere(READ)
    day = queries.day_of(request.GET.get("on", "")) or timezone.localdate()
    held = queries.held_on(day, actor=request.actor)
    shown = {
        "day": day,
        "rows": [
            {
                "row": row,
                "version": version,
                "title": words.title(row.titles, row.title),
                "kind": words.KINDS[row.kind],
            }
            for row, version in held
        ],
    }
    return render(request, "policies/as_of.html", shown)


@require_safe
def lint(request: BurgraveRequest) -> HttpResponse:
    """What the linter says of the whole library, gravest first."""
    request.actor.must_anywhere(READ)
    found = queries.lint_library(actor=request.actor, today=timezone.localdate())
    wanted, code, about = (request.GET.get(name, "").strip() for name in ("severity", "code", "about"))
    order = tuple(Severity)
    there = [
        pair
        for pair in sorted(found, key=lambda pair: order.index(pair[1].severity))
        if (not code or pair[1].code == code) and _is_about(pair[1], about)
    ]
    chosen = [pair for pair in there if not wanted or pair[1].severity == wanted]
    counts = Counter(each.severity for _version, each in there)
    codes = Counter(each.code for _version, each in found)
    shown = {
        "rows": [
            words.shown_finding(each, href=reverse("policies:version", args=[version]))
            for version, each in chosen[:MOST_SHOWN]
        ],
        "total": len(chosen),
        "is_cut": len(chosen) > MOST_SHOWN,
        "counts": [(words.SEVERITIES[each], str(each), counts[each]) for each in order],
        "codes": [(each, words.FINDINGS.get(each, each), count) for each, count in codes.most_common()],
        "wanted": wanted,
        "code": code,
        "about": about,
    }
    return render(request, "policies/lint.html", shown)


def _is_about(finding: Finding, about: str) -> bool:
    """The typed words stand in the name of the text or of the clause, or in the sentence as the reader sees it."""
    sentence = said(words.shown_finding(finding)["message"])
    return about.casefold() in f"{finding.path} {finding.clause} {sentence}".casefold()


@require_http_methods(FORM)
def variables(request: BurgraveRequest) -> HttpResponse:
    """The words that all texts stand for."""
    request.actor.must_anywhere(READ)
    lines: dict[Language, list[str]] = {each: [] for each in Language}
    for name, by_language in queries.variables():
        for language, value in by_language.items():
            lines[language].append(f"{name} = {value}")
    form = VariablesForm(
        request.POST or None,
        initial={"english": "\n".join(lines[Language.ENGLISH]), "chinese": "\n".join(lines[Language.CHINESE])},
    )
    shown = {"form": form, "known": queries.known_variables(), "may_set": request.actor.may_everywhere(PUBLISH)}
    if request.method != "POST":
        return render(request, "policies/variables.html", shown)
    if form.is_valid():
        try:
            commands.set_variables(form.values(), actor=request.actor, now=timezone.now())
        except (PolicyError, BadInput) as refusal:
            return render(request, "policies/variables.html", shown | {"refusal": refusal}, status=refusal.status)
        messages.success(request, _("Texts that are published from now on stand for these."))
        return HttpResponseRedirect(reverse("policies:variables"))
    return render(request, "policies/variables.html", shown, status=422)
