"""What correlations refer to: kept with their texts, told at an import, and held to at a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from burgrave.detection import models
from burgrave.detection.errors import ReferencesUnmet, StillUsed
from burgrave.detection.queries.references import disk_bases, library_bases, present_correlations
from burgrave.detection.rules.references import by_key, referred, uses
from burgrave.detection.terms import Act, RuleState
from burgrave.detection.terms.references import Base
from burgrave.engines.detection import CorrelationRule, Rule
from burgrave.engines.detection.correlation_writing import written_section
from burgrave.ledger.terms import storable_json
from burgrave.web.errors import Said

_HERE = (RuleState.PROPOSED, RuleState.APPROVED, RuleState.ENABLED, RuleState.DISABLED)


def keep_references(texts: Sequence[models.Version], rules: Sequence[Rule | CorrelationRule]) -> None:
    """The texts of correlations are kept with what they ask."""
    models.CorrelationText.objects.bulk_create(
        (
            models.CorrelationText(version=text, section=storable_json(written_section(rule)))
            for text, rule in zip(texts, rules, strict=True)
            if isinstance(rule, CorrelationRule)
        ),
        batch_size=200,
    )


def unmet_notes(rules: Sequence[Rule | CorrelationRule]) -> list[Said]:
    """What correlations of an import refer to that stands neither here nor there. Five statements at most."""
    correlations = [each for each in rules if isinstance(each, CorrelationRule)]
    if not correlations:
        return []
    brought = (Base(rule_id=each.id, name=each.name, title=each.title) for each in rules)
    waiting = (
        Base(rule_id=rule_id, name=name, title="")
        for rule_id, name in models.Rule.objects.filter(pending__isnull=False).values_list("rule_id", "pending__name")
    )
    known = by_key((*brought, *waiting, *library_bases(_HERE), *disk_bases()))
    return [
        Said(
            "%(path)s refers to %(reference)s, which leads to no single rule; it cannot be approved before it does",
            {"path": str(each.path), "reference": reference.text},
        )
        for each in correlations
        for reference in referred(each.rules, known)
        if reference.base is None
    ]


def must_be_whole(rows: Sequence[models.Rule], acts: Sequence[Act]) -> None:
    """Return when what the rows refer to, and who refers to them, stands as they now do.

    An approved correlation needs approved rules, an enabled one rules that are held against events. Raises
    ReferencesUnmet, StillUsed.
    """
    present: dict[UUID | None, Mapping[str, Any]] = {
        version.pk: section for version, section in present_correlations() if version.pk == version.rule.live_id
    }
    if not present:
        return
    approved = [row for row in rows if row.live_id in present and Act.APPROVE in acts]
    enabled = [row for row in rows if row.live_id in present and row.state == RuleState.ENABLED]
    on_disk = disk_bases() if approved or enabled or {Act.DISABLE, Act.RETIRE} & set(acts) else ()
    for some, states in (
        (approved, (RuleState.APPROVED, RuleState.ENABLED, RuleState.DISABLED)),
        (enabled, (RuleState.ENABLED,)),
    ):
        known = by_key((*library_bases(states), *on_disk)) if some else {}
        for row in some:
            _must_lead_on(row, present[row.live_id], known, is_enabled=states == (RuleState.ENABLED,))
    if {Act.DISABLE, Act.RETIRE} & set(acts):
        _must_be_unused(rows, present, by_key((*library_bases((RuleState.ENABLED,)), *on_disk)))


def _must_lead_on(
    row: models.Rule, section: Mapping[str, Any], known: Mapping[str, Mapping[str, Base]], *, is_enabled: bool
) -> None:
    for reference in referred(section["rules"], known):
        if reference.base is not None:
            continue
        words = {"title": row.title, "reference": reference.text}
        if reference.is_ambiguous:
            raise ReferencesUnmet(
                "%(title)s refers to %(reference)s, and several rules have that name",
                words=words,
                mend="Name the rule by its id in the correlation.",
            )
        if is_enabled:
            raise ReferencesUnmet(
                "%(title)s uses %(reference)s, which is not enabled",
                words=words,
                mend="Enable the rules that it uses, in the same act or before.",
            )
        raise ReferencesUnmet(
            "%(title)s uses %(reference)s, and there is no approved rule with that id or name",
            words=words,
            mend="Bring the rule and approve it, in the same act or before.",
        )


def _must_be_unused(
    rows: Sequence[models.Rule],
    present: Mapping[UUID | None, Mapping[str, Any]],
    known: Mapping[str, Mapping[str, Base]],
) -> None:
    users = models.Rule.objects.filter(live_id__in=list(present), state=RuleState.ENABLED)
    for user in users:
        section = present[user.live_id]
        lost = [each.text for each in referred(section["rules"], known) if each.base is None]
        for row in rows:
            name = "" if row.live is None else row.live.name
            if lost and uses(lost, rule_id=row.rule_id, name=name):
                raise StillUsed(
                    "%(title)s is used by the correlation %(user)s, which is enabled",
                    words={"title": row.title, "user": user.title},
                    mend="Disable the correlation in the same act or before.",
                )
