"""Remarks on rules that load: each kind with a rule that earns it and the same rule mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from burgrave.engines.detection import CorrelationUse, FilterUse, load_rules
from burgrave.engines.detection.expressions import And, Kind, Not, Or, Test
from burgrave.engines.detection.linting import CODES, Remark, follows, lint

ID = "5af54681-df95-4c26-854f-2565e13cfab0"
GOOD = f"""\
title: T
id: {ID}
name: t
status: test
level: high
author: Ada
falsepositives: [Backups]
tags: [attack.t1059]
logsource: {{product: windows, category: process_creation}}
detection:
  selection: {{Image|endswith: [a.exe, b.exe]}}
  filter: {{User: SYSTEM}}
  condition: selection and not filter
"""
COUNT = """\
title: C
id: 5af54681-df95-4c26-854f-2565e13cfab1
status: test
level: low
author: Ada
correlation:
  type: event_count
  rules: t
  timespan: 5m
  condition: {gte: 3}
"""
FILTER = """\
title: F
logsource: {product: windows}
filter:
  rules: any
  mine: {Image|endswith: [a.exe, b.exe, c.exe]}
  condition: not mine
"""


def linted(folder: Path, *texts: str) -> list[Remark]:
    for number, text in enumerate(texts):
        (folder / f"{number}.yml").write_text(text, encoding="utf-8")
    both = [
        load_rules([folder], filters=use, correlations=CorrelationUse.APPLIED)
        for use in (FilterUse.APPLIED, FilterUse.REFUSED)
    ]
    return lint(both[0], unfiltered=both[1])


def test_a_good_rule_and_a_good_correlation_earn_nothing(tmp_path: Path) -> None:
    assert linted(tmp_path, GOOD, COUNT) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("level: high\n", "", [("no-level", 1, 1)]),
        ("author: Ada\n", "", [("no-author", 1, 1)]),
        (f"id: {ID}\n", "", [("no-id", 1, 1)]),
        ("falsepositives: [Backups]\n", "", [("no-falsepositives", 5, 1)]),
        ("[attack.t1059]", "[attack.t1059, mine.x, CVE.2021-1]", [("unknown-tag", 8, 22)]),
        ("status: test", "status: deprecated", [("deprecated", 4, 1)]),
        ("status: test", "status: unsupported", [("deprecated", 4, 1)]),
        ("process_creation", "nowhere", [("unmapped", 9, 1)]),
        ("selection and not filter", "selection", [("unused-selection", 12, 3)]),
        ("selection and not filter", "all of sel*", [("unused-selection", 12, 3)]),
        ("selection and not filter", "1 of them", []),
        ("selection and not filter", "[selection, filter]", []),
        ("filter: {User: SYSTEM}\n  condition: selection and not filter",
         "_filter: {User: SYSTEM}\n  condition: all of them", [("unused-selection", 12, 3)]),
        ("[a.exe, b.exe]", "[a.exe]", []),
        ("Image|endswith: [a.exe, b.exe]", "Image|contains|all: [a.exe]", [("lone-all", 11, 15)]),
        ("{User: SYSTEM}", "[{User|contains|all: [a, b]}, {User|contains|all: [a]}]", [("lone-all", 12, 42)]),
    ],
)  # fmt: skip
def test_what_is_odd_is_said_with_its_place(
    tmp_path: Path, old: str, new: str, found: list[tuple[str, int, int]]
) -> None:
    assert old in GOOD
    remarks = linted(tmp_path, GOOD.replace(old, new))
    assert [(each.code, each.line, each.char) for each in remarks] == found
    assert not any(each.is_fault for each in remarks)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("{gte: 3}", "{lte: 3}", [("always", 10)]),
        ("{gte: 3}", "{lt: 1}", [("never", 10)]),
        ("{gte: 3}", "{gte: 2, lt: 5}", []),
        ("event_count", "temporal", [("never", 10)]),
        ("  condition: {gte: 3}\n", "  condition: {gte: 1}\n  aliases: {who: {t: User}}\n",
         [("always", 10), ("unused-alias", 11)]),
        ("  condition", "  group-by: who\n  aliases: {who: {t: User}}\n  condition", []),
        ("level: low", "level: critical", [("no-falsepositives", 4)]),
    ],
)  # fmt: skip
def test_what_is_odd_about_a_correlation_is_said(
    tmp_path: Path, old: str, new: str, found: list[tuple[str, int]]
) -> None:
    assert old in COUNT
    assert [(each.code, each.line) for each in linted(tmp_path, GOOD, COUNT.replace(old, new))] == found


def test_faults_and_the_remarks_on_filters_stand_among_the_others(tmp_path: Path) -> None:
    lines = list(map(str, linted(tmp_path, GOOD, "title: T\n", FILTER.replace("not mine", "mine"))))
    assert lines[0].startswith(f"{tmp_path / '1.yml'}:1:1: fault: the rule has no detection")
    assert lines[1].startswith(f"{tmp_path / '2.yml'}:1:1: filter: the filter's condition has no `not`")


def test_a_filter_that_leaves_nothing_is_said_at_the_rule(tmp_path: Path) -> None:
    (found,) = linted(tmp_path, GOOD, FILTER)
    assert (found.code, found.path, found.line) == ("removed-by-filter", tmp_path / "0.yml", 1)
    assert f"{tmp_path / '1.yml'}:1" in found.sentence
    assert linted(tmp_path, GOOD, FILTER.replace("b.exe, ", "")) == []


def test_a_rule_that_an_earlier_document_completes_is_linted_without_its_selections(tmp_path: Path) -> None:
    rest = GOOD[: GOOD.index("detection:")]
    whole = f"action: global\n{GOOD[GOOD.index('detection:') :]}---\n{rest}"
    assert linted(tmp_path, whole) == []


def test_every_code_says_what_it_means() -> None:
    assert all(CODES.values())


A, B, C = (Test("f", Kind.EQUALS, (value,)) for value in "abc")


@pytest.mark.parametrize(
    ("given", "wanted", "holds"),
    [
        (A, A, True),
        (A, B, False),
        (And((A, B)), A, True),
        (And((A, B)), And((B, A)), True),
        (And((A, B)), And((A, C)), False),
        (Or((A, B)), A, False),
        (Or((A, B)), Or((C, B, A)), True),
        (A, Or((B, A)), True),
        (And((Or((A, B)), C)), Or((A, B)), True),
        (Not(A), A, False),
        (Not(A), Not(A), True),
    ],
)
def test_an_expression_follows_from_another_one(given: object, wanted: object, *, holds: bool) -> None:
    assert follows(given, wanted) is holds  # type: ignore[arg-type]
