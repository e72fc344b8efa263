"""Reviews that fall due are told to whoever answers for the assets."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Max
from django.utils.translation import gettext_noop

from burgrave.assets import models
from burgrave.assets.terms import EDIT, Lifecycle
from burgrave.jobs.terms import Args, Lease
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Recipients, Words
from burgrave.web.terms import PersonId, UnitId

DUE = gettext_noop("Assets of yours whose review is due: %(count)s")
UNOWNED = gettext_noop("Assets that nobody owns and whose review is due: %(count)s")
NEW_FOR = timedelta(days=7)


def tell_due_reviews(lease: Lease, _args: Args) -> None:
    """Each owner knows how many reviews are due, whenever a further one has fallen due.

    For assets that nobody owns, whoever edits in their unit knows it. Two queries find them, whatever their number.
    """
    now = lease.now()
    today = now.date()
    due = models.Asset.objects.filter(review_due_on__lte=today).exclude(lifecycle=Lifecycle.DISPOSED).order_by()
    owned = due.filter(owner__isnull=False).values_list("owner_id")
    unowned = due.filter(owner=None).values_list("unit_id")
    found = [
        (Recipients(persons=(PersonId(owner),)), f"owner:{owner}", DUE, count, newest)
        for owner, count, newest in owned.annotate(Count("pk"), Max("review_due_on"))
    ] + [
        (Recipients(permission=EDIT, unit_id=UnitId(unit)), f"unit:{unit}", UNOWNED, count, newest)
        for unit, count, newest in unowned.annotate(Count("pk"), Max("review_due_on"))
    ]
    for to, whose, sentence, count, newest in found:
        if today - newest >= NEW_FOR:
            continue
        with transaction.atomic():
            notifications.notify(
                topic="assets.review_due",
                to=to,
                subject="assets.reviews",
                words=Words(sentence=sentence, params={"count": count}),
                link="/assets/?only=overdue",
                dedupe_key=f"assets.review_due:{whose}:{newest.isoformat()}",
                now=now,
            )
