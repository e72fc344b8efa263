"""The inventory as a list that the kit knows: with its acts on many assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from burgrave.assets.commands.bulk import change_many
from burgrave.assets.queries import listing
from burgrave.assets.terms import EDIT, READ, TAG_MAX, AssetChange, Lifecycle
from burgrave.lists.terms import BulkAct, BulkValue, ListSpec
from burgrave.people import queries as people
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, PersonId, UnitId, Words

PHASES: tuple[tuple[str, Words], ...] = (
    (str(Lifecycle.IN_USE), _("In use")),
    (str(Lifecycle.RETIRING), _("Being retired")),
    (str(Lifecycle.DISPOSED), _("Disposed of")),
)


def _people(name: str, label: Words) -> Callable[[Actor], tuple[BulkValue, ...]]:
    def values(_actor: Actor) -> tuple[BulkValue, ...]:
        known = tuple((str(key), person) for key, person in people.everybody().items())
        return (BulkValue(name=name, label=label, choices=(("", _("Nobody")), *known), is_required=False),)

    return values


def _units(actor: Actor) -> tuple[BulkValue, ...]:
    known = people.named_units(EDIT, actor=actor)
    return (BulkValue(name="unit", label=_("Unit"), choices=tuple((str(each.unit_id), each.name) for each in known)),)


def _tag(_actor: Actor) -> tuple[BulkValue, ...]:
    return (BulkValue(name="tag", label=_("Tag")),)


def _phase(_actor: Actor) -> tuple[BulkValue, ...]:
    return (
        BulkValue(name="phase", label=_("Phase"), choices=PHASES),
        BulkValue(name="reason", label=_("Reason"), is_required=False),
    )


def _nothing(_actor: Actor) -> tuple[BulkValue, ...]:
    return ()


def _runs(change: Callable[[Mapping[str, str]], AssetChange]) -> Callable[..., int]:
    def run(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
        return change_many(ids, change(values), actor=actor, now=now)

    return run


def _person(text: str) -> PersonId | None:
    return PersonId(UUID(text)) if text else None


def _tag_text(text: str) -> str:
    tag = text.strip()
    if not 0 < len(tag) <= TAG_MAX:
        raise BadInput("a tag has 1 to %(most)s characters", words={"most": str(TAG_MAX)})
    return tag


def _act(
    name: str,
    label: Words,
    icon: str,
    values: Callable[[Actor], tuple[BulkValue, ...]],
    change: Callable[[Mapping[str, str]], AssetChange],
) -> BulkAct:
    return BulkAct(name=name, label=label, permission=EDIT, icon=icon, values=values, run=_runs(change))


LIST = ListSpec(
    name="assets.assets",
    label=_("Assets"),
    url_name="assets:assets",
    permission=READ,
    columns=listing.COLUMNS,
    ids=listing.listed_ids,
    rows=listing.listed_rows,
    names=listing.listed_names,
    acts=(
        _act(
            "owner",
            _("Give an owner"),
            "user-round",
            _people("owner", _("Owner")),
            lambda given: AssetChange(owner_id=_person(given["owner"]), takes_owner=True),
        ),
        _act(
            "custodian",
            _("Give a custodian"),
            "user-cog",
            _people("custodian", _("Custodian")),
            lambda given: AssetChange(custodian_id=_person(given["custodian"]), takes_custodian=True),
        ),
        _act(
            "unit",
            _("Move to a unit"),
            "network",
            _units,
            lambda given: AssetChange(unit_id=UnitId(UUID(given["unit"]))),
        ),
        _act("tag", _("Add a tag"), "tag", _tag, lambda given: AssetChange(adds_tag=_tag_text(given["tag"]))),
        _act("untag", _("Remove a tag"), "x", _tag, lambda given: AssetChange(removes_tag=_tag_text(given["tag"]))),
        _act(
            "phase",
            _("Change the phase"),
            "refresh-cw",
            _phase,
            lambda given: AssetChange(lifecycle=Lifecycle(given["phase"]), reason=given["reason"]),
        ),
        _act("review", _("Confirm as reviewed"), "check", _nothing, lambda _given: AssetChange(is_review=True)),
    ),
)
