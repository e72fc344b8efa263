"""The norm set that ships along keeps what its README promises."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from burgrave.assurance.rules.shipped import shipped
from burgrave.engines.norms import Kind, Language, Norm, lint_all, read

LIBRARY = Path(__file__).resolve().parent.parent / "starter"
ANNEX_A = {"A.5": 37, "A.6": 8, "A.7": 14, "A.8": 34}
MLPS_LEVEL_3 = {
    "8.1.1": 10, "8.1.2": 3, "8.1.3": 6, "8.1.4": 11, "8.1.5": 4,
    "8.1.6": 4, "8.1.7": 5, "8.1.8": 4, "8.1.9": 10, "8.1.10": 14,
}  # fmt: skip
"""How many control points each class has: GB/T 22239-2019, 8.1."""

pytestmark = pytest.mark.engine_only


def library() -> list[Norm]:
    files = sorted(LIBRARY.glob("*/*.md"))
    return [read(file.read_bytes(), path=str(file.relative_to(LIBRARY))) for file in files]


def numbered(parts: dict[str, int]) -> set[str]:
    return {f"{part}.{number}" for part, count in parts.items() for number in range(1, count + 1)}


def answered(framework: str) -> set[str]:
    return {
        each.reference
        for norm in library()
        for clause in norm.clauses
        for each in clause.satisfies
        if each.framework == framework
    }


def test_the_linter_has_nothing_to_say() -> None:
    assert lint_all(library()) == ()


def test_both_languages_hold_the_whole_set() -> None:
    counts = Counter((norm.language, norm.kind) for norm in library())
    for language in Language:
        assert counts[language, Kind.POLICY] + counts[language, Kind.NORM] >= 20
        assert counts[language, Kind.PROCEDURE] >= 15
    names = [{file.name for file in (LIBRARY / language).glob("*.md")} for language in Language]
    assert names[0] == names[1]


def test_every_clause_of_a_norm_says_what_it_answers_and_every_step_who_takes_it() -> None:
    for norm in library():
        for clause in norm.clauses:
            assert clause.is_named
            assert clause.satisfies or norm.kind is Kind.PROCEDURE, (norm.path, clause.identifier)
            assert clause.evidence, (norm.path, clause.identifier)


def test_all_controls_of_annex_a_and_all_points_of_the_third_level_are_answered() -> None:
    annex = {each for each in answered("ISO27001") if each.startswith("A.")}
    assert annex == numbered(ANNEX_A)
    assert answered("MLPS") == numbered(MLPS_LEVEL_3)


@pytest.mark.parametrize("framework", ["ISO27001", "CSF", "MLPS"])
def test_everything_that_is_answered_exists_in_the_framework_that_ships_along(framework: str) -> None:
    known = {each for group in shipped()[framework].groups for each in group.requirements}
    named = answered(framework)
    assert len(named) > 50
    assert named <= known


def test_no_other_framework_is_answered() -> None:
    named = {each.framework for norm in library() for clause in norm.clauses for each in clause.satisfies}
    assert named == set(shipped())


def test_both_languages_answer_the_same() -> None:
    said = {
        language: {
            (norm.facts.identifier, clause.identifier): clause.satisfies
            for norm in library()
            if norm.language is language
            for clause in norm.clauses
        }
        for language in Language
    }
    assert said[Language.ENGLISH] == said[Language.CHINESE]
