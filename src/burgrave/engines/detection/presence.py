"""Conditions in words over the rules of a temporal correlation: names, ``and``, ``or``, ``not`` and parentheses.

``not`` binds closest, then ``and``, then ``or``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from burgrave.engines.detection.correlation_terms import Every, Lacking, Present, Some
from burgrave.engines.detection.errors import RuleRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from burgrave.engines.detection.correlation_terms import Presence
    from burgrave.engines.detection.terms import RuleLimits

_TOKEN: Final = re.compile(r"\s*(?:([()])|([\w.:-]+))", re.ASCII)
_WORDS: Final = frozenset({"and", "or", "not"})


def names_in(condition: str, limits: RuleLimits) -> tuple[str, ...]:
    """The rules that the condition names, each once, in the order of their first place. Raises RuleRefused."""
    found = dict.fromkeys(token for token in _tokens(condition, limits) if token not in {"(", ")", *_WORDS})
    return tuple(found)


def parse_presence(condition: str, rules: Sequence[str], limits: RuleLimits) -> Presence:
    """The condition as a tree over the places of the rules. Raises RuleRefused."""
    reading = _Reading(_tokens(condition, limits), rules)
    found = reading.some()
    if reading.tokens:
        raise RuleRefused(f"the condition goes on with {reading.tokens[0]!r} where `and`, `or` or its end was expected")
    return found


def _tokens(condition: str, limits: RuleLimits) -> list[str]:
    nesting = condition.count("(") + len(re.findall(r"\bnot\b", condition))
    if len(condition) > limits.condition_chars or nesting > limits.condition_nesting:
        raise RuleRefused(
            f"the condition has more than {limits.condition_chars} characters or {limits.condition_nesting} levels"
        )
    found: list[str] = []
    place = 0
    text = condition.rstrip()
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise RuleRefused(f"the condition holds {text[place:].lstrip()[0]!r}, which belongs to no name of a rule")
        found.append(token[1] or token[2])
        place = token.end()
    return found


class _Reading:
    """Takes the tokens from the front."""

    def __init__(self, tokens: list[str], rules: Sequence[str]) -> None:
        self.tokens = tokens
        self._rules = rules

    def some(self) -> Presence:
        parts = self._joined("or", self._every)
        return parts[0] if len(parts) == 1 else Some(parts)

    def _every(self) -> Presence:
        parts = self._joined("and", self._one)
        return parts[0] if len(parts) == 1 else Every(parts)

    def _joined(self, word: str, part: Callable[[], Presence]) -> tuple[Presence, ...]:
        found = [part()]
        while self.tokens and self.tokens[0] == word:
            self.tokens.pop(0)
            found.append(part())
        return tuple(found)

    def _one(self) -> Presence:
        word = self.tokens.pop(0) if self.tokens else ""
        if word == "not":
            return Lacking(self._one())
        if word == "(":
            inner = self.some()
            if not self.tokens or self.tokens.pop(0) != ")":
                raise RuleRefused("a parenthesis of the condition is not closed")
            return inner
        if not word or word == ")" or word in _WORDS:
            got = f"{word!r}" if word else "its end"
            raise RuleRefused(f"the condition has {got} where the name of a rule was expected")
        return Present(self._rules.index(word))
