"""Statements: the list, the record, and every step of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.isms import commands, queries, words
from burgrave.isms.errors import IsmsError
from burgrave.isms.forms import FORMS, StatementForm, typed
from burgrave.isms.terms import APPROVE, EDIT, READ, Kind, StatementState
from burgrave.isms.terms.records import statement_subject
from burgrave.isms.terms.rows import StatementRow, StatementView
from burgrave.isms.views import details
from burgrave.isms.views.requests import FORM, day_in, version_in
from burgrave.ledger import queries as ledger
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, NotFound, Refusal, StaleEdit
from burgrave.web.pages import BurgraveRequest, facet, place_in_list
from burgrave.web.terms import Facet


@require_safe
def statements(request: BurgraveRequest) -> HttpResponse:
    """The list of what the reader may see."""
    request.actor.must_anywhere(READ)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.LIST, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    today = timezone.localdate()
    page = queries.statements(
        queries.narrowed(asked),
        **place_in_list(request, queries.ORDERS, default="kind"),
        actor=request.actor,
        today=today,
    )
    may_edit = request.actor.may_anywhere(EDIT)
    shown = {
        "page": page,
        "rows": [_shown(row, is_overdue=row.review_due_on < today) for row in page.rows],
        "facets": _facets(request),
        "adds": [(str(kind), word) for kind, word in words.ADD.items()] if may_edit else [],
        **lists.shown(listing, asked, units=people.named_units(READ, actor=request.actor), actor=request.actor),
    }
    return render(request, "isms/statements.html", shown)


def _shown(row: StatementRow, *, is_overdue: bool) -> dict[str, Any]:
    return {
        "row": row,
        "kind": words.KINDS[row.kind],
        "state": words.STATES[row.state],
        "overdue": is_overdue and row.state is not StatementState.RETIRED,
    }


def _facets(request: BurgraveRequest) -> tuple[Facet, ...]:
    kinds = [(str(key), word, None) for key, word in words.KINDS.items()]
    states = [(str(key), state.word, None) for key, state in words.STATES.items()]
    return (
        facet(request, name="kind", label=_("Kind"), options=kinds),
        facet(request, name="state", label=_("State"), options=states),
        facet(request, name="only", label=_("Only"), options=[("overdue", _("Review is overdue"), None)]),
    )


@require_safe
def statement(request: BurgraveRequest, statement_id: UUID) -> HttpResponse:
    """The record of a statement; with ``on`` in the address, what held on that day."""
    return _record(request, queries.statement(statement_id, actor=request.actor))


def _record(request: BurgraveRequest, view: StatementView, refusal: Refusal | None = None) -> HttpResponse:
    row, actor, today = view.row, request.actor, timezone.localdate()
    asked = day_in(request.GET.get("on", ""))
    held = queries.in_force_on(row.statement_id, asked, actor=actor) if asked else None
    reads_ledger = actor.may("ledger.read", row.unit_id)
    shown = {
        "view": view,
        "row": row,
        "kind": words.KINDS[row.kind],
        "clause": words.CLAUSES[row.kind],
        "state": words.STATES[row.state],
        "overdue": row.review_due_on < today and row.state is not StatementState.RETIRED,
        "asked": asked,
        "held": held,
        "content": details.content(held.content if held else view.shown.content, actor=actor),
        "may_edit": actor.may(EDIT, row.unit_id) and row.state is not StatementState.RETIRED,
        "may_approve": actor.may(APPROVE, row.unit_id) and row.state in {StatementState.DRAFT, StatementState.CHANGED},
        "is_apart": all(actor.may_apart_from(each, APPROVE, row.unit_id) for each in view.waiting_authors),
        "may_read_ledger": reads_ledger,
        "history": ledger.history(statement_subject(row.statement_id)) if reads_ledger else (),
        "refusal": refusal,
        "today": today,
        **details.measured(view, actor=actor, today=today),
    }
    return render(request, "isms/statement.html", shown, status=refusal.status if refusal else 200)


@require_http_methods(FORM)
def add(request: BurgraveRequest, kind: str) -> HttpResponse:
    """A new statement of the kind."""
    request.actor.must_anywhere(EDIT)
    if kind not in set(Kind):
        raise NotFound(_("There is no such kind of statement."))
    which = Kind(kind)
    initial = {"objective": request.GET.get("objective", "")}
    form = FORMS[which](request.POST or None, initial=initial, **_choices(request))
    shown: dict[str, Any] = {"form": form, "title": words.ADD[which], "kind": words.KINDS[which]}

    def act() -> HttpResponse:
        made = commands.write_statement(form.draft(), actor=request.actor, now=timezone.now())
        messages.success(request, _("The draft is kept. Somebody else approves it."))
        return HttpResponseRedirect(reverse("isms:statement", args=[made]))

    return _step(request, form, act, shown)


@require_http_methods(FORM)
def edit(request: BurgraveRequest, statement_id: UUID) -> HttpResponse:
    """A new version."""
    view = queries.statement(statement_id, actor=request.actor)
    request.actor.must(EDIT, view.row.unit_id)
    form = FORMS[view.row.kind](request.POST or None, initial=typed(view.draft), **_choices(request, also=view))
    shown: dict[str, Any] = {"form": form, "title": _("Edit"), "row": view.row, "version": view.row.version}

    def act() -> HttpResponse:
        commands.edit_statement(
            statement_id, form.draft(), version=version_in(request), actor=request.actor, now=timezone.now()
        )
        return _back(statement_id)

    return _step(request, form, act, shown)


def _step(
    request: BurgraveRequest, form: StatementForm, act: Callable[[], HttpResponse], shown: dict[str, Any]
) -> HttpResponse:
    if request.method != "POST":
        return render(request, "isms/form.html", shown)
    if form.is_valid():
        try:
            return act()
        except (IsmsError, BadInput, StaleEdit) as refusal:
            return render(request, "isms/form.html", shown | {"refusal": refusal}, status=refusal.status)
    return render(request, "isms/form.html", shown, status=422)


@require_POST
def approve(request: BurgraveRequest, statement_id: UUID) -> HttpResponse:
    """The shown version holds."""
    view = queries.statement(statement_id, actor=request.actor)
    try:
        commands.approve(statement_id, digest=request.POST.get("digest", ""), actor=request.actor, now=timezone.now())
    except IsmsError as refusal:
        return _record(request, view, refusal)
    messages.success(request, _("The version is approved and holds from now on."))
    return _back(statement_id)


@require_POST
def review(request: BurgraveRequest, statement_id: UUID) -> HttpResponse:
    """What is said is still true."""
    commands.review(statement_id, version=version_in(request), actor=request.actor, now=timezone.now())
    messages.success(request, _("The review is recorded."))
    return _back(statement_id)


@require_POST
def retire(request: BurgraveRequest, statement_id: UUID) -> HttpResponse:
    """The statement holds no more."""
    view = queries.statement(statement_id, actor=request.actor)
    try:
        commands.retire(
            statement_id,
            reason=request.POST.get("reason", ""),
            version=version_in(request),
            actor=request.actor,
            now=timezone.now(),
        )
    except IsmsError as refusal:
        return _record(request, view, refusal)
    return _back(statement_id)


def _choices(request: BurgraveRequest, *, also: StatementView | None = None) -> dict[str, Any]:
    units = [(str(each.unit_id), each.name) for each in people.named_units(EDIT, actor=request.actor)]
    found = {str(key): name for key, name in people.everybody().items()}
    if also is not None and also.draft.owner_id is not None:
        found.setdefault(str(also.draft.owner_id), also.row.owner_name)
    return {
        "units": units,
        "people": sorted(found.items(), key=lambda pair: pair[1].casefold()),
        "roles": [(f"role:{each.code}", _(each.name)) for each in people.roles(given=True)],
        "objectives": [(str(each.statement_id), each.title) for each in queries.objectives(actor=request.actor)],
        "sources": [(name, source.title) for name, source in queries.SOURCES.items()],
    }


def _back(statement_id: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("isms:statement", args=[statement_id]))
