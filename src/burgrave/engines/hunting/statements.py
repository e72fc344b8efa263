"""One SELECT over kept events, and nothing else: decided on the tree that DuckDB's own parser gives."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from burgrave.engines.phrases import Phrase

LONGEST_SQL: Final = 20_000
EVENTS: Final = "events"
_TABLE_FUNCTIONS: Final = frozenset({"unnest", "range", "generate_series"})
_FORBIDDEN_FUNCTIONS: Final = frozenset(
    {
        "current_setting", "getvariable", "getenv", "nextval", "currval", "write_log", "sleep_ms", "query",
        "query_table", "json_execute_serialized_sql", "parse_duckdb_log_message", "enable_logging", "set_config",
    }
)  # fmt: skip
_FROM: Final = frozenset(
    {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "CTE", "EMPTY", "PIVOT", "COLUMN_DATA"}
)


class SqlRefused(Exception):
    """The SQL is not run; str() says what was found and what is expected."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A SELECT that may be run, and the tables of events that it reads."""

    sql: str
    tables: frozenset[str]


def checked(sql: str, *, tables: Collection[str]) -> Statement:
    """The SQL is one SELECT, and reads only ``events`` and these tables. Raises SqlRefused."""
    if len(sql) > LONGEST_SQL:
        raise SqlRefused(
            Phrase("SQL may have %(most)s characters, got %(got)s", most=f"{LONGEST_SQL:,}", got=f"{len(sql):,}")
        )
    if not sql.strip() or "\x00" in sql:
        raise SqlRefused(Phrase("expected one SELECT statement, got none"))
    with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as connection:
        try:
            statements = connection.extract_statements(sql)
        except duckdb.Error as error:
            raise SqlRefused(sentence(error)) from error
        if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
            kinds = ", ".join(str(each.type).rpartition(".")[2] for each in statements) or "none"
            raise SqlRefused(Phrase("expected one SELECT statement, got %(kinds)s", kinds=kinds))
        tree = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [statements[0].query]).fetchone()
    parsed: dict[str, Any] = json.loads(tree[0]) if tree else {"error": True}
    if parsed.get("error"):
        raise SqlRefused(
            Phrase(
                "expected one SELECT statement, got what cannot be taken apart: %(why)s",
                why=str(parsed.get("error_message")),
            )
        )
    nodes = list(_nodes(parsed))
    used = _tables(nodes, known={EVENTS, *tables})
    _functions(nodes)
    return Statement(sql=statements[0].query.rstrip().rstrip(";"), tables=frozenset(used))


def sentence(error: Exception) -> str:
    """What DuckDB says, on one line and without paths."""
    first = str(error).strip().split("\n\n")[0].split("\nLINE ")[0].replace("\n", " ")
    return re.sub(r"/[^\s\"']*", "…", first)[:500]


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    pending = [tree]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            yield each
            pending.extend(each.values())
        elif isinstance(each, list):
            pending.extend(each)


def _tables(nodes: list[dict[str, Any]], *, known: Collection[str]) -> set[str]:
    own = {str(entry["key"]).lower() for node in nodes for entry in _entries(node)}
    own |= {str(node["cte_name"]).lower() for node in nodes if isinstance(node.get("cte_name"), str)}
    names = {name.lower(): name for name in known}
    used: set[str] = set()
    for node in nodes:
        kind = node.get("type")
        if kind == "BASE_TABLE":
            path = [node.get("catalog_name"), node.get("schema_name"), node.get("table_name")]
            name = ".".join(str(part) for part in path if part)
            if name.lower() in names:
                used.add(names[name.lower()])
            elif name.lower() not in own:
                raise SqlRefused(
                    Phrase("there is no table %(name)s; there are: %(known)s", name=name[:80], known=_some(known))
                )
        elif kind == "TABLE_FUNCTION":
            name = str(node.get("function", {}).get("function_name", "")).lower()
            if name not in _TABLE_FUNCTIONS:
                raise SqlRefused(
                    Phrase("the table function %(name)s is not at hand: a hunt reads kept events only", name=name[:80])
                )
        elif "sample" in node and "alias" in node and kind not in _FROM:
            raise SqlRefused(Phrase("expected a SELECT over kept events; SHOW, DESCRIBE and the like are not at hand"))
    return used


def _entries(node: dict[str, Any]) -> list[dict[str, Any]]:
    found = node.get("cte_map")
    return list(found.get("map", [])) if isinstance(found, dict) else []


def _functions(nodes: list[dict[str, Any]]) -> None:
    for node in nodes:
        name = str(node.get("function_name", "")).lower()
        if name in _FORBIDDEN_FUNCTIONS:
            raise SqlRefused(Phrase("the function %(name)s is not at hand in a hunt", name=name))


def _some(names: Collection[str], most: int = 12) -> str:
    found = sorted(names, key=lambda name: (name != EVENTS, name))
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more
