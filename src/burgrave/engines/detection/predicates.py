"""What each test means for the text of one field that the event has: a function of that text.

These are the engine's semantics in one place; scanning only finds where to ask.
"""

from __future__ import annotations

import operator
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, assert_never

from burgrave.engines.detection.expressions import ANY_ONE, ANY_RUN, Kind, Test
from burgrave.engines.detection.patterns import compile_pattern, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBER = re.compile(r"[+-]?[0-9]{1,100}(\.[0-9]{1,100})?", re.ASCII)
_MANY = 40  # texts sought one after the other; beyond, one automaton is faster
_COMPARE = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge, "neq": operator.ne}


def predicate(test: Test) -> Callable[[str, str], bool]:  # noqa: C901, PLR0911, PLR0912 - one line for each kind
    """A function of a field's text as it stands in the event, and of the same text folded.

    EXISTS is always true and ABSENT always false here: the field is there. SAME_AS needs a second field and has none.
    """
    (wanted, *_) = test.operand or ("",)
    match test.kind:
        case Kind.EQUALS:
            return _pick(test, lambda text: text == wanted)
        case Kind.CONTAINS:
            return _pick(test, lambda text: wanted in text)
        case Kind.STARTS:
            return _pick(test, lambda text: text.startswith(wanted))
        case Kind.ENDS:
            return _pick(test, lambda text: text.endswith(wanted))
        case Kind.WILDCARD if ANY_ONE not in test.operand:
            return _pick(test, _in_order(test.operand))
        case Kind.WILDCARD:
            pattern = compile_pattern(wildcard_pattern(test.operand))
            return _pick(test, lambda text: pattern.fullmatch(text) is not None)
        case Kind.REGEX:
            search = compile_pattern(wanted).search
            return lambda text, _folded: search(text) is not None
        case Kind.NUMBER | Kind.COMPARE:
            return _numeric(test)
        case Kind.CIDR:
            return _in_network(wanted)
        case Kind.TIME_PART:
            return _time_part(wanted, int(test.operand[1]))
        case Kind.EXISTS:
            return lambda _text, _folded: True
        case Kind.ABSENT | Kind.SAME_AS:
            return lambda _text, _folded: False
        case _:
            assert_never(test.kind)


def any_of(tests: tuple[Test, ...]) -> Callable[[str, str], bool]:
    """Whether one of the tests holds, asked faster than one by one."""
    plain: dict[Kind, list[str]] = {kind: [] for kind in (Kind.EQUALS, Kind.STARTS, Kind.ENDS, Kind.CONTAINS)}
    asks: list[Callable[[str, str], bool]] = []
    for test in tests:
        if test.kind in plain and not test.cased:
            plain[test.kind].append(test.operand[0])
        else:
            asks.append(predicate(test))
    if len(tests) == 1:
        return predicate(tests[0])
    equal, starts, ends = frozenset(plain[Kind.EQUALS]), tuple(plain[Kind.STARTS]), tuple(plain[Kind.ENDS])
    inside = plain[Kind.CONTAINS]
    if len(inside) > _MANY:
        search = compile_pattern("|".join(map(quoted, inside))).search
        inside = []
        asks.append(lambda _text, folded: search(folded) is not None)

    def holds(text: str, folded: str) -> bool:
        if folded in equal or folded.startswith(starts) or folded.endswith(ends):
            return True
        for wanted in inside:
            if wanted in folded:
                return True
        return any(ask(text, folded) for ask in asks)

    return holds


def same(relation: str, text: str, other: str) -> bool:
    """Whether two fields' texts, both folded, stand in the relation that a ``fieldref`` asks for."""
    match relation:
        case "starts":
            return text.startswith(other)
        case "ends":
            return text.endswith(other)
        case "contains":
            return other in text
        case _:
            return text == other


def wildcard_pattern(parts: tuple[str, ...]) -> str:
    """The RE2 pattern of a text with wildcards: ``*`` is any run of characters, ``?`` any one, newlines included."""
    meaning = {ANY_RUN: ".*", ANY_ONE: "."}
    return "(?s)" + "".join(quoted(part[1:]) if part[0] == "=" else meaning[part] for part in parts)


def _in_order(parts: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether the plain texts stand in a text one behind the other, the outer ones at its ends where no ``*`` is."""
    texts = [part[1:] for part in parts if part != ANY_RUN]
    start = texts.pop(0) if parts[0] != ANY_RUN else ""
    end = texts.pop() if parts[-1] != ANY_RUN else ""

    def holds(text: str) -> bool:
        at, stop = len(start), len(text) - len(end)
        if at > stop or not text.startswith(start) or not text.endswith(end):
            return False
        for each in texts:
            at = text.find(each, at, stop)
            if at < 0:
                return False
            at += len(each)
        return True

    return holds


@lru_cache(maxsize=4096)
def number_of(text: str) -> Decimal | None:
    """The decimal number that a text writes (sign, digits, fraction; spaces around it), or None."""
    trimmed = text.strip()
    return Decimal(trimmed) if _NUMBER.fullmatch(trimmed) else None


def _pick(test: Test, holds: Callable[[str], bool]) -> Callable[[str, str], bool]:
    if test.cased:
        return lambda text, _folded: holds(text)
    return lambda _text, folded: holds(folded)


def _numeric(test: Test) -> Callable[[str, str], bool]:
    wanted = Decimal(test.operand[-1])
    compare = _COMPARE[test.operand[0]] if test.kind is Kind.COMPARE else operator.eq

    def holds(text: str, _folded: str) -> bool:
        number = number_of(text)
        return number is not None and bool(compare(number, wanted))

    return holds


def _in_network(wanted: str) -> Callable[[str, str], bool]:
    network = ip_network(wanted)

    def holds(text: str, _folded: str) -> bool:
        try:
            address = ip_address(text.strip())
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) if network.version == 4 else None  # noqa: PLR2004 - IP version 4
        return (mapped or address) in network

    return holds


def _time_part(part: str, wanted: int) -> Callable[[str, str], bool]:
    def holds(text: str, _folded: str) -> bool:
        moment = _moment(text)
        if moment is None:
            return False
        found = moment.isocalendar().week if part == "week" else getattr(moment, part)
        return bool(found == wanted)

    return holds


def _moment(text: str) -> datetime | None:
    """The moment that a text writes by ISO 8601, in UTC; without an offset it is taken for UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
