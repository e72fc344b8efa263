"""Who is told of findings, of corrective actions, and of checks that a person does."""

from __future__ import annotations

from datetime import UTC, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from burgrave.assurance import models
from burgrave.assurance.terms import CHECK, MANAGE, ActionState, action_subject, check_subject, finding_subject
from burgrave.jobs.terms import Args, Lease
from burgrave.ledger.terms import StoredRecord
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Day, Param, Recipients, Words
from burgrave.web.terms import PersonId, UnitId

RAISED = gettext_noop("Finding %(number)s was raised")
ASSIGNED = gettext_noop("Corrective action %(number)s is yours, due on %(day)s")
ASSIGNED_WITHOUT_DAY = gettext_noop("Corrective action %(number)s is yours")
OVERDUE = gettext_noop("Corrective action %(number)s was due on %(day)s")
CHECK_DUE = gettext_noop("Check %(number)s is due since %(day)s")
NEWS_FOR = timedelta(days=2)


def on_finding_raised(record: StoredRecord) -> None:
    """Whoever manages assurance in the unit knows of the finding."""
    if timezone.now() - record.at > NEWS_FOR:
        return
    finding_id = record.uuid("finding_id")
    notifications.notify(
        topic="assurance.finding_raised",
        to=Recipients(permission=MANAGE, unit_id=UnitId(record.uuid("unit_id"))),
        subject=finding_subject(finding_id),
        words=Words(sentence=RAISED, params={"number": str(record.body["number"])}),
        link=f"/findings/{finding_id}/",
        dedupe_key=f"record:{record.record_id}",
        now=timezone.now(),
    )


def on_action_moved(record: StoredRecord) -> None:
    """Who owns a planned action knows it; told once for each owner and day."""
    owner, to = record.body["owner_id"], str(record.body["to"])
    if owner is None or to not in (ActionState.OPEN, ActionState.PLANNED) or timezone.now() - record.at > NEWS_FOR:
        return
    action_id = record.uuid("action_id")
    row = models.CorrectiveAction.objects.filter(pk=action_id, owner_id=UUID(str(owner))).first()
    if row is None:
        return
    params: dict[str, Param] = {"number": row.number}
    if row.due_on:
        params["day"] = Day(row.due_on)
    notifications.notify(
        topic="assurance.action_assigned",
        to=Recipients(persons=(PersonId(UUID(str(owner))),)),
        subject=action_subject(action_id),
        words=Words(sentence=ASSIGNED if row.due_on else ASSIGNED_WITHOUT_DAY, params=params),
        link=f"/findings/actions/{action_id}/",
        dedupe_key=f"assurance.action_assigned:{action_id}:{owner}:{row.due_on or ''}",
        now=timezone.now(),
    )


def on_assets_merged(record: StoredRecord) -> None:
    """Scopes and findings that named the duplicate name the asset into which it went."""
    gone, stays = record.uuid("duplicate_id"), record.uuid("survivor_id")
    for table, owner in ((models.MeasureAsset, "measure_id"), (models.FindingAsset, "finding_id")):
        doubled = table.objects.filter(asset_id=stays).values(owner)
        table.objects.filter(asset_id=gone, **{f"{owner}__in": doubled}).delete()
        table.objects.filter(asset_id=gone).update(asset_id=stays)


def tell_overdue_actions(lease: Lease, _args: Args) -> None:
    """The owner of each overdue action, or whoever manages there, knows it; told once for each due day."""
    now = lease.now()
    late = models.CorrectiveAction.objects.filter(
        due_on__lt=now.astimezone(UTC).date(), state__in=(ActionState.OPEN, ActionState.PLANNED)
    )
    for row in late.order_by("due_on", "id").iterator():
        due_on = row.due_on or now.date()
        to = (
            Recipients(persons=(PersonId(row.owner_id),))
            if row.owner_id
            else Recipients(permission=MANAGE, unit_id=UnitId(row.unit_id))
        )
        with transaction.atomic():
            notifications.notify(
                topic="assurance.action_overdue",
                to=to,
                subject=action_subject(row.pk),
                words=Words(sentence=OVERDUE, params={"number": row.number, "day": Day(due_on)}),
                link=f"/findings/actions/{row.pk}/",
                dedupe_key=f"assurance.action_overdue:{row.pk}:{due_on.isoformat()}",
                now=now,
            )


def tell_due_checks(lease: Lease, _args: Args) -> None:
    """Whoever does a manual check knows that it is due; told once for each due day."""
    now = lease.now()
    due = models.Check.objects.filter(retired_at=None, automatic="", due_on__lte=now.astimezone(UTC).date())
    for row in due.order_by("due_on", "id").iterator():
        to = (
            Recipients(persons=(PersonId(row.owner_id),))
            if row.owner_id
            else Recipients(permission=CHECK, unit_id=UnitId(row.unit_id))
        )
        with transaction.atomic():
            notifications.notify(
                topic="assurance.check_due",
                to=to,
                subject=check_subject(row.pk),
                words=Words(sentence=CHECK_DUE, params={"number": row.number, "day": Day(row.due_on)}),
                link=f"/checks/{row.pk}/",
                dedupe_key=f"assurance.check_due:{row.pk}:{row.due_on.isoformat()}",
                now=now,
            )
