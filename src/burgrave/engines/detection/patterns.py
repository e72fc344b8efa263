r"""Regular expressions that take time linear in the text: Google RE2, never Python's backtracking ``re``.

Patterns mean what RE2 says: no look-around, no back-references; ``\w \d \s \b`` know ASCII letters only; ``.``
stops at a newline unless ``s`` is set; ``^`` and ``$`` are the ends of the text unless ``m`` is set.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, cast

import re2
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RegexEngine

from burgrave.engines.detection.errors import DetectionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sigma.policy.regex_engine import RegexPattern

_FLAGS = {2: "i", 8: "m", 16: "s"}  # the values of re.IGNORECASE, re.MULTILINE and re.DOTALL


class BadPattern(DetectionError):
    """RE2 does not take the pattern."""


class Pattern(Protocol):
    """A compiled pattern."""

    groupindex: Mapping[str, int]

    def search(self, string: str) -> Any: ...

    def fullmatch(self, string: str) -> Any: ...


@lru_cache(maxsize=8192)
def compile_pattern(pattern: str) -> Pattern:
    """The pattern, ready to search. Raises BadPattern, whose text is RE2's reason."""
    options = re2.Options()
    options.log_errors = False
    try:
        return cast("Pattern", re2.compile(pattern, options))
    except re2.error as refusal:
        raise BadPattern(_reason(refusal)) from refusal


def quoted(text: str) -> str:
    """A pattern that matches exactly this text."""
    return str(re2.escape(text))


def _reason(refusal: Exception) -> str:
    reason = refusal.args[0] if refusal.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


class _QuietRE2(RegexEngine):
    """RE2 for pySigma's own checks, without RE2's notes on standard error."""

    def compile(self, pattern: str, flags: int = 0) -> RegexPattern:
        letters = "".join(letter for bit, letter in _FLAGS.items() if int(flags) & bit)
        return cast("RegexPattern", compile_pattern(f"(?{letters}){pattern}" if letters else pattern))

    @property
    def error(self) -> type[Exception]:
        return BadPattern


POLICY = SigmaPolicy(regex_engine=_QuietRE2())
