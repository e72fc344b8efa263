"""A small made-up release of ATT&CK as a STIX bundle."""

from __future__ import annotations

import json
from typing import Any


def technique(key: str, name: str, *tactics: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "attack-pattern",
        "id": f"attack-pattern--{key}",
        "name": name,
        "external_references": [
            {"source_name": "elsewhere", "external_id": "X"},
            {"source_name": "mitre-attack", "external_id": key},
        ],
        "kill_chain_phases": [
            {"kill_chain_name": "other", "phase_name": "other"},
            *({"kill_chain_name": "mitre-attack", "phase_name": each} for each in tactics),
        ],
        **more,
    }


def tactic(name: str, title: str) -> dict[str, Any]:
    return {"type": "x-mitre-tactic", "id": f"x-mitre-tactic--{name}", "x_mitre_shortname": name, "name": title}


def matrix() -> dict[str, Any]:
    order = ("execution", "defense-evasion", "unknown")
    return {
        "type": "x-mitre-matrix",
        "external_references": [{"source_name": "mitre-attack", "external_id": "enterprise-attack"}],
        "tactic_refs": [f"x-mitre-tactic--{each}" for each in order],
    }


def became(was: str, now: str) -> dict[str, Any]:
    return {
        "type": "relationship",
        "relationship_type": "revoked-by",
        "source_ref": f"attack-pattern--{was}",
        "target_ref": f"attack-pattern--{now}",
    }


TECHNIQUES = ("T1059", "T1059.001", "T1086", "T1087", "T1100", "T1490")


def bundle(*more: Any, spec_version: str = "2.1") -> bytes:
    """Two tactics, six techniques: one revoked with a successor, one without, one deprecated."""
    objects = [
        {"type": "x-mitre-collection", "x_mitre_version": "99.1", "name": "Enterprise ATT&CK"},
        {"type": "identity", "name": "Nobody"},
        tactic("defense-evasion", "Hiding"),
        tactic("execution", "Execution"),
        technique("T1059", "Interpreter", "execution"),
        technique("T1059.001", "Shell of power", "execution", "defense-evasion", x_mitre_platforms=["Windows"]),
        technique("T1086", "Old shell", "execution", revoked=True),
        technique("T1087", "Forgotten", revoked=True),
        technique("T1100", "Unwanted", "execution", x_mitre_deprecated=True),
        technique("T1490", "Inhibit recovery", "defense-evasion"),
        became("T1086", "T1059.001"),
        became("T1059", "T1490"),
        matrix(),
        *more,
    ]
    return json.dumps({"type": "bundle", "id": "bundle--1", "spec_version": spec_version, "objects": objects}).encode()
