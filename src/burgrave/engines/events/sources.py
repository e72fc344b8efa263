"""From a batch of events to the log source that the detection engine matches rules against."""

from typing import Final

from burgrave.engines.detection import EventSource
from burgrave.engines.events import names
from burgrave.engines.events.batching import EventBatch

_CLEARED_LOG_SERVICE: Final = "system"


def source_of(batch: EventBatch) -> EventSource:
    """Say where the batch comes from, in the words of Sigma.

    A batch whose ``Channel`` field is not its own channel (a log that was cleared) is named by its service, for
    the channel of an EventSource is the value of that field.
    """
    if (batch.channel.lower(), batch.event_id) in names.DATA_CHANNEL:
        return EventSource(
            event_id=batch.event_id,
            provider=batch.provider,
            product="windows",
            service=_CLEARED_LOG_SERVICE,
        )
    return EventSource(
        channel=batch.channel,
        event_id=batch.event_id,
        provider=batch.provider,
        product=batch.log_source.product,
        category=batch.log_source.category,
        service=batch.log_source.service,
    )
