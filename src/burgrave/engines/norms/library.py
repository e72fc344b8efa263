"""What is wrong between documents: references, hierarchy, contradicting parameters, parallel texts that differ."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from burgrave.engines.norms.linting import lint, say
from burgrave.engines.norms.quantities import quantities
from burgrave.engines.norms.terms import Clause, Finding, Kind, Norm, Place, Quantity, Requirement, Severity
from burgrave.engines.norms.words import SHARED_UNITS, TOPICS
from burgrave.engines.phrases import Phrase

_REFERENCED = re.compile(r"\[\[\s*(?P<name>[A-Za-z][\w.-]*)\s*\]\]")
_ROUND = 1e-6


@dataclass(frozen=True, slots=True)
class _Said:
    norm: Norm
    place: Place
    clause: str
    quantity: Quantity | None
    words: str


def lint_all(
    norms: Sequence[Norm], *, variables: Mapping[str, str] | None = None, today: date | None = None
) -> tuple[Finding, ...]:
    """Every finding of these documents, alone and together, in the order of path, line and column.

    ``variables`` are the organisation's, known in every document. What an author allowed with a reason is left out.
    """
    known = frozenset(variables or {})
    found: list[Finding] = []
    by_path = {norm.path: norm for norm in norms}
    for norm in norms:
        found += (each for each in lint(norm, today=today) if not _is_known(each, known))
    found += _references(norms)
    found += _hierarchy(norms)
    found += _parameters(norms)
    found += _possible(norms)
    found += _parallel(norms)
    return tuple(sorted(_not_allowed(found, by_path)))


def _is_known(finding: Finding, variables: frozenset[str]) -> bool:
    return finding.code == "unknown-variable" and finding.message.words["words"].strip("{} .") in variables


def _not_allowed(found: Iterable[Finding], norms: Mapping[str, Norm]) -> Iterator[Finding]:
    used: set[tuple[str, int]] = set()
    for finding in found:
        excuse = next(
            (
                each
                for each in norms[finding.path].allowed
                if each.code == finding.code and each.line <= finding.line <= each.until and each.reason
            ),
            None,
        )
        if excuse:
            used.add((finding.path, excuse.line))
        else:
            yield finding
    for norm in norms.values():
        for each in norm.allowed:
            place = Place(each.line, 1)
            if not each.reason:
                yield say(
                    norm,
                    "allowance-without-reason",
                    place,
                    Phrase("%(code)s is allowed without a reason", code=each.code),
                    Phrase("Write <!-- lint: allow %(code)s: why -->.", code=each.code),
                )
            elif (norm.path, each.line) not in used:
                yield say(
                    norm,
                    "unused-allowance",
                    place,
                    Phrase("nothing here needs %(code)s to be allowed", code=each.code),
                    "Take the comment out.",
                )


def _references(norms: Sequence[Norm]) -> Iterator[Finding]:
    by_path = {_normal(norm.path): norm for norm in norms}
    for norm in norms:
        for each in norm.references:
            path = _normal(str(PurePosixPath(norm.path).parent / each.path)) if each.path else _normal(norm.path)
            if each.path and not each.path.endswith((".md", ".markdown")):
                continue
            target = by_path.get(path)
            if target is None:
                yield say(
                    norm,
                    "dead-reference",
                    each.place,
                    Phrase("%(name)s is not among these documents", name=each.path),
                    "Correct the path, or take the link out.",
                )
            elif each.anchor and each.anchor not in target.anchors:
                yield say(
                    norm,
                    "dead-reference",
                    each.place,
                    Phrase("%(name)s has no clause or heading %(anchor)s", name=target.path, anchor=each.anchor),
                    "Name a clause that exists.",
                )


def _normal(path: str) -> str:
    parts: list[str] = []
    for part in PurePosixPath(path).parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _hierarchy(norms: Sequence[Norm]) -> Iterator[Finding]:
    by_identifier: dict[str, list[Norm]] = defaultdict(list)
    for norm in norms:
        if norm.facts.identifier:
            by_identifier[norm.facts.identifier].append(norm)
    below: set[str] = {parent for norm in norms for parent in norm.facts.implements}
    for norm in norms:
        line = norm.facts.lines.get("implements", norm.facts.lines.get("parent", 1))
        for parent in norm.facts.implements:
            yield from _parent(norm, parent, by_identifier, Place(line, 1))
        if len(norms) > 1 and norm.kind is not Kind.POLICY and not norm.facts.implements:
            yield say(
                norm,
                "no-parent",
                Place(1, 1),
                Phrase("this %(kind)s implements nothing above it", kind=Phrase(norm.kind)),
                "Add 'implements: <identifier of the policy or norm>' to the front matter.",
            )
        if len(norms) > 1 and norm.kind is Kind.POLICY and norm.facts.identifier and norm.facts.identifier not in below:
            yield say(
                norm,
                "orphan",
                Place(1, 1),
                "no norm or procedure implements this policy",
                "Write one that does, and name this policy there.",
            )
    for identifier, holders in by_identifier.items():
        for other in holders[1:]:
            if other.language is holders[0].language:
                yield say(
                    other,
                    "same-identifier",
                    Place(other.facts.lines.get("id", 1), 1),
                    Phrase("%(clause)s is also %(name)s", clause=identifier, name=holders[0].path),
                    "Give each document an identifier of its own.",
                )


def _parent(norm: Norm, parent: str, known: Mapping[str, list[Norm]], place: Place) -> Iterator[Finding]:
    holders = known.get(parent)
    if not holders:
        yield say(
            norm,
            "unknown-parent",
            place,
            Phrase("%(name)s is not among these documents", name=parent),
            "Name a document that exists.",
        )
    elif holders[0].kind.level >= norm.kind.level:
        yield say(
            norm,
            "wrong-level",
            place,
            Phrase(
                "a %(kind)s cannot implement the %(other)s %(name)s",
                kind=Phrase(norm.kind),
                other=Phrase(holders[0].kind),
                name=parent,
            ),
            "A document implements one of a higher level: policy, norm, procedure, record.",
        )


def _parameters(norms: Sequence[Norm]) -> Iterator[Finding]:
    """One name, one value, in all documents."""
    named: dict[str, list[_Said]] = defaultdict(list)
    for norm in norms:
        for name, said in _set_by(norm):
            named[name].append(said)
    for name, (first, *others) in named.items():
        for other in others:
            if not _agree(first, other):
                yield say(
                    other.norm,
                    "contradicting-parameter",
                    other.place,
                    Phrase(
                        "%(name)s is %(here)s here and %(there)s in %(place)s",
                        name=name,
                        here=repr(other.words),
                        there=repr(first.words),
                        place=f"{first.norm.path}:{first.place.line}",
                    ),
                    Phrase("Set it in one place and write [[%(name)s]] in the other.", name=name),
                    clause=other.clause,
                )
    for norm in norms:
        yield from _unset(norm, frozenset(named))


def _set_by(norm: Norm) -> Iterator[tuple[str, _Said]]:
    for name, words in norm.facts.parameters.items():
        place = Place(norm.facts.lines.get("parameters", 1), 1)
        yield name.lower(), _Said(norm, place, "", next(iter(quantities(words)), None), words)
    for clause in norm.clauses:
        for each in clause.parameters:
            yield each.name, _Said(norm, each.place, clause.identifier, each.quantity, each.words)


def _unset(norm: Norm, named: frozenset[str]) -> Iterator[Finding]:
    for block in norm.blocks:
        for found in _REFERENCED.finditer(block.text.value):
            if found["name"].lower() not in named:
                yield say(
                    norm,
                    "unknown-parameter",
                    block.text.place(found.start()),
                    Phrase("no document sets %(name)s", name=found["name"]),
                    Phrase("Set it: [[%(name)s = …]].", name=found["name"]),
                )


def _agree(one: _Said, other: _Said) -> bool:
    if one.quantity is None or other.quantity is None:
        return one.words.strip().lower() == other.words.strip().lower() or one.norm.language is not other.norm.language
    same_unit = one.quantity.unit == other.quantity.unit
    return same_unit and abs(one.quantity.number - other.quantity.number) < _ROUND


def _possible(norms: Sequence[Norm]) -> Iterator[Finding]:
    """Two binding clauses of different documents that seem to set one value differently."""
    topics: dict[tuple[str, str, str], list[_Said]] = defaultdict(list)
    for norm in norms:
        for clause in norm.clauses:
            if clause.parameters:
                continue
            for each in clause.requirements:
                for key, said in _topics(norm, clause, each):
                    topics[key].append(said)
    for (topic, _, _), values in topics.items():
        first = values[0]
        for other in values[1:]:
            if other.norm is not first.norm and not _agree(first, other):
                yield say(
                    other.norm, "possible-contradiction", other.place,
                    Phrase(
                        "%(topic)s: %(here)s here, %(there)s in %(place)s",
                        topic=Phrase(topic),
                        here=repr(other.words),
                        there=repr(first.words),
                        place=f"{first.norm.path}:{first.place.line}",
                    ),
                    "Make them equal, or name both by one parameter such as [[password.length = 14 characters]].",
                    clause=other.clause,
                )  # fmt: skip


def _topics(norm: Norm, clause: Clause, each: Requirement) -> Iterator[tuple[tuple[str, str, str], _Said]]:
    for topic, pattern, units in TOPICS:
        if not pattern.search(each.sentence):
            continue
        if "cadence" in units and each.cadence_days is not None:
            quantity = Quantity(
                number=each.cadence_days, unit="days", bound="max", words=f"every {each.cadence_days:g} days"
            )
            yield (topic, "cadence", ""), _Said(norm, each.place, clause.identifier, quantity, quantity.words)
        matching = [quantity for quantity in each.quantities if quantity.unit in units]
        if len(matching) == 1:
            quantity = matching[0]
            yield (
                (topic, quantity.unit, quantity.bound),
                _Said(norm, each.place, clause.identifier, quantity, quantity.words),
            )


def _parallel(norms: Sequence[Norm]) -> Iterator[Finding]:
    """Texts of one identifier in two languages have the same named clauses with the same force and the same numbers."""
    groups: dict[str, list[Norm]] = defaultdict(list)
    for norm in norms:
        if norm.facts.identifier:
            groups[norm.facts.identifier].append(norm)
    for group in groups.values():
        first = group[0]
        for other in (each for each in group[1:] if each.language is not first.language):
            yield from _compare(first, other)


def _compare(first: Norm, other: Norm) -> Iterator[Finding]:
    ours = {clause.identifier: clause for clause in first.clauses if clause.is_named}
    theirs = {clause.identifier: clause for clause in other.clauses if clause.is_named}
    for identifier, clause in ours.items():
        twin = theirs.get(identifier)
        if twin is None:
            yield say(
                first,
                "missing-parallel",
                clause.place,
                Phrase("%(clause)s is missing in %(name)s", clause=identifier, name=other.path),
                "Translate it.",
                clause=identifier,
            )
        elif twin.is_step and clause.is_step:
            continue
        elif twin.modality is not clause.modality:
            yield say(
                other,
                "parallel-differs",
                twin.place,
                Phrase(
                    "%(clause)s says %(here)s here and %(there)s in %(name)s",
                    clause=identifier,
                    here=Phrase(twin.modality),
                    there=Phrase(clause.modality),
                    name=first.path,
                ),
                "Both texts must bind alike.",
                clause=identifier,
            )
        elif (here := _values(twin)) != (there := _values(clause)):
            yield say(
                other,
                "parallel-differs",
                twin.place,
                Phrase(
                    "%(clause)s sets %(here)s here and %(there)s in %(name)s",
                    clause=identifier,
                    here=_listed(here),
                    there=_listed(there),
                    name=first.path,
                ),
                "Both texts must set the same values.",
                clause=identifier,
            )
    for identifier, clause in theirs.items():
        if identifier not in ours:
            yield say(
                other,
                "missing-parallel",
                clause.place,
                Phrase("%(clause)s is missing in %(name)s", clause=identifier, name=first.path),
                "Translate it.",
                clause=identifier,
            )


def _values(clause: Clause) -> tuple[tuple[str, float], ...]:
    """Numbers in base units, of those units that both languages name alike."""
    found = [
        (each.unit, round(each.number, 6))
        for requirement in clause.requirements
        for each in requirement.quantities
        if each.unit in SHARED_UNITS
    ]
    return tuple(sorted(found))


def _listed(values: tuple[tuple[str, float], ...]) -> str:
    return ", ".join(f"{number:g} {unit}" for unit, number in values) or Phrase("no value")


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The heaviest severity among them; None without any."""
    order = tuple(Severity)
    return min((each.severity for each in findings), key=order.index, default=None)
