"""Audiences are set, people are asked, and those whom a document concerns no more are let go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from burgrave.assets.terms import AssetType
from burgrave.jobs import commands as jobs
from burgrave.ledger import commands as ledger
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Recipients, Words
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.commands.reach import document_for, must_be_unchanged
from burgrave.policies.errors import TooManyRules
from burgrave.policies.queries.audiences import cadence_of, circle_of, part_of, parts_of
from burgrave.policies.queries.reach import published
from burgrave.policies.rules import acknowledging as rules
from burgrave.policies.terms import PUBLISH, READ, document_subject
from burgrave.policies.terms.acknowledging import MOST_PARTS, AudienceKind, AudiencePart, Cadence, EndReason
from burgrave.policies.terms.duty_records import AcknowledgementAsked, AudienceRenewed, AudienceSet
from burgrave.web.editing import touch
from burgrave.web.errors import BadInput
from burgrave.web.terms import Actor, PersonId

ASK_JOB, MEET_JOB, RENEW_JOB = "policies.ask", "policies.meet", "policies.renew_audiences"
ASKED = gettext_noop("There is a document that you must read and confirm")


@transaction.atomic
def set_audience(
    document_id: UUID,
    parts: Sequence[AudiencePart],
    cadence: Cadence,
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> int:
    """The document is asked of these people from now on; a worker asks them. Returns the head count.

    ``version`` is that of the audience that was seen, 0 where there was none. Raises StaleEdit, NotFound, Forbidden.
    """
    document = document_for(document_id, permission=PUBLISH, actor=actor)
    asking = models.Asking.objects.select_for_update().filter(pk=document_id).first()

    must_be_unchanged(asking, version=version)
    if len(parts) > MOST_PARTS:
        raise TooManyRules("an audience has at most %(most)s rules", words={"most": str(MOST_PARTS)})
    _must_be_known(parts, actor=actor)
    head_count = people.count_members(circle_of(parts, is_sample=document.is_sample), now=now)

    _write_parts(document, parts)
    asking = asking or models.Asking(document=document, version=0)
    asking.due_days, asking.remind_before_days = cadence.due_days, list(cadence.remind_before_days)
    asking.repeat_days, asking.escalate_after_days = cadence.repeat_days, cadence.escalate_after_days
    touch(asking, actor=actor, now=now)
    asking.save()
    ask_everybody(document_id, now=now)

    ledger.append(_recorded(document_id, parts, cadence, head_count), actor=actor, at=now)
    return head_count


def _must_be_known(parts: Sequence[AudiencePart], *, actor: Actor) -> None:
    units = {each.unit_id for each in people.named_units(READ, actor=actor)}
    roles = {each.code for each in people.roles()}
    for part in parts:
        known = {
            AudienceKind.EVERYBODY: True,
            AudienceKind.UNIT: part.unit_id in units,
            AudienceKind.ROLE: part.role in roles,
            AudienceKind.OWNERS: part.asset_type in set(AssetType),
        }
        if not known[part.kind]:
            raise BadInput(
                "an audience names a unit, a role or a type of asset that is not known to you",
                mend="Choose from those that are offered.",
            )


def _write_parts(document: models.Document, parts: Sequence[AudiencePart]) -> None:
    models.AudienceRule.objects.filter(document=document).delete()
    models.AudienceRule.objects.bulk_create(
        models.AudienceRule(
            document=document,
            ordinal=place,
            kind=part.kind,
            unit_id=part.unit_id,
            with_below=part.with_below,
            role=part.role,
            asset_type=part.asset_type,
        )
        for place, part in enumerate(parts, 1)
    )


def _recorded(document_id: UUID, parts: Sequence[AudiencePart], cadence: Cadence, count: int) -> AudienceSet:
    units = [(part.unit_id, part.with_below) for part in parts if part.kind is AudienceKind.UNIT and part.unit_id]
    return AudienceSet(
        document_id=document_id,
        everybody=any(part.kind is AudienceKind.EVERYBODY for part in parts),
        unit_ids=tuple(unit_id for unit_id, with_below in units if not with_below),
        unit_ids_with_below=tuple(unit_id for unit_id, with_below in units if with_below),
        roles=tuple(part.role for part in parts if part.kind is AudienceKind.ROLE),
        owners_of=tuple(part.asset_type for part in parts if part.kind is AudienceKind.OWNERS),
        people=count,
        due_days=cadence.due_days,
    )


def ask_everybody(document_id: UUID, *, now: datetime) -> None:
    """A worker asks the whole audience; at most one such work of a document waits."""
    jobs.enqueue(ASK_JOB, {"document_id": str(document_id)}, now=now, unique_key=f"{ASK_JOB}:{document_id}")


@transaction.atomic
def begin_asking(version_id: UUID, *, is_major: bool, now: datetime) -> None:
    """A version was published: a major one asks everybody anew, a minor one only shows its text to whom is asked."""
    version = models.Version.objects.filter(pk=version_id).first()
    if version is None:
        return
    asking = models.Asking.objects.select_for_update().filter(pk=version.document_id).first()
    if asking is None:
        return
    if is_major or asking.asked_id is None:
        asking.asked = version
        asking.save(update_fields=["asked"])
    ask_everybody(version.document_id, now=now)


def asking_version(asking: models.Asking) -> models.Version | None:
    """The version that asks; where none has yet, the published one begins. None while nothing is published."""
    current = published(asking.document_id)
    if current is None:
        return None
    if asking.asked is None:
        asking.asked = current
        asking.save(update_fields=["asked"])
    return asking.asked


def ask_some(asking: models.Asking, version: models.Version, person_ids: Sequence[PersonId], *, now: datetime) -> int:
    """Those of these persons who were not asked for the version yet are asked, and told. Returns how many."""
    earlier = models.Ask.objects.filter(version=version, person_id__in=person_ids)
    known = dict(earlier.values_list("person_id", "ended_at"))
    fresh = [key for key in person_ids if key not in known]
    again = [key for key in person_ids if known.get(key) is not None]
    cadence = cadence_of(asking)
    due = rules.due_on(rules.counts_from(now.date(), effective_on=version.effective_on), cadence)
    remind, escalate = rules.next_reminder(due, cadence, after=now.date()), rules.escalates_on(due, cadence)
    models.Ask.objects.bulk_create(
        models.Ask(
            document_id=version.document_id,
            version=version,
            person_id=key,
            asked_at=now,
            due_on=due,
            next_reminder_on=remind,
            escalate_on=escalate,
        )
        for key in fresh
    )
    if again:
        returned = models.Ask.objects.filter(version=version, person_id__in=again)
        returned.filter(confirmed_at=None).update(due_on=due, next_reminder_on=remind, escalate_on=escalate)
        returned.update(ended_at=None, end_reason="")
    if fresh or again:
        notifications.notify(
            topic="policies.asked",
            to=Recipients(persons=(*fresh, *again)),
            subject=document_subject(version.document_id),
            words=Words(sentence=ASKED),
            link="/me/policies/",
            now=now,
        )
    return len(fresh) + len(again)


@transaction.atomic
def finish_asking(
    asking: models.Asking, version: models.Version, *, asked: int, head_count: int, actor: Actor, now: datetime
) -> None:
    """Whoever the document concerns no more is asked no more, and the asking is on record."""
    open_asks = models.Ask.objects.filter(document_id=version.document_id, ended_at=None)
    ended = _let_go(open_asks.exclude(version=version), EndReason.REPLACED, now=now)
    circle = circle_of(parts_of(version.document_id), is_sample=version.document.is_sample)
    outside = open_asks.filter(version=version).exclude(people.belonging(circle, "person_id", now=now))
    ended += _let_go_outside(outside, now=now)
    if not (asked or ended or asking.announced != version.pk):
        return
    asking.announced = version.pk
    asking.save(update_fields=["announced"])
    record = AcknowledgementAsked(
        document_id=version.document_id,
        version_id=version.pk,
        digest=version.digest,
        people=head_count,
        asked=open_asks.count(),
        ended=ended,
    )
    ledger.append(record, actor=actor, at=now)


@transaction.atomic
def stop_asking(document_id: UUID, *, now: datetime) -> int:
    """Nothing of the document holds any more, so nobody is asked for it. Returns how many were."""
    asks = models.Ask.objects.filter(document_id=document_id, ended_at=None)
    models.Asking.objects.filter(pk=document_id).update(asked=None)
    return _let_go(asks, EndReason.RETIRED, now=now)


def _let_go_outside(asks: QuerySet[models.Ask], *, now: datetime) -> int:
    left = _let_go(asks.filter(person__is_active=False), EndReason.LEFT, now=now)
    return left + _let_go(asks.filter(person__is_active=True), EndReason.OUTSIDE, now=now)


def _let_go(asks: QuerySet[models.Ask], reason: EndReason, *, now: datetime) -> int:
    return asks.update(ended_at=now, end_reason=reason, next_reminder_on=None, escalate_on=None)


@transaction.atomic
def note_newcomer(person_id: UUID, *, now: datetime) -> None:
    """Somebody joined, moved, got or lost a role, or left: a worker looks what is asked of them now."""
    models.Newcomer.objects.bulk_create([models.Newcomer(person_id=person_id)], ignore_conflicts=True)
    jobs.enqueue(MEET_JOB, {}, now=now, unique_key=MEET_JOB)


@transaction.atomic
def renew_audiences(*, now: datetime) -> None:
    """Every document that is asked for is compared with its audience by a worker."""
    for document_id in models.Asking.objects.values_list("pk", flat=True):
        ask_everybody(document_id, now=now)


@transaction.atomic
def meet(person_ids: Sequence[UUID], *, actor: Actor, now: datetime) -> None:
    """These persons are asked exactly what concerns them now. Statements grow with the documents that are asked for."""
    keys = frozenset(PersonId(key) for key in person_ids)
    asked = ended = 0
    askings = models.Asking.objects.select_related("asked", "document").prefetch_related("document__audience")
    for asking in askings.order_by("pk"):
        version = asking_version(asking)
        if version is None:
            continue
        rules_of = sorted(asking.document.audience.all(), key=lambda each: each.ordinal)
        circle = circle_of([part_of(each) for each in rules_of], is_sample=asking.document.is_sample)
        members = people.members_among(circle, keys, now=now)
        asked += ask_some(asking, version, sorted(members), now=now) if members else 0
        outside = models.Ask.objects.filter(document_id=asking.pk, person_id__in=keys - members, ended_at=None)
        ended += _let_go_outside(outside, now=now)
    models.Newcomer.objects.filter(pk__in=keys).delete()
    if asked or ended:
        ledger.append(AudienceRenewed(persons=len(keys), asked=asked, ended=ended), actor=actor, at=now)
