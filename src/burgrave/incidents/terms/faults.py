"""Why a rule cannot run: the engine's English, known again, so that a page says it in the reader's language.

The engine speaks English alone, and its sentences are kept as they are. What stands in them besides the words below,
names, numbers and places, stays; what a library says of YAML or of a regular expression stays English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from burgrave.web.errors import Said

MOST_CHARS: Final = 2_000
"""A longer sentence quotes a long text, and stays as it is."""

BETWEEN: Final = "; "

Sentences = tuple[tuple[str, re.Pattern[str]], ...]


def patterns(sentences: Iterable[str]) -> Sentences:
    """Each sentence beside what knows it again, with whatever stands in its ``%(name)s`` places."""
    return tuple(
        (sentence, re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+?)", re.escape(sentence)), re.DOTALL))
        for sentence in sentences
    )


def fault_said(kept: str, known: Sentences = ()) -> str:
    """The sentence as one that a page can say in other languages; as it is where neither it nor a part is known.

    ``known`` are sentences that the caller adds. Several faults of one rule stand one after the other.
    """
    if len(kept) > MOST_CHARS:
        return kept
    for sentence, pattern in (*known, *_KNOWN):
        if (found := pattern.fullmatch(kept)) is not None:
            return Said(sentence, {name: _inner(name, text, known) for name, text in found.groupdict().items()})
    return _several(kept, known)


def _inner(name: str, text: str, known: Sentences) -> str:
    return fault_said(text, known) if name == "reason" else text


def _several(kept: str, known: Sentences) -> str:
    """The sentences before and after the first place that parts two, where the first of them is known."""
    for found in re.finditer(BETWEEN, kept):
        first = kept[: found.start()]
        if any(pattern.fullmatch(first) for _, pattern in (*known, *_KNOWN)):
            return Said(_TWO, {"some": fault_said(first, known), "other": fault_said(kept[found.end() :], known)})
    return kept


_TWO: Final = Said("%(some)s; %(other)s")
_OF_LOADING: Final = (
    Said("the file has %(count)s bytes; a rule file may have %(most)s"),
    Said("the file is not UTF-8 text"),
    Said("the file is not valid YAML: %(reason)s"),
    Said("the file holds a value that cannot be read: %(reason)s"),
    Said("the file cannot be read: %(reason)s"),
    Said("the file holds no rule"),
    Said("the file has more than %(count)s levels"),
    Said("the file has more than %(count)s values"),
    Said("the file has more than %(count)s aliases"),
    Said("there is no such file or folder"),
    Said("the key %(name)s stands twice"),
    Said("the merge key << is not allowed in a rule"),
    Said("the document is not a map of a rule's parts"),
    Said("filters are not applied here; write the exception into the rule itself"),
    Said("correlation rules are not run here: they speak of several events"),
    Said("the filter is not a map of its parts"),
    Said("the filter is not shaped as Sigma asks: %(reason)s"),
    Said("the filter names the rule %(name)s, and no rule with this id or name and log source was loaded"),
    Said("the filter is for all rules of the log source %(source)s, and none was loaded"),
    Said(
        "the filter's condition has no `not`: its rules now match only events that it describes; to "
        "leave these events out, write `not` before the selection"
    ),
    Said("the action %(name)s is not known; known are %(known)s"),
    Said("a timeframe belongs to counting over several events; write a correlation of type event_count"),
    Said("the rule is not shaped as Sigma asks: %(reason)s"),
    Said("the condition is not shaped as Sigma asks: %(reason)s"),
    Said("the title is not text"),
    Said("the rule has no detection, or it is not a map"),
    Said("the condition is not text"),
    Said("the condition has more than %(count)s characters or %(levels)s levels"),
    Said("the condition names its selections too often for their size"),
    Said("the detection has more than %(count)s values"),
    Said("the key %(name)s of the detection is not text"),
    Said("the rule has more than %(count)s tests"),
    Said("a regular expression has more than %(count)s characters"),
    Said("RE2 does not take the regular expression %(text)s: %(reason)s"),
    Said("the rule id %(rule)s is already that of %(place)s; give one of them another id"),
    Said("the condition is empty"),
    Said("the condition holds %(kind)s, which is no part of Sigma 2.1.0"),
    Said("field %(name)s has a value of the kind %(kind)s, which is not known"),
    Said("a value of the kind %(kind)s needs a field; keywords are text or numbers"),
    Said("the placeholder %(name)s has no values here; give it some"),
    Said("a regular expression holds a placeholder that has no values here; give it some"),
    Said("with the values of its placeholders a regular expression cannot be read: %(reason)s"),
    Said("the placeholders %(names)s together have %(count)s values; one text becomes %(most)s at most"),
)
_OF_CORRELATIONS: Final = (
    Said("no rule with the name or id %(name)s was loaded"),
    Said("%(count)s rules have the name %(name)s; refer to one of them by id"),
    Said("%(name)s is a rule that is already named"),
    Said("the alias %(alias)s names no field for the rule %(name)s"),
    Said("the correlation refers to itself, by way of its rules"),
    Said("the correlation %(name)s that it refers to is not run"),
    Said("the correlation is not a map of its parts"),
    Said("a correlation has no part %(name)s; its parts are %(known)s"),
    Said("the correlation is not shaped as Sigma asks: %(reason)s"),
    Said("the correlation type %(name)s is not known; known are %(known)s"),
    Said("the correlation names no rule in `rules`"),
    Said("a condition in words is for temporal and temporal_ordered; %(kind)s compares a number, as in `gte: 5`"),
    Said("`rules` and the condition do not name the same rules: %(names)s"),
    Said("`%(name)s` is neither a text nor a list of texts"),
    Said("`%(name)s` has more than %(count)s entries"),
    Said("`%(name)s` names %(what)s twice"),
    Said("`generate` is %(stated)s; it is true or false"),
    Said("the correlation has no timespan, such as 5m"),
    Said("the timespan %(stated)s is not a whole number with s, m, h, d or w behind it"),
    Said("the timespan %(stated)s is not between 1s and %(most)s"),
    Said("`aliases` is not a map"),
    Said("the alias %(name)s is not a map from rules to fields"),
    Said("the alias %(alias)s names no field for %(name)s"),
    Said("the alias %(alias)s speaks of %(name)s, which `rules` does not name"),
    Said("the correlation type %(kind)s needs a condition, such as `gte: 5`"),
    Said("the condition of %(kind)s has no part %(name)s; it may have %(known)s"),
    Said("the condition compares with nothing; use one or more of %(known)s"),
    Said("`%(name)s` is %(stated)s; expected a number"),
    Said("the condition of %(kind)s names no `field`"),
    Said("%(kind)s is of one field; only value_count takes several"),
    Said("value_percentile needs a `percentile` from 0 to 100"),
    Said("the percentile %(stated)s is not from 0 to 100"),
    Said("the condition goes on with %(word)s where `and`, `or` or its end was expected"),
    Said("the condition holds %(word)s, which belongs to no name of a rule"),
    Said("a parenthesis of the condition is not closed"),
    Said("the condition has its end where the name of a rule was expected"),
    Said("the condition has %(word)s where the name of a rule was expected"),
)
_OF_SIGMA: Final = (
    Said("Sigma rule must have a log source"),
    Said("Sigma logsource must be a valid YAML map"),
    Said("Sigma log source can't be empty"),
    Said("Sigma log source %(part)s must be string"),
    Said("Sigma rule must have a detection definitions"),
    Said("Sigma detection must be a valid YAML map"),
    Said("Detection is empty"),
    Said("No detections defined in Sigma rule"),
    Said("Sigma rule must contain at least one condition"),
    Said("Unknown modifier %(name)s"),
    Said("Null value must be bound to a field"),
    Said("Sigma rule must have a title"),
    Said("Sigma rule title must be a string"),
    Said("Sigma rule title length must not exceed 256 characters"),
    Said("Sigma rule identifier must be an UUID"),
    Said("Sigma rule name must not be empty"),
    Said("Sigma rule taxonomy must not be empty"),
    Said("Sigma rule %(part)s must be a string"),
    Said("Sigma rule %(part)s must be a list"),
    Said("Sigma rule tags must be a list of strings"),
    Said("Sigma rule status cannot be a list"),
    Said("Sigma tags fields must be a list"),
    Said("Sigma tag must start with namespace separated with dot from remaining tag."),
    Said("%(stated)s is not a valid Sigma rule level"),
    Said("%(stated)s is not a valid Sigma rule status"),
    Said("Selector %(selector)s doesn't match any detection"),
    Said("Detection %(name)s not defined in detections"),
    Said(
        "The pipe syntax in Sigma conditions has been deprecated and replaced by Sigma correlations. "
        "pySigma doesn't supports this syntax."
    ),
    Said("Modifier %(name)s incompatible to value type of %(value)s"),
    Said("Base64 encoding of strings with wildcards is not allowed"),
    Said("Regular expression modifier only applicable to unmodified values"),
    Said("CIDR expression modifier only applicable to unmodified values"),
    Said("Field references must not contain wildcards"),
    Said("Exists modifier must be applied to field"),
    Said("Exists modifier only applicable to unmodified boolean values"),
    Said("Regular expression %(text)s is invalid: %(reason)s"),
    Said("Invalid CIDR expression: %(reason)s"),
    Said("Compare operator expects number"),
    Said("Sigma filter must have a log source"),
    Said("Sigma filter must have a filter defined"),
    Said("Sigma filter must contain exactly one condition"),
    Said("Sigma filter must have a 'rules' field (use 'any' to apply to all rules matching the logsource)"),
)
"""What pySigma says of a rule, in its own words."""

_KNOWN: Final = patterns((*_OF_LOADING, *_OF_CORRELATIONS, *_OF_SIGMA))
