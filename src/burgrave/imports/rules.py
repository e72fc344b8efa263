"""From the file to its end: which step may follow which."""

from __future__ import annotations

from collections.abc import Mapping

from burgrave.engines.phrases import Phrase
from burgrave.engines.sheets import Field, Mapped
from burgrave.imports.errors import MappingIncomplete, WrongState
from burgrave.imports.terms import ImportState, Outcome, Plan
from burgrave.ledger.terms import storable
from burgrave.web.errors import Said

S = ImportState
WORDS = {
    S.RECEIVED: Said("not yet checked"),
    S.CHECKING: Said("being checked"),
    S.FOUND_WRONG: Said("found to have faults"),
    S.READY: Said("ready"),
    S.APPLYING: Said("being written"),
    S.APPLIED: Said("done"),
    S.DISCARDED: Said("discarded"),
}
OPEN = frozenset({S.RECEIVED, S.FOUND_WRONG, S.READY})
"""Nothing works on it, and a person may go on or change what was said about the file."""
_STEPS = {
    S.CHECKING: OPEN,
    S.APPLYING: frozenset({S.READY}),
    S.DISCARDED: OPEN,
    S.RECEIVED: OPEN | {S.CHECKING},
    S.READY: frozenset({S.CHECKING, S.APPLYING}),
    S.FOUND_WRONG: frozenset({S.CHECKING, S.APPLYING}),
    S.APPLIED: frozenset({S.APPLYING}),
}


def step(now: ImportState, to: ImportState) -> ImportState:
    """The next state. Raises WrongState."""
    if now not in _STEPS[to]:
        raise WrongState(
            "this import is %(now)s; that does not follow from there",
            words={"now": WORDS[now]},
            mend="Look at its present state; somebody may have gone on meanwhile.",
        )
    return to


def after_check(plan: Plan) -> ImportState:
    return S.FOUND_WRONG if plan.fault_count and plan.faults_block else S.READY


def must_be_complete(mapped: Mapped, fields: tuple[Field, ...]) -> None:
    """Return when every needed field has a column, and no column fills two. Raises MappingIncomplete."""
    missing = [each.label for each in fields if each.is_required and each.name not in mapped.columns]
    if missing:
        raise MappingIncomplete(
            "no column was chosen for %(fields)s", words={"fields": ", ".join(missing)}, mend="Choose one for each."
        )
    columns = list(mapped.columns.values())
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise MappingIncomplete(
            "the column %(column)s was chosen for two fields", words={"column": twice[0]}, mend="Choose one for each."
        )


def is_as_planned(outcome: Outcome, *, new: int, changed: int, same: int) -> bool:
    """Whether exactly that was done what the dry run had said."""
    return (len(outcome.new), len(outcome.changed), outcome.same) == (new, changed, same)


def said(text: str) -> str:
    """What an engine says of a file, so that a page says it in the reader's language."""
    if isinstance(text, Phrase):
        return Said(text.sentence, {name: said(words) for name, words in text.words.items()} or None)
    return text


def kept(text: str) -> object:
    """The text as JSON keeps it: plain, or a sentence with its pieces, to be said in the language of a later reader."""
    text = said(text)
    if not isinstance(text, Said):
        return storable(text)
    return {"sentence": text.sentence, "words": {name: kept(words) for name, words in (text.words or {}).items()}}


def heard(value: object) -> str:
    """What was kept, as it was said."""
    if not isinstance(value, Mapping):
        return str(value)
    words = {str(name): heard(each) for name, each in dict(value.get("words") or {}).items()}
    return Said(str(value["sentence"]), words or None)
