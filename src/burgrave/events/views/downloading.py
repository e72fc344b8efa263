"""What a hunt found as a file."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import IO, Final

from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from burgrave.engines.hunting.giving import FileFormat
from burgrave.events import commands, queries
from burgrave.events.terms import HUNT, HuntFile
from burgrave.web.downloads import ReadOnce, file_answer
from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import Actor

IN_MEMORY: Final = 1024 * 1024
CHUNK: Final = 64 * 1024


@require_POST
def download(request: BurgraveRequest) -> HttpResponseBase:
    """What the page with this address shows, as a file; the ledger knows of it before its first byte leaves."""
    actor = request.actor
    actor.must_anywhere(HUNT)
    wanted = request.POST.get("format", "")
    if wanted not in set(FileFormat):
        raise BadInput(_("A hunt is downloaded as JSON Lines, CSV or Parquet."))
    asked = dict(QueryDict(request.POST.get("query", "")[:50_000]).lists())
    with ExitStack() as until_answered:
        file = until_answered.enter_context(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))
        given = _given(asked, FileFormat(wanted), file, actor)
        until_answered.pop_all()
    return _answer(file, given, FileFormat(wanted))


def _given(asked: dict[str, list[str]], form: FileFormat, file: IO[bytes], actor: Actor) -> HuntFile:
    now = timezone.now()
    if asked.get("mode", [""])[-1] == "sql":
        return commands.download_answer(asked.get("sql", [""])[-1], form=form, to=file, actor=actor, now=now)
    return commands.download_found(queries.narrowed(asked, now=now), form=form, to=file, actor=actor, now=now)


def _answer(file: IO[bytes], given: HuntFile, form: FileFormat) -> HttpResponseBase:
    """The file, with its number of rows in its name and its headers, and whether there are more."""
    name = f"hunt-{timezone.now():%Y-%m-%d-%H%M}-{given.rows}{'-cut' if given.is_cut else ''}.{form}"
    answer = file_answer(ReadOnce(file, CHUNK), size_bytes=given.size_bytes, name=name)
    answer["X-Rows"] = str(given.rows)
    answer["X-Cut"] = "true" if given.is_cut else "false"
    return answer
