"""What placeholders of rules stand for: the register, one placeholder, and the rules that lack values."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.detection import commands, queries
from burgrave.detection.forms import PlaceholderForm
from burgrave.detection.terms import READ, RULES
from burgrave.detection.terms.placeholders import PlaceholderFacts, PlaceholderRow, placeholder_subject
from burgrave.detection.views.shared import version_in
from burgrave.ledger import queries as ledger
from burgrave.people import queries as people
from burgrave.web.errors import Forbidden, Refusal
from burgrave.web.pages import BurgraveRequest, page_number, page_size
from burgrave.web.shell import tabs

FORM = ["GET", "HEAD", "POST"]


@require_safe
def placeholders(request: BurgraveRequest) -> HttpResponse:
    """The register, and the rules that cannot run for want of values."""
    actor = request.actor
    actor.must_anywhere(READ)
    shown = {
        "page": queries.placeholders(number=page_number(request), size=page_size(request), actor=actor),
        "wanted": queries.wanted_placeholders(actor=actor),
        "may_change": actor.may_everywhere(RULES),
        "tabs": tabs("detection:placeholders"),
    }
    return render(request, "detection/placeholders.html", shown)


@require_http_methods(FORM)
def add_placeholder(request: BurgraveRequest) -> HttpResponse:
    """A placeholder gets values in a unit."""
    actor = request.actor
    if not actor.may_everywhere(RULES):
        raise Forbidden(_("Whoever may change detection rules everywhere says what placeholders stand for."))
    initial = {"name": request.GET.get("name", "")[:200], "owner": str(actor.person_id or "")}
    form = _form(request, None, initial)
    shown = {"form": form, "refusal": None, "tabs": tabs("detection:placeholders")}
    if request.method != "POST":
        return render(request, "detection/placeholder_form.html", shown)
    if not form.is_valid():
        return render(request, "detection/placeholder_form.html", shown, status=422)
    try:
        made = commands.add_placeholder(PlaceholderFacts(**form.facts()), actor=actor, now=timezone.now())
    except Refusal as refusal:
        return render(request, "detection/placeholder_form.html", shown | {"refusal": refusal}, status=refusal.status)
    messages.success(request, _("Rules that name it are loaded with these values from now on."))
    return HttpResponseRedirect(reverse("detection:placeholder", args=[made]))


@require_http_methods(FORM)
def placeholder(request: BurgraveRequest, placeholder_id: UUID) -> HttpResponse:
    """What it stands for, and who says so; the form changes it."""
    actor = request.actor
    row = queries.placeholder(placeholder_id, actor=actor)
    initial = {
        "name": row.name,
        "unit": str(row.unit_id),
        "values": "\n".join(row.values),
        "owner": str(row.owner_id),
        "reason": row.reason,
    }
    form = _form(request, row, initial)
    if request.method != "POST":
        return render(request, "detection/placeholder.html", _record(request, row, form))
    if not form.is_valid():
        return render(request, "detection/placeholder.html", _record(request, row, form), status=422)
    try:
        facts = PlaceholderFacts(**form.facts() | {"name": row.name, "unit_id": row.unit_id})
        commands.change_placeholder(placeholder_id, facts, version=version_in(request), actor=actor, now=timezone.now())
    except Refusal as refusal:
        shown = _record(request, row, form) | {"refusal": refusal}
        return render(request, "detection/placeholder.html", shown, status=refusal.status)
    messages.success(request, _("Rules that name it are loaded with these values from now on."))
    return HttpResponseRedirect(reverse("detection:placeholder", args=[placeholder_id]))


@require_POST
def remove_placeholder(request: BurgraveRequest, placeholder_id: UUID) -> HttpResponse:
    """It stands for nothing any more."""
    actor = request.actor
    row = queries.placeholder(placeholder_id, actor=actor)
    try:
        commands.remove_placeholder(
            placeholder_id,
            reason=request.POST.get("reason", ""),
            version=version_in(request),
            actor=actor,
            now=timezone.now(),
        )
    except Refusal as refusal:
        shown = _record(request, row, _form(request, row, {})) | {"refusal": refusal}
        return render(request, "detection/placeholder.html", shown, status=refusal.status)
    messages.success(request, _("It is removed; rules that lack values now are named in the register."))
    return HttpResponseRedirect(reverse("detection:placeholders"))


def _form(request: BurgraveRequest, row: PlaceholderRow | None, initial: dict[str, str]) -> PlaceholderForm:
    persons = {str(key): name for key, name in people.everybody().items()}
    if row is not None:
        persons.setdefault(str(row.owner_id), row.owner_name)
    units = [(str(each.unit_id), each.name) for each in people.named_units(RULES, actor=request.actor)]
    is_sent = request.method == "POST" and "values" in request.POST
    return PlaceholderForm(
        request.POST if is_sent else None,
        units=units,
        owners=sorted(persons.items(), key=lambda pair: pair[1]),
        is_new=row is None,
        initial=initial,
    )


def _record(request: BurgraveRequest, row: PlaceholderRow, form: PlaceholderForm) -> dict[str, object]:
    actor = request.actor
    return {
        "row": row,
        "form": form,
        "may_change": actor.may_everywhere(RULES),
        "may_read_ledger": actor.may("ledger.read", row.unit_id),
        "history": ledger.history(placeholder_subject(row.placeholder_id)),
        "tabs": tabs("detection:placeholders"),
        "refusal": None,
    }
