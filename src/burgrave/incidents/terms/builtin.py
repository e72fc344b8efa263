"""Rules that no event file is held against: Burgrave watches itself by them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from burgrave.incidents.terms.words import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltInRule:
    """A rule that is part of the program; ``text`` says in the form of Sigma what it stands for."""

    rule_id: str
    title: str
    level: Level
    description: str
    tags: tuple[str, ...]

    @property
    def text(self) -> str:
        tags = "".join(f"  - {tag}\n" for tag in self.tags)
        return (
            f"title: {self.title}\nid: {self.rule_id}\nstatus: stable\nauthor: Burgrave\n"
            f"description: {self.description}\ntags:\n{tags}"
            f"logsource:\n  product: burgrave\n  service: intake\nlevel: {self.level}\n"
        )

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()


SILENT_SOURCE = BuiltInRule(
    rule_id="5f0d3f2e-3c1b-4f0a-9a34-6f2f4f1f7b10",
    title="A log source went silent",
    level=Level.MEDIUM,
    description=(
        "Nothing was heard of a log source for longer than it may be silent. Whoever attacks switches off what would "
        "tell of them; a sender, a network or a token that failed looks the same."
    ),
    tags=("attack.defense-evasion", "attack.t1562"),
)
