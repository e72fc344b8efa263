"""What there is news of. A topic's code never changes: preferences and webhooks are kept under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from burgrave.notifications.terms.news import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """``words`` are English and said in the reader's language; ``channel`` holds until the person chooses another."""

    code: str
    words: str
    channel: Channel = Channel.MAIL


_ALL = (
    Topic(code="ledger.contradicted", words="The ledger is contradicted from outside"),
    Topic(code="ledger.anchor_away", words="What holds the ledger from outside does not answer"),
    Topic(code="access.lockout", words="A sign-in was locked", channel=Channel.DIGEST),
    Topic(code="access.grant_ending", words="A role ends within a week", channel=Channel.DIGEST),
    Topic(code="incidents.opened", words="An incident was opened"),
    Topic(code="incidents.assigned", words="An incident or an alert was assigned to you"),
    Topic(code="incidents.alert_raised", words="An alert of high or critical level was raised"),
    Topic(code="incidents.file_refused", words="An event file could not be read", channel=Channel.DIGEST),
    Topic(code="intake.silent", words="A log source fell silent"),
    Topic(code="detection.exception", words="An exception to a detection rule waits, or ends"),
    Topic(code="assets.review_due", words="The review of an asset is due", channel=Channel.DIGEST),
    Topic(code="assurance.finding_raised", words="A finding was raised"),
    Topic(code="assurance.action_assigned", words="A corrective action is yours now"),
    Topic(code="assurance.action_overdue", words="A corrective action is overdue"),
    Topic(code="assurance.check_due", words="A check is due", channel=Channel.DIGEST),
    Topic(code="policies.asked", words="A document must be read and confirmed", channel=Channel.DIGEST),
    Topic(code="policies.reminder", words="A document was not confirmed yet", channel=Channel.DIGEST),
    Topic(code="policies.late", words="People of a unit are late to confirm a document", channel=Channel.DIGEST),
    Topic(code="policies.exception", words="An exception waits for a decision, was decided, or ends"),
    Topic(code="policies.run", words="A procedure must be gone through", channel=Channel.DIGEST),
    Topic(code="policies.approval_asked", words="A text waits for your approval"),
    Topic(code="policies.sent_back", words="A text of yours was sent back"),
    Topic(code="policies.approved", words="A text of yours was approved"),
    Topic(code="policies.in_force", words="A document is in force from today", channel=Channel.DIGEST),
    Topic(code="policies.review_due", words="The review of a document is due", channel=Channel.DIGEST),
    Topic(code="isms.decided", words="A decision is yours to carry out"),
    Topic(code="isms.decision_due", words="A decision is to be carried out", channel=Channel.DIGEST),
    Topic(code="operations.dead_letter", words="A background job failed for good"),
    Topic(code="operations.worker_silent", words="A worker fell silent"),
    Topic(code="operations.webhook_disabled", words="A webhook was disabled"),
)

TOPICS: Mapping[str, Topic] = MappingProxyType({topic.code: topic for topic in _ALL})
