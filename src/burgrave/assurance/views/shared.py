"""What the pages of the domain share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import IntEnum
from typing import Any, TypeVar
from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from burgrave.assurance.queries import FACET_ROWS
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, Refusal
from burgrave.web.pages import BurgraveRequest, facet
from burgrave.web.terms import Facet, State, UnitId, Words

FORM = ["GET", "HEAD", "POST"]
MOST_DIGITS = 9
CodeT = TypeVar("CodeT", bound=IntEnum)


def today() -> date:
    """The day of UTC, by which evidence is counted."""
    return timezone.now().date()


def version_of(request: BurgraveRequest) -> int:
    """The version that the form was filled in from. Raises BadInput."""
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise BadInput("the form lacks the version that it was filled in from", mend="Open it again.")
    return int(text)


def facets_of(
    request: BurgraveRequest,
    named: Iterable[tuple[str, Words, Iterable[tuple[str, Words]]]],
    counts: Mapping[tuple[str, str], int],
) -> tuple[Facet, ...]:
    """Facets by name, label and choices, each choice with the number of rows that it leaves where that is known."""
    return tuple(
        facet(
            request,
            name=name,
            label=label,
            options=[(value, word, counts.get((name, value))) for value, word in options],
            most=FACET_ROWS,
        )
        for name, label, options in named
    )


def coded(states: Mapping[CodeT, State]) -> list[tuple[str, Words]]:
    """Numbered states as the choices of a facet."""
    return [(str(int(key)), state.word) for key, state in states.items()]


def searched(request: BurgraveRequest) -> str:
    """What is searched for on a page that is no list of the kit."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:200]


def units_of(request: BurgraveRequest, permission: str) -> list[tuple[str, str]]:
    """The units where the reader holds the permission, for a form."""
    return [(str(each.unit_id), each.name) for each in people.named_units(permission, actor=request.actor)]


def holders(permission: str, unit_id: UUID) -> list[tuple[str, str]]:
    """Those who may do this in the unit, for a form."""
    return [(str(key), name) for key, name in people.holders(permission, UnitId(unit_id), now=timezone.now())]


def everybody() -> list[tuple[str, str]]:
    return [(str(key), name) for key, name in people.everybody().items()]


def answered(
    request: BurgraveRequest,
    template: str,
    shown: Mapping[str, Any],
    form: forms.Form,
    act: Callable[[], str],
) -> HttpResponse:
    """The form, or after it was sent what ``act`` leads to; a refusal stands above the form with all that was typed."""
    if request.method != "POST":
        return render(request, template, {**shown, "form": form})
    if not form.is_valid():
        return render(request, template, {**shown, "form": form}, status=422)
    try:
        return HttpResponseRedirect(act())
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        return render(request, template, {**shown, "form": form, "refusal": refusal}, status=refusal.status)
