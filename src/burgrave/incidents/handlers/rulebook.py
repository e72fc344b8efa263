"""The live rules: those on disk, shipped and of the installation, and those of the library; parsed once and kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, cast

from django.conf import settings
from django.utils.module_loading import import_string

from burgrave.engines import detection
from burgrave.engines.detection.correlation_writing import written_section
from burgrave.incidents import commands
from burgrave.incidents.terms import FaultText, Level, Library, LibraryRules, Rulebook, RuleOrigin, RuleText
from burgrave.jobs.terms import Args, Lease
from burgrave.ledger.terms import storable_json
from burgrave.web.terms import system_actor

SHIPPED: Final = Path(__file__).resolve().parent.parent / "sigma_rules"
SUFFIXES: Final = frozenset({".yml", ".yaml"})
NO_LIBRARY: Final = Library(mark="", read=LibraryRules)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRules:
    """The live rules, ready to match, and the same in words for the tables."""

    engine: detection.ExceptingEngine
    book: Rulebook
    correlations: tuple[detection.CorrelationRule, ...] = ()
    silent: frozenset[str] = frozenset()


_lock = threading.Lock()
_latest: dict[str, LoadedRules] = {}


def loaded_rules(*, local: Path, shipped: Path = SHIPPED, library: Library = NO_LIBRARY) -> LoadedRules:
    """The rules of both folders and of the library.

    With the same id, a rule of the library takes the place of a shipped one, and one of the installation that of both.
    What was parsed last is kept until a file comes, goes or changes, or the library has another mark.
    """
    with _lock:
        mark = _fingerprint((shipped, local), library.mark)
        if mark not in _latest:
            fresh = _load(shipped, local, library.read())
            _latest.clear()
            _latest[mark] = fresh
        return _latest[mark]


def live_rules(now: datetime) -> LoadedRules:
    """The rules that hold now: of both folders, and what the function that ``BURGRAVE_LIBRARY`` names adds to them."""
    library = cast("Callable[[datetime], Library]", import_string(settings.BURGRAVE_LIBRARY))
    return loaded_rules(local=Path(settings.BURGRAVE_RULES), library=library(now))


def make_rules_live(now: datetime) -> None:
    """The rules that hold now are those that match, since this moment."""
    commands.load_rules(live_rules(now).book, actor=system_actor(), now=now)


def load_live_rules(lease: Lease, _args: Args) -> None:
    """The tables show the rules that hold now, so that a page need not wait for the next event file."""
    rules = live_rules(lease.now())
    with lease.final_effects():
        commands.load_rules(rules.book, actor=system_actor(), now=lease.now())


def _load(shipped: Path, local: Path, library: LibraryRules) -> LoadedRules:
    # Beside this process' memory they are kept loaded on disk, so that a new process has thousands of them at once.
    kept_in = Path(settings.BURGRAVE_HOME) / "cache" / "rules"
    apart = detection.CorrelationUse.APART
    limits = detection.RuleLimits(placeholders=detection.placeholder_values(library.placeholders))
    ours = detection.load_rules(_files(shipped), limits=limits, correlations=apart, kept_in=kept_in)
    theirs = detection.load_rules(_files(local), limits=limits, correlations=apart, kept_in=kept_in)
    between = _of_library(library, limits, kept_in)
    exceptions = detection.load_texts(
        ((Path(each.path), each.source) for each in library.filters), filters=detection.FilterUse.APART
    )
    kept: dict[str, tuple[detection.Rule, RuleOrigin, Path]] = {}
    origins = (
        (ours, RuleOrigin.SHIPPED, shipped),
        (between, RuleOrigin.LIBRARY, Path()),
        (theirs, RuleOrigin.LOCAL, local),
    )
    for found, origin, folder in origins:
        for rule in found.rules:
            kept.pop(rule.id, None)
            if rule.id not in library.off:
                kept[rule.id] = (rule, origin, folder)
    fed = {(rule.sha256, rule.document) for found in (ours, between, theirs) for rule in found.rules}
    fed -= {(rule.sha256, rule.document) for found in (ours, between, theirs) for rule in found.unmapped}
    whole = detection.RuleSet(rules=tuple(rule for rule, _, _ in kept.values()))
    correlated = {
        each.id: (each, origin, folder)
        for found, origin, folder in origins
        for each in found.correlations
        if each.id not in library.off
    }
    whole = detection.join_correlations(whole, tuple(each for each, _, _ in correlated.values()))
    engine = detection.ExceptingEngine(whole, exceptions.filters)
    texts = _distinct(
        (
            *(_text(rule, origin, folder, fed) for rule, origin, folder in kept.values()),
            *(_text_of_correlation(each, *correlated[each.id][1:]) for each in whole.correlations),
        )
    )
    faults = (
        *(_fault(fault, shipped) for fault in ours.faults),
        *(_fault(fault, Path()) for fault in (*between.faults, *exceptions.faults, *engine.remarks)),
        *(_fault(fault, local) for fault in theirs.faults),
        *(_fault(fault, local if fault.path.is_relative_to(local) else shipped) for fault in whole.faults),
    )
    return LoadedRules(
        engine=engine,
        correlations=whole.correlations,
        silent=whole.silent,
        book=Rulebook(rules=texts, faults=faults, sha256=_digest(texts, library)),
    )


def _of_library(library: LibraryRules, limits: detection.RuleLimits, kept_in: Path) -> detection.RuleSet:
    """The enabled rules of the library."""
    wanted = {(sha256(text.source).hexdigest(), document) for text in library.texts for document in text.documents}
    texts = ((Path(text.path), text.source) for text in library.texts)
    found = detection.load_many(texts, limits=limits, correlations=detection.CorrelationUse.APART, kept_in=kept_in)
    return replace(
        found,
        rules=tuple(rule for rule in found.rules if (rule.sha256, rule.document) in wanted),
        correlations=tuple(each for each in found.correlations if (each.sha256, each.document) in wanted),
    )


def _digest(texts: Iterable[RuleText], library: LibraryRules) -> str:
    """Over the texts of all rules, of the exceptions to them, and what their placeholders stand for."""
    marks = sorted(f"{text.sha256}:{text.document}" for text in texts)
    marks += sorted(f"filter:{sha256(each.source).hexdigest()}" for each in library.filters)
    for name, values in sorted(library.placeholders.items()):
        marks.append(f"placeholder:{sha256(repr((name, sorted(values))).encode()).hexdigest()}")
    return sha256("\n".join(marks).encode()).hexdigest()


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def _fingerprint(folders: Iterable[Path], library: str) -> str:
    marks = [library]
    for folder in folders:
        for path in _files(folder):
            found = path.stat()
            marks.append(f"{path}\0{found.st_mtime_ns}\0{found.st_size}")
    return sha256("\n".join(marks).encode("utf-8", "surrogateescape")).hexdigest()


def _distinct(texts: Iterable[RuleText]) -> tuple[RuleText, ...]:
    return tuple({(text.sha256, text.document): text for text in texts}.values())


def _text(rule: detection.Rule, origin: RuleOrigin, folder: Path, fed: set[tuple[str, int]]) -> RuleText:
    logsource = {
        name: value
        for name, value in (
            ("product", rule.logsource.product),
            ("category", rule.logsource.category),
            ("service", rule.logsource.service),
        )
        if value
    }
    return _text_of(rule, origin, folder, logsource=logsource, is_fed=(rule.sha256, rule.document) in fed)


def _text_of_correlation(rule: detection.CorrelationRule, origin: RuleOrigin, folder: Path) -> RuleText:
    """A correlation is a rule like others to whoever reads the rules; it has no log source of its own."""
    text = _text_of(rule, origin, folder, logsource={}, is_fed=True)
    return replace(text, members=rule.members, correlation=storable_json(written_section(rule)))


def _text_of(
    rule: detection.Rule | detection.CorrelationRule,
    origin: RuleOrigin,
    folder: Path,
    *,
    logsource: dict[str, str],
    is_fed: bool,
) -> RuleText:
    return RuleText(
        rule_id=rule.id[:200],
        name=rule.name[:200],
        sha256=rule.sha256,
        document=rule.document,
        is_fed=is_fed,
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
