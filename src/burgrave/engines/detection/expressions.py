"""The engine's own form of a rule's condition: a tree of and, or, not over tests of one field each.

The tree is immutable, hashable and free of pySigma. ``translate`` makes it from a pySigma condition.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from burgrave.engines.detection.errors import RuleRefused
from burgrave.engines.detection.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sigma.types import SigmaType

ANY_RUN = "*"
ANY_ONE = "?"


class Kind(StrEnum):
    """What a test asks of its field. All but ABSENT are false for a field that the event does not have."""

    EQUALS = "equals"
    CONTAINS = "contains"
    STARTS = "starts"
    ENDS = "ends"
    WILDCARD = "wildcard"  # operand: parts, each "*", "?" or "=" followed by plain text
    REGEX = "regex"  # operand: RE2 pattern with its flags written in
    NUMBER = "number"  # operand: decimal number
    COMPARE = "compare"  # operand: one of lt lte gt gte neq, and a decimal number
    CIDR = "cidr"  # operand: network
    TIME_PART = "time"  # operand: one of minute hour day week month year, and an integer
    SAME_AS = "same"  # operand: one of equals starts ends contains, and the other field's name
    EXISTS = "exists"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Test:
    """One question about one field. ``field`` None asks all values of the event (a Sigma keyword).

    Text operands of tests that are not ``cased`` are folded already.
    """

    __test__ = False  # not a test class of pytest

    field: str | None
    kind: Kind
    operand: tuple[str, ...] = ()
    cased: bool = False
    _hash: int = dataclasses.field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.field, self.kind, self.operand, self.cased)))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


Node = Test | And | Or | Not


def tests(node: Node, *, positive: bool) -> Iterator[tuple[Test, bool]]:
    """Every test of a tree from left to right, with False for those under an odd number of ``not``."""
    match node:
        case Test():
            yield node, positive
        case Not(part):
            yield from tests(part, positive=not positive)
        case And(parts) | Or(parts):
            for part in parts:
                yield from tests(part, positive=positive)
        case _:
            assert_never(node)


def translate(condition: object) -> Node:
    """The engine's form of a parsed pySigma condition. Raises RuleRefused for what the engine cannot ask."""
    match condition:
        case ConditionAND(args=args):
            return join(And, [translate(part) for part in args])
        case ConditionOR(args=args):
            return join(Or, [translate(part) for part in args])
        case ConditionNOT(args=args):
            return Not(translate(args[0]))
        case ConditionFieldEqualsValueExpression(field=field, value=value):
            return _test(field, value)
        case ConditionValueExpression(value=value):
            return _keyword(value)
        case None:
            raise RuleRefused("the condition is empty", where=("detection", "condition"))
        case _:
            raise RuleRefused(
                f"the condition holds {type(condition).__name__}, which is no part of Sigma 2.1.0",
                where=("detection", "condition"),
            )


def join(kind: type[And | Or], parts: list[Node]) -> Node:
    """One node of ``kind`` over the parts; parts of the same kind are taken in, repeated ones once."""
    flat: dict[Node, None] = {}
    for part in parts:
        if isinstance(part, kind):
            flat.update(dict.fromkeys(part.parts))
        else:
            flat[part] = None
    return next(iter(flat)) if len(flat) == 1 else kind(tuple(flat))


