"""Frameworks, requirements and how they stand, on any day, with why."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.assurance import commands, queries
from burgrave.assurance.forms import AssertionForm, FrameworkForm, ReasonForm, words
from burgrave.assurance.rules.loading import MOST_BYTES, parse
from burgrave.assurance.terms import ASSERT, MANAGE, READ, framework_subject, requirement_subject
from burgrave.assurance.terms.standings import StandingRow
from burgrave.assurance.views.shared import FORM, answered, coded, facets_of, searched, today
from burgrave.engines.standing import Standing
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest, cursor_of, page_number, page_size
from burgrave.web.terms import Tab
from burgrave.web.uploads import received_files, receives_files


@require_safe
def standings(request: BurgraveRequest) -> HttpResponse:
    """How every requirement in force stands, today or at the end of a past day."""
    request.actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.STANDINGS, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    narrowed, frameworks_ = queries.narrowed_standings(asked, today=today()), queries.all_frameworks()
    keys = [each.framework_id for each in frameworks_]
    total, counts = queries.standing_facets(narrowed, frameworks=keys, today=today())
    page = queries.standing_list(
        narrowed,
        actor=request.actor,
        today=today(),
        number=page_number(request),
        size=page_size(request),
        at=cursor_of(request),
        total=total,
    )
    named = (
        ("standing", _("Standing"), coded(words.STANDINGS)),
        ("framework", _("Framework"), [(str(each.framework_id), each.identifier) for each in frameworks_]),
        ("only", _("Only"), [("asserted", _("Somebody asserted it"))]),
    )
    shown = {
        "page": page,
        "rows": [_shown(row) for row in page.rows],
        "on": narrowed.on,
        "today": today(),
        "facets": facets_of(request, named, counts),
        "tabs": tabs(request),
        **lists.shown(listing, asked, units=people.named_units(READ, actor=request.actor), actor=request.actor),
    }
    return render(request, "assurance/standings.html", shown)


@require_safe
def frameworks(request: BurgraveRequest) -> HttpResponse:
    """The list of frameworks."""
    page = queries.frameworks(
        actor=request.actor,
        number=page_number(request),
        size=page_size(request),
        at=cursor_of(request),
        text=searched(request),
    )
    shown = {
        "page": page,
        "rows": [(row, words.FRAMEWORK_ORIGINS[row.origin]) for row in page.rows],
        "may_load": request.actor.may_everywhere(MANAGE),
        "tabs": tabs(request),
    }
    return render(request, "assurance/frameworks.html", shown)


@require_safe
def framework(request: BurgraveRequest, framework_id: UUID) -> HttpResponse:
    """One framework with its requirements and how they stand today."""
    row = queries.framework(framework_id, actor=request.actor)
    page = queries.standing_list(
        queries.StandingFilter(framework_id=framework_id, text=searched(request)),
        actor=request.actor,
        today=today(),
        number=page_number(request),
        size=page_size(request),
        at=cursor_of(request),
    )
    withdrawn = queries.requirements(actor=request.actor, framework_id=framework_id, withdrawn=True, size=25)
    counts = queries.standing_counts(framework_id=framework_id)
    reads_ledger = request.actor.may("ledger.read", row.unit_id)
    shown = {
        "framework": row,
        "origin": words.FRAMEWORK_ORIGINS[row.origin],
        "page": page,
        "rows": [_shown(each) for each in page.rows],
        "counts": [(words.STANDINGS[key], counts[key], int(key)) for key in Standing if counts.get(key)],
        "withdrawn": withdrawn,
        "history": ledger.history(framework_subject(row.framework_id)) if reads_ledger else (),
        "may_read_ledger": reads_ledger,
    }
    return render(request, "assurance/framework.html", shown)


@require_http_methods(FORM)
@receives_files(permission=MANAGE)
def load(request: BurgraveRequest) -> HttpResponse:
    """A framework from a person's own file: CSV or TOML."""
    request.actor.must_anywhere(MANAGE)
    form = FrameworkForm(request.POST or None)
    if request.method != "POST":
        return render(request, "assurance/load_framework.html", {"form": form, "max_bytes": MOST_BYTES})
    (file,) = received_files(request)[:1]
    if file.digest.size_bytes > MOST_BYTES:
        raise BadInput("a framework has at most %(most)s bytes", words={"most": str(MOST_BYTES)})
    content = queries.store().path(file.digest.sha256).read_bytes()
    named = form.named() if form.is_valid() else None
    made = commands.load_framework(parse(content, name=file.name, named=named), actor=request.actor, now=timezone.now())
    messages.success(request, _("The framework is loaded."))
    return HttpResponseRedirect(reverse("assurance:framework", args=[made]))


