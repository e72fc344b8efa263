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
from burgrave.web.errors import NotFound, StaleEdit
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
    row = models.SavedView(id=uuid4(), list_name=spec.name, owner_id=_person(actor), saved_at=now)

    rules.may_keep_another(kept)
    _say(row, spec, name=name, query=query, audience=audience, unit_id=unit_id, actor=actor)

    _store(row, is_new=True)

    ledger.append(_saved(row), actor=actor, at=now)
    return row.pk


@transaction.atomic
def change_view(
    view_id: UUID,
    spec: ListSpec,
    *,
    name: str,
    query: str,
    audience: Audience,
    unit_id: UnitId | None = None,
    version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """The view says this from now on; only whoever made it changes it.

    Raises NotFound, StaleEdit, UnusableView, ViewNameTaken, Forbidden.
    """
    row = _own(view_id, actor=actor)
    if row.list_name != spec.name:
        raise NotFound("there is no such view of yours")
    if row.version != version:
        raise StaleEdit(
            "you changed this view elsewhere since it was read; nothing was overwritten",
            changed_by=actor.name,
            changed_at=row.saved_at,
            mend="Read the view again, then change it.",
        )

    _say(row, spec, name=name, query=query, audience=audience, unit_id=unit_id, actor=actor)
    row.version, row.saved_at = row.version + 1, now

    _store(row, is_new=False)

    ledger.append(_saved(row), actor=actor, at=now)


@transaction.atomic
def remove_view(view_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The view is gone; only whoever made it removes it. Raises NotFound."""
    row = _own(view_id, actor=actor)

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


def _own(view_id: UUID, *, actor: Actor) -> models.SavedView:
    row = models.SavedView.objects.select_for_update().filter(pk=view_id, owner_id=_person(actor)).first()
    if row is None:
        raise NotFound("there is no such view of yours")
    return row


def _say(
    row: models.SavedView,
    spec: ListSpec,
    *,
    name: str,
    query: str,
    audience: Audience,
    unit_id: UnitId | None,
    actor: Actor,
) -> None:
    shared_with = unit_id if audience is Audience.UNIT else None
    rules.may_share(spec, audience, unit_id=shared_with, actor=actor)
    row.name, row.query = rules.usable_name(name), rules.kept_query(query)
    row.audience, row.unit_id = audience, shared_with


def _store(row: models.SavedView, *, is_new: bool) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=is_new)
    except IntegrityError as error:
        raise ViewNameTaken(
            "you have a view %(name)s of this list already", words={"name": row.name}, mend="Choose another name."
        ) from error


def _saved(row: models.SavedView) -> ViewSaved:
    return ViewSaved(
        view_id=row.pk,
        list_name=row.list_name,
        audience=Audience(row.audience),
        unit_id=row.unit_id,
        name=Sealed(row.name),
        query=Sealed(row.query),
    )


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
