"""What placeholders stand for, and which rules lack values."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from burgrave.detection import models
from burgrave.detection.rules.placeholders import names_wanted
from burgrave.detection.terms import READ
from burgrave.detection.terms.placeholders import PlaceholderId, PlaceholderRow, WantedPlaceholder
from burgrave.incidents import queries as incidents
from burgrave.incidents.terms.faults import fault_said
from burgrave.people import queries as people
from burgrave.web.errors import NotFound
from burgrave.web.pages import page_of
from burgrave.web.terms import Actor, Page, PersonId, UnitId

MOST_FAULTS = 1_000
WORD = "placeholder"


def placeholder_values() -> Mapping[str, tuple[str, ...]]:
    """By name, the values of all units together; those of the sample do not count. One statement."""
    found: dict[str, set[str]] = {}
    for name, values in models.Placeholder.objects.filter(unit__is_sample=False).values_list("name", "values"):
        found.setdefault(name, set()).update(values)
    return {name: tuple(sorted(values)) for name, values in found.items()}


def placeholders(*, number: int = 1, size: int = 50, actor: Actor) -> Page[PlaceholderRow]:
    """The placeholders of units that the actor sees, by name. Two statements."""
    actor.must_anywhere(READ)
    found = models.Placeholder.objects.filter(people.within(actor, READ)).select_related("unit", "owner")
    return page_of(found.order_by("name", "unit__name", "pk"), number=number, size=size).of(_row)


def placeholder(placeholder_id: UUID, *, actor: Actor) -> PlaceholderRow:
    """One placeholder. Raises NotFound."""
    found = models.Placeholder.objects.filter(people.within(actor, READ), pk=placeholder_id)
    row = found.select_related("unit", "owner").first()
    if row is None:
        raise NotFound("no placeholder with this identifier is visible to you")
    return _row(row)


def wanted_placeholders(*, actor: Actor) -> tuple[WantedPlaceholder, ...]:
    """Rules that cannot run since a placeholder has no values: of the live set, and of imports. Four statements."""
    actor.must_anywhere(READ)
    live = incidents.rule_faults(number=1, size=MOST_FAULTS, text=WORD, actor=actor).rows
    known = placeholder_values()
    brought = models.BatchFault.objects.filter(sentence__contains=WORD).order_by("-batch__at", "path", "line")
    found: dict[tuple[str, int], WantedPlaceholder] = {}
    places = [(each.path, each.line, each.sentence) for each in live]
    places += brought.values_list("path", "line", "sentence")[:MOST_FAULTS]
    for path, line, sentence in places:
        names = names_wanted(sentence)
        if names is not None and not (names and all(name in known for name in names)):
            found.setdefault(
                (path, line), WantedPlaceholder(names=names, path=path, line=line, sentence=fault_said(sentence))
            )
    return tuple(found.values())


def _row(found: models.Placeholder) -> PlaceholderRow:
    return PlaceholderRow(
        placeholder_id=PlaceholderId(found.pk),
        name=found.name,
        unit_id=UnitId(found.unit_id),
        unit_name=found.unit.name,
        values=tuple(found.values),
        owner_id=PersonId(found.owner_id),
        owner_name=str(found.owner.name),
        reason=found.reason,
        changed_at=found.changed_at,
        changed_by=found.changed_by,
        version=found.version,
    )
