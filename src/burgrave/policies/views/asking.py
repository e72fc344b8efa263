"""Whom documents are asked of, and how far that has come."""

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
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.assets import queries as assets
from burgrave.jobs import queries as jobs
from burgrave.lists import queries as lists
from burgrave.people import queries as people
from burgrave.policies import commands, queries
from burgrave.policies.forms.duties import AudienceForm, QuizForm, typed_audience, typed_quiz
from burgrave.policies.queries import Grouped
from burgrave.policies.terms import EDIT, OVERSEE, PUBLISH
from burgrave.policies.terms.acknowledging import AskState, AudienceKind, AudiencePart
from burgrave.policies.words import ASK_STATES, AUDIENCES
from burgrave.web.errors import BadInput, Refusal
from burgrave.web.pages import BurgraveRequest, facet, place_in_list
from burgrave.web.terms import Tab, Words

FORM = ["GET", "HEAD", "POST"]
MOST_DIGITS = 9

_TYPES: dict[str, Words] = {str(kind): word for kind, word in assets.TYPE_WORDS.items()}


@require_safe
def acknowledgements(request: BurgraveRequest) -> HttpResponse:
    """The rates of all whom the reader oversees, by document, unit or role, at the end of a day."""
    request.actor.must_anywhere(OVERSEE)
    on = _day(request.GET.get("on", "")) or timezone.localdate()
    asked = request.GET.get("by", "")
    by = Grouped(asked) if asked in set(Grouped) else Grouped.DOCUMENT
    whole, rated = queries.rates(by, on=on, actor=request.actor)
    words = {Grouped.DOCUMENT: _("By document"), Grouped.UNIT: _("By unit"), Grouped.ROLE: _("By role")}
    return render(
        request,
        "policies/acknowledgements.html",
        {
            "whole": whole,
            "rated": rated,
            "by": by,
            "on": on,
            "is_past": on < timezone.localdate(),
            "tabs": tuple(
                Tab(label=word, href=f"?by={each}&on={on.isoformat()}", current=each is by)
                for each, word in words.items()
            ),
        },
    )


@require_safe
def asks(request: BurgraveRequest) -> HttpResponse:
    """Each person and document: asked when, due when, confirmed when."""
    request.actor.must_anywhere(OVERSEE)
    asked = dict(request.GET.lists())
    listing = lists.listing(commands.ASKS, asked, actor=request.actor)
    if listing.go_to:
        return HttpResponseRedirect(f"{request.path}?{listing.go_to}")
    page = queries.asks(
        queries.narrowed_asks(asked),
        **place_in_list(request, queries.ASK_ORDERS, default="due"),
        actor=request.actor,
        today=timezone.localdate(),
    )
    units = people.named_units(OVERSEE, actor=request.actor)
    documents = queries.asked_documents(actor=request.actor)
    return render(
        request,
        "policies/asks.html",
        {
            "page": page,
            "rows": [{"row": row, "state": ASK_STATES[row.state]} for row in page.rows],
            "facets": (
                facet(
                    request,
                    name="state",
                    label=_("State"),
                    options=[(str(each), ASK_STATES[each].word, None) for each in AskState],
                ),
                facet(
                    request,
                    name="document",
                    label=_("Document"),
                    options=[(str(key), words, None) for key, words in documents],
                ),
                facet(
                    request,
                    name="unit",
                    label=_("Unit"),
                    options=[(str(each.unit_id), each.name, None) for each in units],
                ),
            ),
            **lists.shown(listing, asked, units=units, actor=request.actor),
        },
    )


