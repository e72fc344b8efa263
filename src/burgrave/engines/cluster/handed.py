"""Rules on their way to executors: plain bytes that say what they are, made into an engine once in each process."""

from __future__ import annotations

import hashlib
import platform
import threading
import zlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from burgrave.engines.cluster.errors import ForeignExecutor, RulesChanged
from burgrave.engines.detection import Engine, compile_rules
from burgrave.engines.detection.errors import DetectionError
from burgrave.engines.detection.handing import restored_ruleset, written_ruleset

if TYPE_CHECKING:
    from burgrave.engines.detection import RuleSet

_ENGINES: Final = ("cluster", "correlation", "detection", "events")
_LIBRARIES: Final = ("pysigma", "google-re2", "hyperscan", "pyarrow", "numpy")
_loading = threading.Lock()


@lru_cache(maxsize=1)
def code_mark() -> str:
    """A digest of everything that decides an answer here: the engines' source and the versions that they build on."""
    digest = hashlib.sha256()
    for engine in _ENGINES:
        for module in sorted((Path(__file__).parent.parent / engine).glob("**/*.py")):
            if "tests" not in module.parts:
                digest.update(module.read_bytes())
    digest.update(" ".join(_versions()).encode())
    return digest.hexdigest()


def _versions() -> list[str]:
    return [f"{name} {version(name)}" for name in _LIBRARIES]


def _said() -> str:
    return ", ".join([f"burgrave {version('burgrave')}", f"Python {platform.python_version()}", *_versions()])


@dataclass(frozen=True, slots=True)
class HandedRules:
    """A rule set as bytes, with its digest, and the mark of the code that wrote it."""

    body: bytes
    digest: str
    code: str
    said: str

    @classmethod
    def of(cls, ruleset: RuleSet) -> HandedRules:
        text = written_ruleset(ruleset)
        return cls(zlib.compress(text), hashlib.sha256(text).hexdigest(), code_mark(), _said())

    def ruleset(self) -> RuleSet:
        """The rules, loaded once in each process. Raises ForeignExecutor or RulesChanged."""
        return self._loaded()[0]

    def engine(self) -> Engine:
        """The engine over the rules, one in each process. Raises ForeignExecutor or RulesChanged."""
        return self._loaded()[1]

    def _loaded(self) -> tuple[RuleSet, Engine]:
        with _loading:
            return _loaded(self)


@lru_cache(maxsize=4)
def _loaded(handed: HandedRules) -> tuple[RuleSet, Engine]:
    if handed.code != code_mark():
        raise ForeignExecutor(
            f"this executor ({platform.node()}) runs other code than the driver and could give other answers: "
            f"{_said()}, code {code_mark()[:12]}; the driver has {handed.said}, code {handed.code[:12]}. "
            "Install the same Burgrave and the same locked libraries on every machine of the cluster"
        )
    try:
        text = zlib.decompress(handed.body)
    except zlib.error as refusal:
        raise RulesChanged(f"the rules were damaged on their way to {platform.node()}: {refusal}") from refusal
    digest = hashlib.sha256(text).hexdigest()
    if digest != handed.digest:
        raise RulesChanged(
            f"the rules that reached {platform.node()} have the digest {digest[:12]}, expected {handed.digest[:12]}"
        )
    try:
        ruleset = restored_ruleset(text)
    except DetectionError as refusal:
        raise RulesChanged(str(refusal)) from refusal
    return ruleset, compile_rules(ruleset)
