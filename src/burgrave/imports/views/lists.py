"""All imports, and the beginning of a new one."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from burgrave.imports import commands, queries
from burgrave.imports.queries.imports import ORDERS
from burgrave.imports.terms import ImportTarget
from burgrave.imports.views import words
from burgrave.web.errors import Forbidden
from burgrave.web.pages import BurgraveRequest, page_number, page_size, sort_of
from burgrave.web.uploads import received_files, receives_files


@require_safe
def imports(request: BurgraveRequest) -> HttpResponse:
    """The list."""
    usable = _usable(request)
    page = queries.imports(
        number=page_number(request),
        size=page_size(request),
        order=sort_of(request, dict(ORDERS), default="-time"),
        actor=request.actor,
    )
    labels = {each.kind: words.label_of(each) for each in queries.targets().values()}
    shown = {
        "page": page,
        "rows": [(row, words.STATES[row.state], labels.get(row.target, row.target)) for row in page.rows],
        "usable": usable,
    }
    return render(request, "imports/imports.html", shown)


@require_safe
def new(request: BurgraveRequest) -> HttpResponse:
    """What a file can be imported as."""
    shown = {"targets": [(each, words.label_of(each)) for each in _usable(request)]}
    return render(request, "imports/new.html", shown)


@csrf_exempt
def upload(request: BurgraveRequest, target: str) -> HttpResponse:
    """A file is sent for this target. The token against forgery is checked once the body has streamed by."""
    chosen = queries.target(target)
    request.actor.must_anywhere(chosen.permission)

    @receives_files(permission=chosen.permission)
    def receive(request: BurgraveRequest) -> HttpResponse:
        if request.method != "POST":
            shown = {
                "target": chosen,
                "label": words.label_of(chosen),
                "max_bytes": settings.BURGRAVE_MAX_UPLOAD_BYTES,
                "mappings": queries.mappings(target),
            }
            return render(request, "imports/upload.html", shown)
        (file, *_others) = received_files(request)
        made = commands.receive_file(
            file.digest, name=file.name, target=target, actor=request.actor, now=timezone.now()
        )
        step = "imports:table" if chosen.reads == "sheet" else "imports:columns"
        return HttpResponseRedirect(reverse(step, args=[made]))

    return receive(request)


def _usable(request: BurgraveRequest) -> tuple[ImportTarget, ...]:
    usable = queries.usable_targets(actor=request.actor)
    if not usable:
        raise Forbidden("you may import nothing: each kind of file asks for a permission of its own")
    return usable
