"""Statements as a list that the kit knows: with its acts on many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from burgrave.isms.commands.statements import review_many
from burgrave.isms.queries import listing
from burgrave.isms.terms import EDIT, READ
from burgrave.lists.terms import BulkAct, BulkValue, ListSpec
from burgrave.web.terms import Actor


def _nothing(_actor: Actor) -> tuple[BulkValue, ...]:
    return ()


def _review(ids: Sequence[UUID], _values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return review_many(ids, actor=actor, now=now)


LIST = ListSpec(
    name="isms.statements",
    label=_("Management system"),
    url_name="isms:statements",
    permission=READ,
    columns=listing.COLUMNS,
    ids=listing.listed_ids,
    rows=listing.listed_rows,
    names=listing.listed_names,
    acts=(
        BulkAct(
            name="review",
            label=_("Confirm as reviewed"),
            permission=EDIT,
            icon="check",
            values=_nothing,
            run=_review,
        ),
    ),
)
