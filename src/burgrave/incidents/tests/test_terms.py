from __future__ import annotations

from burgrave.incidents.terms import Level, Severity, tactics, techniques


def test_techniques_and_tactics_are_read_from_tags() -> None:
    tags = (
        "attack.execution",
        "attack.t1059.001",
        "attack.T1003",
        "attack.defense-evasion",
        "cve.2021-1675",
        "attack.t1003",
        "attack.s0002",
    )
    assert techniques(tags) == ("T1003", "T1059.001")
    assert tactics(tags) == ("execution", "defense evasion")


def test_levels_and_severities_are_ordered_from_mild_to_grave() -> None:
    assert [level.rank for level in Level] == [0, 1, 2, 3, 4]
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]
