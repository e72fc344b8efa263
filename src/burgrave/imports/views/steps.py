"""The dry run and what it found, and the import itself."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from burgrave.engines.sheets import Cell, write_csv
from burgrave.imports import commands, queries
from burgrave.imports.forms import version_of
from burgrave.imports.terms import MOST_CHANGES, MOST_FAULTS, ImportState, ImportTarget
from burgrave.imports.terms.records import import_subject
from burgrave.imports.views import words
from burgrave.ledger import queries as ledger
from burgrave.web.pages import BurgraveRequest, page_number, page_size, part, refresh, wants_part

DONE = frozenset({ImportState.APPLYING, ImportState.APPLIED, ImportState.DISCARDED})


@require_safe
def one(request: BurgraveRequest, import_id: UUID) -> HttpResponse:
    """Where the import stands: progress, faults, changes, or its outcome."""
    now = timezone.now()
    view = queries.one(import_id, actor=request.actor)
    job = queries.job_of(view.row, now=now)
    working = view.row.state in {ImportState.CHECKING, ImportState.APPLYING}
    if wants_part(request) and request.GET.get("part") == "progress":
        if not working or job is None or not job.state.is_open:
            return refresh()
        return part(request, "imports/one.html#progress", {"view": view, "job": job})
    target = queries.target(view.row.target)
    number, size = page_number(request), page_size(request)
    changes = queries.changes(import_id, number=number, size=size)
    labels = {each.label: words.label_of(each) for each in target.fields(actor=request.actor)}
    shown = {
        "view": view,
        "state": words.STATES[view.row.state],
        "target": target,
        "target_label": words.label_of(target),
        "steps": words.steps_of(view.row, target, current="done" if view.row.state in DONE else "check"),
        "job": job if working else None,
        "gave_up": working and (job is None or not job.state.is_open),
        "faults": queries.faults(import_id, number=number, size=size) if view.row.fault_count else None,
        "changes": changes,
        "change_rows": [
            (each, [(labels.get(name, name), old, new) for name, old, new in each.fields]) for each in changes.rows
        ],
        "most_faults": MOST_FAULTS,
        "most_changes": MOST_CHANGES,
        "may_invite": target.kind == commands.PeopleSheet.kind
        and view.row.state is ImportState.APPLIED
        and view.row.new,
        "may_apply": view.row.state is ImportState.READY and view.row.new + view.row.changed > 0,
        "listed": _listed(target) if view.row.state is ImportState.APPLIED else "",
        "history": ledger.history(import_subject(import_id)),
    }
    return render(request, "imports/one.html", shown)


def _listed(target: ImportTarget) -> str:
    name, query = target.listed
    return f"{reverse(name)}?{query}" if query else reverse(name)


@require_POST
def check(request: BurgraveRequest, import_id: UUID) -> HttpResponse:
    """A dry run begins."""
    commands.start_check(import_id, actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("imports:one", args=[import_id]))


@require_POST
def apply(request: BurgraveRequest, import_id: UUID) -> HttpResponse:
    """What the dry run said is done."""
    version = version_of(request.POST.get("version"))
    commands.start_apply(import_id, version=version, actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("imports:one", args=[import_id]))


@require_POST
def cancel(request: BurgraveRequest, import_id: UUID) -> HttpResponse:
    """The worker stops."""
    commands.cancel(import_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("It was cancelled, and nothing was changed."))
    return HttpResponseRedirect(reverse("imports:one", args=[import_id]))


@require_POST
def discard(request: BurgraveRequest, import_id: UUID) -> HttpResponse:
    """Nothing of the file will be done."""
    commands.discard(import_id, actor=request.actor, now=timezone.now())
    messages.success(request, _("The file was put aside. Nothing of it was done."))
    return HttpResponseRedirect(reverse("imports:imports"))


@require_safe
def faults_csv(request: BurgraveRequest, import_id: UUID) -> StreamingHttpResponse:
    """Every kept fault with the cells of its row, to be mended in a spreadsheet program."""
    queries.permit(import_id, actor=request.actor)
    header = (_("line"), _("column"), _("found"), _("expected"), _("what to do"), _("the row"))
    rows: Iterator[tuple[Cell, ...]] = (
        (each.line, each.column, each.found, each.expected, each.mend, *each.cells)
        for each in queries.fault_rows(import_id)
    )
    answer = StreamingHttpResponse(write_csv(header, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="faults-{import_id}.csv"'
    return answer


@require_POST
def invitations_csv(request: BurgraveRequest, import_id: UUID) -> StreamingHttpResponse:
    """A fresh one-time link for everybody whom the file brought, kept nowhere: asking again kills it."""
    invited = commands.invite(import_id, actor=request.actor, now=timezone.now())
    header = (_("name"), _("e-mail address"), _("link"), _("ends at"))
    rows: Iterator[tuple[Cell, ...]] = (
        (each.name, each.email, request.build_absolute_uri(each.path), each.expires_at) for each in invited
    )
    answer = StreamingHttpResponse(write_csv(header, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="invitations-{import_id}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer
