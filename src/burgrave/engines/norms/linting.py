"""What is wrong with one document, clause by clause, at line and column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

from burgrave.engines.norms.requirements import plain
from burgrave.engines.norms.terms import (
    BlockKind,
    Clause,
    Finding,
    Kind,
    Language,
    Modality,
    Norm,
    Place,
    Requirement,
    Severity,
)
from burgrave.engines.norms.words import MODALITIES, UNFINISHED, UNIVERSAL, VAGUE
from burgrave.engines.phrases import Phrase

LONGEST_SENTENCE_WORDS = 45
LONGEST_SENTENCE_HAN = 110
_VARIABLE = re.compile(r"\{\{\s*\.?(?P<name>[#/^]?[\w.-]+)\s*\}\}")
_REFERENCED = re.compile(r"\[\[\s*(?P<name>[A-Za-z][\w.-]*)\s*\]\]")
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
"""Marks of direction and characters without width: they let a text read otherwise than it is stored."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_AND_MODAL = re.compile(
    r"\b(?:and|or)\s+(?:shall|must|should|may)\b|[，,]\s*(?:并|且|同时)?(?:应当?|必须|不得)", re.IGNORECASE
)
_BINDING_KINDS = {Kind.POLICY, Kind.NORM}

Check = Callable[[Norm], Iterator[Finding]]

SEVERITIES = {
    "vague-word": Severity.WARNING,
    "missing-actor": Severity.WARNING,
    "missing-evidence": Severity.WARNING,
    "missing-measure": Severity.ADVICE,
    "weak-modality": Severity.ADVICE,
    "ambiguous-may-not": Severity.WARNING,
    "will-for-shall": Severity.ADVICE,
    "instruction": Severity.ADVICE,
    "two-requirements": Severity.ADVICE,
    "long-sentence": Severity.ADVICE,
    "unfinished": Severity.ERROR,
    "hidden-character": Severity.ERROR,
    "unnamed-clause": Severity.ADVICE,
    "duplicate-identifier": Severity.ERROR,
    "unknown-variable": Severity.ERROR,
    "unused-variable": Severity.ADVICE,
    "missing-fact": Severity.WARNING,
    "review-overdue": Severity.WARNING,
    "no-requirement": Severity.WARNING,
    "unplaced": Severity.WARNING,
    "unused-allowance": Severity.ADVICE,
    "allowance-without-reason": Severity.WARNING,
    "dead-reference": Severity.ERROR,
    "orphan": Severity.WARNING,
    "no-parent": Severity.WARNING,
    "unknown-parent": Severity.ERROR,
    "wrong-level": Severity.WARNING,
    "contradicting-parameter": Severity.ERROR,
    "possible-contradiction": Severity.WARNING,
    "unknown-parameter": Severity.ERROR,
    "same-identifier": Severity.ERROR,
    "missing-parallel": Severity.WARNING,
    "parallel-differs": Severity.ERROR,
    "unreadable": Severity.ERROR,
}
"""Every code that a finding can carry, and how much it weighs."""


def say(norm: Norm, code: str, place: Place, message: str, mend: str, *, clause: str = "") -> Finding:
    """A finding of this code at this place."""
    return Finding(
        path=norm.path,
        line=place.line,
        column=place.column,
        code=code,
        severity=SEVERITIES[code],
        message=message if isinstance(message, Phrase) else Phrase(message),
        mend=mend if isinstance(mend, Phrase) else Phrase(mend),
        clause=clause,
    )


def lint(norm: Norm, *, today: date | None = None) -> Iterator[Finding]:
    """All that can be said of this document alone. ``today`` decides whether its review is overdue."""
    for check in _CHECKS:
        yield from check(norm)
    if today is not None:
        yield from _review(norm, today)


def _facts(norm: Norm) -> Iterator[Finding]:
    facts = norm.facts
    wanted = {
        "id": bool(facts.identifier),
        "title": bool(facts.title),
        "kind": facts.kind is not None,
        "owner": bool(facts.owner),
        "review": norm.kind not in _BINDING_KINDS or facts.review_days is not None,
    }
    missing = [name for name, is_said in wanted.items() if not is_said]
    if missing:
        yield say(
            norm,
            "missing-fact",
            Place(1, 1),
            Phrase("the front matter does not say: %(keys)s", keys=", ".join(missing)),
            "Begin the file with lines such as 'owner: Head of security' between two lines of ---.",
        )
    if norm.kind in _BINDING_KINDS and not any(clause.modality.binds for clause in norm.clauses):
        yield say(
            norm,
            "no-requirement",
            Place(1, 1),
            Phrase(
                "this %(kind)s holds no sentence with shall or must, so nobody can be asked to follow it",
                kind=Phrase(norm.kind),
            ),
            "Say what somebody shall do, or call the document a guideline.",
        )


def _review(norm: Norm, today: date) -> Iterator[Finding]:
    written = norm.facts.extra.get("reviewed") or norm.facts.extra.get("approved")
    if norm.facts.review_days is None or not isinstance(written, date):
        return
    days = (today - written).days
    if days > norm.facts.review_days:
        yield say(
            norm,
            "review-overdue",
            Place(norm.facts.lines.get("reviewed", norm.facts.lines.get("approved", 1)), 1),
            Phrase(
                "last reviewed %(days)s days ago, to be reviewed every %(every)s days",
                days=str(days),
                every=f"{norm.facts.review_days:g}",
            ),
            "Review it and write the day.",
        )


def _words(norm: Norm) -> Iterator[Finding]:
    for clause in norm.clauses:
        for each in clause.requirements:
            if each.modality is Modality.MAY:
                continue
            yield from _vague(norm, clause, each)
            yield from _length(norm, clause, each)
    for block in norm.blocks:
        if block.kind is BlockKind.CODE:
            continue
        for found in _HIDDEN.finditer(block.text.value):
            yield say(
                norm,
                "hidden-character",
                block.text.place(found.start()),
                Phrase(
                    "a character that nobody sees (%(code)s) changes how the text is read",
                    code=f"U+{ord(found[0]):04X}",
                ),
                "Take it out.",
            )
        for found in UNFINISHED.finditer(block.text.value):
            place = block.text.place(found.start())
            yield say(
                norm,
                "unfinished",
                place,
                Phrase("%(words)s is left in the text", words=repr(found[0])),
                "Decide it, or take the sentence out.",
            )


def _vague(norm: Norm, clause: Clause, each: Requirement) -> Iterator[Finding]:
    start = clause.text.value.find(each.sentence[:20])
    for found in VAGUE[norm.language].finditer(each.sentence):
        said = found[1]
        offset = clause.text.value.find(said, max(0, start))
        place = clause.text.place(offset) if offset >= 0 else each.place
        yield say(
            norm,
            "vague-word",
            place,
            Phrase("%(words)s means something else to every reader, so nobody can test it", words=repr(said)),
            "Say how much, by when, how often or by which standard.",
            clause=clause.identifier,
        )


def _length(norm: Norm, clause: Clause, each: Requirement) -> Iterator[Finding]:
    han = len(_HAN.findall(each.sentence))
    words = len(each.sentence.split())
    if han > LONGEST_SENTENCE_HAN or (not han and words > LONGEST_SENTENCE_WORDS):
        yield say(
            norm,
            "long-sentence",
            each.place,
            Phrase("the sentence has %(count)s characters", count=str(han))
            if han
            else Phrase("the sentence has %(count)s words", count=str(words)),
            "Split it: one sentence, one requirement.",
            clause=clause.identifier,
        )


def _parts(norm: Norm) -> Iterator[Finding]:
    for clause in norm.clauses:
        if clause.is_step and norm.kind is Kind.PROCEDURE:
            continue
        for each in clause.requirements:
            yield from _modality(norm, clause, each)
            if each.modality.binds:
                yield from _tested(norm, clause, each)


def _tested(norm: Norm, clause: Clause, each: Requirement) -> Iterator[Finding]:
    """Whether somebody could test the sentence: who, how much, shown by what."""
    if not each.actor:
        yield say(
            norm,
            "missing-actor",
            each.place,
            "the sentence does not say who must not do it"
            if each.modality is Modality.SHALL_NOT
            else "the sentence does not say who does it",
            "Name a role: 'The system owner shall …', or 'shall be … by the system owner'.",
            clause=clause.identifier,
        )
    is_measured = (
        each.quantities or each.cadence_days or each.condition or UNIVERSAL[norm.language].search(each.sentence)
    )
    if each.modality is Modality.SHALL and not is_measured:
        yield say(
            norm,
            "missing-measure",
            each.place,
            "nothing in the sentence can be measured: no number, no deadline, no cadence, no condition, no each or all",
            "Say how much, by when or how often.",
            clause=clause.identifier,
        )
    if norm.kind in _BINDING_KINDS and not (each.evidence or clause.evidence):
        yield say(
            norm,
            "missing-evidence",
            each.place,
            "nothing says how one sees that this is followed",
            "Add a paragraph 'Evidence: …' below the clause.",
            clause=clause.identifier,
        )