@require_http_methods(FORM)
def audience(request: BurgraveRequest, document_id: UUID) -> HttpResponse:
    """Whom the document is asked of: chosen, counted, and then kept."""
    now = timezone.now()
    document = queries.document_facts(document_id, actor=request.actor)
    view = queries.audience(document_id, actor=request.actor, now=now)
    may_set = request.actor.may(PUBLISH, document.unit_id)
    form = AudienceForm(request.POST or None, initial=typed_audience(view), **_choices(request))
    shown: dict[str, Any] = {
        "document": document,
        "audience": view,
        "parts": [_part_words(request, part) for part in view.parts],
        "form": form,
        "may_set": may_set,
        "version": view.version,
        "rate": queries.rate(on=timezone.localdate(), document_id=document_id),
        "job": jobs.progress_of(f"{commands.ASK_JOB}:{document_id}", now=now),
    }
    if request.method != "POST":
        return render(request, "policies/audience.html", shown)
    request.actor.must(PUBLISH, document.unit_id)
    shown["version"] = version = version_in(request)
    if not form.is_valid():
        return render(request, "policies/audience.html", shown, status=422)
    parts = form.parts()
    if "count" in request.POST:
        total, each = queries.head_count(document_id, parts, actor=request.actor, now=now)
        counted = [(_part_words(request, part), number) for part, number in zip(parts, each, strict=True)]
        return render(request, "policies/audience.html", shown | {"total": total, "counted": counted})
    try:
        count = commands.set_audience(document_id, parts, form.cadence(), version=version, actor=request.actor, now=now)
    except Refusal as refusal:
        return render(request, "policies/audience.html", shown | {"refusal": refusal}, status=refusal.status)
    messages.success(
        request, ngettext("It is asked of %(n)s person.", "It is asked of %(n)s persons.", count) % {"n": count}
    )
    return HttpResponseRedirect(reverse("policies:audience", args=[document_id]))


@require_http_methods(FORM)
def quiz(request: BurgraveRequest, version_id: UUID) -> HttpResponse:
    """The questions that whoever confirms the version answers before."""
    version = queries.version_facts(version_id, actor=request.actor)
    request.actor.must(EDIT, version.unit_id)
    form = QuizForm(request.POST or None, initial=typed_quiz(queries.quiz_of_version(version_id)))
    shown: dict[str, Any] = {"document": version, "form": form}
    if request.method != "POST":
        return render(request, "policies/quiz.html", shown)
    if not form.is_valid():
        return render(request, "policies/quiz.html", shown, status=422)
    try:
        commands.set_quiz(version_id, form.quiz(), actor=request.actor, now=timezone.now())
    except Refusal as refusal:
        return render(request, "policies/quiz.html", shown | {"refusal": refusal}, status=refusal.status)
    messages.success(request, _("The questions were kept."))
    return HttpResponseRedirect(reverse("policies:audience", args=[version.document_id]))


def version_in(request: BurgraveRequest) -> int:
    """The version that the form was made from. Raises BadInput."""
    text = request.POST.get("version", "")
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise BadInput("the form names no version of what it changes", mend="Reload the page and try again.")
    return int(text)


def _choices(request: BurgraveRequest) -> dict[str, list[tuple[str, Any]]]:
    units = people.named_units(PUBLISH, actor=request.actor)
    return {
        "units": [(str(each.unit_id), each.name) for each in units],
        "roles": list(_roles().items()),
        "types": list(_TYPES.items()),
    }


def _part_words(request: BurgraveRequest, part: AudiencePart) -> str:
    kind = AUDIENCES[part.kind]
    if part.kind is AudienceKind.UNIT:
        names = {each.unit_id: each.name for each in people.named_units("policies.read", actor=request.actor)}
        name = names.get(part.unit_id, _("a unit that you do not see")) if part.unit_id else ""
        return _("%(unit)s with all that lies below") % {"unit": name} if part.with_below else name
    if part.kind is AudienceKind.ROLE:
        return f"{kind}: {_roles().get(part.role, part.role)}"
    if part.kind is AudienceKind.OWNERS:
        return f"{kind}: {_TYPES.get(part.asset_type, part.asset_type)}"
    return str(kind)


def _roles() -> dict[str, str]:
    return {row.code: _(row.name) for row in people.roles()}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
