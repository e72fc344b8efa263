"""Compiled rules kept in a file: plain JSON behind one line that names what they were made from and proves them whole.

The key is a digest of the rule files (paths and bytes), the limits, this engine's own source and the versions of what
it parses with. A file with another key, a wrong digest or a shape that is not the engine's is not used, and made anew.
The digest proves that the file is undamaged, not who wrote it: whoever may write the folder may change the rules, as
may whoever may write the rule files. Nothing in the file can run code.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import tempfile
import unicodedata
from functools import lru_cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from burgrave.engines.detection.correlation_terms import CorrelationRule
from burgrave.engines.detection.correlation_writing import restored_section, written_section
from burgrave.engines.detection.expressions import And, Kind, Node, Not, Or, Test
from burgrave.engines.detection.terms import Filter, LogSource, Rule, RuleFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from burgrave.engines.detection.terms import RuleLimits

Outcome = Rule | CorrelationRule | Filter | RuleFault
Files = list[tuple[Path, bytes]]
_MAGIC = "burgrave-rules-3"
_MOST_KEPT = 40  # files in one folder; the oldest go
_DEEPEST = 200  # levels; loading refuses rules long before
_PLAIN = ("id", "name", "title", "level", "status", "author", "license", "description", "sha256")
_LISTS = ("tags", "references", "falsepositives")
_ONLY_TEXT = {str}
_SHAPE_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError)


class _DamagedError(Exception):
    """The file is not what it should be."""


DAMAGED = (_DamagedError, *_SHAPE_ERRORS)


def key_of(files: Files, limits: RuleLimits) -> str:
    """The digest of everything that decides what the rules of these files mean."""
    digest = hashlib.sha256(f"{_MAGIC} {engine_mark()} {limits}".encode())
    for path, data in files:
        name = os.fsencode(path)
        digest.update(b"%d %d\n" % (len(name), len(data)) + name + hashlib.sha256(data).digest())
    return digest.hexdigest()


def kept(folder: Path, key: str, files: Files) -> list[Outcome] | None:
    """The outcomes kept under the key, or None when there are none or they are damaged."""
    try:
        data = _place(folder, key).read_bytes()
    except OSError:
        return None
    head, _, body = data.partition(b"\n")
    if head.decode("ascii", "replace") != _head(key, body):
        return None
    try:
        with _without_collecting():
            return restored(body, files)
    except DAMAGED:
        return None


def keep(folder: Path, key: str, files: Files, outcomes: Sequence[Outcome]) -> None:
    """The outcomes stand in the folder whole, or nothing is changed; a folder that cannot be written is no error."""
    body = written(outcomes, {path: number for number, (path, _) in enumerate(files)})
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".rules-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_head(key, body).encode() + b"\n" + body)
            Path(name).replace(_place(folder, key))
        finally:
            Path(name).unlink(missing_ok=True)
        for old in sorted(folder.glob("*.rules"), key=lambda each: -each.stat().st_mtime_ns)[_MOST_KEPT:]:
            old.unlink()


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """No garbage is looked for meanwhile: among 200,000 fresh objects without cycles that takes half of the time.

    Afterwards they count as old, so that the next searches among the young do not walk them all either.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # what a server froze at its start stays so
                gc.freeze()
                gc.unfreeze()
            gc.enable()


@lru_cache(maxsize=1)
def engine_mark() -> str:
    """A digest of this engine's source and of the versions of what it reads rules with."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(module.read_bytes())
    versions = [version(name) for name in ("pysigma", "PyYAML", "google-re2")]
    digest.update(" ".join([*versions, unicodedata.unidata_version]).encode())
    return digest.hexdigest()


def _place(folder: Path, key: str) -> Path:
    return folder / f"{key[:32]}.rules"


def _head(key: str, body: bytes) -> str:
    return f"{_MAGIC} {key} {hashlib.sha256(body).hexdigest()}"


def written(outcomes: Sequence[Outcome], places: Mapping[Path, int]) -> bytes:
    """The outcomes as plain JSON. ``places`` are the files' numbers in the list that ``restored`` gets."""
    tests: dict[Test, int] = {}

    def node(each: Node) -> Any:
        match each:
            case Test():
                return tests.setdefault(each, len(tests))
            case Not(part):
                return ["not", node(part)]
            case And(parts):
                return ["and", *map(node, parts)]
            case Or(parts):
                return ["or", *map(node, parts)]

    listed: list[Any] = []
    for each in outcomes:
        place = places[each.path]
        if isinstance(each, RuleFault):
            listed.append([place, each.line, each.char, each.sentence])
            continue
        if isinstance(each, CorrelationRule):
            listed.append([place, each.line, each.document, *_shared(each), written_section(each)])
            continue
        source = each.logsource
        parts = [source.product, source.category, source.service]
        if isinstance(each, Filter):
            listed.append([place, each.line, each.document, [each.title, *each.rules], parts, node(each.expression)])
            continue
        listed.append(
            [
                place,
                each.line,
                each.document,
                *_shared(each),
                parts,
                node(each.expression),
            ]
        )
    asked = [
        [test.field for test in tests],
        [test.kind.value for test in tests],
        [test.operand for test in tests],
        [test.cased for test in tests],
    ]
    return orjson.dumps([asked, listed])


