"""What each kind of job does, in English; pages and messages say it in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

KIND_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "assets.tell_due_reviews": "Tell whose asset reviews are due",
        "assurance.sweep_orphans": "Remove stored files that nothing refers to",
        "events.compact": "Compact kept events",
        "events.expire": "Let kept events expire",
        "events.seal": "Seal kept events",
        "incidents.read_event_file": "Read an event file",
        "incidents.reweigh": "Weigh alerts anew",
        "intake.watch": "Watch for log sources that fell silent",
        "intake.prune": "Forget which batches of streams were taken in long ago",
        "jobs.prune": "Remove jobs that ended long ago",
        "notifications.ending_grants": "Tell whose role ends within a week",
        "notifications.escalate": "Pass on urgent news that nobody took care of",
        "notifications.gather_digests": "Gather digests",
        "notifications.prune": "Remove old news",
        "notifications.send_mail": "Send a message",
        "notifications.send_webhook": "Send to a webhook",
        "operations.watch": "Watch for dead letters and silent workers",
        "sample.load": "Load the sample",
        "sample.remove": "Remove the sample",
        "web.forget_answers": "Forget kept answers of the API",
    }
)
