"""One page of a list at a cost that does not grow with the table: counted to a limit, and walked on by what was seen.

Up to MOST_COUNTED rows a page has a number. Beyond, it begins after the last row of the page before it (a *cursor* in
the address), so that nothing is skipped by counting. The end is the beginning of the reversed order.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.core.exceptions import EmptyResultSet, FieldDoesNotExist, ValidationError
from django.db import connection
from django.db.models import BooleanField, Expression, F, Field, Model, Q, QuerySet, Value
from django.http import HttpRequest

from burgrave.web.errors import BadInput
from burgrave.web.terms import MOST_COUNTED, Cursor, Page

DEEP = 1_000
"""From so many rows on, the ids of a page are found first and their joined rows after that."""
END = "end"
LONGEST_CURSOR = 2_000

KeyT = TypeVar("KeyT")
ModelT = TypeVar("ModelT", bound=Model)
RowT = TypeVar("RowT")


def cursor_of(request: HttpRequest) -> Cursor | None:
    """Where the address says that the page begins or ends; None for a numbered page."""
    for name in ("after", "before"):
        if text := request.GET.get(name, ""):
            return Cursor(text=text[:LONGEST_CURSOR], is_backwards=name == "before")
    return None


def order_of(asked: Mapping[str, Sequence[str]], columns: Mapping[str, str], *, default: str) -> tuple[str, ...]:
    """The arguments of ``order_by`` for the ``sort`` of an address, ``key`` or ``-key``; an unknown key is the default.

    ``columns`` maps a key of the address to a field, several fields separated by a space.
    """
    sort = next(reversed(asked.get("sort", ())), default)
    if sort.removeprefix("-") not in columns:
        sort = default
    fields = columns[sort.removeprefix("-")].split()
    return tuple(_flipped(field) for field in fields) if sort.startswith("-") else tuple(fields)


def page_of(
    queryset: QuerySet[ModelT, RowT],
    *,
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
    total: int | None = None,
    most: int | None = None,
) -> Page[RowT]:
    """Cut one page out of an ordered queryset, in three statements at most; a number past the end gives the last page.

    ``total`` is the number of rows where it is known already, counted to one more than ``most`` (MOST_COUNTED) at most.
    Raises BadInput for a cursor that this order did not give.
    """
    if at is not None:
        return _beside(queryset, at, size=size)
    most = MOST_COUNTED if most is None else most
    counted = bounded_count(queryset, most=most) if total is None else total
    is_capped = counted > most
    counted = min(counted, most)
    last = max(1, -(-counted // size))
    number = min(max(1, number), last)
    rows = _rows(queryset, (number - 1) * size, min(number * size, counted) if is_capped else number * size)
    goes_on = is_capped and number == last
    return Page(
        rows=rows,
        number=number,
        size=size,
        total=counted,
        is_capped=is_capped,
        after=_cursor(queryset, rows[-1]) if goes_on and rows else "",
        has_end=is_capped and _ordered_fields(queryset) is not None,
    )


def bounded_count(queryset: QuerySet[Any, Any], *, most: int = MOST_COUNTED) -> int:
    """How many rows there are, counted to ``most`` + 1 and no further."""
    return queryset.order_by()[: most + 1].count()


def bounded_counts(querysets: Mapping[KeyT, QuerySet[Any, Any]]) -> dict[KeyT, int]:
    """How many rows each has, in one statement; each is cut already to as many as may be counted."""
    parts: list[str] = []
    parameters: list[Any] = []
    for place, found in enumerate(querysets.values()):
        try:
            sql, given = found.values("pk").query.sql_with_params()
        except EmptyResultSet:
            parts.append("0")
            continue
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted_{place})")  # noqa: S608 - Django wrote what stands in it
        parameters.extend(given)
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        counts = cursor.fetchone()
    return dict(zip(querysets, map(int, counts), strict=True))


def bounded_groups(querysets: Mapping[str, QuerySet[Any, Any]]) -> dict[tuple[str, str], int]:
    """How many rows of each have which value, in one statement: by the key and the value as text.

    Each gives one column ``value`` and is cut already to as many rows as may be looked at.
    """
    parts: list[str] = []
    parameters: list[Any] = []
    for key, found in querysets.items():
        try:
            sql, given = found.query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"SELECT %s, CAST(value AS text) AS told, COUNT(*) FROM ({sql}) AS cut GROUP BY told")  # noqa: S608 - as above
        parameters += [key, *given]
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        return {(key, value): count for key, value, count in cursor.fetchall()}


def _rows(queryset: QuerySet[ModelT, RowT], first: int, last: int) -> tuple[RowT, ...]:
    """The rows, sorted without what is joined to them: where no index has the order, a database sorts all it reads."""
    query = queryset.query
    is_plain = not (query.annotations or query.distinct or query.combinator or query.values_select)
    if not is_plain or (first < DEEP and not query.select_related):
        return tuple(queryset[first:last])
    found = queryset.model._default_manager.filter(pk__in=queryset.values("pk")[first:last])  # noqa: SLF001 - Django's documented model API
    found.query.order_by, found.query.standard_ordering = query.order_by, query.standard_ordering
    found.query.select_related, found.query.deferred_loading = query.select_related, query.deferred_loading
    return cast("tuple[RowT, ...]", tuple(found))


def _beside(queryset: QuerySet[ModelT, RowT], at: Cursor, *, size: int) -> Page[RowT]:
    fields = _ordered_fields(queryset)
    if fields is None:
        raise _no_cursor()
    found: QuerySet[ModelT, RowT] = queryset.reverse() if at.is_backwards else queryset
    if at.text != END:
        found = found.filter(_beyond(fields, _values(fields, at.text), is_backwards=at.is_backwards))
    rows = _rows(found, 0, size + 1)
    more, rows = len(rows) > size, rows[:size]
    rows = rows[::-1] if at.is_backwards else rows
    has_next = at.text != END if at.is_backwards else more
    has_previous = more if at.is_backwards else True
    return Page(
        rows=rows,
        number=0,
        size=size,
        total=len(rows),
        is_capped=True,
        after=_cursor(queryset, rows[-1]) if rows and has_next else "",
        before=_cursor(queryset, rows[0]) if rows and has_previous else "",
        has_end=True,
    )


@dataclass(frozen=True, slots=True)
class _Ordered:
    """One field of the order: its name, the model field that reads its values, and its direction."""

    name: str
    field: Field[Any, Any]
    is_falling: bool


def _ordered_fields(queryset: QuerySet[Any, Any]) -> tuple[_Ordered, ...] | None:
    """The fields of the order; None where one is computed or may be empty, so that no row can be named by it."""
    found = []
    for each in queryset.query.order_by:
        if not isinstance(each, str) or each.lstrip("-") in queryset.query.annotations:
            return None
        name = each.removeprefix("-")
        field = _field(queryset.model, name)
        if field is None or field.null:
            return None
        found.append(_Ordered(name, field, each.startswith("-")))
    return tuple(found) or None


def _field(model: type[Model], name: str) -> Field[Any, Any] | None:
    here: Any = model
    field: Any = None
    for step in name.split("__"):
        try:
            field = here._meta.pk if step == "pk" else here._meta.get_field(step)  # noqa: SLF001 - Django names its fields nowhere else
        except FieldDoesNotExist:
            return None
        if field.is_relation:
            if field.null:
                return None
            here = field.related_model
    return None if field is None or field.is_relation else field


def _cursor(queryset: QuerySet[Any, Any], row: object) -> str:
    fields = _ordered_fields(queryset)
    if fields is None:
        return ""
    values = []
    for each in fields:
        value: Any = row
        for step in each.name.split("__"):
            value = getattr(value, step)
        values.append(value if isinstance(value, int | str) else str(value))
    return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode().rstrip("=")


def _values(fields: Sequence[_Ordered], text: str) -> list[Any]:
    try:
        given = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(given, list) or len(given) != len(fields):
            raise _no_cursor()
        return [each.field.to_python(value) for each, value in zip(fields, given, strict=True)]
    except (ValueError, TypeError, ValidationError, binascii.Error) as error:
        raise _no_cursor() from error


def _no_cursor() -> BadInput:
    return BadInput(
        "the address names a place in the list that is not there in this order",
        mend="Go back to the first page of the list.",
    )


def _beyond(fields: Sequence[_Ordered], values: Sequence[Any], *, is_backwards: bool) -> Q | Expression:
    falling = [each.is_falling != is_backwards for each in fields]
    if len(set(falling)) == 1:
        return RowBeyond(fields, values, is_falling=falling[0])
    chain = Q()
    for place in reversed(range(len(fields))):
        name, value = fields[place].name, values[place]
        beyond = Q(**{f"{name}__{'lt' if falling[place] else 'gt'}": value})
        chain = beyond | (Q(**{name: value}) & chain) if chain else beyond
    return Q(**{f"{fields[0].name}__{'lte' if falling[0] else 'gte'}": values[0]}) & chain


class RowBeyond(Expression):
    """``(a, b, c) > (x, y, z)``: both databases read it off an index on these columns."""

    conditional = True

    def __init__(self, fields: Sequence[_Ordered], values: Sequence[Any], *, is_falling: bool) -> None:
        super().__init__(output_field=BooleanField())
        self.sign = "<" if is_falling else ">"
        self.columns: list[Any] = [F(each.name) for each in fields]
        self.values: list[Any] = [
            Value(value, output_field=each.field) for each, value in zip(fields, values, strict=True)
        ]

    def get_source_expressions(self) -> list[Any]:
        return [*self.columns, *self.values]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        half = len(exprs) // 2
        self.columns, self.values = list(exprs[:half]), list(exprs[half:])

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG002 - Django's signature
        parts: list[str] = []
        parameters: list[Any] = []
        for side in (self.columns, self.values):
            compiled = [compiler.compile(each) for each in side]
            parts.append(f"({', '.join(sql for sql, _given in compiled)})")
            for _sql, given in compiled:
                parameters.extend(given)
        return f"{parts[0]} {self.sign} {parts[1]}", tuple(parameters)


def _flipped(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"
