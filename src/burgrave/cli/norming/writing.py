"""What the verbs of norms print, for people and for scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from burgrave.cli.detecting.report import visible
from burgrave.cli.norming.reading import Library
from burgrave.engines.norms import SEVERITIES, Clause, Finding, Mapped, Norm, Quantity, Requirement, Severity

Json = dict[str, object]
FORMAT_VERSION = 1


def finding_line(each: Finding) -> str:
    """A finding as one line that editors can open: path, line, column, weight, code, what, mend."""
    clause = f" [{each.clause}]" if each.clause else ""
    said = f"{each.severity} {each.code}{clause}: {each.message}. {each.mend}"
    return visible(f"{each.path}:{each.line}:{each.column}: {said}")


def summary(library: Library, found: Sequence[Finding]) -> str:
    """One line: how many documents and clauses were looked at, and what was found."""
    counts = Counter(each.severity for each in found)
    said = ", ".join(f"{counts[severity]} {severity}" for severity in Severity)
    clauses = sum(len(norm.clauses) for norm in library.norms)
    passed = f", {len(library.passed_over)} passed over by name" if library.passed_over else ""
    unread = f", {len(library.unread)} not readable" if library.unread else ""
    return f"{len(library.norms)} documents with {clauses} clauses{unread}{passed}: {said}"


def lint_document(library: Library, found: Sequence[Finding]) -> Json:
    """What ``lint --format json`` prints."""
    return {
        "version": FORMAT_VERSION,
        "documents": [{"path": norm.path, "kind": norm.kind, "clauses": len(norm.clauses)} for norm in library.norms],
        "passed_over": list(library.passed_over),
        "counts": {severity: sum(each.severity is severity for each in found) for severity in Severity},
        "findings": [
            {
                "path": each.path,
                "line": each.line,
                "column": each.column,
                "code": each.code,
                "severity": SEVERITIES[each.code],
                "clause": each.clause,
                "message": each.message,
                "mend": each.mend,
            }
            for each in found
        ],
    }


def clause_lines(norm: Norm) -> Iterator[str]:
    """A document that a person can read: a line for each clause, and two for each of its requirements."""
    return map(visible, _lines(norm))


def _lines(norm: Norm) -> Iterator[str]:
    yield f"{norm.path}  {norm.kind}  {norm.title}"
    for clause in norm.clauses:
        named = "" if clause.is_named else " (by its place)"
        yield f"  {clause.identifier}{named}  line {clause.place.line}  {clause.heading}"
        for each in clause.requirements:
            facts = [f"who: {each.actor or '?'}"]
            facts += [f"when: {each.condition}"] if each.condition else []
            facts += [f"measure: {', '.join(one.words for one in each.quantities)}"] if each.quantities else []
            facts += [f"every {each.cadence_days:g} days"] if each.cadence_days else []
            yield f"    {each.modality}: {each.sentence}"
            yield f"      {' · '.join(facts)}"
        if clause.evidence:
            yield f"      evidence: {clause.evidence}"


def clauses_document(library: Library) -> Json:
    """What ``clauses --format json`` prints."""
    return {
        "version": FORMAT_VERSION,
        "documents": [
            {
                "path": norm.path,
                "identifier": norm.facts.identifier,
                "title": norm.title,
                "kind": norm.kind,
                "language": norm.language,
                "satisfies": _mapped(norm.facts.satisfies),
                "clauses": [_clause(clause) for clause in norm.clauses],
                "unplaced": [
                    {"line": each.place.line, "column": each.place.column, "words": each.words, "reason": each.reason}
                    for each in norm.unplaced
                ],
            }
            for norm in library.norms
        ],
    }


def _clause(clause: Clause) -> Json:
    return {
        "identifier": clause.identifier,
        "is_named": clause.is_named,
        "heading": clause.heading,
        "line": clause.place.line,
        "text": clause.text.value,
        "modality": clause.modality,
        "evidence": clause.evidence,
        "satisfies": _mapped(clause.satisfies),
        "parameters": [
            {"name": each.name, "words": each.words, **({"value": _quantity(each.quantity)} if each.quantity else {})}
            for each in clause.parameters
        ],
        "requirements": [_requirement(each) for each in clause.requirements],
    }


def _requirement(each: Requirement) -> Json:
    return {
        "modality": each.modality,
        "sentence": each.sentence,
        "line": each.place.line,
        "column": each.place.column,
        "actor": each.actor,
        "verb": each.verb,
        "object": each.object,
        "condition": each.condition,
        "quantities": [_quantity(one) for one in each.quantities],
        "cadence_days": each.cadence_days,
        "evidence": each.evidence,
    }


def _quantity(each: Quantity) -> Json:
    return {"number": each.number, "unit": each.unit, "bound": each.bound, "words": each.words}


def _mapped(given: Sequence[Mapped]) -> list[Json]:
    return [{"framework": each.framework, "reference": each.reference} for each in given]
