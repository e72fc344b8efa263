"""The process in which a person's SQL runs: it has little memory and little time, no environment, and one question.

Started by ``running.ask`` with the question as JSON on standard input; the answer is JSON on standard output. Texts
that a function makes (``repeat``) are not counted by DuckDB's own memory limit, so the process as a whole is limited.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any, Final

import duckdb

from burgrave.engines.hunting import sources, statements
from burgrave.engines.hunting.sources import HuntLimits, Sources
from burgrave.engines.phrases import Phrase

BESIDES_MB: Final = 2_048
"""Address space besides what DuckDB counts: the interpreter, libraries, stacks, and what functions make."""
LONGEST_CELL: Final = 100_000
MEMORY: Final = Phrase("it needs more memory than a hunt may use")
LONG: Final = Phrase("the answer is longer than %(most)s characters")
SAID: Final = Phrase("%(why)s")


def main() -> None:
    """Answer the question on standard input."""
    asked: dict[str, Any] = json.load(sys.stdin)
    limits = HuntLimits(**asked["limits"])
    _confine(limits)
    try:
        answer = _answer(asked, limits)
    except (duckdb.Error, MemoryError) as error:
        words = {} if _is_memory(error) else {"why": statements.sentence(error)}
        answer = {"error": SAID if words else MEMORY, "words": words}
    text = json.dumps(answer, ensure_ascii=False)
    if len(text) > limits.answer_bytes:
        text = json.dumps({"error": LONG, "words": {"most": f"{limits.answer_bytes:,}"}})
    sys.stdout.write(text)


def _answer(asked: dict[str, Any], limits: HuntLimits) -> dict[str, object]:
    given = Sources(**asked["sources"])
    with sources.connect(given, limits) as connection:
        for table in asked["tables"]:
            relation = sources.events(given) if table == statements.EVENTS else sources.kind_table(given, table)
            connection.execute(f"CREATE TEMP VIEW {sources.name_of(table)} AS FROM {relation}")
        found = connection.execute(asked["sql"])
        columns = [(str(each[0]), str(each[1])) for each in found.description or ()]
        rows = found.fetchmany(limits.rows + 1)
    return {
        "columns": columns,
        "rows": [[_plain(value) for value in row] for row in rows[: limits.rows]],
        "is_cut": len(rows) > limits.rows,
    }


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text[:LONGEST_CELL]


def _is_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError | duckdb.OutOfMemoryException) or "bad_alloc" in str(error)


def _confine(limits: HuntLimits) -> None:
    size = (limits.memory_mb + BESIDES_MB) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    seconds = int(limits.seconds * limits.threads) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
