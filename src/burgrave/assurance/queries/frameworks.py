"""Frameworks, requirements and the crosswalk. They bind the organisation: whoever may read anywhere reads them all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from burgrave.assets.terms import AssetType, Need
from burgrave.assurance import models
from burgrave.assurance.queries.speaking import in_any_language, in_readers_language, with_words
from burgrave.assurance.rules.shipped import shipped
from burgrave.assurance.terms import READ
from burgrave.assurance.terms.frameworks import (
    Crossing,
    FrameworkId,
    FrameworkOrigin,
    FrameworkRow,
    RequirementId,
    RequirementRow,
    RequirementView,
    ShippedRow,
    Wording,
    requirement_key,
)
from burgrave.engines.norms import Language, Modality
from burgrave.lists.terms import Entry
from burgrave.people import queries as people
from burgrave.web.errors import NotFound
from burgrave.web.paging import page_of
from burgrave.web.terms import Actor, Cursor, Page, UnitId

FRAMEWORK_KIND, REQUIREMENT_KIND = "assurance.framework", "assurance.requirement"
FRAMEWORK_ORDERS: Mapping[str, str] = {"name": "sort_key id"}
REQUIREMENT_ORDERS: Mapping[str, str] = {"place": "framework place id"}
MOST_NAMED = 500
"""More are looked for among all requirements of their frameworks."""


def frameworks(
    *, actor: Actor, number: int = 1, size: int = 50, at: Cursor | None = None, text: str = ""
) -> Page[FrameworkRow]:
    """A page of the frameworks by title. Two statements."""
    actor.must_anywhere(READ)
    found = models.Framework.objects.select_related("unit").order_by("sort_key", "id")
    if text:
        found = in_any_language(found, "titles")
        found = found.filter(Q(title__icontains=text) | Q(identifier__icontains=text) | Q(titles_said__icontains=text))
    return page_of(found, number=number, size=size, at=at).of(_framework_row)


def framework(framework_id: UUID, *, actor: Actor) -> FrameworkRow:
    """One framework. Raises NotFound."""
    actor.must_anywhere(READ)
    row = models.Framework.objects.select_related("unit").filter(pk=framework_id).first()
    if row is None:
        raise NotFound("there is no such framework")
    return _framework_row(row)


def framework_named(identifier: str) -> FrameworkRow | None:
    """The framework with the identifier, for other domains. One statement."""
    row = models.Framework.objects.select_related("unit").filter(identifier=identifier).first()
    return None if row is None else _framework_row(row)


def shipped_frameworks(language: Language, *, actor: Actor) -> tuple[ShippedRow, ...]:
    """The frameworks that ship along, with their titles in this language. One statement."""
    actor.must_anywhere(READ)
    known = shipped()
    found = models.Framework.objects.select_related("unit").filter(identifier__in=list(known))
    here = {row.identifier: _framework_row(row) for row in found}
    return tuple(
        ShippedRow(
            identifier=each.identifier,
            version=each.version,
            title=each.title[language],
            requirements=each.count,
            here=here.get(each.identifier),
        )
        for each in known.values()
    )


def all_frameworks() -> tuple[FrameworkRow, ...]:
    """Every framework by title, for choices and matrices. One statement."""
    return tuple(map(_framework_row, models.Framework.objects.select_related("unit").order_by("sort_key", "id")))


def requirements(
    *,
    actor: Actor,
    framework_id: UUID | None = None,
    ids: QuerySet[models.Requirement] | None = None,
    withdrawn: bool = False,
    text: str = "",
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
) -> Page[RequirementRow]:
    """A page of requirements in the order of their frameworks; those in force, or the withdrawn ones."""
    actor.must_anywhere(READ)
    found = (models.Requirement.objects.all() if ids is None else ids).filter(withdrawn_at__isnull=not withdrawn)
    if framework_id is not None:
        found = found.filter(framework_id=framework_id)
    if text:
        found = with_words(found, text)
    found = found.select_related("framework").order_by("framework_id", "place", "id")
    return page_of(found, number=number, size=size, at=at).of(requirement_row)


def requirement(requirement_id: UUID, *, actor: Actor) -> RequirementView:
    """One requirement with its wordings and both sides of its links. Five statements. Raises NotFound."""
    actor.must_anywhere(READ)
    row = models.Requirement.objects.select_related("framework").filter(pk=requirement_id).first()
    if row is None:
        raise NotFound("there is no such requirement")
    answers = row.answers.filter(until=None).select_related("target__framework").order_by("framework", "identifier")
    answered = row.answered_by.filter(until=None, requirement__withdrawn_at=None).select_related(
        "requirement__framework"
    )
    need = Need(
        confidentiality=row.need_confidentiality, integrity=row.need_integrity, availability=row.need_availability
    )
    return RequirementView(
        row=requirement_row(row),
        text=in_readers_language(row.text, row.texts),
        parameters=row.parameters,
        applies_to_need=need if need.highest else None,
        applies_to_types=tuple(map(AssetType, row.asset_types)),
        asked_since=row.asked_since,
        changed=changes_of([row.pk] if row.asked_since else []).get(row.pk, ()),
        wordings=tuple(map(_wording, row.wordings.order_by("-since", "-id"))),
        satisfies=tuple(
            Crossing(
                framework=link.framework,
                identifier=link.identifier,
                row=requirement_row(link.target) if link.target else None,
            )
            for link in answers
        ),
        satisfied_by=tuple(
            Crossing(
                framework=link.requirement.framework.identifier,
                identifier=link.requirement.identifier,
                row=requirement_row(link.requirement),
            )
            for link in answered.order_by("requirement__framework__identifier", "requirement__place")
        ),
    )


def requirement_ids(keys: tuple[tuple[str, str], ...]) -> Mapping[tuple[str, str], RequirementId]:
    """The requirements with these frameworks and identifiers, whether in force or not. One statement."""
    found = models.Requirement.objects.filter(framework__identifier__in={framework for framework, _ in keys})
    wanted = set(keys)
    if len(wanted) <= MOST_NAMED:
        found = found.filter(identifier__in={identifier for _, identifier in keys})
    return {
        (framework, identifier): RequirementId(key)
        for framework, identifier, key in found.values_list("framework__identifier", "identifier", "pk")
        if (framework, identifier) in wanted
    }


def framework_entry(row: models.Framework, *, samples: Collection[UnitId]) -> Entry:
    """A framework as the search knows it; what is made up belongs to ``samples``, the rest to everybody."""
    return Entry(
        kind=FRAMEWORK_KIND,
        object_id=row.pk,
        unit_id=_unit_of(row, samples),
        identifier=row.identifier,
        title=row.title,
        text=" ".join((row.version, *row.titles.values())),
    )


def requirement_entry(row: models.Requirement, framework: models.Framework, *, samples: Collection[UnitId]) -> Entry:
    """A requirement as the search knows it."""
    return Entry(
        kind=REQUIREMENT_KIND,
        object_id=row.pk,
        unit_id=_unit_of(framework, samples),
        identifier=row.identifier,
        title=row.title or row.identifier,
        text=" ".join((requirement_key(framework.identifier, row.identifier), row.text, *row.titles.values())),
    )


def framework_entries(after: UUID | None, limit: int) -> list[Entry]:
    """Frameworks after an id. Two statements."""
    rows, samples = models.Framework.objects.order_by("pk"), people.sample_units()
    return [framework_entry(row, samples=samples) for row in (rows.filter(pk__gt=after) if after else rows)[:limit]]


def requirement_entries(after: UUID | None, limit: int) -> list[Entry]:
    """Requirements in force after an id. Two statements."""
    rows = models.Requirement.objects.filter(withdrawn_at=None).select_related("framework").order_by("pk")
    samples, some = people.sample_units(), (rows.filter(pk__gt=after) if after else rows)[:limit]
    return [requirement_entry(row, row.framework, samples=samples) for row in some]


def _unit_of(row: models.Framework, samples: Collection[UnitId]) -> UnitId | None:
    return UnitId(row.unit_id) if row.unit_id in samples else None


def _framework_row(row: models.Framework) -> FrameworkRow:
    return FrameworkRow(
        framework_id=FrameworkId(row.pk),
        identifier=row.identifier,
        title=in_readers_language(row.title, row.titles),
        origin=FrameworkOrigin(row.origin),
        version=row.version,
        digest=row.digest,
        source_subject=row.source_subject,
        unit_id=UnitId(row.unit_id),
        unit_name=row.unit.name,
        requirements=row.in_force,
        put_at=row.put_at,
        put_by=row.put_by,
    )


def changes_of(requirement_ids: Collection[UUID]) -> dict[UUID, tuple[tuple[str, str, str], ...]]:
    """The parameters of each that changed last, with their values before and after. At most one statement."""
    if not requirement_ids:
        return {}
    before = models.Wording.objects.filter(
        requirement_id__in=requirement_ids, until__lte=F("requirement__asked_since")
    ).order_by("since", "id")
    found = {}
    for row in before.select_related("requirement"):
        old, new = row.parameters, row.requirement.parameters
        names = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
        found[row.requirement_id] = tuple((name, old.get(name, ""), new.get(name, "")) for name in names)
    return found


def requirement_row(row: models.Requirement) -> RequirementRow:
    """A requirement as lists show it; its framework was read along."""
    return RequirementRow(
        requirement_id=RequirementId(row.pk),
        framework_id=FrameworkId(row.framework_id),
        framework=row.framework.identifier,
        framework_title=in_readers_language(row.framework.title, row.framework.titles),
        origin=FrameworkOrigin(row.framework.origin),
        unit_id=UnitId(row.framework.unit_id),
        identifier=row.identifier,
        title=in_readers_language(row.title, row.titles),
        first_title=row.title,
        titles=row.titles,
        modality=Modality(row.modality),
        binding=row.binding,
        withdrawn_at=row.withdrawn_at,
    )


def _wording(row: models.Wording) -> Wording:
    return Wording(
        title=row.title,
        text=row.text,
        modality=Modality(row.modality),
        binding=row.binding,
        parameters=row.parameters,
        since=row.since,
        until=row.until,
    )


def coverage() -> Mapping[tuple[FrameworkId, FrameworkId], int]:
    """How many requirements in force of the first framework some requirement of the second answers. One statement."""
    links = models.Satisfies.objects.filter(
        until=None, target__withdrawn_at=None, target__isnull=False, requirement__withdrawn_at=None
    )
    counted = links.values_list("target__framework_id", "requirement__framework_id").order_by()
    return {
        (FrameworkId(answered), FrameworkId(answering)): count
        for answered, answering, count in counted.annotate(Count("target_id", distinct=True))
    }
