"""How a list stands before one reader: which views there are, which columns are shown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast
from uuid import UUID

from django.conf import settings
from django.db.models import IntegerField, Q, TextField, UUIDField, Value
from django.db.models.functions import Cast
from django.utils.module_loading import import_string

from burgrave.lists import models
from burgrave.lists.terms import Audience, Listing, ListSpec, Narrowing, ViewRow
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, UnitId

_ARRANGED = "arranged"
_Kept: TypeAlias = "tuple[UUID | None, str, str, str, UUID | None, str | None, UUID, str, int]"


def spec(name: str, *, actor: Actor) -> ListSpec:
    """The list of this name. Raises NotFound, or Forbidden for whoever may not read it."""
    known = cast("Mapping[str, ListSpec]", import_string(settings.LISTS_SPECS))
    found = known.get(name)
    if found is None:
        raise NotFound("there is no such list, or you may not see it")
    actor.must_anywhere(found.permission)
    return found


def specs(*, actor: Actor) -> tuple[ListSpec, ...]:
    """The lists that the actor reads, by name."""
    known = cast("Mapping[str, ListSpec]", import_string(settings.LISTS_SPECS))
    return tuple(known[name] for name in sorted(known) if actor.may_anywhere(known[name].permission))


def listing(found: ListSpec, asked: Narrowing, *, actor: Actor) -> Listing:
    """The views and columns of a list for one reader. One statement."""
    rows, arranged = _kept(found.name, actor=actor)
    columns = asked.get("columns") or arranged
    default = next((row for row in rows if row.is_default), None)
    return Listing(
        spec=found,
        views=rows,
        columns=found.shown(columns),
        acts=tuple(act for act in found.acts if actor.may_anywhere(act.permission)),
        go_to=f"{default.query}&view={default.view_id}".lstrip("&") if default and not asked else "",
    )


def shown(found: Listing, asked: Narrowing, *, units: Sequence[object], actor: Actor) -> dict[str, object]:
    """What the kit's parts of a page read. ``units`` are those with whom a view may be shared."""
    return {
        "listing": found,
        "columns": frozenset(found.columns),
        "current_view": next(iter(asked.get("view", ())), ""),
        "listing_units": units,
        "may_share_all": actor.may_everywhere(found.spec.permission),
        "may_act": bool(found.acts),
    }


def views(list_name: str, *, actor: Actor) -> tuple[ViewRow, ...]:
    """The views of one list that the actor may use, own ones first. One statement."""
    return _kept(list_name, actor=actor)[0]


def view(view_id: UUID, *, actor: Actor) -> ViewRow:
    """One view that the actor may use. Two statements. Raises NotFound."""
    name = models.SavedView.objects.filter(pk=view_id).values_list("list_name", flat=True).first()
    found = next((row for row in views(name, actor=actor) if row.view_id == view_id), None) if name else None
    if found is None or found.list_name not in {each.name for each in specs(actor=actor)}:
        raise NotFound("there is no such view, or you may not see it")
    return found


def _kept(list_name: str, *, actor: Actor) -> tuple[tuple[ViewRow, ...], tuple[str, ...]]:
    """The views that the actor may use, and the columns that they chose: both tables in one statement."""
    units = {unit for reach in actor.allowed.values() for unit in reach}
    seen = Q(owner_id=actor.person_id) | Q(audience=Audience.EVERYBODY)
    if units:
        seen |= Q(audience=Audience.UNIT, unit_id__in=units)
    saved = models.SavedView.objects.filter(seen, list_name=list_name).values_list(
        "pk", "name", "query", "audience", "unit_id", "unit__name", "owner_id", "owner__name", "version"
    )
    nothing = Value("", output_field=TextField())
    arranged = models.Arrangement.objects.filter(person_id=_person(actor), list_name=list_name).values_list(
        "default_view_id",
        nothing,
        Cast("columns", TextField()),
        Value(_ARRANGED, output_field=TextField()),
        Cast(Value(None), UUIDField(null=True)),
        nothing,
        "person_id",
        nothing,
        Value(0, output_field=IntegerField()),
    )
    kept = cast("list[_Kept]", list(saved.union(arranged, all=True)))
    mine = next((row for row in kept if row[3] == _ARRANGED), None)
    default_id = mine[0] if mine else None
    rows = sorted(
        (row for row in kept if row[3] != _ARRANGED),
        key=lambda row: (row[6] != actor.person_id, row[1].casefold(), str(row[0])),
    )
    found = (
        ViewRow(
            view_id=cast("UUID", view_id),
            list_name=list_name,
            name=name,
            query=query,
            audience=Audience(audience),
            unit_id=UnitId(unit_id) if unit_id is not None else None,
            unit_name=unit_name or "",
            owner_name=owner_name,
            is_mine=owner_id == actor.person_id,
            is_default=view_id == default_id,
            version=version,
        )
        for view_id, name, query, audience, unit_id, unit_name, owner_id, owner_name, version in rows
    )
    return tuple(found), tuple(json.loads(mine[2])) if mine else ()


def _person(actor: Actor) -> UUID:
    """Whose arrangement is looked for; nobody has the id of no person."""
    return actor.person_id or UUID(int=0)
