"""The background work is watched by itself: dead letters and silent workers are news."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from burgrave.jobs import queries
from burgrave.jobs.terms import Args, Lease
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Recipients, Say, Words
from burgrave.operations.terms import KIND_WORDS, READ
from burgrave.people import queries as people

DEAD = gettext_noop("Background jobs failed for good: %(kind)s")
SILENT = gettext_noop("A worker fell silent without a farewell")
HOUR = timedelta(hours=1)


def watch(lease: Lease, _args: Args) -> None:
    """Whoever reads the background work knows of new dead letters, once an hour and kind, and of silent workers."""
    organisation, now = people.organisation(), lease.now()
    if organisation is None:
        return
    to = Recipients(permission=READ, unit_id=organisation.root_unit_id)
    hour = now.replace(minute=0, second=0, microsecond=0)
    this_hour = queries.newly_failed(since=hour)
    last_hour = set(queries.newly_failed(since=hour - HOUR)) - set(this_hour)
    dead = {(kind, hour) for _, kind, _ in this_hour} | {(kind, hour - HOUR) for _, kind, _ in last_hour}
    for kind, began in sorted(dead):
        with transaction.atomic():
            notifications.notify(
                topic="operations.dead_letter",
                to=to,
                subject="operations.jobs",
                words=Words(sentence=DEAD, params={"kind": Say(KIND_WORDS[kind]) if kind in KIND_WORDS else kind}),
                link=f"/operations/jobs/?state=failed&kind={kind}",
                dedupe_key=f"dead:{kind}:{began.isoformat()}",
                now=now,
            )
    for worker in queries.silent_workers(now=now):
        with transaction.atomic():
            notifications.notify(
                topic="operations.worker_silent",
                to=to,
                subject="operations.workers",
                words=Words(sentence=SILENT),
                link="/operations/#workers",
                dedupe_key=f"silent:{worker}",
                now=now,
            )
