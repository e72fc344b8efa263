"""What is read from a request, parsed once; nonsense in an address narrows nothing."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from burgrave.incidents.terms import AlertId, AlertRef
from burgrave.web.errors import BadInput, Refusal
from burgrave.web.pages import BurgraveRequest

WordT = TypeVar("WordT", bound=StrEnum)

LONGEST_SEARCH = 200
MOST_SELECTED = 500


def chosen(request: BurgraveRequest, name: str, words: type[WordT]) -> tuple[WordT, ...]:
    """The values of a facet that the address names."""
    known = {word.value: word for word in words}
    return tuple(known[value] for value in dict.fromkeys(request.GET.getlist(name)) if value in known)


def texts(request: BurgraveRequest, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value[:LONGEST_SEARCH] for value in request.GET.getlist(name)))[:50]


def searched(request: BurgraveRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]


def uuid_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def version_in(request: BurgraveRequest) -> int:
    """The version that the form was made from. Raises BadInput."""
    raw = request.POST.get("version", "")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10):  # noqa: PLR2004 - more digits fit no column
        raise BadInput(
            _("The form does not say which version it was made from."),
            mend=_("Load the page again and repeat the act."),
        )
    return int(raw)


def alert_refs(values: Iterable[str]) -> tuple[AlertRef, ...]:
    """Alerts as ``id:version``, each once. Raises BadInput."""
    refs: dict[UUID, AlertRef] = {}
    for value in values:
        text, _colon, version = value.partition(":")
        alert_id = uuid_of(text)
        if alert_id is None or not (version.isascii() and version.isdigit() and len(version) < 10):  # noqa: PLR2004 - as above
            raise BadInput(
                _("The list of chosen alerts cannot be read."), mend=_("Load the page again and choose anew.")
            )
        refs[alert_id] = AlertRef(alert_id=AlertId(alert_id), version=int(version))
    if len(refs) > MOST_SELECTED:
        raise BadInput(_("At most %(count)s alerts are decided at once.") % {"count": MOST_SELECTED})
    return tuple(refs.values())


def back_to(request: BurgraveRequest, otherwise: str) -> HttpResponseRedirect:
    """Lead back to the page of this installation that the form names, or to ``otherwise``."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if safe and target.startswith("/") else otherwise)


def with_form(
    request: BurgraveRequest, template: str, *, form: object, refusal: Refusal | None, **context: object
) -> HttpResponse:
    """The page with its form; a refusal or a wrong field gives its status, and what was typed stands in the form."""
    errors = getattr(form, "errors", None)
    status = refusal.status if refusal is not None else (422 if errors else 200)
    return render(request, template, {"form": form, "refusal": refusal, **context}, status=status)


def with_query(address: str, request: BurgraveRequest) -> str:
    """The address with the query of this request, so that a list stays as it was narrowed."""
    kept = [(key, value) for key, values in request.GET.lists() for value in values if key != "with"]
    return f"{address}?{urlencode(kept)}" if kept else address
