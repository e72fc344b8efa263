"""The description of the API as a page on which every operation can be tried, made from the OpenAPI schema itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from ninja import NinjaAPI

from burgrave.web.errors import Refusal
from burgrave.web.rest.api import Details
from burgrave.web.rest.problems import MEDIA_TYPE, name_of

DEPTH = 4
STRINGS = {"uuid": "00000000-0000-4000-8000-000000000000", "date-time": "2026-01-31T12:00:00Z", "date": "2026-01-31"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """``example`` fills the field of the form; it is "" where nothing sensible is known."""

    name: str
    place: str
    required: bool
    type: str
    description: str
    choices: tuple[str, ...] = ()
    example: str = ""
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: str
    description: str
    shape: str
    is_problem: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """One operation. ``body`` is an example of what it takes, as JSON; "" without a body."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    takes_files: bool
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    name: str
    operations: tuple[OperationRow, ...]


def docs_view(api: NinjaAPI) -> Callable[[HttpRequest], HttpResponse]:
    """The view of the page; the schema is read once, when it is asked for first."""

    @cache
    def described() -> tuple[str, tuple[Chapter, ...]]:
        schema = api.get_openapi_schema()
        return schema["info"]["version"], tuple(chapters_of(schema))

    @require_GET
    def docs(request: HttpRequest) -> HttpResponse:
        version, chapters = described()
        context = {
            "title": _("API"),
            "chapters": chapters,
            "count": sum(len(chapter.operations) for chapter in chapters),
            "version": version,
            "problems": problems(),
        }
        return render(request, "web/api.html", context)

    return docs


def chapters_of(schema: Details) -> Iterator[Chapter]:
    """The operations by their first tag, in the order of the schema."""
    found: dict[str, list[OperationRow]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            row = _operation(path, method, operation, schema)
            found.setdefault((operation.get("tags") or ["other"])[0], []).append(row)
    for name, rows in found.items():
        yield Chapter(name=name, operations=tuple(rows))


def problems() -> tuple[tuple[str, int, str], ...]:
    """Every kind of refusal that the program knows: its name, its status and its meaning."""
    found: dict[str, tuple[str, int, str]] = {}
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if not kind.__module__.startswith("burgrave.") or ".tests" in kind.__module__:
                continue
            meaning = (kind.__doc__ or "").strip().split("\n")[0]
            found.setdefault(name_of(kind), (name_of(kind), kind.status, meaning))
    return tuple(found[name] for name in sorted(found))


def _operation(path: str, method: str, operation: Details, schema: Details) -> OperationRow:
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {}).get("schema")
    return OperationRow(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        parameters=tuple(_parameter(each, schema) for each in operation.get("parameters", ())),
        body=json.dumps(example_of(body, schema), indent=2, ensure_ascii=False) if body else "",
        takes_files="multipart/form-data" in content,
        answers=tuple(_answer(status, each) for status, each in operation["responses"].items()),
    )


def _parameter(given: Details, schema: Details) -> Parameter:
    shape = _resolved(given.get("schema", {}), schema)
    items = _resolved(shape.get("items", {}), schema)
    default = shape.get("default", "")
    return Parameter(
        name=given["name"],
        place=given["in"],
        required=given.get("required", False),
        type=shape.get("format") or items.get("type") or shape.get("type") or "",
        description=given.get("description", ""),
        choices=tuple(str(each) for each in shape.get("enum") or items.get("enum") or ()),
        example="" if isinstance(default, list | dict) or default is None else str(default),
        many=shape.get("type") == "array",
    )


def _answer(status: object, given: Details) -> Answer:
    content: Details = given.get("content", {})
    shape: Details = next(iter(content.values()), {"schema": {}}).get("schema", {})
    name = shape.get("$ref", "").rpartition("/")[2] or shape.get("title") or shape.get("type") or ""
    return Answer(
        status=str(status), description=given.get("description", ""), shape=name, is_problem=MEDIA_TYPE in content
    )


def example_of(shape: Details, schema: Details, depth: int = DEPTH) -> Any:  # JSON of any kind
    """A value of the shape, to be edited: the default where there is one, else the plainest value of its type."""
    shape = _resolved(shape, schema)
    for known in (shape.get("default"), *shape.get("enum", ())):
        if known is not None:
            return known
    for choice in ("anyOf", "oneOf", "allOf"):
        if shape.get(choice):
            return example_of(shape[choice][0], schema, depth)
    kind = shape.get("type")
    if kind == "object" and depth:
        return {name: example_of(each, schema, depth - 1) for name, each in shape.get("properties", {}).items()}
    if kind == "array" and depth:
        return [example_of(shape.get("items", {}), schema, depth - 1)]
    if kind == "string":
        return STRINGS.get(shape.get("format", ""), "")
    return {"integer": shape.get("minimum", 0), "number": shape.get("minimum", 0), "boolean": False}.get(kind or "")


def _resolved(shape: Details, schema: Details) -> Details:
    while "$ref" in shape:
        shape = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    return shape
