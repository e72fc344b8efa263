"""The JSON API of imports: a file is brought, looked at, mapped, tried, and then written, as on the pages.

Working on a file takes as long as it takes: `check` and `apply` answer at once, and the import says how far it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AfterValidator, Field

from burgrave.engines.sheets import Choices, Formulas, Mapped, SheetError
from burgrave.imports import commands, queries
from burgrave.imports.terms import ImportState, ImportTarget, ImportView, Reads
from burgrave.jobs.terms import JobState
from burgrave.ledger.terms import storable
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, PageIn, PageOut
from burgrave.web.rest.versions import IfMatch, etag_of, expected_version
from burgrave.web.terms import Actor, Page
from burgrave.web.uploads import received_files, receives_files

router = Router(tags=["imports"])

Name = Annotated[str, Field(max_length=1_000), AfterValidator(storable)]
MOST_FIELDS, MOST_VALUES = 100, 1_000


class ChoiceOut(FromRow):
    value: str
    label: str
    label_zh: str


class FieldOut(FromRow):
    """``choices`` is empty where any text may stand."""

    name: str
    label: str
    label_zh: str
    is_required: bool
    choices: list[ChoiceOut]


class OptionOut(FromRow):
    """A switch where there are no choices: ``on`` or empty."""

    name: str
    label: str
    label_zh: str
    help: str
    default: str
    choices: list[ChoiceOut]


class TargetOut(Schema):
    """A kind of objects that files are imported into; a ``document`` says itself what is what."""

    kind: str
    label: str
    label_zh: str
    reads: Reads
    fields: list[FieldOut]
    options: list[OptionOut]


class ImportOut(FromRow):
    """The counts are those of the last dry run, or of what was done."""

    import_id: UUID
    target: str
    state: ImportState
    name: str
    size_bytes: int
    sha256: str
    person_id: UUID | None
    person_name: str
    created_at: datetime
    changed_at: datetime
    rows: int
    new: int
    changed: int
    same: int
    fault_count: int
    refusal: str
    version: int


class WorkOut(FromRow):
    """How far the worker is; ``done`` and ``total`` count rows."""

    state: JobState
    done: int
    total: int
    rate_per_second: float | None
    seconds_left: float | None


class TableIn(Schema):
    """How the file is read as a table; what is empty is found out. ``header_line`` counts from 1."""

    sheet: Name = ""
    encoding: str = Field("", max_length=40)
    delimiter: str = Field("", max_length=1)
    header_line: int = Field(0, ge=0, le=10_000)
    formulas: Formulas = Formulas.TAKE


class MappingIn(Schema):
    """``columns`` names the column of each field; ``values`` what a text of a field stands for."""

    columns: dict[Name, Name] = Field(max_length=MOST_FIELDS)
    values: dict[Name, Annotated[dict[Name, Name], Field(max_length=MOST_VALUES)]] = Field({}, max_length=MOST_FIELDS)
    options: dict[Name, Name] = Field({}, max_length=MOST_FIELDS)


class MappingOut(Schema):
    columns: dict[str, str]
    values: dict[str, dict[str, str]]


class ImportDetailOut(Schema):
    """``work`` is None where nothing works on the file; ``figures`` are further counts, each with its words."""

    row: ImportOut
    table: TableIn
    mapping: MappingOut | None
    options: dict[str, str]
    notes: list[str]
    figures: list[tuple[str, int]]
    work: WorkOut | None


class ColumnsOut(Schema):
    """``mapping`` is what was said, with ``is_guessed`` what the names of the columns suggest."""

    sheets: list[str]
    header: list[str]
    mapping: MappingOut
    is_guessed: bool
    unused: list[str]
    notes: list[str]


class FaultOut(FromRow):
    """Why a row cannot be used, with its cells; ``line`` counts as in the file."""

    line: int
    column: str
    found: str
    expected: str
    mend: str
    cells: list[str]


class ChangeOut(FromRow):
    """What would be changed: name, old and new of each field; ``key`` identifies the object."""

    line: int
    key: str
    name: str
    fields: list[tuple[str, str, str]]


@router.get("/imports", response=PageOut[ImportOut])
def imports(request: HttpRequest, wanted: Query[PageIn]) -> Page[Any]:
    """One's own imports, newest first; those of everybody where one may do it everywhere."""
    actor = actor_of(request)
    _usable(actor)
    return queries.imports(number=wanted.page, size=wanted.size, actor=actor)


