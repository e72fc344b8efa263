"""Views are kept, shared and removed, and people arrange their lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.lists import models, rules
from burgrave.lists.errors import ViewNameTaken
from burgrave.lists.terms import Audience, ListArranged, ListSpec, ViewRemoved, ViewSaved
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, UnitId


@transaction.atomic
def save_view(
    spec: ListSpec,
    *,
    name: str,
    query: str,
    audience: Audience,
    unit_id: UnitId | None = None,
    actor: Actor,
    now: datetime,
) -> UUID:
    """The view stands under the name. Raises UnusableView, TooManyViews, ViewNameTaken, Forbidden."""
    kept = models.SavedView.objects.filter(owner_id=_person(actor), list_name=spec.name).count()
    shared_with = unit_id if audience is Audience.UNIT else None

    rules.may_share(spec, audience, unit_id=shared_with, views=kept, actor=actor)
    named, wanted = rules.usable_name(name), rules.kept_query(query)

    row = models.SavedView(
        id=uuid4(),
        list_name=spec.name,
        name=named,
        query=wanted,
        audience=audience,
        unit_id=shared_with,
        owner_id=_person(actor),
        saved_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise ViewNameTaken(
            "you have a view %(name)s of this list already", words={"name": named}, mend="Choose another name."
        ) from error

    saved = ViewSaved(
        view_id=row.pk,
        list_name=spec.name,
        audience=audience,
        unit_id=shared_with,
        name=Sealed(named),
        query=Sealed(wanted),
    )
    ledger.append(saved, actor=actor, at=now)
    return row.pk


@transaction.atomic
def remove_view(view_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The view is gone; only whoever made it removes it. Raises NotFound."""
    row = models.SavedView.objects.select_for_update().filter(pk=view_id, owner_id=_person(actor)).first()
    if row is None:
        raise NotFound("there is no such view of yours")

    list_name = row.list_name
    row.delete()

    ledger.append(ViewRemoved(view_id=view_id, list_name=list_name), actor=actor, at=now)


@transaction.atomic
def choose_columns(spec: ListSpec, columns: Sequence[str], *, actor: Actor, now: datetime) -> tuple[str, ...]:
    """The list shows these columns to the actor; none means the usual ones. Unknown ones are passed over."""
    actor.must_anywhere(spec.permission)
    row = _arrangement(spec, actor=actor)

    chosen = [column.key for column in spec.columns if column.key in set(columns)]

    row.columns = chosen
    row.save(update_fields=["columns"])

    _record(row, actor=actor, now=now)
    return spec.shown(chosen)


@transaction.atomic
def open_by_itself(spec: ListSpec, view_id: UUID | None, *, actor: Actor, now: datetime) -> None:
    """The list opens with this view, or as it is. Raises NotFound for a view that the actor does not see."""
    actor.must_anywhere(spec.permission)
    row = _arrangement(spec, actor=actor)
    if view_id is not None:
        view = models.SavedView.objects.filter(pk=view_id, list_name=spec.name).first()
        units = {unit for reach in actor.allowed.values() for unit in reach}
        if view is None or not (
            view.owner_id == actor.person_id or view.audience == Audience.EVERYBODY or view.unit_id in units
        ):
            raise NotFound("there is no such view of this list that you see")

    row.default_view_id = view_id
    row.save(update_fields=["default_view"])

    _record(row, actor=actor, now=now)


def _arrangement(spec: ListSpec, *, actor: Actor) -> models.Arrangement:
    models.Arrangement.objects.get_or_create(person_id=_person(actor), list_name=spec.name)
    return models.Arrangement.objects.select_for_update().get(person_id=_person(actor), list_name=spec.name)


def _record(row: models.Arrangement, *, actor: Actor, now: datetime) -> None:
    arranged = ListArranged(list_name=row.list_name, columns=tuple(row.columns), default_view_id=row.default_view_id)
    ledger.append(arranged, actor=actor, at=now)


def _person(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise NotFound("only somebody who is signed in keeps views")
    return actor.person_id
