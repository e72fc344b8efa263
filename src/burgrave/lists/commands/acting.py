"""One act on many rows: all that were chosen, or all that match, and exactly as many as were confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.lists import rules
from burgrave.lists.errors import OtherRows, TooManyRows
from burgrave.lists.terms import MOST_AT_ONCE, BulkAct, ListSpec
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor


def act_of(spec: ListSpec, name: str) -> BulkAct:
    """The act of this name. Raises NotFound."""
    act = next((act for act in spec.acts if act.name == name), None)
    if act is None:
        raise NotFound("this list has no such act")
    return act


def found(
    spec: ListSpec, *, selected: Sequence[UUID], query: str | None, actor: Actor, now: datetime
) -> tuple[UUID, ...]:
    """The selected rows, or with a query those that match, to one more than an act may change."""
    if query is None:
        return tuple(dict.fromkeys(selected))
    return tuple(spec.ids(rules.narrowing(query), MOST_AT_ONCE + 1, actor, now))


def chosen(
    spec: ListSpec, *, selected: Sequence[UUID], query: str | None, actor: Actor, now: datetime
) -> tuple[UUID, ...]:
    """The rows that an act would change: the selected, or with a query all that match. Raises TooManyRows, BadInput."""
    ids = found(spec, selected=selected, query=query, actor=actor, now=now)
    if not ids:
        raise BadInput("no row is chosen", mend="Choose rows of the list first.")
    if len(ids) > MOST_AT_ONCE:
        raise TooManyRows(
            "one act changes at most %(most)s rows",
            words={"most": str(MOST_AT_ONCE)},
            mend="Narrow the list down and act in parts.",
        )
    return ids


@transaction.atomic
def act_on_many(
    spec: ListSpec,
    name: str,
    values: Mapping[str, str],
    *,
    selected: Sequence[UUID] = (),
    query: str | None = None,
    confirmed: int,
    actor: Actor,
    now: datetime,
) -> int:
    """The act is done for all rows, or for none. Returns how many changed.

    The command of the domain asks for the permission on each row and records each change. Raises OtherRows when as many
    as were confirmed are not there any more, BadInput for a value that is not offered, and what that command raises.
    """
    act = act_of(spec, name)
    actor.must_anywhere(act.permission)
    given = _offered(act, values, actor=actor)
    ids = chosen(spec, selected=selected, query=query, actor=actor, now=now)
    if len(ids) != confirmed:
        raise OtherRows(
            "%(now)s rows match now, not the %(confirmed)s that you confirmed; nothing was changed",
            words={"now": str(len(ids)), "confirmed": str(confirmed)},
            mend="Look at the list again, then confirm anew.",
        )
    return act.run(ids, given, actor, now)


def _offered(act: BulkAct, values: Mapping[str, str], *, actor: Actor) -> Mapping[str, str]:
    """What the act asks for, each a text or one of its choices. Raises BadInput."""
    given = {}
    for each in act.values(actor):
        text = values.get(each.name, "")
        if each.choices is not None and text not in dict(each.choices):
            raise BadInput("this is none of the choices", mend="Choose one of those that are offered.")
        given[each.name] = text
    return given
