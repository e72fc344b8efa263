"""Measure detection: all Windows rules over real event files, beside one SQL query per rule on SQLite.

    python benchmarks/detection.py [RULES [EVENTS]]

RULES is a folder of Sigma rules, EVENTS one of .evtx files; without them, the rules that ship along and the made-up
working day are taken. Printed are CPU seconds of this process and events per
CPU second for reading, for loading the rules, and for matching: in the first pass, which prepares plans, and in later
ones. The baseline puts the same events into one SQLite table with a column per field, turns each rule's condition into
one WHERE clause by its own small translation (LIKE for wildcards; a function for expressions, networks and times), runs
every query, and compares the answers of both.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from burgrave.engines.detection import Engine, EventSource, RuleSet, compile_rules, load_rules
from burgrave.engines.detection.expressions import And, Kind, Node, Not, Or, Test
from burgrave.engines.detection.folding import fold
from burgrave.engines.detection.logsources import target_of
from burgrave.engines.detection.predicates import predicate
from burgrave.engines.events import Event, batches, read_events
from burgrave.engines.events.sources import source_of
from burgrave.sample.rules.events import workday

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from burgrave.engines.detection.logsources import Target
    from burgrave.engines.events import EventBatch

Pair = tuple[int, str]
MOST_COLUMNS = 1_900  # SQLite takes 2,000 of them


def clocked(what: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    result = what()
    return result, time.process_time() - started


SHIPPED = Path(__file__).resolve().parent.parent / "src" / "burgrave" / "incidents" / "sigma_rules"


def _working_day() -> Path:
    path = Path(tempfile.mkdtemp(prefix="burgrave-bench-")) / "workday.jsonl"
    path.write_bytes(workday(begins=datetime(2026, 3, 2, 8, tzinfo=UTC), seed=1))
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("rules", type=Path, nargs="?", default=SHIPPED)
    parser.add_argument("events", type=Path, nargs="?")
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--no-baseline", action="store_true")
    chosen = parser.parse_args()
    files = sorted(chosen.events.rglob("*.evtx")) if chosen.events else [_working_day()]

    ruleset, seconds = clocked(lambda: load_rules([chosen.rules]))
    print(f"load    {len(ruleset.rules)} rules, {len(ruleset.faults)} faults: {seconds:.2f} CPU s")
    read, reading = clocked(lambda: [item for file in files for item in read_events(file) if isinstance(item, Event)])
    tables, tabling = clocked(lambda: list(batches(read)))
    count = len(read)
    report("read", count, reading)
    report("tables", count, tabling, f" ({len(tables)} batches)")
    engine = compile_rules(ruleset)
    for number in range(chosen.passes):
        found, matching = clocked(lambda: match_all(engine, tables))
        report("match", count, matching, f" ({len(found)} matches, pass {number + 1})")
    if not chosen.no_baseline:
        compare(ruleset, tables, count, found, matching)
    return 0


def report(what: str, count: int, seconds: float, more: str = "") -> None:
    print(f"{what:8}{count} events: {seconds:.2f} CPU s, {count / seconds:,.0f} events per CPU s{more}", flush=True)


def match_all(engine: Engine, tables: list[EventBatch]) -> set[Pair]:
    found: set[Pair] = set()
    first = 0
    for batch in tables:
        found.update((first + match.row, match.rule.id) for match in engine.match(batch.table, source=source_of(batch)))
        first += len(batch.events)
    return found


def compare(ruleset: RuleSet, tables: list[EventBatch], count: int, found: set[Pair], matching: float) -> None:
    database, seconds = clocked(lambda: filled(tables))
    report("insert", count, seconds)
    sources = sorted({source_of(batch) for batch in tables}, key=repr)
    answers, querying = clocked(lambda: set(ask_all(ruleset, sources, database)))
    report("SQL", count, querying, f" ({len(answers)} matches)")
    print(f"ratio   matching takes 1/{querying / matching:.0f} of the CPU time of one SQL query per rule")
    print(f"differ  {len(found - answers)} matches only here, {len(answers - found)} only in SQL")


def filled(tables: list[EventBatch]) -> sqlite3.Connection:
    names = sorted({name for batch in tables for name in batch.table.column_names if not name.startswith("_")})
    if len(names) > MOST_COLUMNS:
        sys.exit(f"the events have {len(names)} fields; SQLite tables have at most {MOST_COLUMNS} here")
    database = sqlite3.connect(":memory:")
    database.create_function("ask", 2, asked, deterministic=True)
    columns = ", ".join(f'"{place}" TEXT' for place in range(len(names)))
    database.execute(f"CREATE TABLE events (row INTEGER PRIMARY KEY, source TEXT, {columns})")
    database.execute("CREATE TABLE names (place INTEGER, name TEXT)")
    database.executemany("INSERT INTO names VALUES (?, ?)", enumerate(names))
    marks = ", ".join("?" * (len(names) + 2))
    first = 0
    for batch in tables:
        source = repr(source_of(batch))
        rows = (
            (first + place, source, *(event.fields.get(name) for name in names))
            for place, event in enumerate(batch.events)
        )
        database.executemany(f"INSERT INTO events VALUES ({marks})", rows)
        first += len(batch.events)
    database.execute("CREATE INDEX by_source ON events (source)")
    return database


PREDICATES: list[Callable[[str, str], bool]] = []


def asked(place: int, text: str | None) -> bool:
    return text is not None and PREDICATES[place](text, fold(text))


def ask_all(ruleset: RuleSet, sources: list[EventSource], database: sqlite3.Connection) -> Iterator[Pair]:
    places = {name: place for place, name in database.execute("SELECT place, name FROM names")}
    for rule in ruleset.rules:
        targets: dict[Target, list[str]] = {}
        for source in sources:
            target = target_of(rule.logsource, source)
            if target is not None:
                targets.setdefault(target, []).append(repr(source))
        for target, names in targets.items():
            node = rule.expression if target.only is None else And((rule.expression, target.only))
            parameters: list[object] = [*names]
            where = clause(node, target, places, parameters)
            marks = ", ".join("?" * len(names))
            query = f"SELECT row FROM events WHERE source IN ({marks}) AND {where}"
            for (row,) in database.execute(query, parameters):
                yield row, rule.id


def clause(node: Node, target: Target, places: dict[str, int], parameters: list[object]) -> str:
    match node:
        case And(parts):
            return balanced("AND", [clause(part, target, places, parameters) for part in parts])
        case Or(parts):
            return balanced("OR", [clause(part, target, places, parameters) for part in parts])
        case Not(part):
            return f"NOT {clause(part, target, places, parameters)}"
        case Test():
            return question(node, target, places, parameters)


def balanced(word: str, clauses: list[str]) -> str:
    """The clauses linked as a tree of little depth: SQLite takes a depth of 1,000."""
    if len(clauses) == 1:
        return clauses[0]
    middle = len(clauses) // 2
    return f"({balanced(word, clauses[:middle])} {word} {balanced(word, clauses[middle:])})"


def question(test: Test, target: Target, places: dict[str, int], parameters: list[object]) -> str:
    if test.field is None:
        asks = [written(test, f'"{place}"', parameters) for place in places.values()]
        return balanced("OR", asks)
    if test.field in target.view.derived:
        return "0"
    name = target.view.columns.get(test.field, test.field)
    if name not in places:
        return "1" if test.kind is Kind.ABSENT else "0"
    if test.kind is Kind.SAME_AS:
        other = target.view.columns.get(test.operand[1], test.operand[1])
        return f'coalesce(lower("{places[name]}") = lower("{places[other]}"), 0)' if other in places else "0"
    return written(test, f'"{places[name]}"', parameters)


def written(test: Test, column: str, parameters: list[object]) -> str:
    if test.kind is Kind.ABSENT:
        return f"{column} IS NULL"
    if test.kind is Kind.EXISTS:
        return f"{column} IS NOT NULL"
    pattern = like(test)
    if pattern is None or test.cased:
        PREDICATES.append(predicate(test))
        return f"ask({len(PREDICATES) - 1}, {column})"
    parameters.append(pattern)
    return f"coalesce({column} LIKE ? ESCAPE '\\', 0)"


def like(test: Test) -> str | None:
    escaped = ["".join(f"\\{c}" if c in "\\%_" else c for c in part) for part in test.operand]
    match test.kind:
        case Kind.EQUALS:
            return escaped[0]
        case Kind.CONTAINS:
            return f"%{escaped[0]}%"
        case Kind.STARTS:
            return f"{escaped[0]}%"
        case Kind.ENDS:
            return f"%{escaped[0]}"
        case Kind.WILDCARD:
            return "".join({"*": "%", "?": "_"}.get(part, part[1:]) for part in escaped)
        case _:
            return None


if __name__ == "__main__":
    sys.exit(main())
