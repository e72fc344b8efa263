"""What a correlation asks, as values and in words, and the rules that it uses."""

from __future__ import annotations

from uuid import UUID

from burgrave.detection.terms import RuleState
from burgrave.detection.terms.references import Base, Correlation, Reference
from burgrave.detection.words import correlation_words
from burgrave.web.rest.paging import FromRow


class WordsOut(FromRow):
    label: str
    value: str


class UsedRuleOut(FromRow):
    """``text`` is the id or name in the correlation; the rest is null where it leads to no single rule.

    Either ``library_rule_id`` or ``live_rule_id``, of a rule on disk, says which it is; ``state`` is of the library.
    ``is_held`` says whether it is held against events: a correlation cannot count what is not.
    """

    text: str
    is_ambiguous: bool
    rule_id: str | None
    title: str | None
    library_rule_id: UUID | None
    live_rule_id: UUID | None
    state: RuleState | None
    is_held: bool


class BoundOut(FromRow):
    """``operator`` is gt, gte, lt, lte, eq or neq; ``number`` is exact: whole, or a fraction such as 5/2."""

    operator: str
    number: str


class CorrelationOut(FromRow):
    """What the shown text asks, in Sigma's spelling; ``in_words`` says the same in the reader's language.

    A temporal correlation has either ``bounds`` on how many of its rules have an event, or a ``condition``. With
    ``generate`` what it uses reports by itself too.
    """

    type: str
    rules: list[UsedRuleOut]
    group_by: list[str]
    timespan_seconds: int
    bounds: list[BoundOut]
    condition: str
    fields: list[str]
    percentile: str
    aliases: dict[str, dict[str, str]]
    generate: bool
    in_words: list[WordsOut]


class UsingOut(FromRow):
    """A correlation that uses the rule. ``generates``: where it is enabled, the rule raises alerts by itself too."""

    library_rule_id: UUID
    rule_id: str
    title: str
    state: RuleState
    generates: bool


def told(asked: Correlation) -> CorrelationOut:
    """The correlation as the API gives it."""
    return CorrelationOut(
        type=asked.type,
        rules=[_used(each) for each in asked.references],
        group_by=list(asked.group_by),
        timespan_seconds=asked.timespan_seconds,
        bounds=[BoundOut(operator=operator, number=number) for operator, number in asked.bounds],
        condition=asked.condition,
        fields=list(asked.fields),
        percentile=asked.percentile,
        aliases={name: dict(fields) for name, fields in asked.aliases.items()},
        generate=asked.generate,
        in_words=[WordsOut(label=str(label), value=value) for label, value in correlation_words(asked)],
    )


def _used(reference: Reference) -> UsedRuleOut:
    base = reference.base or Base(rule_id="", name="", title="")
    return UsedRuleOut(
        text=reference.text,
        is_ambiguous=reference.is_ambiguous,
        rule_id=base.rule_id or None,
        title=None if reference.base is None else base.title,
        library_rule_id=base.library_rule_id,
        live_rule_id=base.live_rule_id,
        state=base.state,
        is_held=base.is_held,
    )
