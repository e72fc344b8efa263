"""Topics and states in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

from burgrave.notifications.terms import TOPICS, DeliveryState, WebhookState
from burgrave.web.terms import State, Tone

KIND_WORDS = (
    gettext_noop("News escalated"),
    gettext_noop("News acknowledged"),
    gettext_noop("Preferences changed"),
    gettext_noop("Webhook added"),
    gettext_noop("Webhook changed"),
    gettext_noop("Webhook disabled"),
    gettext_noop("Webhook removed"),
    gettext_noop("Webhook secret renewed"),
)
FIELD_WORDS = (
    gettext_noop("News id"),
    gettext_noop("Topic"),
    gettext_noop("About"),
    gettext_noop("Step"),
    gettext_noop("Person ids"),
    gettext_noop("Person id"),
    gettext_noop("Channels"),
    gettext_noop("Digest"),
    gettext_noop("Digest hour"),
    gettext_noop("Quiet from"),
    gettext_noop("Quiet until"),
    gettext_noop("Webhook id"),
    gettext_noop("Topics"),
    gettext_noop("Name"),
    gettext_noop("Url"),
    gettext_noop("State"),
    gettext_noop("Key id"),
    gettext_noop("Failures"),
    gettext_noop("Reason"),
)
"""The ledger shows kinds and fields in these words."""

TOPIC_WORDS = (
    gettext_noop("The ledger is contradicted from outside"),
    gettext_noop("What holds the ledger from outside does not answer"),
    gettext_noop("A sign-in was locked"),
    gettext_noop("A role ends within a week"),
    gettext_noop("An incident was opened"),
    gettext_noop("An incident or an alert was assigned to you"),
    gettext_noop("An alert of high or critical level was raised"),
    gettext_noop("An event file could not be read"),
    gettext_noop("The review of an asset is due"),
    gettext_noop("A finding was raised"),
    gettext_noop("A corrective action is yours now"),
    gettext_noop("A corrective action is overdue"),
    gettext_noop("A check is due"),
    gettext_noop("A document must be read and confirmed"),
    gettext_noop("A document was not confirmed yet"),
    gettext_noop("People of a unit are late to confirm a document"),
    gettext_noop("An exception waits for a decision, was decided, or ends"),
    gettext_noop("A procedure must be gone through"),
    gettext_noop("A text waits for your approval"),
    gettext_noop("A text of yours was sent back"),
    gettext_noop("A text of yours was approved"),
    gettext_noop("A document is in force from today"),
    gettext_noop("A decision is yours to carry out"),
    gettext_noop("A decision is to be carried out"),
    gettext_noop("The review of a document is due"),
    gettext_noop("A background job failed for good"),
    gettext_noop("A worker fell silent"),
    gettext_noop("A webhook was disabled"),
    gettext_noop("A webhook was disabled after %(failures)s failures in a row"),
)
"""What `terms.topics` names, marked where Django is known."""

WEBHOOK_STATES: Mapping[WebhookState, State] = {
    WebhookState.ACTIVE: State(pgettext_lazy("state of a webhook", "Active"), Tone.GOOD),
    WebhookState.PAUSED: State(pgettext_lazy("state of a webhook", "Paused"), Tone.WARN),
    WebhookState.DISABLED: State(pgettext_lazy("state of a webhook", "Disabled"), Tone.ACT),
}
DELIVERY_STATES: Mapping[DeliveryState, State] = {
    DeliveryState.WAITING: State(gettext_lazy("On its way"), Tone.GOING),
    DeliveryState.DELIVERED: State(gettext_lazy("Delivered"), Tone.GOOD),
    DeliveryState.HELD: State(gettext_lazy("Held back"), Tone.IDLE),
    DeliveryState.FAILED: State(gettext_lazy("Not delivered"), Tone.WARN),
}


def topic(code: str) -> str:
    known = TOPICS.get(code)
    return _(known.words) if known else code