@router.get("/imports/targets", response=list[TargetOut])
def import_targets(request: HttpRequest) -> list[dict[str, object]]:
    """What files can be imported into, with the fields and options of each."""
    actor = actor_of(request)
    return [
        {
            "kind": each.kind,
            "label": each.label,
            "label_zh": each.label_zh,
            "reads": each.reads,
            "fields": each.fields(actor=actor),
            "options": each.options(actor=actor),
        }
        for each in _usable(actor)
    ]


# As for event files: whoever is not signed in never comes here, and the body streams by before anything reads it.
@router.post("/imports/targets/{target}", response={201: ImportOut}, auth=None)
def bring_file(request: HttpRequest, target: str) -> HttpResponse | Status[object]:
    """Bring one file as multipart/form-data; it is hashed while it arrives, and waits to be looked at."""
    wanted = queries.target(target)

    def receive(request: HttpRequest) -> HttpResponse:
        files = received_files(request)
        if len(files) != 1:
            raise BadInput("one file is imported at a time", mend="Send each in a request of its own.")
        made = commands.receive_file(
            files[0].digest, name=files[0].name, target=target, actor=actor_of(request), now=timezone.now()
        )
        found = queries.one(made, actor=actor_of(request))
        answer = HttpResponse(
            ImportOut.from_orm(found.row).model_dump_json(), status=201, content_type="application/json"
        )
        answer["ETag"] = etag_of(found.row.version)
        return answer

    return receives_files(permission=wanted.permission)(receive)(request)


@router.get("/imports/{uuid:import_id}", response=ImportDetailOut)
def import_state(request: HttpRequest, response: HttpResponse, import_id: UUID) -> dict[str, object]:
    """Where the import stands; its ETag is what a change names."""
    return _detail(import_id, response, actor_of(request))


@router.get("/imports/{uuid:import_id}/columns", response=ColumnsOut)
def import_columns(request: HttpRequest, import_id: UUID) -> dict[str, object]:
    """The columns as the file is read now, and what each would fill."""
    found = queries.columns_of(import_id, actor=actor_of(request))
    return {
        "sheets": list(found.sheets),
        "header": list(found.header),
        "mapping": _mapping(found.mapped),
        "is_guessed": found.is_guessed,
        "unused": list(found.unused),
        "notes": list(found.notes),
    }


@router.put("/imports/{uuid:import_id}/table", response=ImportDetailOut)
def read_import_as(
    request: HttpRequest, response: HttpResponse, import_id: UUID, sent: TableIn, if_match: IfMatch
) -> dict[str, object]:
    """Say how the file is read; what was said of its columns before is forgotten."""
    actor, version = actor_of(request), expected_version(if_match)
    try:
        choices = Choices(**sent.model_dump())
    except SheetError as error:
        raise BadInput(str(error)) from error
    commands.choose(import_id, choices, version=version, actor=actor, now=timezone.now())
    return _detail(import_id, response, actor)


@router.put("/imports/{uuid:import_id}/mapping", response=ImportDetailOut)
def map_import(
    request: HttpRequest, response: HttpResponse, import_id: UUID, sent: MappingIn, if_match: IfMatch
) -> dict[str, object]:
    """Say which column fills which field; without it the names of the columns decide."""
    actor, version = actor_of(request), expected_version(if_match)
    values = {name: {text.casefold(): value for text, value in meant.items()} for name, meant in sent.values.items()}
    mapped = Mapped(columns=sent.columns, values=values)
    commands.map_columns(import_id, mapped, options=sent.options, version=version, actor=actor, now=timezone.now())
    return _detail(import_id, response, actor)


