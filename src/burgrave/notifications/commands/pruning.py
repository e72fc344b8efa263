"""Old news goes: what it was news of stands in the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from burgrave.notifications import models

KEPT_FOR = timedelta(days=180)
AT_ONCE = 1_000


def prune(*, now: datetime, kept_for: timedelta = KEPT_FOR) -> int:
    """News older than half a year is gone, with its notices, messages and deliveries. Returns how many pieces."""
    gone = 0
    old = models.News.objects.filter(at__lt=now - kept_for).order_by("at")
    while numbers := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            models.News.objects.filter(pk__in=numbers).delete()
        gone += len(numbers)
    models.Mail.objects.filter(created_at__lt=now - kept_for, notices=None).delete()
    return gone
