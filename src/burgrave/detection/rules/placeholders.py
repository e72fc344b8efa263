"""What a placeholder may be called and stand for, and which ones rules that cannot run ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable

from burgrave.detection.errors import BadPlaceholder, ReasonMissing
from burgrave.detection.terms.placeholders import (
    MOST_VALUES,
    NAME_MAX,
    PLACEHOLDER_VALUE_MAX,
    PlaceholderFacts,
)

_NAME = re.compile(r"[^%\\\x00-\x1f\x7f]+")
_NAMED = re.compile(r"placeholder %([^%]+)% has no values")
_ANY = re.compile(r"placeholder that has no values")


def plain_name(name: str) -> str:
    """The name as rules write it, without its percent signs. Raises BadPlaceholder."""
    plain = name.strip()
    if len(plain) > 1 and plain.startswith("%") and plain.endswith("%"):
        plain = plain[1:-1]
    if not _NAME.fullmatch(plain) or len(plain) > NAME_MAX:
        raise BadPlaceholder(
            "a placeholder has a name of 1 to %(most)s characters without percent signs and \\, got %(name)s",
            words={"most": str(NAME_MAX), "name": repr(name[:80])},
            mend="Write it as rules do, such as Admins_Workstations.",
        )
    return plain


def plain_values(values: Iterable[str]) -> tuple[str, ...]:
    """The values without blanks around, each once, in the order in which they came. Raises BadPlaceholder."""
    found = tuple(dict.fromkeys(each for value in values if (each := value.strip())))
    if not 1 <= len(found) <= MOST_VALUES:
        raise BadPlaceholder(
            "a placeholder has 1 to %(most)s values, got %(count)s",
            words={"most": f"{MOST_VALUES:,}", "count": f"{len(found):,}"},
            mend="Write one value a line, or remove the placeholder.",
        )
    long = next((each for each in found if len(each) > PLACEHOLDER_VALUE_MAX), None)
    if long is not None:
        raise BadPlaceholder(
            "a value has at most %(most)s characters, got %(count)s that begin with %(value)s",
            words={"most": f"{PLACEHOLDER_VALUE_MAX:,}", "count": f"{len(long):,}", "value": repr(long[:40])},
        )
    return found


def must_fit(facts: PlaceholderFacts) -> None:
    """Return when the facts can be kept. Raises BadPlaceholder, ReasonMissing."""
    plain_name(facts.name)
    plain_values(facts.values)
    if not facts.reason.strip():
        raise ReasonMissing(
            "what a placeholder stands for needs a reason", mend="Say where the values come from, and why these."
        )


def names_wanted(sentence: str) -> tuple[str, ...] | None:
    """The placeholders whose values a rule lacks, by the sentence of its fault; None where it lacks none."""
    named = tuple(dict.fromkeys(_NAMED.findall(sentence)))
    return named or (() if _ANY.search(sentence) else None)
