"""The process in which a person's SQL runs: it has little memory and little time, no environment, and one question.

What every such process keeps to stands here too. It is started by ``processes.asked`` with the question as one line of
JSON on standard input; what it finds leaves on standard output as that is taken; what it cannot do is said as JSON on
standard error, with exit code 1. It lives as long as standard input is open, which is held by whoever asked, however
that ends. Texts that a function makes (``repeat``) are not counted by DuckDB's own memory limit, so the process as a
whole is limited.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

import duckdb

from burgrave.engines.hunting import sources, statements
from burgrave.engines.hunting.errors import HuntFailed
from burgrave.engines.hunting.sources import HuntLimits, Sources
from burgrave.engines.hunting.terms import BATCH_ROWS
from burgrave.engines.phrases import Phrase

BESIDES_MB: Final = 2_048
"""Address space besides what DuckDB counts: the interpreter, libraries, stacks, and what functions make."""
LONGEST_CELL: Final = 100_000


def answer(give: Callable[[dict[str, Any], HuntLimits], None]) -> None:
    """Give what is asked for on standard input, within its limits."""
    asked: dict[str, Any] = json.loads(sys.stdin.readline())
    limits = HuntLimits(**asked["limits"])
    _confine(limits)
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    try:
        give(asked, limits)
        sys.stdout.flush()
    except BrokenPipeError:  # nobody takes it any more
        os._exit(1)
    except HuntFailed as failure:
        _refuse(failure.args[0])
    except (duckdb.Error, MemoryError) as error:
        if _is_memory(error):
            _refuse(Phrase("it needs more memory than a hunt may use"))
        _refuse(Phrase("%(why)s", why=statements.sentence(error)))


def pieces(asked: dict[str, Any], limits: HuntLimits) -> Iterator[object]:
    """The columns, each a name and a type; rows, some at a time; and whether there are more than may be given."""
    given = Sources(**asked["sources"])
    with sources.connect(given, limits) as connection:
        for table in asked["tables"]:
            relation = sources.events(given) if table == statements.EVENTS else sources.kind_table(given, table)
            connection.execute(f"CREATE TEMP VIEW {sources.name_of(table)} AS FROM {relation}")
        found = connection.execute(asked["sql"])
        yield [(str(each[0]), str(each[1])) for each in found.description or ()]
        left = limits.rows
        while rows := found.fetchmany(min(BATCH_ROWS, left + 1)):
            yield [[_plain(value) for value in row] for row in rows[:left]]
            if len(rows) > left:
                yield True
                return
            left -= len(rows)
        yield False


def _give(asked: dict[str, Any], limits: HuntLimits) -> None:
    left = limits.answer_bytes
    for piece in pieces(asked, limits):
        text = json.dumps(piece, ensure_ascii=False)
        left -= len(text)
        if left < 0:
            most = f"{limits.answer_bytes:,}"
            raise HuntFailed(Phrase("the answer is longer than %(most)s characters", most=most))
        sys.stdout.write(f"{text}\n")


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return text[:LONGEST_CELL]


def _refuse(why: Phrase) -> NoReturn:
    sys.stderr.write(json.dumps({"error": why.sentence, "words": dict(why.words)}))
    sys.stderr.flush()
    os._exit(1)  # at once: what was begun is not to look as if it were whole


def _is_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError | duckdb.OutOfMemoryException) or "bad_alloc" in str(error)


def _confine(limits: HuntLimits) -> None:
    size = (limits.memory_mb + BESIDES_MB) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    seconds = int(limits.seconds * limits.threads) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_standard_input() -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing comes any more; not by its buffer, which would be locked at the end
    os._exit(1)


if __name__ == "__main__":
    answer(_give)
