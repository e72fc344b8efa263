"""Correlations in a line or two, timelines as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Protocol

import pytest

from burgrave.engines.correlation import Correlator, Finding, Hit
from burgrave.engines.correlation.oracle import NaiveFinding, naive_findings
from burgrave.engines.detection import load_rules
from burgrave.engines.detection.terms import CorrelationUse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from burgrave.engines.detection import RuleSet

MIDNIGHT = datetime(2024, 5, 1, tzinfo=UTC)
BASE = "abcd"
RULE = """\
title: {name}
name: {name}
id: 00000000-0000-4000-8000-00000000000{name}
logsource: {{product: linux}}
detection: {{s: {{x: '{name}'}}, condition: s}}
"""


def id_of(name: str) -> str:
    return f"00000000-0000-4000-8000-00000000000{name}"


def documents(*sections: str, more: str = "") -> str:
    """The base rules a, b, c, d and correlations named c0, c1 … with these sections."""
    rules = [RULE.format(name=name) for name in BASE]
    rules += [
        f"title: c{number}\nname: c{number}\n{more}correlation:\n{indent(text, '  ')}\n"
        for number, text in enumerate(sections)
    ]
    return "---\n".join(rules)


def loaded(folder: Path, *sections: str, more: str = "") -> RuleSet:
    path = folder / "rules.yml"
    path.write_text(documents(*sections, more=more), encoding="utf-8")
    return load_rules([path], correlations=CorrelationUse.APPLIED)


def at(seconds: float) -> datetime:
    return MIDNIGHT + timedelta(seconds=seconds)


def timeline(text: str) -> list[Hit]:
    """Hits out of ``0 a user=ann`` (second, rule, values), one a line or parted by ``;``; events are e1, e2 …

    A word ``=e1`` names the event, so that one event may be hit by two rules.
    """
    hits = []
    for number, line in enumerate(filter(None, (line.strip() for line in text.replace(";", "\n").splitlines())), 1):
        second, name, *words = line.split()
        event = next((word[1:] for word in words if word.startswith("=")), f"e{number}")
        values = dict(word.split("=", 1) for word in words if not word.startswith("="))
        hits.append(Hit(id_of(name), None if second == "-" else at(float(second)), event, values))
    return hits


def naive(finding: Finding) -> NaiveFinding:
    return NaiveFinding(
        finding.rule.id,
        tuple(value.lower() for _, value in finding.group),
        finding.began_at,
        finding.ended_at,
        frozenset(finding.events),
    )


class Finder(Protocol):
    def __call__(self, text: str, *sections: str) -> list[str]: ...


def said(findings: Iterable[Finding]) -> list[str]:
    """``c0 60-90 ann: e1 e2 = 2``: the correlation, its window's seconds, its group, its events, what was measured."""
    return [
        f"{each.rule.name} {(each.began_at - MIDNIGHT).total_seconds():g}"
        f"-{(each.ended_at - MIDNIGHT).total_seconds():g}"
        f" {','.join(value for _, value in each.group) or '*'}: {' '.join(each.events)} = {each.measured}"
        for each in findings
    ]


@pytest.fixture
def find(tmp_path: Path) -> Finder:
    """What correlations find in a timeline, whatever its order; the oracle must say the same."""

    def found(text: str, *sections: str) -> list[str]:
        ruleset = loaded(tmp_path, *sections)
        assert not ruleset.faults, ruleset.faults[0]
        hits = timeline(text)
        correlator = Correlator(ruleset.correlations)
        ordered = sorted(hits, key=lambda hit: hit.at or MIDNIGHT)
        findings = correlator.feed(ordered) + correlator.finish()
        assert {naive(each) for each in findings} == naive_findings(ruleset.correlations, hits)
        return said(findings)

    return found
