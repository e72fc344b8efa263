"""How an entry is written into the index, and how a question is put to it, in the language of each database.

Beside the words of the text stand marks that no text can hold: ``_k`` and the kind, ``_u`` and the unit, ``_t`` and
each word of the title. So one expression decides what is asked for, where it may be seen, and what is called so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from burgrave.engines.search import Question, folded, tokens
from burgrave.lists.terms import TEXT_MAX, Entry, SearchKind
from burgrave.web.terms import Actor

EVERYWHERE = "_uall"
EXCERPT_BEFORE, EXCERPT_LENGTH = 40, 160


@dataclass(frozen=True, slots=True)
class Scope:
    """Kinds that are seen in the same units; no units means everywhere."""

    kinds: tuple[str, ...]
    units: tuple[UUID, ...]

    @property
    def marks(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The kinds, one of which an entry has, and the units, likewise; no units mean any."""
        units = (EVERYWHERE, *(f"_u{unit.hex}" for unit in self.units)) if self.units else ()
        return tuple(f"_k{kind}" for kind in self.kinds), units


def indexed_tokens(entry: Entry) -> tuple[str, ...]:
    """The marks and the words of an entry."""
    named = tokens(f"{entry.identifier} {entry.title}"[:TEXT_MAX])
    unit = f"_u{entry.unit_id.hex}" if entry.unit_id else EVERYWHERE
    words = dict.fromkeys((*named, *tokens(entry.text[:TEXT_MAX])))
    return (f"_k{entry.kind}", unit, *(f"_t{word}" for word in named), *words)


def scopes(kinds: Iterable[SearchKind], *, actor: Actor) -> tuple[Scope, ...]:
    """Where the actor may find what; kinds that are seen nowhere are left out."""
    grouped: dict[tuple[UUID, ...] | None, list[str]] = {}
    for kind in kinds:
        if actor.may_everywhere(kind.permission):
            grouped.setdefault((), []).append(kind.kind)
        elif units := actor.units(kind.permission):
            grouped.setdefault(tuple(sorted(units)), []).append(kind.kind)
    return tuple(Scope(tuple(kinds), units or ()) for units, kinds in grouped.items())


def match_expression(asked: Question, where: Sequence[Scope], *, titles: bool = False) -> str:
    """What FTS5 of SQLite is asked: every token, within one of the scopes."""
    return _expression(asked, where, titles=titles, all_of=" AND ", one_of=" OR ", quote=_fts_quoted)


def tsquery(asked: Question, where: Sequence[Scope], *, titles: bool = False) -> str:
    """What PostgreSQL is asked: the same."""
    return _expression(asked, where, titles=titles, all_of=" & ", one_of=" | ", quote=_ts_quoted)


def excerpt(text: str, asked: Question) -> tuple[str, str, str]:
    """A stretch of the text before, at and after the first word that stands in it; all empty without one."""
    lower = folded(text)
    places = [(at, word.text) for word in asked.words if (at := lower.find(word.text)) >= 0]
    if not places:
        return ("", "", "")
    at, word = min(places)
    plain = " ".join(text.split())
    if len(plain) != len(lower):
        # Folding changed the length, so that places differ: what was folded is shown.
        plain = lower
    start = max(0, at - EXCERPT_BEFORE)
    end = at + len(word)
    before = ("…" if start else "") + plain[start:at]
    rest = plain[end : end + EXCERPT_LENGTH]
    return (before, plain[at:end], rest + ("…" if len(plain) > end + EXCERPT_LENGTH else ""))


def _expression(
    asked: Question, where: Sequence[Scope], *, titles: bool, all_of: str, one_of: str, quote: Callable[[str], str]
) -> str:
    mark = "_t" if titles else ""
    words = [quote(f"{mark}{token}") for token in asked.tokens]
    seen = []
    for scope in where:
        kinds, units = scope.marks
        parts = [f"({one_of.join(map(quote, each))})" for each in (kinds, units) if each]
        seen.append(f"({all_of.join(parts)})")
    return all_of.join([*words, f"({one_of.join(seen)})"])


def _fts_quoted(token: str) -> str:
    return f'"{token[:-1]}"*' if token.endswith("*") else f'"{token}"'


def _ts_quoted(token: str) -> str:
    return f"'{token[:-1]}':*" if token.endswith("*") else f"'{token}'"
