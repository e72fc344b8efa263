"""The library as a list that the kit knows, with its acts on many: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.detection.commands.deciding import decide
from burgrave.detection.queries import exception_listing, health_listing, listing
from burgrave.detection.terms import READ, RULES, Act
from burgrave.lists.terms import BulkAct, BulkValue, ListSpec
from burgrave.web.terms import Actor


def _nothing(_actor: Actor) -> tuple[BulkValue, ...]:
    return ()


def _a_reason(_actor: Actor) -> tuple[BulkValue, ...]:
    return (BulkValue(name="reason", label=_("Reason")),)


def _approve(ids: Sequence[UUID], _values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return decide(ids, Act.APPROVE, actor=actor, now=now)


def _approve_and_enable(ids: Sequence[UUID], _values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return decide(ids, Act.APPROVE, Act.ENABLE, actor=actor, now=now)


def _enable(ids: Sequence[UUID], _values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return decide(ids, Act.ENABLE, actor=actor, now=now)


def _decline(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return decide(ids, Act.DECLINE, reason=values["reason"], actor=actor, now=now)


def _disable(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return decide(ids, Act.DISABLE, reason=values["reason"], actor=actor, now=now)


def _retire(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return decide(ids, Act.RETIRE, reason=values["reason"], actor=actor, now=now)


LIBRARY = ListSpec(
    name="detection.library",
    label=_("Rule library"),
    url_name="detection:library",
    permission=READ,
    columns=listing.COLUMNS,
    ids=listing.rule_ids,
    rows=listing.rule_rows,
    names=listing.rule_names,
    acts=tuple(
        BulkAct(name=name, label=label, permission=RULES, icon=icon, values=values, run=run)
        for name, label, icon, values, run in (
            ("approve", _("Approve"), "check", _nothing, _approve),
            ("approve_and_enable", _("Approve and enable"), "check", _nothing, _approve_and_enable),
            ("enable", _("Enable"), "play", _nothing, _enable),
            ("disable", _("Disable"), "pause", _a_reason, _disable),
            ("decline", _("Decline"), "x", _a_reason, _decline),
            ("retire", pgettext_lazy("of a rule", "Retire"), "archive", _a_reason, _retire),
        )
    ),
)
EXCEPTIONS = ListSpec(
    name="detection.exceptions",
    label=_("Exceptions to rules"),
    url_name="detection:exceptions",
    permission=READ,
    columns=exception_listing.EXCEPTION_COLUMNS,
    ids=exception_listing.exception_ids,
    rows=exception_listing.exception_rows,
)
HEALTH = ListSpec(
    name="detection.health",
    label=_("Health of rules"),
    url_name="detection:health",
    permission=READ,
    columns=health_listing.HEALTH_COLUMNS,
    ids=health_listing.health_ids,
    rows=health_listing.health_rows,
)
LISTS = (LIBRARY, EXCEPTIONS, HEALTH)