def _test(field: str, value: SigmaType) -> Node:  # noqa: C901, PLR0911 - one line for each kind of value
    match value:
        case SigmaExpansion(values=values):
            return join(Or, [_test(field, each) for each in values])
        case SigmaString():
            return _text(field, value)
        case SigmaTimestampPart():
            return Test(field, Kind.TIME_PART, (value.timestamp_part.name.lower(), str(value.number)))
        case SigmaNumber():
            return Test(field, Kind.NUMBER, (_decimal(value),))
        case SigmaBool():
            return Test(field, Kind.EQUALS, ("true" if value.boolean else "false",))
        case SigmaRegularExpression():
            return Test(field, Kind.REGEX, (_pattern(value),))
        case SigmaCIDRExpression():
            return Test(field, Kind.CIDR, (str(value.network),))
        case SigmaNull():
            return Test(field, Kind.ABSENT)
        case SigmaExists():
            return Test(field, Kind.EXISTS) if value.exists else Test(field, Kind.ABSENT)
        case SigmaCompareExpression():
            return Test(field, Kind.COMPARE, (value.op.name.lower(), _decimal(value.number)))
        case SigmaFieldReference():
            return Test(field, Kind.SAME_AS, (_relation(value), value.field))
        case _:
            raise RuleRefused(f"field {field} has a value of the kind {type(value).__name__}, which is not known")


def _keyword(value: SigmaType) -> Node:
    match value:
        case SigmaExpansion(values=values):
            return join(Or, [_keyword(each) for each in values])
        case SigmaString():
            return _text(None, value)
        case SigmaNumber() if not isinstance(value, SigmaTimestampPart):
            return Test(None, Kind.CONTAINS, (str(value.number),))
        case SigmaBool():
            return Test(None, Kind.CONTAINS, ("true" if value.boolean else "false",))
        case SigmaRegularExpression():
            return Test(None, Kind.REGEX, (_pattern(value),))
        case _:
            raise RuleRefused(f"a value of the kind {type(value).__name__} needs a field; keywords are text or numbers")


def _text(field: str | None, value: SigmaString) -> Test:
    """The cheapest test that asks the same as the wildcards do. A keyword may stand anywhere in a value."""
    cased = isinstance(value, SigmaCasedString)
    parts = _parts(value, cased=cased)
    if field is None:
        parts = [ANY_RUN, *_without_outer_runs(parts), ANY_RUN]
    match "".join(part[0] for part in parts):
        case "" | "=":
            return Test(field, Kind.EQUALS, (parts[0][1:] if parts else "",), cased)
        case "*" | "**":
            return Test(field, Kind.EXISTS)
        case "*=*":
            return Test(field, Kind.CONTAINS, (parts[1][1:],), cased)
        case "=*":
            return Test(field, Kind.STARTS, (parts[0][1:],), cased)
        case "*=":
            return Test(field, Kind.ENDS, (parts[1][1:],), cased)
        case _:
            return Test(field, Kind.WILDCARD, tuple(parts), cased)


def _parts(value: SigmaString, *, cased: bool) -> list[str]:
    """The operand of a WILDCARD test, without two ``*`` or two plain texts in a row."""
    parts: list[str] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            raise RuleRefused(f"the placeholder %{part.name}% has no values here; give it some")
        if isinstance(part, SpecialChars):
            special = ANY_RUN if part is SpecialChars.WILDCARD_MULTI else ANY_ONE
            if not (special == ANY_RUN and parts and parts[-1] == ANY_RUN):
                parts.append(special)
        else:
            plain = part if cased else fold(part)
            if parts and parts[-1][0] == "=":
                parts[-1] += plain
            elif plain:
                parts.append("=" + plain)
    return parts


def _without_outer_runs(parts: list[str]) -> list[str]:
    start = 1 if parts and parts[0] == ANY_RUN else 0
    stop = len(parts) - 1 if len(parts) > start and parts[-1] == ANY_RUN else len(parts)
    return parts[start:stop]


def _decimal(number: SigmaNumber) -> str:
    return format(Decimal(repr(number.number)), "f")


def _pattern(value: SigmaRegularExpression) -> str:
    if value.regexp.contains_placeholder():
        raise RuleRefused("a regular expression holds a placeholder that has no values here; give it some")
    flags = "".join(sorted(value.sigma_to_re_flag[flag] for flag in value.flags))
    return f"(?{flags}){value.regexp}" if flags else str(value.regexp)


def _relation(value: SigmaFieldReference) -> str:
    if value.starts_with and value.ends_with:
        return "contains"
    if value.starts_with:
        return "starts"
    return "ends" if value.ends_with else "equals"
