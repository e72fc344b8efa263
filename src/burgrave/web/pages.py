"""What every view needs: parts, pages of a list, the order and the facets that the address names, and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict, TypeVar, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from burgrave.web.errors import Refusal
from burgrave.web.paging import bounded_counts, cursor_of, order_of, page_of
from burgrave.web.rest.problems import is_api, of_refusal
from burgrave.web.terms import MOST_COUNTED, PAGE_SIZES, Actor, Cursor, Facet, FacetOption, Page, Words

Row = TypeVar("Row")

__all__ = [
    "BurgraveRequest",
    "PlaceInList",
    "bounded_counts",
    "csv_safe",
    "cursor_of",
    "facet",
    "is_narrowed",
    "order_of",
    "page_number",
    "page_of",
    "page_size",
    "part",
    "place_in_list",
    "refresh",
    "refusal_of_status",
    "refuse",
    "sort_of",
    "wants_part",
]

DEFAULT_SIZE = 50
LAST_PAGE = 1_000_000
ARRANGEMENT = frozenset({"sort", "page", "size", "after", "before", "columns", "view", "with"})
"""Words of an address that narrow nothing."""
PLACES = ("page", "after", "before")
"""Words of an address that say where in a list the reader stands."""


class BurgraveRequest(HttpRequest):
    """A request as views see it, after the middlewares."""

    actor: Actor
    htmx: HtmxDetails


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for one part; a boosted link or a restored history entry needs the whole page."""
    details = cast("HtmxDetails | None", getattr(request, "htmx", None))
    return details is not None and bool(details) and not details.boosted and not details.history_restore_request


def part(
    request: HttpRequest, template: str, context: Mapping[str, object] | None = None, *, status: int = 200
) -> HttpResponse:
    """Answer with one named part, ``"domain/page.html#part"``."""
    response = render(request, template, dict(context or {}), status=status)
    response.headers["Vary"] = "HX-Request"
    return response


def refresh() -> HttpResponse:
    """Answer a poll so that the browser loads the page again: the work it watched has ended."""
    return HttpResponse(status=200, headers={"HX-Refresh": "true"})


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer with the refusal's own page, for htmx with a notice in the notice region, for the API as a problem."""
    if is_api(request):
        return of_refusal(request, refusal)
    htmx = bool(getattr(request, "htmx", False))
    template = "web/refusal.html#refusal" if htmx else "web/refusal.html"
    response = render(request, template, {"refusal": refusal, "status": refusal.status}, status=refusal.status)
    if htmx:
        response.headers["HX-Retarget"] = "#notices"
        response.headers["HX-Reswap"] = "innerHTML show:none"
        response.headers["HX-Push-Url"] = "false"
        response.headers["HX-Reselect"] = "#refusal"
    return response


def page_number(request: HttpRequest) -> int:
    """The ``page`` of the address; 1 when it is absent or absurd."""
    raw = request.GET.get("page", "")
    return (
        min(max(1, int(raw)), LAST_PAGE)
        if raw.isascii() and raw.isdigit() and len(raw) < len(str(LAST_PAGE)) + 1
        else 1
    )


def page_size(request: HttpRequest) -> int:
    """The ``size`` of the address when it is one of PAGE_SIZES, else DEFAULT_SIZE."""
    raw = request.GET.get("size", "")
    return int(raw) if raw in {str(size) for size in PAGE_SIZES} else DEFAULT_SIZE


def page_of_rows(request: HttpRequest, rows: Sequence[Row]) -> Page[Row]:
    """The page of these rows that the address asks for, where all of them are at hand."""
    number, size = page_number(request), page_size(request)
    return Page(rows=tuple(rows[(number - 1) * size : number * size]), number=number, size=size, total=len(rows))


def sort_of(request: HttpRequest, columns: Mapping[str, str], *, default: str) -> tuple[str, ...]:
    """The arguments of ``order_by`` for ``?sort=key`` or ``?sort=-key``; see `order_of`."""
    return order_of(dict(request.GET.lists()), columns, default=default)


class PlaceInList(TypedDict):
    """Which page of a list is asked for: what every query that gives one takes."""

    order: tuple[str, ...]
    number: int
    size: int
    at: Cursor | None


def place_in_list(request: HttpRequest, columns: Mapping[str, str], *, default: str) -> PlaceInList:
    """Where in a list the address stands, to be handed on: ``queries.assets(narrowed, **place_in_list(…))``."""
    return PlaceInList(
        order=sort_of(request, columns, default=default),
        number=page_number(request),
        size=page_size(request),
        at=cursor_of(request),
    )


def facet(
    request: HttpRequest,
    *,
    name: str,
    label: Words,
    options: Iterable[tuple[str, Words, int | None]],
    most: int = MOST_COUNTED,
) -> Facet:
    """A facet whose options know whether the address has chosen them, and the address that toggles each.

    A count above ``most`` means that there are more than so many.
    """
    chosen = set(request.GET.getlist(name))
    return Facet(
        name=name,
        label=label,
        options=tuple(
            FacetOption(
                value=value,
                label=words,
                count=count if count is None else min(count, most),
                is_capped=count is not None and count > most,
                chosen=value in chosen,
                href=_toggled(request, name, value),
            )
            for value, words, count in options
        ),
    )


def is_narrowed(request: HttpRequest) -> bool:
    """Whether the address narrows a list by anything besides order, page and size."""
    return any(value for key, value in request.GET.items() if key not in ARRANGEMENT)


def csv_safe(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def refusal_of_status(status: int) -> Refusal:
    """The house words for a status that no domain has explained."""
    sentences = {
        400: (_("This request could not be read."), _("Go back, reload the page and try again.")),
        403: (
            _("You may not open this page or do this here."),
            _("Ask an administrator for a role that allows it, or go back to where you came from."),
        ),
        404: (
            _("There is nothing at this address that you can see."),
            _("Check the address, or search for the identifier. It may belong to a unit that you have no role in."),
        ),
        409: (
            _("This is not possible as things stand now."),
            _("Reload the page to see the present state, then decide again."),
        ),
        413: (_("What you sent is larger than this installation accepts."), _("Send it in smaller pieces.")),
        422: (_("Some of what you entered cannot be used."), _("Correct the marked fields and send again.")),
        500: (
            _("The program failed. Nothing of this act was saved."),
            _("Try again. If it fails again, tell an administrator the time and what you did; the log has the cause."),
        ),
        503: (_("The program is starting or being maintained."), _("Try again in a minute.")),
    }
    sentence, mend = sentences[status]
    refusal = Refusal(sentence, mend=mend)
    refusal.status = status
    return refusal


def _toggled(request: HttpRequest, name: str, value: str) -> str:
    query = request.GET.copy()
    values = query.getlist(name)
    query.setlist(name, [each for each in values if each != value] if value in values else [*values, value])
    for place in PLACES:
        query.pop(place, None)
    encoded = query.urlencode()
    return f"{request.path}?{encoded}" if encoded else request.path
