"""A layer beside what is covered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from burgrave.engines.attack.comparing import Agreement, Cover, Named, agreement, compare
from burgrave.engines.attack.terms import Catalogue, Layer, Mark, Technique, TechniqueState

NAMED = {
    "T1003": Named(rules=3, can_fire=2),
    "T1059": Named(rules=1, can_fire=0),
    "T1059.001": Named(rules=2, can_fire=0),
    "T1055.011": Named(rules=4, can_fire=4),
}


def layer(*marks: Mark, malformed: tuple[str, ...] = ()) -> Layer:
    return Layer(
        name="",
        description="",
        attack_version="",
        format_version="4.5",
        marks=marks,
        gradient=None,
        malformed=malformed,
    )


@pytest.mark.parametrize(
    ("layer_version", "release", "expected"),
    [
        ("17", "17.1", Agreement.SAME),
        ("v17.1", "17.1", Agreement.SAME),
        ("17.0", "17.1", Agreement.OTHER),
        ("1", "17.1", Agreement.OTHER),
        ("17", "18", Agreement.OTHER),
        ("", "18", Agreement.UNTOLD),
        ("17", "", Agreement.UNTOLD),
        ("newest", "18.0", Agreement.UNTOLD),
        ("17", None, Agreement.NO_RELEASE),
        ("", None, Agreement.NO_RELEASE),
    ],
)
def test_versions_agree_as_far_as_the_shorter_one_goes(
    layer_version: str, release: str | None, expected: Agreement
) -> None:
    assert agreement(layer_version, release) is expected


def test_a_comparison_says_which_release_it_went_by() -> None:
    of_17 = replace(layer(), attack_version="17")
    found = compare(of_17, {}, catalogue=Catalogue(version="18.1"))
    assert (found.release, found.agreement) == ("18.1", Agreement.OTHER)
    assert (compare(of_17, {}).release, compare(of_17, {}).agreement) == ("", Agreement.NO_RELEASE)


def test_gaps_come_first_then_what_waits_then_what_is_covered_by_falling_score() -> None:
    found = compare(
        layer(
            Mark(technique="T1003", score=9),
            Mark(technique="T1059.001", score=1),
            Mark(technique="T1055", comment="x"),
            Mark(technique="T1070", score=-2),
            Mark(technique="T1071", score=5),
            Mark(technique="T1059.003", score=1, tactic="execution"),
            Mark(technique="T1059.003", score=4, tactic="persistence"),
        ),
        NAMED,
    )
    told = [(each.technique, each.cover, each.rules, each.can_fire, each.near) for each in found.techniques]
    assert told == [
        ("T1071", Cover.GAP, 0, 0, 0),
        ("T1059.003", Cover.GAP, 0, 0, 1),
        ("T1070", Cover.GAP, 0, 0, 0),
        ("T1055", Cover.GAP, 0, 0, 4),
        ("T1059.001", Cover.SILENT, 2, 0, 1),
        ("T1003", Cover.COVERED, 3, 2, 0),
    ]
    assert [found.count(each) for each in Cover] == [4, 1, 1]
    assert (found.unknown, found.left_out) == ((), ())
    assert {each.state for each in found.techniques} == {None}


def test_what_says_nothing_counts_only_in_a_layer_of_such_and_what_is_off_is_told_apart() -> None:
    bare, off = Mark(technique="T1003"), Mark(technique="T1059", is_enabled=False, score=1)
    assert [each.technique for each in compare(layer(bare), {}).techniques] == ["T1003"]
    found = compare(layer(bare, off, Mark(technique="T1055", score=0), malformed=("X",)), {})
    assert [each.technique for each in found.techniques] == ["T1055"]
    assert (found.left_out, found.unknown) == (("T1059",), ("X",))


def test_a_revoked_technique_counts_as_what_it_became_and_what_no_release_knows_is_unknown() -> None:
    revoked = TechniqueState.REVOKED
    known = {
        "T1086": Technique(id="T1086", name="Old", state=revoked, successor="T1500"),
        "T1500": Technique(id="T1500", name="Older", state=revoked, successor="T1059.001"),
        "T1059.001": Technique(id="T1059.001", name="PowerShell"),
        "T1501": Technique(id="T1501", name="Ring", state=revoked, successor="T1502"),
        "T1502": Technique(id="T1502", name="Ring", state=revoked, successor="T1501"),
        "T1503": Technique(id="T1503", name="Gone", state=revoked),
    }
    given = layer(*(Mark(technique=each) for each in ("T1086", "T1059.001", "T9999", "T1501", "T1503")))
    found = compare(given, NAMED, catalogue=Catalogue(techniques=known))
    by_id = {each.technique: each for each in found.techniques}
    assert (by_id["T1059.001"].was, by_id["T1059.001"].name, by_id["T1059.001"].rules) == (("T1086",), "PowerShell", 2)
    assert set(by_id) == {"T1059.001", "T1501", "T1503"}
    assert [by_id[each].state for each in ("T1059.001", "T1503")] == [TechniqueState.CURRENT, revoked]
    assert found.unknown == ("T9999",)
