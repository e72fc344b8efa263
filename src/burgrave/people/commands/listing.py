"""People as a list that the kit knows, with the one act on many that endangers nobody's access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from burgrave.lists.terms import BulkAct, BulkValue, ListSpec
from burgrave.people import queries
from burgrave.people.commands.persons import move_people
from burgrave.people.queries import listing
from burgrave.web.terms import Actor

READ, MANAGE = "people.read", "people.manage"


def _units(actor: Actor) -> tuple[BulkValue, ...]:
    known = queries.named_units(MANAGE, actor=actor)
    return (BulkValue(name="unit", label=_("Unit"), choices=tuple((str(each.unit_id), each.name) for each in known)),)


def _move(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return move_people(ids, unit_id=UUID(values["unit"]), actor=actor, now=now)


LIST = ListSpec(
    name="people.persons",
    label=_("People"),
    url_name="people:persons",
    permission=READ,
    columns=listing.COLUMNS,
    ids=listing.listed_ids,
    rows=listing.listed_rows,
    names=listing.listed_names,
    acts=(
        BulkAct(name="unit", label=_("Move to a unit"), permission=MANAGE, icon="network", values=_units, run=_move),
    ),
)
