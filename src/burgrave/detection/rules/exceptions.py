"""The life of an exception, and the Sigma filter that it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import yaml

from burgrave.detection.errors import BadException, ReasonMissing, SeparationOfDuties, WrongState
from burgrave.detection.terms.exceptions import (
    EFFECT_DAYS,
    LONGEST_DAYS,
    MOST_CONDITIONS,
    MOST_IS_CHANCE,
    VALUE_MAX,
    Comparison,
    Condition,
    Effect,
    ExceptionFacts,
    Removal,
    RuleExceptionState,
    RuleOfException,
)
from burgrave.engines import detection
from burgrave.web.errors import Said

_SPECIAL = re.compile(r"([\\*?])")
_FIELD = re.compile(r"[^\s|:][^|\x00-\x1f]{0,199}")
STATE_WORDS = {
    RuleExceptionState.PROPOSED: Said("proposed"),
    RuleExceptionState.APPROVED: Said("approved"),
    RuleExceptionState.REFUSED: Said("refused"),
    RuleExceptionState.REVOKED: Said("revoked"),
    RuleExceptionState.EXPIRED: Said("expired"),
}


def must_fit(facts: ExceptionFacts, *, today: date) -> None:
    """Return when the exception can be proposed. Raises BadException, ReasonMissing."""
    if not (facts.rule.product or facts.rule.category or facts.rule.service):
        raise BadException(
            "this is a correlation, and exceptions are made to the rules that it counts",
            mend="Make the exception to one of these: what it leaves out is not counted.",
        )
    if not facts.reason.strip():
        raise ReasonMissing("an exception needs a reason", mend="Say why these events are expected.")
    if not 1 <= len(facts.conditions) <= MOST_CONDITIONS:
        raise BadException(
            "an exception has 1 to %(most)s conditions, got %(count)s",
            words={"most": str(MOST_CONDITIONS), "count": str(len(facts.conditions))},
            mend="Choose the fields that make these events expected.",
        )
    for each in facts.conditions:
        if not _FIELD.fullmatch(each.field):
            raise BadException("%(field)s is no name of a field", words={"field": repr(each.field[:80])})
        if not 1 <= len(each.value) <= VALUE_MAX:
            raise BadException(
                "the value of %(field)s has 1 to %(most)s characters",
                words={"field": each.field, "most": f"{VALUE_MAX:,}"},
            )
    if facts.ends_on < today or (facts.ends_on - today).days > LONGEST_DAYS:
        raise BadException(
            "an exception ends within %(most)s days from today, got %(day)s",
            words={"most": str(LONGEST_DAYS), "day": facts.ends_on.isoformat()},
            mend="Choose a nearer last day; it can be asked for again.",
        )


def approve(state: RuleExceptionState, *, is_apart: bool, ends_on: date, today: date) -> RuleExceptionState:
    """Somebody else agrees. Raises WrongState, SeparationOfDuties."""
    _must_be(state, RuleExceptionState.PROPOSED)
    if not is_apart:
        raise SeparationOfDuties(
            "nobody approves an exception that they asked for", mend="Ask somebody else who may change detection rules."
        )
    if ends_on < today:
        raise WrongState(
            "its last day, %(day)s, is over; it cannot be approved any more",
            words={"day": ends_on.isoformat()},
            mend="Refuse it, and let it be asked for anew.",
        )
    return RuleExceptionState.APPROVED


def refuse(state: RuleExceptionState, *, reason: str) -> RuleExceptionState:
    """It never held. Raises WrongState, ReasonMissing."""
    _must_be(state, RuleExceptionState.PROPOSED)
    _must_say(reason)
    return RuleExceptionState.REFUSED


def revoke(state: RuleExceptionState, *, reason: str) -> RuleExceptionState:
    """It holds no more, before its last day. Raises WrongState, ReasonMissing."""
    _must_be(state, RuleExceptionState.APPROVED)
    _must_say(reason)
    return RuleExceptionState.REVOKED


def has_expired(state: RuleExceptionState, ends_on: date, *, today: date) -> bool:
    """Whether it held, and its last day is over."""
    return state is RuleExceptionState.APPROVED and ends_on < today


def effect(*, left_out: int, of: int, held_since: date | None, today: date) -> Effect:
    """What an exception that holds since a day did to its rule over the last ``EFFECT_DAYS`` days."""
    if of > MOST_IS_CHANCE and left_out == of:
        return Effect.EVERYTHING
    is_old = held_since is not None and (today - held_since).days >= EFFECT_DAYS
    return Effect.NOTHING if is_old and not left_out else Effect.SOME


def filter_text(exception_id: UUID, rule: RuleOfException, conditions: Sequence[Condition]) -> str:
    """The exception as a Sigma filter: of the rule's events those that are not expected."""
    selection: dict[str, Any] = {}
    for each in conditions:
        modifier = "" if each.comparison is Comparison.IS else f"|{each.comparison}"
        selection.setdefault(f"{each.field}{modifier}", []).append(_SPECIAL.sub(r"\\\1", each.value))
    logsource = {
        name: value
        for name, value in (("product", rule.product), ("category", rule.category), ("service", rule.service))
        if value
    }
    # Several values of one field and comparison are one of them in Sigma; here all must hold.
    selection = {
        (name if len(values) == 1 else f"{name}|all"): values[0] if len(values) == 1 else values
        for name, values in selection.items()
    }
    body = {
        "title": f"Exception: {rule.title}",
        "id": str(exception_id),
        "logsource": logsource,
        "filter": {"rules": [rule.rule_id], "expected": selection, "condition": "not expected"},
    }
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=1_000)


