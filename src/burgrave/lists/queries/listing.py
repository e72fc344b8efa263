"""How a list stands before one reader: which views there are, which columns are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string

from burgrave.lists import models
from burgrave.lists.terms import Audience, Listing, ListSpec, Narrowing, ViewRow
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, UnitId


def spec(name: str, *, actor: Actor) -> ListSpec:
    """The list of this name. Raises NotFound, or Forbidden for whoever may not read it."""
    known = cast("Mapping[str, ListSpec]", import_string(settings.LISTS_SPECS))
    found = known.get(name)
    if found is None:
        raise NotFound("there is no such list, or you may not see it")
    actor.must_anywhere(found.permission)
    return found


def listing(found: ListSpec, asked: Narrowing, *, actor: Actor) -> Listing:
    """The views and columns of a list for one reader. Two statements."""
    arranged = models.Arrangement.objects.filter(person_id=_person(actor), list_name=found.name).first()
    default_id = arranged.default_view_id if arranged else None
    rows = tuple(view_row(row, default_id=default_id, actor=actor) for row in _visible(found.name, actor=actor))
    columns = asked.get("columns") or (arranged.columns if arranged else ())
    default = next((row for row in rows if row.is_default), None)
    return Listing(
        spec=found,
        views=rows,
        columns=found.shown(columns),
        go_to=f"{default.query}&view={default.view_id}".lstrip("&") if default and not asked else "",
    )


def views(list_name: str, *, actor: Actor) -> tuple[ViewRow, ...]:
    """The views of one list that the actor may use, own ones first. Two statements."""
    default = models.Arrangement.objects.filter(person_id=_person(actor), list_name=list_name)
    default_id = default.values_list("default_view_id", flat=True).first()
    return tuple(view_row(row, default_id=default_id, actor=actor) for row in _visible(list_name, actor=actor))


def view_row(row: models.SavedView, *, default_id: UUID | None, actor: Actor) -> ViewRow:
    return ViewRow(
        view_id=row.pk,
        list_name=row.list_name,
        name=row.name,
        query=row.query,
        audience=Audience(row.audience),
        unit_id=UnitId(row.unit_id) if row.unit_id else None,
        unit_name=row.unit.name if row.unit else "",
        owner_name=str(row.owner),
        is_mine=row.owner_id == actor.person_id,
        is_default=row.pk == default_id,
    )


def _visible(list_name: str, *, actor: Actor) -> list[models.SavedView]:
    units = {unit for reach in actor.allowed.values() for unit in reach}
    seen = Q(owner_id=actor.person_id) | Q(audience=Audience.EVERYBODY)
    if units:
        seen |= Q(audience=Audience.UNIT, unit_id__in=units)
    found = models.SavedView.objects.filter(seen, list_name=list_name).select_related("unit", "owner")
    return sorted(found, key=lambda row: (row.owner_id != actor.person_id, row.name.casefold(), str(row.pk)))


def _person(actor: Actor) -> UUID:
    """Whose arrangement is looked for; nobody has the id of no person."""
    return actor.person_id or UUID(int=0)