def _shared(each: Rule | CorrelationRule) -> list[list[Any]]:
    return [[getattr(each, name) for name in _PLAIN], [getattr(each, name) for name in _LISTS]]


def restored(body: bytes, files: Files) -> list[Outcome]:
    """The outcomes that were written. Raises one of DAMAGED for anything else."""
    asked, listed = orjson.loads(body)
    made = _Made(_tests(*asked), files)
    return [_outcome(each, made) for each in listed]


class _Made:
    """What the outcomes are put together of."""

    __slots__ = ("files", "sources", "tests")

    def __init__(self, tests: list[Test], files: Files) -> None:
        self.tests = tests
        self.files = files
        self.sources: dict[tuple[str, ...], LogSource] = {}

    def source(self, parts: list[Any]) -> LogSource:
        """The log source of these parts, the same object for all rules that name it."""
        key = tuple(parts)
        found = self.sources.get(key)
        if found is None:
            product, category, service = map(_text, key)
            found = self.sources[key] = LogSource(product=product, category=category, service=service)
        return found


def _tests(names: list[Any], kinds: list[Any], operands: list[Any], cased: list[Any]) -> list[Test]:
    """All tests of the rules: tens of thousands, so that each column is proved as a whole."""
    if not len(names) == len(kinds) == len(operands) == len(cased):
        raise _DamagedError
    if not (
        {*map(type, names)} <= {str, type(None)}
        and {*map(type, operands)} <= {list}
        and {*map(type, chain.from_iterable(operands))} <= _ONLY_TEXT
        and {*map(type, cased)} <= {bool}
    ):
        raise _DamagedError
    known = {kind.value: kind for kind in Kind}
    return list(map(Test, names, map(known.__getitem__, kinds), map(tuple, operands), cased))


def _outcome(each: list[Any], made: _Made) -> Outcome:
    path, data = made.files[_number(each[0])]
    line = _number(each[1])
    if len(each) == 4:  # noqa: PLR2004 - a fault: file, line, char, sentence
        return RuleFault(path=path, line=line, char=_char(each[2]), sentence=_text(each[3]))
    document = _number(each[2])
    if isinstance(each[-1], dict):
        return CorrelationRule(
            **_restored_shared(each),
            **restored_section(each[-1]),
            path=path,
            line=line,
            document=document,
            yaml=data,
        )
    logsource = made.source(each[-2])
    expression = _node(each[-1], made.tests, 0)
    if len(each) == 6:  # noqa: PLR2004 - a filter: file, line, document, title and rules, log source, condition
        title, *rules = map(_text, each[3])
        return Filter(
            title=title,
            rules=tuple(rules),
            logsource=logsource,
            path=path,
            line=line,
            document=document,
            yaml=data,
            expression=expression,
        )
    return Rule(
        **_restored_shared(each),
        logsource=logsource,
        path=path,
        line=line,
        document=document,
        yaml=data,
        expression=expression,
    )


def _restored_shared(each: list[Any]) -> dict[str, Any]:
    """What a rule and a correlation have in common, under the names of _PLAIN and _LISTS."""
    plain, lists = each[3:5]
    if {*map(type, plain)} != _ONLY_TEXT or not {*map(type, chain.from_iterable(lists))} <= _ONLY_TEXT:
        raise _DamagedError
    named: dict[str, Any] = dict(zip(_PLAIN, plain, strict=True))
    named.update(zip(_LISTS, map(tuple, lists), strict=True))
    return named


def _char(value: object) -> int | None:
    return None if value is None else _number(value)


def _node(written: Any, tests: list[Test], depth: int) -> Node:
    if type(written) is int:
        return tests[_number(written)]
    if depth > _DEEPEST:
        raise _DamagedError
    inner = depth + 1
    nodes = tuple(
        [tests[each] if type(each) is int and each >= 0 else _node(each, tests, inner) for each in written[1:]]
    )
    match written[0], len(nodes):
        case "and", _:
            return And(nodes)
        case "or", _:
            return Or(nodes)
        case "not", 1:
            return Not(nodes[0])
        case _:
            raise _DamagedError


def _text(value: object) -> str:
    if type(value) is not str:
        raise _DamagedError
    return value


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise _DamagedError
    return value
