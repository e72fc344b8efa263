"""Measure matching beside DuckDB: every rule as one SQL query over the same columns, one thread.

    python benchmarks/detection_duckdb.py [RULES [EVENTS]] [--count 20000] [--mix recorded|endpoint|processes]

The volume is that of ``detection_volume.py``: one Arrow table per kind of event. DuckDB gets these tables loaded into
its own memory, with every text also in folded case, so that no query folds anything; neither the loading nor the
folding is counted. Each rule asks each table of its log sources by one query of contains, starts_with, ends_with, LIKE,
and regexp_matches, which is RE2 as in the engine. Networks, parts of times, keywords and references to other fields
have no short SQL; rules that hold them are left out on both sides, and their number is printed. Printed are CPU
seconds, events per CPU second, their ratio, and how many matches only one of both has.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

from burgrave.engines.detection import RuleSet, compile_rules
from burgrave.engines.detection.columns import folded_array
from burgrave.engines.detection.expressions import And, Kind, Node, Not, Or, Test, tests
from burgrave.engines.detection.logsources import target_of
from detection_volume import LEARNING, SHIPPED, Tables, loaded_rules, print_mix, recorded, volume, working_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from burgrave.engines.detection.logsources import Target

Triple = tuple[int, int, str]  # table, row, rule
NO_SQL = {Kind.CIDR, Kind.TIME_PART, Kind.SAME_AS}
OPERATORS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "neq": "<>"}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("rules", type=Path, nargs="?", default=SHIPPED)
    parser.add_argument("events", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--mix", choices=("recorded", "endpoint", "processes"), default="recorded")
    chosen = parser.parse_args()
    whole = loaded_rules(chosen.rules)
    rules = tuple(rule for rule in whole.rules if can_be_sql(rule.expression))
    print(f"left    {len(whole.rules) - len(rules)} rules out that have no short SQL")
    base = recorded(sorted(chosen.events.rglob("*.evtx")) if chosen.events else [working_day()])
    volumes = [volume(base, chosen.count, chosen.mix, seed) for seed in range(LEARNING + 1)]
    print_mix(volumes[-1], chosen.mix)
    engine = compile_rules(RuleSet(rules=rules, faults=(), unmapped=()))
    for tables in volumes[:-1]:
        for source, table in tables:
            engine.hits(table, source=source)
    count = sum(table.num_rows for _, table in volumes[-1])

    started = time.process_time()
    ours = {
        (place, int(row), rule.id)
        for place, (source, table) in enumerate(volumes[-1])
        for rule, rows in engine.hits(table, source=source)
        for row in rows
    }
    matching = time.process_time() - started
    database = filled(volumes[-1])
    started = time.process_time()
    theirs = set(ask_all(RuleSet(rules=rules, faults=(), unmapped=()), volumes[-1], database))
    querying = time.process_time() - started
    print(f"engine  {matching:8.2f} CPU s {count / matching:>12,.0f} events/CPU s  ({len(ours):,} matches)")
    print(f"DuckDB  {querying:8.2f} CPU s {count / querying:>12,.0f} events/CPU s  ({len(theirs):,} matches)")
    print(f"ratio   {querying / matching:,.0f} : 1")
    print(f"differ  {len(ours - theirs)} matches only here, {len(theirs - ours)} only in SQL")


def can_be_sql(node: Node) -> bool:
    return not any(test.kind in NO_SQL or test.field is None for test, _ in tests(node, positive=True))


def filled(tables: Tables) -> Any:
    database = duckdb.connect(":memory:")
    database.execute("SET threads = 1")
    for place, (_, table) in enumerate(tables):
        columns: dict[str, Any] = {"row": pa.array(np.arange(table.num_rows))}
        for number, name in enumerate(table.column_names):
            texts = table.column(name).combine_chunks()
            columns[f"p{number}"] = texts
            columns[f"f{number}"] = folded(texts)
        database.register("arrow", pa.table(columns))
        database.execute(f"CREATE TABLE t{place} AS SELECT * FROM arrow")
        database.unregister("arrow")
    return database


def folded(texts: Any) -> Any:
    encoded = texts.dictionary_encode()
    return folded_array(encoded.dictionary).take(encoded.indices)


def ask_all(ruleset: RuleSet, tables: Tables, database: Any) -> Iterator[Triple]:
    names = [{name: number for number, name in enumerate(table.column_names)} for _, table in tables]
    for rule in ruleset.rules:
        for place, (source, _) in enumerate(tables):
            target = target_of(rule.logsource, source)
            if target is None:
                continue
            node = rule.expression if target.only is None else And((rule.expression, target.only))
            query = f"SELECT row FROM t{place} WHERE {clause(node, target, names[place])}"
            for (row,) in database.execute(query).fetchall():
                yield place, row, rule.id


def clause(node: Node, target: Target, places: dict[str, int]) -> str:
    match node:
        case And(parts):
            return "(" + " AND ".join(clause(part, target, places) for part in parts) + ")"
        case Or(parts):
            return "(" + " OR ".join(clause(part, target, places) for part in parts) + ")"
        case Not(part):
            return f"NOT {clause(part, target, places)}"
        case Test():
            return question(node, target, places)


def question(test: Test, target: Target, places: dict[str, int]) -> str:
    if test.field in target.view.derived:
        return "false"
    name = target.view.columns.get(str(test.field), str(test.field))
    if name not in places:
        return "true" if test.kind is Kind.ABSENT else "false"
    plain = f"p{places[name]}"
    if test.kind in {Kind.ABSENT, Kind.EXISTS}:
        return f"({plain} IS {'' if test.kind is Kind.ABSENT else 'NOT '}NULL)"
    return f"coalesce({written(test, plain, plain if test.cased else f'f{places[name]}')}, false)"


def written(test: Test, plain: str, column: str) -> str:  # noqa: PLR0911 - one line for each kind
    match test.kind:
        case Kind.EQUALS:
            return f"{column} = {quoted(test.operand[0])}"
        case Kind.CONTAINS:
            return f"contains({column}, {quoted(test.operand[0])})"
        case Kind.STARTS:
            return f"starts_with({column}, {quoted(test.operand[0])})"
        case Kind.ENDS:
            return f"ends_with({column}, {quoted(test.operand[0])})"
        case Kind.WILDCARD:
            return f"{column} LIKE {quoted(''.join(map(like, test.operand)))} ESCAPE '\\'"
        case Kind.REGEX:
            return f"regexp_matches({plain}, {quoted(test.operand[0])})"
        case Kind.NUMBER:
            return f"try_cast(trim({plain}) AS DOUBLE) = {test.operand[-1]}"
        case Kind.COMPARE:
            return f"try_cast(trim({plain}) AS DOUBLE) {OPERATORS[test.operand[0]]} {test.operand[-1]}"
        case _:
            raise AssertionError(test.kind)


def like(part: str) -> str:
    if part in {"*", "?"}:
        return "%" if part == "*" else "_"
    return "".join(f"\\{each}" if each in "\\%_" else each for each in part[1:])


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    main()