@router.post("/imports/{uuid:import_id}/check", response={202: ImportDetailOut})
def check_import(request: HttpRequest, response: HttpResponse, import_id: UUID) -> Status[object]:
    """Begin a dry run: a worker says what the file would do, and changes nothing."""
    actor = actor_of(request)
    commands.start_check(import_id, actor=actor, now=timezone.now())
    return Status(202, _detail(import_id, response, actor))


@router.get("/imports/{uuid:import_id}/faults", response=PageOut[FaultOut])
def import_faults(request: HttpRequest, import_id: UUID, wanted: Query[PageIn]) -> Page[Any]:
    """What the last dry run found wrong, in the order of the file; at most 10,000 are kept."""
    queries.permit(import_id, actor=actor_of(request))
    return queries.faults(import_id, number=wanted.page, size=wanted.size)


@router.get("/imports/{uuid:import_id}/changes", response=PageOut[ChangeOut])
def import_changes(request: HttpRequest, import_id: UUID, wanted: Query[PageIn]) -> Page[Any]:
    """What would be changed of what is there; at most 500 are kept."""
    queries.permit(import_id, actor=actor_of(request))
    return queries.changes(import_id, number=wanted.page, size=wanted.size)


@router.post("/imports/{uuid:import_id}/apply", response={202: ImportDetailOut})
def apply_import(request: HttpRequest, response: HttpResponse, import_id: UUID, if_match: IfMatch) -> Status[object]:
    """Begin to do what the dry run said, all of it or nothing; If-Match names the version whose counts were read."""
    actor = actor_of(request)
    queries.permit(import_id, actor=actor)
    commands.start_apply(import_id, version=expected_version(if_match), actor=actor, now=timezone.now())
    return Status(202, _detail(import_id, response, actor))


@router.post("/imports/{uuid:import_id}/cancel", response=ImportDetailOut)
def cancel_import(request: HttpRequest, response: HttpResponse, import_id: UUID) -> dict[str, object]:
    """Stop the worker; nothing was changed."""
    actor = actor_of(request)
    commands.cancel(import_id, actor=actor, now=timezone.now())
    return _detail(import_id, response, actor)


@router.post("/imports/{uuid:import_id}/discard", response=ImportDetailOut)
def discard_import(request: HttpRequest, response: HttpResponse, import_id: UUID) -> dict[str, object]:
    """Put the file aside: nothing of it will be done."""
    actor = actor_of(request)
    commands.discard(import_id, actor=actor, now=timezone.now())
    return _detail(import_id, response, actor)


def _usable(actor: Actor) -> tuple[ImportTarget, ...]:
    """Raises Forbidden."""
    usable = queries.usable_targets(actor=actor)
    if not usable:
        raise Forbidden("you may import nothing: each kind of file asks for a permission of its own")
    return usable


def _detail(import_id: UUID, response: HttpResponse, actor: Actor) -> dict[str, object]:
    view = queries.one(import_id, actor=actor)
    response["ETag"] = etag_of(view.row.version)
    choices, mapped = view.source.choices, view.source.mapped
    return {
        "row": view.row,
        "table": {
            "sheet": choices.sheet,
            "encoding": choices.encoding,
            "delimiter": choices.delimiter,
            "header_line": choices.header_line,
            "formulas": choices.formulas,
        },
        "mapping": None if mapped is None else _mapping(mapped),
        "options": dict(view.source.options),
        "notes": list(view.notes),
        "figures": list(view.figures),
        "work": _work(view),
    }


def _work(view: ImportView) -> object:
    if view.row.state not in {ImportState.CHECKING, ImportState.APPLYING}:
        return None
    return queries.job_of(view.row, now=timezone.now())


def _mapping(mapped: Mapped) -> dict[str, object]:
    return {
        "columns": dict(mapped.columns),
        "values": {name: dict(meant) for name, meant in mapped.values.items()},
    }
