r"""The short language of hunts: ``host.name:ws-7 AND (process.executable:*\cmd.exe OR NOT user.name:system) whoami``.

Words stand for themselves or, after a field and a colon, for its value; ``*`` and ``?`` are wildcards outside quotes,
and letter case never matters. A word without a field is sought in the record as it was read. ``field:*`` asks that
there is a value. AND binds more than OR, and stands between words by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias, Union

from burgrave.engines.phrases import Phrase

LONGEST: Final = 2_000
DEEPEST: Final = 20
MOST_TERMS: Final = 100

_TOKEN: Final = re.compile(
    r'\s*(?:(?P<paren>[()])|(?P<field>[^\s():"]+):(?=\S)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<word>[^\s()"]+))'
)


class Unclear(Exception):
    """The text cannot be read as a question; str() says where, and what was expected."""


@dataclass(frozen=True, slots=True)
class Term:
    """A field ("" is the whole record) has a value like this pattern, in which ``*`` and ``?`` stand for anything.

    ``is_exact`` says that the pattern was quoted: its ``*`` and ``?`` are themselves.
    """

    field: str
    pattern: str
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    inner: Question


@dataclass(frozen=True, slots=True)
class AllOf:
    inner: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    inner: tuple[Question, ...]


Question: TypeAlias = Union[Term, Not, AllOf, AnyOf]  # noqa: UP007 - recursive


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def read(text: str) -> Question | None:
    """The question that the text asks; None asks for everything. Raises Unclear."""
    if len(text) > LONGEST:
        raise Unclear(
            Phrase("a question has at most %(most)s characters, got %(got)s", most=f"{LONGEST:,}", got=f"{len(text):,}")
        )
    tokens = list(_tokens(text))
    if sum(token.kind in {"word", "quoted"} for token in tokens) > MOST_TERMS:
        raise Unclear(Phrase("a question has at most %(most)s values", most=str(MOST_TERMS)))
    if not tokens:
        return None
    reader = _Reader(tokens)
    question = reader.any_of(depth=0)
    if (rest := reader.next()) is not None:
        place = str(rest.at + 1)
        raise Unclear(Phrase("character %(at)s: the closing parenthesis belongs to no opening one", at=place))
    return question


def fields(question: Question | None) -> frozenset[str]:
    """The fields that are asked for."""
    if question is None:
        return frozenset()
    if isinstance(question, Term):
        return frozenset({question.field} if question.field else ())
    inner = (question.inner,) if isinstance(question, Not) else question.inner
    return frozenset().union(*(fields(each) for each in inner))


def written(term: Term) -> str:
    """The term as the language writes it; ``read`` gives it back."""
    escaped = term.pattern.replace("\\", "\\\\").replace('"', '\\"')
    value = f'"{escaped}"' if term.is_exact else term.pattern
    return f"{term.field}:{value}" if term.field else value


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Unclear(Phrase("character %(at)s: the quotation mark is not closed", at=str(at + 1)))
        kind = str(found.lastgroup)
        yield _Token(kind, found[kind], found.start(kind))
        at = found.end()


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def next(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def any_of(self, *, depth: int) -> Question:
        if depth > DEEPEST:
            raise Unclear(Phrase("parentheses are nested deeper than %(most)s", most=str(DEEPEST)))
        found = [self._all(depth=depth)]
        while self._takes("OR"):
            found.append(self._all(depth=depth))
        return found[0] if len(found) == 1 else AnyOf(tuple(found))

    def _all(self, *, depth: int) -> Question:
        found = [self._not(depth=depth)]
        while True:
            joined = self._takes("AND")
            token = self.next()
            if not joined and (token is None or token.text == ")" or self._is(token, "OR")):
                break
            found.append(self._not(depth=depth))
        return found[0] if len(found) == 1 else AllOf(tuple(found))

    def _not(self, *, depth: int) -> Question:
        negated = False
        while self._takes("NOT"):
            negated = not negated
        inner = self._one(depth=depth)
        return Not(inner) if negated else inner

    def _one(self, *, depth: int) -> Question:
        token = self.next()
        if token is None:
            raise Unclear(Phrase("a value is missing at the end"))
        self._at += 1
        if token.text == "(" and token.kind == "paren":
            return self._inside(token, depth=depth)
        if token.kind == "field":
            return self._value(token)
        if token.kind == "paren" or token.text in {"AND", "OR"}:
            raise Unclear(
                Phrase("character %(at)s: a value is missing before %(what)s", at=str(token.at + 1), what=token.text)
            )
        return _term("", token)

    def _inside(self, opening: _Token, *, depth: int) -> Question:
        inner = self.any_of(depth=depth + 1)
        closing = self.next()
        if closing is None or closing.text != ")":
            raise Unclear(Phrase("character %(at)s: the parenthesis is not closed", at=str(opening.at + 1)))
        self._at += 1
        return inner

    def _value(self, field: _Token) -> Question:
        values = []
        prefix = ""
        while True:
            token = self.next()
            if token is None or token.kind == "paren":
                raise Unclear(
                    Phrase("character %(at)s: the field %(name)s has no value", at=str(field.at + 1), name=field.text)
                )
            self._at += 1
            if token.kind == "field":  # a value that holds colons: C:\\x, an IPv6 address
                prefix += f"{token.text}:"
                continue
            values.append(token)
            break
        term = _term(field.text, values[0])
        return Term(term.field, prefix + term.pattern, term.is_exact) if prefix else term

    def _takes(self, word: str) -> bool:
        token = self.next()
        if token is None or not self._is(token, word):
            return False
        self._at += 1
        return True

    @staticmethod
    def _is(token: _Token, word: str) -> bool:
        return token.kind == "word" and token.text == word


def _term(field: str, token: _Token) -> Term:
    if token.kind == "quoted":
        return Term(field, re.sub(r"\\(.)", r"\1", token.text[1:-1]), is_exact=True)
    return Term(field, token.text)
