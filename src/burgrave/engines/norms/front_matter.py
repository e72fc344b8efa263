"""What stands before the text: YAML between ``---`` lines, or YAML that only ends with one.

The second form has no opening line; it is taken for front matter when its first line is ``key: …`` and no empty line
stands before the closing one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import yaml

from burgrave.engines.norms.quantities import cadence_days, quantities
from burgrave.engines.norms.terms import Facts, Kind, Language, Mapped, NormError
from burgrave.engines.phrases import Phrase

_FENCE = re.compile(r"---[ \t]*$", re.MULTILINE)
_KEY = re.compile(r"[A-Za-z][\w-]*[ \t]*:(?:[ \t]|$)")
MOST_BYTES = 64 * 1024
DEEPEST = 50

_KINDS = {
    "policy": Kind.POLICY, "norm": Kind.NORM, "standard": Kind.NORM, "procedure": Kind.PROCEDURE,
    "guideline": Kind.GUIDELINE, "record": Kind.RECORD, "form": Kind.RECORD, "narrative": Kind.GUIDELINE,
}  # fmt: skip
_LANGUAGES = {
    "en": Language.ENGLISH, "english": Language.ENGLISH, "zh": Language.CHINESE, "zh-hans": Language.CHINESE,
    "zh-cn": Language.CHINESE, "chinese": Language.CHINESE,
}  # fmt: skip
_NAMES = {
    "identifier": ("id", "identifier", "number", "acronym"),
    "title": ("title", "name"),
    "kind": ("kind", "type"),
    "language": ("language", "lang"),
    "version": ("version",),
    "owner": ("owner",),
    "review": ("review", "review-cadence"),
    "implements": ("implements", "parent"),
    "supersedes": ("supersedes", "replaces"),
    "roles": ("roles",),
    "parameters": ("parameters",),
    "variables": ("variables",),
    "satisfies": ("satisfies",),
}


class _Loader(yaml.SafeLoader):
    """Safe YAML without aliases, which can blow a small text up without end; ``ON`` and ``no`` are words (YAML 1.2)."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "an alias", self.line_mark())
        self.depth = getattr(self, "depth", 0) + 1
        if self.depth > DEEPEST:
            raise yaml.composer.ComposerError(None, None, f"more than {DEEPEST} levels", self.line_mark())
        made = super().compose_node(parent, index)
        self.depth -= 1
        return made

    def line_mark(self) -> yaml.Mark:
        """Where the loader stands."""
        return yaml.Mark("", 0, self.line, self.column, "", 0)


@dataclass(frozen=True, slots=True)
class Split:
    """A document cut in two; ``first_line`` is the number of the first line of ``body``."""

    front: str
    front_line: int
    body: str
    first_line: int


def split(source: str) -> Split:
    """The front matter, empty where there is none, and the text below it."""
    opening = _FENCE.match(source)
    if opening:
        closing = _FENCE.search(source, opening.end() + 1)
        start, front_line = opening.end() + 1, 2
    elif _KEY.match(source):
        closing, start, front_line = _FENCE.search(source), 0, 1
    else:
        return Split("", 1, source, 1)
    if closing is None:
        return Split("", 1, source, 1)
    front = source[start : closing.start()]
    if not opening and "\n\n" in front.strip():
        return Split("", 1, source, 1)
    end = closing.end() + 1
    return Split(front, front_line, source[end:], source.count("\n", 0, end) + 1)


def facts_of(front: str, *, path: str, first_line: int) -> Facts:
    """The facts of this front matter. Raises NormError with path and line."""
    if not front.strip():
        return Facts()
    if len(front.encode()) > MOST_BYTES:
        reason = Phrase(
            "the front matter has %(count)s characters; expected at most %(most)s",
            count=str(len(front)),
            most=str(MOST_BYTES),
        )
        raise NormError(path, first_line, reason)
    try:
        loaded: object = yaml.load(front, Loader=_Loader)  # noqa: S506 - a SafeLoader without aliases
    except yaml.YAMLError as error:
        raise NormError(path, _line(error, first_line), _unread(_reason(error))) from error
    except (ValueError, RecursionError) as error:
        raise NormError(path, first_line, _unread(str(error))) from error
    if not isinstance(loaded, dict):
        raise NormError(path, first_line, Phrase("the front matter is no mapping; expected lines such as 'title: …'"))
    given: dict[str, object] = {str(key): value for key, value in loaded.items()}
    return _facts(given, _lines(front, first_line), path=path)


