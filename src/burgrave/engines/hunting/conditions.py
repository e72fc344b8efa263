"""What a question asks of an event, as a condition of SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from burgrave.engines.hunting import sources
from burgrave.engines.hunting.asking import AllOf, AnyOf, Not, Question, Term
from burgrave.engines.hunting.terms import Range

Put: TypeAlias = Callable[[object], str]
"""How a value stands in the text: itself, or a place that is filled when the statement runs."""


def condition_of(question: Question | None, span: Range, columns: Mapping[str, str], put: Put) -> str:
    """What the events of a question fulfil, "true" for all. ``columns`` are by the lower-case name of a field."""
    conditions: list[str] = []
    if span.since is not None:
        conditions.append(f"time >= {put(span.since)}")
    if span.until is not None:
        conditions.append(f"time <= {put(span.until)}")
    if question is not None:
        conditions.append(_condition(question, columns, put))
    return " AND ".join(conditions) or "true"


def _condition(question: Question, columns: Mapping[str, str], put: Put) -> str:
    if isinstance(question, Not):
        return f"NOT coalesce({_condition(question.inner, columns, put)}, false)"
    if isinstance(question, AllOf | AnyOf):
        joint = " AND " if isinstance(question, AllOf) else " OR "
        return "(" + joint.join(_condition(each, columns, put) for each in question.inner) + ")"
    return _like(question, columns, put)


def _like(term: Term, columns: Mapping[str, str], put: Put) -> str:
    column = sources.name_of(columns[term.field.lower()] if term.field else "raw")
    if term.field.lower() in {"time", "place"}:
        column = f"{column}::VARCHAR"
    if term.field and term.pattern == "*" and not term.is_exact:
        return f"({column} IS NOT NULL AND {column} <> '')"
    if term.field and (term.is_exact or not set(term.pattern) & {"*", "?"}):
        return f"lower({column}) = lower({put(term.pattern)}::VARCHAR)"
    pattern = term.pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if not term.is_exact:
        pattern = pattern.replace("*", "%").replace("?", "_")
    return f"{column} ILIKE {put(pattern if term.field else f'%{pattern}%')} ESCAPE '\\'"
