"""The lists of the domain as the kit knows them, with their acts on many rows. Evidence has none: it never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.assurance.commands import bulk
from burgrave.assurance.commands.asserting import assert_many
from burgrave.assurance.commands.bulk import Owner
from burgrave.assurance.queries import chain_listing, listing, naming
from burgrave.assurance.terms import ASSERT, MANAGE, READ, AssertionDraft
from burgrave.engines.standing import Phase, Standing
from burgrave.lists.terms import BulkAct, BulkValue, ListSpec
from burgrave.people import queries as people
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, PersonId, Words

PHASES: tuple[tuple[str, Words], ...] = (
    ("planned", _("Planned")),
    ("operating", _("Operating")),
    ("retired", _("Retired")),
)


SAID: tuple[tuple[str, Words], ...] = (
    ("met", pgettext_lazy("standing", "Met")),
    ("partly_met", _("Partly met")),
    ("not_met", _("Not met")),
    ("not_assessed", _("Nothing answers it")),
)
"""What a person may say; stale and not proven are what checks say."""


def _give_measures(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return bulk.give_measures(ids, _owner(values), actor=actor, now=now)


def _move_measures(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return bulk.move_measures(ids, Phase[values["phase"].upper()], actor=actor, now=now)


def _give_checks(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return bulk.give_checks(ids, _owner(values), actor=actor, now=now)


def _retire_checks(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return bulk.retire_checks(ids, reason=values["reason"], actor=actor, now=now)


def _close_findings(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return bulk.close_findings(ids, reason=values["reason"], actor=actor, now=now)


def _give_actions(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return bulk.hand_over_actions(ids, owner=_owner(values), actor=actor, now=now)


def _put_off_actions(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    return bulk.hand_over_actions(ids, due_on=_day(values["day"]), actor=actor, now=now)


def _assert(ids: Sequence[UUID], values: Mapping[str, str], actor: Actor, now: datetime) -> int:
    draft = AssertionDraft(
        standing=Standing[values["standing"].upper()], reason=values["reason"], expires_on=_day(values["until"])
    )
    return assert_many(ids, draft, actor=actor, now=now)


def _owner(values: Mapping[str, str]) -> Owner:
    text = values["owner"]
    return Owner(person_id=PersonId(UUID(text)) if text else None)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(
            "a day is written as year, month and day, such as 2026-03-31; got %(got)s", words={"got": repr(text[:20])}
        ) from None


def _people(_actor: Actor) -> tuple[BulkValue, ...]:
    known = tuple((str(key), person) for key, person in people.everybody().items())
    return (BulkValue(name="owner", label=_("Owner"), choices=(("", _("Nobody")), *known), is_required=False),)


def _assertion(_actor: Actor) -> tuple[BulkValue, ...]:
    return (
        BulkValue(name="standing", label=_("It stands"), choices=SAID),
        BulkValue(name="reason", label=_("Why")),
        BulkValue(name="until", label=_("Holds until"), is_day=True),
    )


def _reason(_actor: Actor) -> tuple[BulkValue, ...]:
    return (BulkValue(name="reason", label=_("Reason")),)


STANDINGS = ListSpec(
    name="assurance.requirements",
    label=_("Requirements"),
    url_name="assurance:standings",
    permission=READ,
    columns=chain_listing.STANDING_COLUMNS,
    ids=chain_listing.standing_ids,
    rows=chain_listing.standing_rows,
    names=naming.requirement_names,
    acts=(
        BulkAct(
            name="assert",
            label=_("Say how they stand"),
            permission=ASSERT,
            icon="message-square",
            values=_assertion,
            run=_assert,
        ),
    ),
)
MEASURES = ListSpec(
    name="assurance.measures",
    label=_("Measures"),
    url_name="assurance:measures",
    permission=READ,
    columns=chain_listing.MEASURE_COLUMNS,
    ids=chain_listing.measure_ids,
    rows=chain_listing.measure_rows,
    names=naming.measure_names,
    acts=(
        BulkAct(
            name="owner",
            label=_("Give an owner"),
            permission=MANAGE,
            icon="user-round",
            values=_people,
            run=_give_measures,
        ),
        BulkAct(
            name="phase",
            label=_("Change the phase"),
            permission=MANAGE,
            icon="refresh-cw",
            values=lambda _actor: (BulkValue(name="phase", label=_("Phase"), choices=PHASES),),
            run=_move_measures,
        ),
    ),
)
CHECKS = ListSpec(
    name="assurance.checks",
    label=_("Checks"),
    url_name="assurance:checks",
    permission=READ,
    columns=chain_listing.CHECK_COLUMNS,
    ids=chain_listing.check_ids,
    rows=chain_listing.check_rows,
    names=naming.check_names,
    acts=(
        BulkAct(
            name="owner",
            label=_("Give an owner"),
            permission=MANAGE,
            icon="user-round",
            values=_people,
            run=_give_checks,
        ),
        BulkAct(name="retire", label=_("Retire"), permission=MANAGE, icon="x", values=_reason, run=_retire_checks),
    ),
)
FINDINGS = ListSpec(
    name="assurance.findings",
    label=_("Findings"),
    whole=_("Open findings"),
    url_name="assurance:findings",
    permission=READ,
    columns=chain_listing.FINDING_COLUMNS,
    ids=chain_listing.finding_ids,
    rows=chain_listing.finding_rows,
    names=naming.finding_names,
    acts=(
        BulkAct(name="close", label=_("Close"), permission=MANAGE, icon="check", values=_reason, run=_close_findings),
    ),
)
ACTIONS = ListSpec(
    name="assurance.actions",
    label=_("Corrective actions"),
    whole=_("What is not closed"),
    url_name="assurance:actions",
    permission=READ,
    columns=chain_listing.ACTION_COLUMNS,
    ids=chain_listing.action_ids,
    rows=chain_listing.action_rows,
    names=naming.action_names,
    acts=(
        BulkAct(
            name="owner",
            label=_("Give an owner"),
            permission=MANAGE,
            icon="user-round",
            values=_people,
            run=_give_actions,
        ),
        BulkAct(
            name="due",
            label=_("Set the due day"),
            permission=MANAGE,
            icon="calendar",
            values=lambda _actor: (BulkValue(name="day", label=_("Due on"), is_day=True),),
            run=_put_off_actions,
        ),
    ),
)
EVIDENCE = ListSpec(
    name="assurance.evidence",
    label=_("Evidence"),
    url_name="assurance:evidence",
    permission=READ,
    columns=listing.EVIDENCE_COLUMNS,
    ids=listing.evidence_ids,
    rows=listing.evidence_cells,
)
LISTS = (STANDINGS, MEASURES, CHECKS, FINDINGS, ACTIONS, EVIDENCE)