def must_load(source: str) -> None:
    """Return when the engine takes the filter. Raises BadException."""
    found = detection.load_texts([(Path("exception.yml"), source.encode())], filters=detection.FilterUse.APART)
    if found.faults or not found.filters:
        why = found.faults[0].sentence if found.faults else "it is no filter"
        raise BadException("the exception cannot be applied: %(why)s", words={"why": why})


def removal(conditions: Sequence[Condition], kept: Sequence[dict[str, str]]) -> Removal:
    """How many of the kept matches, given by the fields that matched, the exception would have left out."""
    if not kept:
        return Removal(removed=0, kept=0)
    rule = RuleOfException(rule_id="x", title="Expected")
    body = yaml.safe_load(filter_text(UUID(int=0), rule, conditions))
    selection = body["filter"]["expected"]
    text = yaml.safe_dump(
        {
            "title": "Expected",
            "logsource": {"category": "any"},
            "detection": {"expected": selection, "condition": "expected"},
        },
        allow_unicode=True,
    )
    rules = detection.load_texts([(Path("expected.yml"), text.encode())])
    names = sorted({name for fields in kept for name in fields} | {each.field for each in conditions})
    columns = {name: pa.array([fields.get(name) for fields in kept], pa.string()) for name in names}
    source = detection.EventSource(category="any")
    hits = detection.compile_rules(rules).hits(pa.table(columns), source=source)
    removed = sum(len(rows) for _rule, rows in hits)
    asked = {each.field.lower() for each in conditions}
    unjudged = sum(not asked <= {name.lower() for name in fields} for fields in kept)
    return Removal(removed=removed, kept=len(kept), unjudged=unjudged)


def _must_be(state: RuleExceptionState, wanted: RuleExceptionState) -> None:
    if state is not wanted:
        raise WrongState(
            "this exception is %(state)s; it must be %(wanted)s for that",
            words={"state": STATE_WORDS[state], "wanted": STATE_WORDS[wanted]},
            mend="Look at its present state; somebody may have gone on meanwhile.",
        )


def _must_say(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing("this needs a reason", mend="Say why; it stays with the exception.")
