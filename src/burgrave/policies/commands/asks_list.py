"""Who was asked what, as a list that the kit knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from burgrave.lists.terms import BulkAct, BulkValue, ListSpec
from burgrave.policies.commands.confirming import give_attempt
from burgrave.policies.queries import asks_listing as listing
from burgrave.policies.terms import EDIT, OVERSEE
from burgrave.web.terms import Actor


@transaction.atomic
def _give_attempts(ids: Sequence[UUID], _values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    for ask_id in ids:
        give_attempt(ask_id, actor=actor, now=now)
    return len(ids)


def _nothing(_actor: Actor) -> tuple[BulkValue, ...]:
    return ()


ASKS = ListSpec(
    name="policies.asks",
    label=_("Acknowledgements"),
    url_name="policies:asks",
    permission=OVERSEE,
    columns=listing.COLUMNS,
    ids=listing.listed_ids,
    rows=listing.listed_rows,
    names=listing.listed_names,
    acts=(
        BulkAct(
            name="attempt",
            label=_("Give another attempt at the questions"),
            permission=EDIT,
            icon="rotate-ccw",
            values=_nothing,
            run=_give_attempts,
        ),
    ),
)
