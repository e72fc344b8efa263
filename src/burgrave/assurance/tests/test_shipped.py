"""The frameworks that ship along have exactly the identifiers of their standards, and no title twice."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from burgrave.assurance.rules.shipped import shipped, shipped_draft
from burgrave.engines.norms import Language
from burgrave.web.errors import NotFound

pytestmark = pytest.mark.engine_only

ISO = {"A.5": 37, "A.6": 8, "A.7": 14, "A.8": 34, "4": 4, "5": 3, "6": 5, "7": 7, "8": 3, "9": 6, "10": 2}
CSF = {
    "GV.OC": 5, "GV.RM": 7, "GV.RR": 4, "GV.PO": 2, "GV.OV": 3, "GV.SC": 10, "ID.AM": 7, "ID.RA": 10, "ID.IM": 4,
    "PR.AA": 6, "PR.AT": 2, "PR.DS": 4, "PR.PS": 6, "PR.IR": 4, "DE.CM": 5, "DE.AE": 6, "RS.MA": 5, "RS.AN": 4,
    "RS.CO": 2, "RS.MI": 2, "RC.RP": 6, "RC.CO": 2,
}  # fmt: skip
MLPS = {
    "8.1.1": 10, "8.1.2": 3, "8.1.3": 6, "8.1.4": 11, "8.1.5": 4,
    "8.1.6": 4, "8.1.7": 5, "8.1.8": 4, "8.1.9": 10, "8.1.10": 14,
}  # fmt: skip
SHAPES = {
    "ISO27001": re.compile(r"A\.[5-8]\.\d{1,2}|(?:[4-9]|10)\.\d(?:\.\d)?"),
    "CSF": re.compile(r"[A-Z]{2}\.[A-Z]{2}-\d\d"),
    "MLPS": re.compile(r"8\.1\.\d{1,2}\.\d{1,2}"),
}


def counted(identifier: str) -> dict[str, int]:
    return {each.identifier: len(each.requirements) for each in shipped()[identifier].groups if each.requirements}


@pytest.mark.parametrize(("identifier", "counts"), [("ISO27001", ISO), ("CSF", CSF), ("MLPS", MLPS)])
def test_each_group_has_as_many_requirements_as_its_standard(identifier: str, counts: dict[str, int]) -> None:
    assert counted(identifier) == counts
    assert shipped()[identifier].count == sum(counts.values())


def test_the_sums_are_those_that_everybody_knows() -> None:
    assert sum(count for group, count in ISO.items() if group.startswith("A.")) == 93
    assert sum(CSF.values()) == 106
    assert sum(MLPS.values()) == 71
    functions = [each.identifier for each in shipped()["CSF"].groups if not each.under]
    assert functions == ["GV", "ID", "PR", "DE", "RS", "RC"]
    assert len([each for each in shipped()["CSF"].groups if each.under]) == 22


@pytest.mark.parametrize("identifier", SHAPES)
def test_identifiers_are_written_as_in_the_standard_and_stand_in_their_group(identifier: str) -> None:
    for group in shipped()[identifier].groups:
        assert not group.under or group.identifier.startswith(f"{group.under}.")
        for each in group.requirements:
            assert SHAPES[identifier].fullmatch(each)
            assert each.startswith(group.identifier + ("-" if identifier == "CSF" else "."))


@pytest.mark.parametrize("prefix", ["A.5", "A.6", "A.7", "A.8", *MLPS])
def test_numbers_run_without_a_gap(prefix: str) -> None:
    framework = shipped()["ISO27001" if prefix.startswith("A.") else "MLPS"]
    (group,) = (each for each in framework.groups if each.identifier == prefix)
    assert list(group.requirements) == [f"{prefix}.{number}" for number in range(1, len(group.requirements) + 1)]


@pytest.mark.parametrize("identifier", SHAPES)
def test_every_title_is_short_in_both_languages_and_says_something_of_its_own(identifier: str) -> None:
    for language in Language:
        titles = [titles[language] for group in shipped()[identifier].groups for titles in group.requirements.values()]
        assert [each for each, count in Counter(titles).items() if count > 1] == []
        for title in titles:
            assert 0 < len(title) <= 70
            assert (re.search("[一-鿿]", title) is not None) == (language is Language.CHINESE), title


def test_the_subcategories_are_those_of_the_catalogue(shared_data: Path) -> None:
    catalogue = (shared_data / "oscal-nist" / "NIST_CSF_v2.0_catalog.xml").read_text(encoding="utf-8")
    known = set(re.findall(r'<control\b[^>]*\bid="([A-Z]{2}\.[A-Z]{2}-\d\d)"', catalogue))
    ours = {each for group in shipped()["CSF"].groups for each in group.requirements}
    assert len(known) > len(ours), "the catalogue lists those of version 1.1 too"
    assert ours <= known


@pytest.mark.parametrize("language", list(Language))
def test_the_text_of_a_requirement_names_the_groups_it_stands_in(language: Language) -> None:
    draft = shipped_draft("CSF", language)
    assert draft.title == shipped()["CSF"].title[language]
    (found,) = (each for each in draft.requirements if each.identifier == "PR.DS-11")
    assert found.text.split(" › ")[0].split(" ")[0] == "PR"
    assert found.text.split(" › ")[1].split(" ")[0] == "PR.DS"


def test_what_does_not_ship_along_is_said_with_what_does() -> None:
    with pytest.raises(NotFound, match="ships along; there are CSF, ISO27001, MLPS"):
        shipped_draft("PCI", Language.ENGLISH)
