"""The rules on disk, shipped and of the installation, parsed once for as long as no file changes."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from django.conf import settings

from burgrave.engines import detection
from burgrave.incidents import commands
from burgrave.incidents.terms import FaultText, Level, Rulebook, RuleOrigin, RuleText
from burgrave.web.terms import system_actor

SHIPPED: Final = Path(__file__).resolve().parent.parent / "sigma_rules"
SUFFIXES: Final = frozenset({".yml", ".yaml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRules:
    """The live rules, ready to match, and the same in words for the tables."""

    engine: detection.Engine
    book: Rulebook


_lock = threading.Lock()
_latest: dict[str, LoadedRules] = {}


def loaded_rules(*, local: Path, shipped: Path = SHIPPED) -> LoadedRules:
    """The rules of both folders; a rule of the installation takes the place of a shipped one with the same id.

    What was parsed last is kept until a file comes, goes or changes.
    """
    with _lock:
        mark = _fingerprint((shipped, local))
        if mark not in _latest:
            fresh = _load(shipped, local)
            _latest.clear()
            _latest[mark] = fresh
        return _latest[mark]


def make_rules_live(now: datetime) -> None:
    """The rules on disk are those that match, since this moment."""
    commands.load_rules(loaded_rules(local=Path(settings.BURGRAVE_RULES)).book, actor=system_actor(), now=now)


def _load(shipped: Path, local: Path) -> LoadedRules:
    # Beside this process' memory they are kept loaded on disk, so that a new process has thousands of them at once.
    kept_in = Path(settings.BURGRAVE_HOME) / "cache" / "rules"
    ours = detection.load_rules(_files(shipped), kept_in=kept_in)
    theirs = detection.load_rules(_files(local), kept_in=kept_in)
    replaced = {rule.id for rule in theirs.rules}
    kept = tuple(rule for rule in ours.rules if rule.id not in replaced)
    whole = detection.RuleSet(
        rules=(*kept, *theirs.rules),
        faults=(*ours.faults, *theirs.faults),
        unmapped=tuple(rule for rule in (*ours.unmapped, *theirs.unmapped) if rule in kept or rule in theirs.rules),
    )
    unfed = {(rule.sha256, rule.document) for rule in whole.unmapped}
    texts = _distinct(
        (
            *(_text(rule, RuleOrigin.SHIPPED, shipped, unfed) for rule in kept),
            *(_text(rule, RuleOrigin.LOCAL, local, unfed) for rule in theirs.rules),
        )
    )
    faults = (
        *(_fault(fault, shipped) for fault in ours.faults),
        *(_fault(fault, local) for fault in theirs.faults),
    )
    digest = sha256("\n".join(sorted(f"{text.sha256}:{text.document}" for text in texts)).encode()).hexdigest()
    return LoadedRules(
        engine=detection.compile_rules(whole),
        book=Rulebook(rules=texts, faults=faults, sha256=digest),
    )


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def _fingerprint(folders: Iterable[Path]) -> str:
    marks = []
    for folder in folders:
        for path in _files(folder):
            found = path.stat()
            marks.append(f"{path}\0{found.st_mtime_ns}\0{found.st_size}")
    return sha256("\n".join(marks).encode("utf-8", "surrogateescape")).hexdigest()


def _distinct(texts: Iterable[RuleText]) -> tuple[RuleText, ...]:
    return tuple({(text.sha256, text.document): text for text in texts}.values())


def _text(rule: detection.Rule, origin: RuleOrigin, folder: Path, unfed: set[tuple[str, int]]) -> RuleText:
    logsource = {
        name: value
        for name, value in (
            ("product", rule.logsource.product),
            ("category", rule.logsource.category),
            ("service", rule.logsource.service),
        )
        if value
    }
    return RuleText(
        rule_id=rule.id[:200],
        sha256=rule.sha256,
        document=rule.document,
        is_fed=(rule.sha256, rule.document) not in unfed,
        title=rule.title,
        level=_level(rule.level),
        status=rule.status,
        author=rule.author,
        licence=rule.license,
        description=rule.description,
        logsource=logsource,
        tags=rule.tags,
        falsepositives=rule.falsepositives,
        origin=origin,
        path=_place(rule.path, folder),
        source=rule.yaml.decode("utf-8", "replace").replace("\x00", "\N{SYMBOL FOR NULL}"),
    )


def _level(word: str) -> Level:
    """The level of the rule; a rule without one is taken for medium, as Sigma's own tools do."""
    return Level(word) if word in set(Level) else Level.MEDIUM


def _fault(fault: detection.RuleFault, folder: Path) -> FaultText:
    return FaultText(
        path=_place(fault.path, folder),
        line=max(0, fault.line),
        column=fault.char or 0,
        sentence=fault.sentence.replace("\x00", "\N{SYMBOL FOR NULL}"),
    )


def _place(path: Path, folder: Path) -> str:
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    return str(shown).encode("utf-8", "replace").decode("utf-8")[:1000]