@require_safe
def coverage(request: BurgraveRequest) -> HttpResponse:
    """How far each framework is answered by each other one."""
    request.actor.must_anywhere(READ)
    rows = queries.all_frameworks()
    cells = queries.coverage()
    shown = {
        "frameworks": rows,
        "rows": [
            (each, [(other, cells.get((each.framework_id, other.framework_id), 0)) for other in rows]) for each in rows
        ],
        "tabs": tabs(request),
    }
    return render(request, "assurance/coverage.html", shown)


@require_safe
def requirement(request: BurgraveRequest, requirement_id: UUID) -> HttpResponse:
    """The record of a requirement: how it stands, and why."""
    return render(request, "assurance/requirement.html", _record(request, requirement_id))


@require_http_methods(FORM)
def assert_standing(request: BurgraveRequest, requirement_id: UUID) -> HttpResponse:
    """A person says how the requirement stands."""
    request.actor.must_anywhere(ASSERT)
    view = queries.requirement(requirement_id, actor=request.actor)
    form = AssertionForm(request.POST or None)

    def act() -> str:
        commands.assert_standing(requirement_id, form.draft(), actor=request.actor, now=timezone.now())
        return reverse("assurance:requirement", args=[requirement_id])

    return answered(request, "assurance/assert.html", {"requirement": view}, form, act)


@require_POST
def withdraw_assertion(request: BurgraveRequest, requirement_id: UUID) -> HttpResponse:
    """What a person said is not said any more."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    commands.withdraw_assertion(requirement_id, reason=reason, actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("assurance:requirement", args=[requirement_id]))


def _record(request: BurgraveRequest, requirement_id: UUID) -> dict[str, Any]:
    view = queries.requirement(requirement_id, actor=request.actor)
    on = _day(request) or today()
    standing = queries.standing(requirement_id, on=on, actor=request.actor)
    reads_ledger = request.actor.may("ledger.read", view.row.unit_id)
    return {
        "requirement": view,
        "modality": words.MODALITIES[view.row.modality],
        "standing": standing,
        "state": words.STANDINGS[standing.derived],
        "asserted": words.STANDINGS[standing.asserted.standing] if standing.asserted else None,
        "divergence": words.DIVERGENCES[standing.divergence],
        "measures": [
            (
                each,
                words.MEASURE_STATES[each.state],
                [
                    (
                        check,
                        words.CHECK_STATES[check.state],
                        words.RESULTS[check.result] if check.result is not None else None,
                    )
                    for check in each.checks
                ],
            )
            for each in standing.measures
        ],
        "assertions": [(each, words.STANDINGS[each.standing]) for each in queries.assertions_of(requirement_id)],
        "on": on,
        "today": today(),
        "may_assert": request.actor.may(ASSERT, view.row.unit_id),
        "history": ledger.history(requirement_subject(requirement_id)) if reads_ledger else (),
        "may_read_ledger": reads_ledger,
    }


def _shown(row: StandingRow) -> dict[str, Any]:
    return {
        "row": row.requirement,
        "state": words.STANDINGS[row.derived],
        "modality": words.MODALITIES[row.requirement.modality],
        "asserted": None if row.asserted is None else words.STANDINGS[row.asserted],
        "divergence": words.DIVERGENCES[row.divergence],
    }


def _day(request: BurgraveRequest) -> date | None:
    """The day that the address asks for; None for today, for a day to come, and for what is no day."""
    try:
        day = date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return None
    return day if day < today() and day.year > 1 else None


def tabs(request: BurgraveRequest) -> tuple[Tab, ...]:
    """The three ways to look at requirements."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    return tuple(
        Tab(href=reverse(f"assurance:{each}"), label=label, current=name == each)
        for each, label in (
            ("standings", _("Requirements")),
            ("frameworks", _("Frameworks")),
            ("coverage", _("Coverage")),
        )
    )
