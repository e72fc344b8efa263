"""The page of the search, and the palette: the same for the fingers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from burgrave.engines.search import folded, question
from burgrave.lists import queries
from burgrave.lists.rules import excerpt
from burgrave.lists.terms import Hit
from burgrave.web.pages import BurgraveRequest, facet
from burgrave.web.shell import shell_of
from burgrave.web.terms import Words

SHOWN, PALETTE_SHOWN = 100, 8
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One line of the palette."""

    href: str
    label: Words
    icon: str
    note: Words = ""


@require_safe
def search(request: BurgraveRequest) -> HttpResponse:
    """What the reader may see of what they asked for; pages and acts that are called so stand above."""
    text = _asked(request)
    chosen = [each for each in request.GET.getlist("kind") if each]
    found = queries.search(text, only=chosen, most=SHOWN, actor=request.actor)
    asked = question(text)
    counts = Counter(hit.kind.kind for hit in found.hits)
    known = [
        (kind.kind, kind.label, counts[kind.kind] if asked and found.is_all and not chosen else None)
        for kind in queries.kinds(actor=request.actor)
    ]
    shown = {
        "text": text,
        "is_asked": bool(asked),
        "found": found,
        "hits": [(hit, excerpt(hit.text, asked)) for hit in found.hits],
        "places": [*_pages(request, text), *_acts(request, text)] if asked else _acts(request, ""),
        "facets": (facet(request, name="kind", label=_("Kind"), options=known),) if known else (),
        "may_read_ledger": request.actor.may_anywhere("ledger.read"),
        "ledger": reverse("ledger:records"),
    }
    return render(request, "lists/search.html", shown)


@require_safe
def palette(request: BurgraveRequest) -> HttpResponse:
    """The lines of the palette for what is typed so far."""
    text = _asked(request)
    found = queries.search(text, most=PALETTE_SHOWN, actor=request.actor)
    places = _pages(request, text), _acts(request, text)
    shown = {
        "groups": [
            (label, options)
            for label, options in (
                (_("Go to"), places[0][: 50 if not text else PALETTE_SHOWN]),
                (_("Do"), places[1]),
                (_("Found"), [_option(hit) for hit in found.hits]),
            )
            if options
        ],
        "text": text,
        "all_href": f"{reverse('lists:search')}?{_query(text)}",
        "more": found.total > len(found.hits) or not found.is_all,
    }
    return render(request, "lists/palette.html", shown)


def _asked(request: BurgraveRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]


def _query(text: str) -> str:
    return urlencode({"q": text})


def _pages(request: BurgraveRequest, text: str) -> list[Option]:
    return [
        Option(href=place.href, label=place.label, icon=place.icon, note=place.group)
        for place in shell_of(request).nav
        if _is_called(text, str(place.label))
    ]


def _acts(request: BurgraveRequest, text: str) -> list[Option]:
    return [
        Option(href=reverse(act.url_name), label=act.label, icon=act.icon)
        for act in settings.LISTS_ACTS
        if request.actor.may_anywhere(act.permission) and _is_called(text, f"{act.label} {act.words}")
    ]


def _is_called(text: str, name: str) -> bool:
    plain = folded(name)
    return all(word in plain for word in folded(text).split())


def _option(hit: Hit) -> Option:
    title = f"{hit.identifier} {hit.title}".strip()
    return Option(href=hit.href, label=title, icon=hit.kind.icon, note=hit.kind.label)
