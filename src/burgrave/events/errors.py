"""What the domain refuses, named by the promise that would be broken."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class EventsError(Refusal):
    """Something about kept events is not done as things stand."""


class HuntRefused(EventsError):
    """A hunt asks for what can be answered: one SELECT over kept events, within its limits."""

    status = 422


class RetentionUnusable(EventsError):
    """Events are kept for a number of days that makes sense."""

    status = 422