def _modality(norm: Norm, clause: Clause, each: Requirement) -> Iterator[Finding]:
    said = _said(each, norm.language)
    if each.modality in {Modality.SHOULD, Modality.SHOULD_NOT} and norm.kind in _BINDING_KINDS:
        yield say(
            norm,
            "weak-modality",
            each.place,
            Phrase(
                "%(words)s recommends; in a %(kind)s the reader cannot tell whether it binds",
                words=repr(said),
                kind=Phrase(norm.kind),
            ),
            "Write shall, or move the sentence to a guideline.",
            clause=clause.identifier,
        )
    if said == "may not":
        yield say(
            norm,
            "ambiguous-may-not",
            each.place,
            "'may not' can forbid, or say that something is possibly not so",
            "Write shall not.",
            clause=clause.identifier,
        )
    if said == "will" and each.actor:
        yield say(
            norm,
            "will-for-shall",
            each.place,
            "'will' states the future; ISO/IEC Directives, Part 2 keep shall for requirements",
            "Write shall.",
            clause=clause.identifier,
        )
    if each.modality is Modality.INSTRUCTION and norm.kind in _BINDING_KINDS:
        yield say(
            norm,
            "instruction",
            each.place,
            "an instruction addresses whoever reads it; a norm says which role shall act",
            "Write '<role> shall …', or move the sentence to a procedure.",
            clause=clause.identifier,
        )
    if each.modality.binds and _AND_MODAL.search(each.sentence):
        yield say(
            norm,
            "two-requirements",
            each.place,
            "one sentence asks for two things; when one fails nobody can say whether the clause is met",
            "Make two clauses.",
            clause=clause.identifier,
        )


def _said(each: Requirement, language: Language) -> str:
    found = MODALITIES[language].search(each.sentence)
    return found[0].lower() if found else ""


def _identifiers(norm: Norm) -> Iterator[Finding]:
    counts = Counter(clause.identifier for clause in norm.clauses if clause.is_named)
    seen: set[str] = set()
    for clause in norm.clauses:
        if clause.is_named and counts[clause.identifier] > 1 and clause.identifier in seen:
            yield say(
                norm,
                "duplicate-identifier",
                clause.place,
                Phrase("%(clause)s names another clause of this document too", clause=clause.identifier),
                "Give this clause an identifier of its own.",
                clause=clause.identifier,
            )
        seen.add(clause.identifier)
        if not clause.is_named and clause.modality.binds and norm.kind in _BINDING_KINDS:
            yield say(
                norm,
                "unnamed-clause",
                clause.place,
                Phrase(
                    "the clause is known by its place (%(clause)s) and loses its name when one is put before it",
                    clause=clause.identifier,
                ),
                "Begin it with an identifier such as 'AC-1', or end it with {#AC-1}.",
                clause=clause.identifier,
            )


def _variables(norm: Norm) -> Iterator[Finding]:
    used: set[str] = set()
    for block in norm.blocks:
        for found in _VARIABLE.finditer(block.text.value):
            used.add(found["name"])
            if found["name"] not in norm.facts.variables:
                yield say(
                    norm,
                    "unknown-variable",
                    block.text.place(found.start()),
                    Phrase("%(words)s has no value", words=found[0]),
                    "Set it under 'variables:' in the front matter, or among the organisation's variables.",
                )
    for name in norm.facts.variables:
        if name not in used:
            line = norm.facts.lines.get("variables", 1)
            said = Phrase("the variable %(name)s is used nowhere", name=name)
            yield say(norm, "unused-variable", Place(line, 1), said, "Take it out.")


def _kept(norm: Norm) -> Iterator[Finding]:
    for each in norm.unplaced:
        said = Phrase("%(words)s: %(reason)s", words=repr(plain(each.words)[:60]), reason=Phrase(each.reason))
        yield say(norm, "unplaced", each.place, said, "Write it in Markdown.")


_CHECKS: tuple[Check, ...] = (_facts, _words, _parts, _identifiers, _variables, _kept)
