"""A correlator as bytes and back: plain JSON behind one line that names the format, the rules and the digest.

The digest proves that the bytes are whole, not who wrote them: whoever may write where the state is kept may change
what is found. Nothing in them can run code.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from burgrave.engines.correlation.asking import Entry, meaning
from burgrave.engines.correlation.errors import ForeignState, StateDamaged
from burgrave.engines.correlation.terms import Counts, Hit, Strayed, microseconds, moment
from burgrave.engines.detection import CorrelationRule
from burgrave.engines.detection.correlation_writing import restored_section

if TYPE_CHECKING:
    from collections.abc import Iterable

    from burgrave.engines.correlation.asking import Value, Waiting
    from burgrave.engines.correlation.windows import Group, Windows

_MAGIC: Final = "burgrave-correlation-2"
_SHAPE_ERRORS = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
    ZeroDivisionError,
)


class Correlating(Protocol):
    """What of a correlator is kept."""

    newest: int | None
    closed: int | None
    waiting: list[Waiting]
    counts: Counts
    strays: list[tuple[Strayed, Hit]]
    windows: Windows

    @property
    def rules(self) -> tuple[CorrelationRule, ...]: ...


def written(correlator: Correlating) -> bytes:
    """The state; the same state gives the same bytes."""
    body = _dumped(
        {
            "rules": list(map(meaning, correlator.rules)),
            "newest": correlator.newest,
            "closed": correlator.closed,
            "waiting": sorted(correlator.waiting),
            "counts": asdict(correlator.counts),
            "strays": [[why.value, *_written_hit(hit)] for why, hit in correlator.strays],
            "groups": [list(map(_written_group, groups.values())) for groups in correlator.windows.groups],
        }
    )
    return _head(correlator.rules, body).encode() + b"\n" + body


def digest_of(rules: Iterable[CorrelationRule]) -> str:
    """The same for correlations that find the same in the same hits, in this order."""
    return hashlib.sha256(_dumped(list(map(meaning, rules)))).hexdigest()


def rules_of(saved: bytes) -> tuple[CorrelationRule, ...]:
    """The correlations for which the state was saved, without their titles. Raises ForeignState or StateDamaged."""
    _, body = _opened(saved)
    try:
        return tuple(_rule(*each) for each in json.loads(body)["rules"])
    except _SHAPE_ERRORS as refusal:
        raise StateDamaged(f"the state is not shaped as this version writes it: {refusal}") from refusal


def restore(correlator: Correlating, saved: bytes) -> None:
    """Fill a fresh correlator. Raises ForeignState or StateDamaged."""
    rules, body = _opened(saved)
    if rules != digest_of(correlator.rules):
        raise ForeignState("the state was saved for other correlations than these; begin anew without it")
    try:
        _fill(correlator, json.loads(body))
    except _SHAPE_ERRORS as refusal:
        raise StateDamaged(f"the state is not shaped as this version writes it: {refusal}") from refusal


def _opened(saved: bytes) -> tuple[str, bytes]:
    """The digest of the correlations and the body, which is whole."""
    head, _, body = saved.partition(b"\n")
    magic, rules, digest = [*head.decode("ascii", "replace").split(" "), "", ""][:3]
    if magic != _MAGIC:
        raise ForeignState(f"the state begins with {magic[:40]!r}; expected {_MAGIC}")
    if digest != hashlib.sha256(body).hexdigest():
        raise StateDamaged("the state's bytes do not have the digest that its first line names; begin anew without it")
    return rules, body


def _rule(rule_id: str, members: list[str], section: dict[str, Any]) -> CorrelationRule:
    return CorrelationRule(
        **restored_section(section),
        id=_text(rule_id),
        members=_texts(members),
        name="",
        title="",
        level="",
        status="",
        author="",
        license="",
        description="",
        tags=(),
        references=(),
        falsepositives=(),
        path=Path(),
        line=0,
        document=0,
        sha256="",
        yaml=b"",
    )


def _dumped(value: object) -> bytes:
    """Pure ASCII: a name of a file may hold what is no character."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _head(rules: Iterable[CorrelationRule], body: bytes) -> str:
    return f"{_MAGIC} {digest_of(rules)} {hashlib.sha256(body).hexdigest()}"


def _fill(correlator: Correlating, body: dict[str, Any]) -> None:
    correlator.newest = _time(body["newest"])
    correlator.closed = _time(body["closed"])
    correlator.waiting = [_waiting(*each) for each in body["waiting"]]  # sorted, and so a heap
    for each in fields(Counts):
        setattr(correlator.counts, each.name, _number(body["counts"][each.name]))
    correlator.strays = [(Strayed(why), _hit(*each)) for why, *each in body["strays"]]
    windows = correlator.windows
    for place, (_, listed) in enumerate(zip(windows.groups, body["groups"], strict=True)):
        for key, last, silent_until, entries in listed:
            group = windows.new_group(place, _texts(key), _number(last))
            group.silent_until = _time(silent_until)
            for entry in entries:
                group.add(_entry(*entry))
            windows.stand(place, group)


def _written_group(group: Group) -> list[Any]:
    entries = [
        [
            entry.at,
            entry.member,
            entry.event,
            _written_value(entry.value),
            list(entry.handed_up),
            list(entry.events),
            entry.count,
        ]
        for entry in group.entries
    ]
    return [list(group.key), group.last, group.silent_until, entries]


def _written_value(value: Value) -> str | list[str] | None:
    return str(value) if isinstance(value, Fraction) else None if value is None else list(value)


def _written_hit(hit: Hit) -> list[Any]:
    return [hit.rule, None if hit.at is None else microseconds(hit.at), hit.event, dict(hit.values)]


def _hit(rule: str, at: int | None, event: str, values: dict[str, str]) -> Hit:
    texts = {_text(name): _text(value) for name, value in values.items()}
    return Hit(_text(rule), None if at is None else moment(_number(at)), _text(event), texts)


def _waiting(at: int, rule: str, event: str, values: list[list[str]]) -> Waiting:
    return _number(at), _text(rule), _text(event), tuple((_text(name), _text(value)) for name, value in values)


def _entry(  # noqa: PLR0917 - the parts of an entry
    at: int, member: int, event: str, value: Any, handed_up: list[str | None], events: list[str], count: int
) -> Entry:
    return Entry(
        _number(at),
        _number(member),
        _text(event),
        Fraction(value) if isinstance(value, str) else None if value is None else _texts(value),
        tuple(None if text is None else _text(text) for text in handed_up),
        _texts(events),
        _number(count),
    )


def _time(value: object) -> int | None:
    return None if value is None else _number(value)


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"expected a whole number, got {value!r}")
    return value


def _texts(values: list[str]) -> tuple[str, ...]:
    return tuple(map(_text, values))


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError(f"expected text, got {value!r}")
    return value
