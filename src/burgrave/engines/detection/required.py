"""Literal texts that a regular expression cannot match without.

A small reader of RE2's syntax that gives up early: whatever it does not know ends a literal, so what it returns is
always true and sometimes less than could be said. Only ASCII letters and digits of any case, and ASCII signs, are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from burgrave.engines.detection.folding import fold

_SPECIAL = frozenset("\\[](){}.*+?^$|")
_ZERO_WIDTH = frozenset("bBAzZ")
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_MAX_ALTERNATIVES = 64

Alternatives = tuple[str, ...]


class _UnknownError(Exception):
    """The pattern has something that the reader does not follow."""


@lru_cache(maxsize=8192)
def required_literals(pattern: str) -> Alternatives:
    """Folded ASCII texts of which one at least stands in every folded text that the pattern matches; maybe none."""
    if "(?" in pattern.replace("(?:", "").replace("(?i)", "").replace("(?s)", "").replace("(?m)", ""):
        return ()
    reader = _Reader(pattern)
    try:
        found = reader.alternation()
    except _UnknownError:
        return ()
    return found if reader.at == len(pattern) else ()


@dataclass(slots=True)
class _Sequence:
    """The best alternatives among a concatenation's parts so far, and the literal that is being read."""

    run: str = ""
    best: Alternatives = ()

    def offer(self, candidates: Alternatives) -> None:
        if candidates and _worth(candidates) > _worth(self.best):
            self.best = candidates

    def close(self) -> None:
        self.offer((self.run,) if self.run else ())
        self.run = ""


@dataclass(slots=True)
class _Reader:
    pattern: str
    at: int = 0
    depth: int = field(default=0)

    def alternation(self) -> Alternatives:
        branches = [self.concatenation()]
        while self._peek() == "|":
            self.at += 1
            branches.append(self.concatenation())
        if not all(branches):
            return ()
        union = tuple(dict.fromkeys(text for branch in branches for text in branch))
        return union if len(union) <= _MAX_ALTERNATIVES else ()

    def concatenation(self) -> Alternatives:
        sequence = _Sequence()
        while self._peek() not in {"", "|", ")"}:
            self._item(sequence)
        sequence.close()
        return sequence.best

    def _item(self, sequence: _Sequence) -> None:
        character = self._peek()
        literal: str | None = None
        group: Alternatives = ()
        if character == "(":
            group = self._group()
        elif character == "[":
            self._skip_class()
        elif character == "\\":
            literal = self._escape()
        elif character in "^$":
            self.at += 1
            return
        elif character == ".":
            self.at += 1
        elif character in _SPECIAL:
            raise _UnknownError
        else:
            self.at += 1
            literal = character
        least = self._repeat()
        if literal == "":
            return  # zero-width: \b and its kin neither add to a literal nor end it
        if literal is not None and least == 1 and fold(literal).isascii():
            sequence.run += fold(literal)
            return
        self._end_run(sequence, literal, group, least)

    def _end_run(self, sequence: _Sequence, literal: str | None, group: Alternatives, least: int | None) -> None:
        if least is None and literal is not None and fold(literal).isascii():
            sequence.run += fold(literal)  # x+ : one x follows what stands before it, and something unknown follows
            sequence.close()
            return
        sequence.close()
        if least != 0:
            sequence.offer(group)

    def _group(self) -> Alternatives:
        self.depth += 1
        if self.depth > 50:  # noqa: PLR2004 - deeper than any real pattern, far from Python's own limit
            raise _UnknownError
        self.at += 1
        for flags in ("?:", "?i)", "?s)", "?m)"):
            if self.pattern.startswith(flags, self.at):
                self.at += len(flags)
                if flags != "?:":
                    self.depth -= 1
                    return ()
        found = self.alternation()
        if self._peek() != ")":
            raise _UnknownError
        self.at += 1
        self.depth -= 1
        return found

    def _skip_class(self) -> None:
        self.at += 1
        if self._peek() == "^":
            self.at += 1
        if self._peek() == "]":
            self.at += 1
        while self._peek() != "]":
            if self._peek() == "":
                raise _UnknownError
            if self.pattern.startswith("[:", self.at):
                end = self.pattern.find(":]", self.at)
                if end < 0:
                    raise _UnknownError
                self.at = end + 2
            else:
                self.at += 2 if self._peek() == "\\" else 1
        self.at += 1

    def _escape(self) -> str | None:
        """The literal that an escape stands for, "" for a zero-width one, None for a class of characters."""
        letter = self.pattern[self.at + 1 : self.at + 2]
        self.at += 2
        if letter in _CONTROL:
            return _CONTROL[letter]
        if letter in _ZERO_WIDTH:
            return ""
        if letter in set("dDsSwW"):
            return None
        if not letter or letter.isalnum():
            raise _UnknownError  # \x41, \pL, \Q…\E, \1: left to RE2
        return letter

    def _repeat(self) -> int | None:
        """How often the item before at least stands: 0, 1 exactly once, or None for at least once."""
        character = self._peek()
        if character in {"*", "?"}:
            least: int | None = 0
            self.at += 1
        elif character == "+":
            least = None
            self.at += 1
        elif character == "{":
            least = self._counted()
        else:
            return 1
        if self._peek() == "?":
            self.at += 1
        if self._peek() in {"*", "+", "?", "{"}:
            raise _UnknownError
        return least

    def _counted(self) -> int | None:
        end = self.pattern.find("}", self.at)
        bounds = self.pattern[self.at + 1 : end].split(",") if end > 0 else []
        if not bounds or not all(bound.isdecimal() or (place and not bound) for place, bound in enumerate(bounds)):
            raise _UnknownError  # a brace that is a plain character
        self.at = end + 1
        return 0 if int(bounds[0]) == 0 else None

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]


def _worth(alternatives: Alternatives) -> int:
    """Longer is rarer; many alternatives are only as good as their shortest."""
    return min(map(len, alternatives), default=0) * 100 - len(alternatives)
