"""Write docs/detection-rules.md: the detection rules that ship with the product, by tactic, from the rules themselves.

Usage: rules_catalogue.py [--check]. With --check nothing is written; exit code 1 says that the page is out of date.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "src" / "burgrave" / "incidents" / "sigma_rules"
PAGE = ROOT / "docs" / "detection-rules.md"

# In the order of an intrusion, as ATT&CK for Enterprise lists them.
TACTICS = (
    "reconnaissance",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "defense-evasion",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
)
LEVELS = ("critical", "high", "medium", "low", "informational")
HEAD = """# Detection rules that ship with Burgrave

The product brings {rules} rules of its own in the [Sigma](https://sigmahq.io/) format, version 2.1, under the
Apache-2.0 licence. They lie in `src/burgrave/incidents/sigma_rules` and cover {techniques} techniques of MITRE ATT&CK.
Rules of others are loaded beside them from a folder.

Every rule says in its description what happened, why it matters and what a responder does first; `falsepositives` says
what else may look like it. For every rule the tests hold events that must match and near misses that must not.

| level | rules | meant for |
|---|---|---|
| critical | {critical} | wake somebody up |
| high | {high} | look at it within the hour |
| medium | {medium} | look at it today; worth more beside other alerts |
| low | {low} | a hint, for hunting and for context |

| tactic | rules |
|---|---|
{coverage}
A rule of several tactics counts for each of them here, and stands below under the first that it names.
"""

TABLE = "| rule | what it says | level | log | techniques |\n|---|---|---|---|---|\n"


@dataclass(frozen=True, slots=True)
class Entry:
    title: str
    says: str
    level: str
    log: str
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    path: str


def entries() -> list[Entry]:
    """Every rule, by level and title."""
    rules = {path: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(RULES.rglob("*.yml"))}
    by_id = {rule["id"]: rule for rule in rules.values()}
    found = [_entry(path, rule, by_id) for path, rule in rules.items()]
    return sorted(found, key=lambda entry: (LEVELS.index(entry.level), entry.title))


def _entry(path: Path, rule: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> Entry:
    tags = [tag.removeprefix("attack.") for tag in rule["tags"] if tag.startswith("attack.")]
    return Entry(
        title=rule["title"],
        says=" ".join(rule["description"].split()).partition(". ")[0].rstrip(".") + ".",
        level=rule["level"],
        log=_log(rule, by_id),
        tactics=tuple(tag for tag in tags if tag in TACTICS),
        techniques=tuple(tag.upper() for tag in tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag)),
        path=path.relative_to(RULES).as_posix(),
    )


def _log(rule: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> str:
    """The log that the rule reads; of a correlation those of the rules that it counts."""
    if "correlation" in rule:
        return ", ".join(sorted({_log(by_id[key], by_id) for key in rule["correlation"]["rules"]}))
    source = rule["logsource"]
    return " ".join(source[part] for part in ("product", "category", "service") if part in source)


def page() -> str:
    """The text of the catalogue."""
    rules = entries()
    levels = Counter(rule.level for rule in rules)
    parts = [
        HEAD.format(
            rules=len(rules),
            techniques=len({technique for rule in rules for technique in rule.techniques}),
            coverage="".join(_coverage(tactic, rules) for tactic in TACTICS),
            **{level: levels[level] for level in LEVELS},
        )
    ]
    for tactic in TACTICS:
        own = [rule for rule in rules if rule.tactics[0] == tactic]
        if own:
            parts.append(f"\n## {_spelled(tactic)}\n\n{TABLE}")
            parts.extend(_row(rule) for rule in own)
    return "".join(parts)


def _coverage(tactic: str, rules: list[Entry]) -> str:
    return f"| {_spelled(tactic)} | {sum(tactic in rule.tactics for rule in rules)} |\n"


def _row(rule: Entry) -> str:
    links = ", ".join(
        f"[{technique}](https://attack.mitre.org/techniques/{technique.replace('.', '/')}/)"
        for technique in rule.techniques
    )
    cells = (f"{rule.title}<br>`{rule.path}`", rule.says, rule.level, rule.log, links)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _spelled(tactic: str) -> str:
    return tactic.replace("-", " ").capitalize()


def main() -> int:
    """Write the page, or say that it is out of date. Returns the exit code."""
    text = page()
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
