"""Which rules correlations of the library use, and which correlations use a rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery

from burgrave.detection import models
from burgrave.detection.rules.references import by_key, referred, uses
from burgrave.detection.terms import READ, RuleState
from burgrave.detection.terms.references import Base, Correlation
from burgrave.incidents import queries as incidents
from burgrave.incidents.terms import told
from burgrave.web.terms import Actor


def correlation_of(version_id: UUID, *, actor: Actor) -> Correlation | None:
    """What the text asks, with the rules that it uses; None where it is no correlation. Seven statements at most."""
    actor.must_anywhere(READ)
    section = models.CorrelationText.objects.filter(pk=version_id).values_list("section", flat=True).first()
    if section is None:
        return None
    disk = _on_disk()
    known = by_key((*library_bases(), *(base for base in disk if not base.is_off)))
    found = referred(section["rules"], known)
    if any(each.base is None and not each.is_ambiguous for each in found):
        idle = by_key((*_idle_bases(), *(base for base in disk if base.is_off)))
        found = referred(section["rules"], {**idle, **known})
    return Correlation(
        type=section["type"],
        group_by=tuple(section["group_by"]),
        timespan_seconds=section["seconds"],
        bounds=tuple((name, number) for name, number in section["bounds"]),
        fields=tuple(section["fields"]),
        percentile=section["percentile"] or "",
        aliases={name: dict(pairs) for name, pairs in section["aliases"]},
        generate=section["generate"],
        references=found,
        condition=told(section["presence"], section["rules"]),
    )


def counted_by(rule_id: str, *, actor: Actor) -> tuple[tuple[str, UUID], ...]:
    """Title and live version of each rule that the correlation of the library with this id uses, as it holds now."""
    actor.must_anywhere(READ)
    texts = models.CorrelationText.objects.filter(version__rule__rule_id=rule_id, version__rule__live=F("version"))
    version_id = texts.values_list("version_id", flat=True).first()
    asked = None if version_id is None else correlation_of(version_id, actor=actor)
    found = []
    for each in () if asked is None else asked.references:
        if each.base is not None:
            key = each.base.live_rule_id or incidents.live_version_of(each.base.rule_id, actor=actor)
            found += [] if key is None else [(each.base.title, key)]
    return tuple(found)


def used_by(rule_id: str, *, actor: Actor) -> tuple[Base, ...]:
    """The correlations of the library that use the rule, by title. Two statements."""
    actor.must_anywhere(READ)
    name = (
        models.Version.objects.filter(rule__rule_id=rule_id).order_by("-number").values_list("name", flat=True).first()
    )
    found = {
        row.rule.rule_id: Base(
            rule_id=row.rule.rule_id,
            name="",
            title=row.rule.title,
            library_rule_id=row.rule.pk,
            state=RuleState(row.rule.state),
            generates=section["generate"],
        )
        for row, section in present_correlations()
        if uses(section["rules"], rule_id=rule_id, name=name or "")
    }
    return tuple(sorted(found.values(), key=lambda each: (each.title, each.rule_id)))


def present_correlations() -> list[tuple[models.Version, Mapping[str, Any]]]:
    """The texts of correlations that hold or wait. One statement."""
    rows = models.CorrelationText.objects.filter(
        Q(version__rule__live=F("version")) | Q(version__rule__pending=F("version"))
    ).exclude(version__rule__state=RuleState.RETIRED)
    return [(row.version, row.section) for row in rows.select_related("version__rule").order_by("version__rule_id")]


def library_bases(states: Collection[RuleState] = (RuleState.APPROVED, RuleState.ENABLED)) -> tuple[Base, ...]:
    """The rules of the library in these states, by the text that holds. One statement."""
    rows = models.Rule.objects.filter(state__in=states, live__isnull=False).select_related("live").order_by("pk")
    return tuple(
        Base(
            rule_id=row.rule_id,
            name="" if row.live is None else row.live.name,
            title=row.title,
            library_rule_id=row.pk,
            state=RuleState(row.state),
        )
        for row in rows.only("rule_id", "title", "state", "live__name")
    )


def _idle_bases() -> tuple[Base, ...]:
    """The rules that are not held against events and were not approved to be, by their newest text. One statement."""
    newest = models.Version.objects.filter(rule=OuterRef("pk")).order_by("-number").values("name")[:1]
    rows = models.Rule.objects.exclude(state__in=(RuleState.APPROVED, RuleState.ENABLED)).order_by("pk")
    return tuple(
        Base(
            rule_id=row["rule_id"],
            name=row["newest"] or "",
            title=row["title"],
            library_rule_id=row["pk"],
            state=RuleState(row["state"]),
        )
        for row in rows.annotate(newest=Subquery(newest)).values("pk", "rule_id", "title", "state", "newest")
    )


def disk_bases() -> tuple[Base, ...]:
    """The live rules that ship or stand in the installation's folder, without those that are off. Three statements."""
    return tuple(base for base in _on_disk() if not base.is_off)


def _on_disk() -> tuple[Base, ...]:
    off = {
        *models.Switch.objects.values_list("rule_id", flat=True),
        *models.Rule.objects.filter(state=RuleState.DISABLED).values_list("rule_id", flat=True),
    }
    return tuple(
        Base(
            rule_id=each.rule_id,
            name=each.name,
            title=each.title,
            live_rule_id=each.rule_version_id,
            is_off=each.rule_id in off,
        )
        for each in incidents.rules_on_disk()
    )