def _facts(given: dict[str, object], lines: Mapping[str, int], *, path: str) -> Facts:
    taken: dict[str, object] = {}
    for name, spellings in _NAMES.items():
        for spelling in spellings:
            if spelling in given and name not in taken:
                taken[name] = given.pop(spelling)
    kind, language = _word(taken.get("kind")).lower(), _word(taken.get("language")).lower()
    line = lines.get("kind", lines.get("type", 1))
    if kind and kind not in _KINDS:
        reason = Phrase(
            "the kind %(kind)s is unknown; expected one of %(kinds)s", kind=repr(kind), kinds=", ".join(_KINDS)
        )
        raise NormError(path, line, reason)
    if language and language not in _LANGUAGES:
        reason = Phrase("the language %(name)s is unknown; expected en or zh-hans", name=repr(language))
        raise NormError(path, lines.get("language", lines.get("lang", 1)), reason)
    return Facts(
        identifier=_word(taken.get("identifier")),
        title=_word(taken.get("title")),
        kind=_KINDS.get(kind),
        language=_LANGUAGES.get(language),
        version=_word(taken.get("version")),
        owner=_word(taken.get("owner")),
        review_days=_days(_word(taken.get("review"))),
        implements=_words(taken.get("implements")),
        supersedes=_words(taken.get("supersedes")),
        roles=_words(taken.get("roles")),
        parameters=_mapping(taken.get("parameters"), path=path, line=lines.get("parameters", 1)),
        variables=_mapping(taken.get("variables"), path=path, line=lines.get("variables", 1)),
        satisfies=_mapped(taken.get("satisfies")),
        extra=given,
        lines=lines,
    )


def _days(words: str) -> float | None:
    cadence = cadence_days(words)
    if cadence is not None or not words:
        return cadence
    return next((each.number for each in quantities(words) if each.unit == "days"), None)


def _word(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(_word(each) for each in value if _word(each))
    return tuple(part for part in re.split(r"[,\s]+", _word(value)) if part)


def _mapping(value: object, *, path: str, line: int) -> Mapping[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        reason = Phrase("parameters and variables are a mapping of names to values, got %(got)s", got=f"{value!r:.60}")
        raise NormError(path, line, reason)
    return {str(key): _word(each) for key, each in value.items()}


def _mapped(value: object) -> tuple[Mapped, ...]:
    """``{framework: [reference, …]}``, or a list of ``framework:reference``."""
    if isinstance(value, dict):
        return tuple(
            Mapped(framework=str(framework), reference=reference)
            for framework, references in value.items()
            for reference in _words(references)
        )
    return parse_mapped(" ".join(_words(value)))


def parse_mapped(words: str) -> tuple[Mapped, ...]:
    """``ISO27001:A.5.17 NIST-CSF:PR.AA-01`` as pairs; what has no colon belongs to no framework."""
    found = []
    for part in words.replace(",", " ").split():
        framework, colon, reference = part.partition(":")
        found.append(Mapped(framework=framework if colon else "", reference=reference if colon else part))
    return tuple(found)


def _lines(front: str, first_line: int) -> Mapping[str, int]:
    return {
        match[0].rstrip(": \t"): first_line + number
        for number, line in enumerate(front.split("\n"))
        if (match := _KEY.match(line))
    }


def _line(error: yaml.YAMLError, first_line: int) -> int:
    mark = getattr(error, "problem_mark", None)
    return first_line + (mark.line if mark else 0)


def _unread(why: str) -> Phrase:
    return Phrase("reading the front matter: %(why)s", why=why)


def _reason(error: yaml.YAMLError) -> Phrase:
    problem = getattr(error, "problem", None) or "not YAML"
    if problem == "an alias":
        return Phrase("aliases (*name) are not allowed")
    return Phrase("%(problem)s; put the value into quotes", problem=problem)
