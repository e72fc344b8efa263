"""What a new version changes, and whether that is major: whether anybody is bound otherwise than before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from burgrave.engines.norms import ChangeKind, ClauseChange, Language, Norm, is_major, redline
from burgrave.policies.errors import ReasonMissing
from burgrave.web.errors import Said

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Whether a version is major, and the sentence that says why; it is Said."""

    is_major: bool
    reason: str


def redlines(old: Mapping[Language, Norm], new: Mapping[Language, Norm]) -> dict[Language, tuple[ClauseChange, ...]]:
    """The changes of each language that both versions have."""
    return {language: redline(old[language], norm) for language, norm in new.items() if language in old}


def weigh(old: Mapping[Language, Norm] | None, new: Mapping[Language, Norm]) -> Weight:
    """A first version is major; a later one where a clause binds otherwise, or where a language came or went."""
    if not old:
        return Weight(is_major=True, reason=Said("it is the first version"))
    changes = redlines(old, new)
    if not changes:
        return Weight(is_major=True, reason=Said("no language of the version before is left to compare it with"))
    if gone := sorted(set(old) - set(new)):
        return Weight(is_major=True, reason=Said("the text in %(language)s is gone", {"language": gone[0]}))
    found = [each for language in sorted(changes) for each in changes[language]]
    if is_major(found):
        return Weight(
            is_major=True, reason=Said("these clauses bind otherwise: %(clauses)s", {"clauses": _binding(found)})
        )
    changed = sum(each.kind not in {ChangeKind.SAME, ChangeKind.MOVED} for each in found)
    if not changed:
        return Weight(is_major=False, reason=Said("no clause was changed"))
    return Weight(
        is_major=False,
        reason=Said(
            "the wording of %(count)s clauses was changed, and nobody is bound otherwise", {"count": str(changed)}
        ),
    )


SENTENCES = (
    "it is the first version",
    "no language of the version before is left to compare it with",
    "the text in %(language)s is gone",
    "these clauses bind otherwise: %(clauses)s",
    "no clause was changed",
    "the wording of %(count)s clauses was changed, and nobody is bound otherwise",
    "replaced by %(number)s",
)


def said_again(reason: str) -> str:
    """The reason as it was said when it is one of ours, so that a page says it in the reader's language."""
    for sentence in SENTENCES:
        pattern = re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+)", re.escape(sentence))
        if found := re.fullmatch(pattern, reason):
            return Said(sentence, found.groupdict() or None)
    return reason


def decided(weight: Weight, *, is_major: bool | None, reason: str) -> Weight:
    """What a person decided instead. Raises ReasonMissing where they call minor what binds otherwise."""
    if is_major is None or is_major is weight.is_major:
        return weight
    if not reason.strip():
        raise ReasonMissing(
            "the texts say otherwise: %(why)s",
            words={"why": weight.reason},
            mend="Say why it is not so, or leave the decision to the texts.",
        )
    return Weight(is_major=is_major, reason=reason.strip())


def _binding(changes: Sequence[ClauseChange]) -> str:
    names = list(dict.fromkeys(each.clause.identifier for each in changes if each.binds_otherwise))
    more = f" + {len(names) - SHOWN}" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
